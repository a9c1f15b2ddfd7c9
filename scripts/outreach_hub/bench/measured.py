"""Runs a command and writes what it used to a file: `python -I -S measured.py FILE COMMAND ...`.

A small process of its own, since a process starts at the peak of memory of the one that starts it:
what a race holds in memory would be counted as a contender's.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path


def main(said: str, *command: str) -> int:
    """Ends with the command's own exit code, and ends it when told to end."""
    started = time.monotonic()
    pid = os.posix_spawnp(command[0], command, os.environ)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command has it from the terminal too
    _, status, usage = os.wait4(pid, 0)
    seconds = time.monotonic() - started
    in_bytes = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    used = {"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime, "peak": in_bytes}
    Path(said).write_text(json.dumps(used), encoding="utf-8")
    return abs(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

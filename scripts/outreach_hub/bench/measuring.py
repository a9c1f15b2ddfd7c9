"""What a process costs: its time and memory, and what the server needs for it meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from outreach_hub.errors import DbtFailure
from outreach_hub.server_settings import MB

EVERY = 0.5
"""Seconds between two looks at the server."""

LAST_LINES = 12

MEASURED = Path(__file__).with_name("measured.py")


@dataclass(frozen=True)
class Cost:
    """One run of a command, from its start to its end. In seconds and MB, at their peaks."""

    seconds: float
    cpu_seconds: float
    """Of a core, by the command and the server for it: what a busy machine changes least."""
    runner_mb: float
    server_mb: float
    """Private memory of the server's processes together; what they share is not counted."""
    disk_mb: float
    """By how much the data folder grew, WAL included."""


@dataclass(frozen=True)
class Server:
    """The processes and the folder of a Postgres on this machine."""

    pid: int
    data_dir: Path

    def cpu(self) -> float:
        """Seconds that its processes have computed, those that have ended included."""
        import psutil

        postmaster = psutil.Process(self.pid)
        ended = postmaster.cpu_times()
        total = ended.children_user + ended.children_system
        for child in postmaster.children():
            with suppress(psutil.Error):  # has ended meanwhile
                times = child.cpu_times()
                total += times.user + times.system
        return float(total)

    def memory(self) -> float:
        """MB that its processes have to themselves."""
        import psutil

        total = 0
        for child in psutil.Process(self.pid).children():
            try:
                memory = child.memory_info()
            except psutil.Error:
                continue  # has ended meanwhile
            total += memory.rss - getattr(memory, "shared", 0)
        return total / MB

    def disk(self) -> float:
        """MB in its folder."""
        total = 0
        for folder, _, names in os.walk(self.data_dir):
            for name in names:
                try:
                    total += os.lstat(Path(folder, name)).st_size
                except OSError:
                    continue  # has gone meanwhile
        return total / MB


def run(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, server: Server
) -> Cost:
    """Runs a command, which has to go well, and measures it."""
    computed = server.cpu()
    with tempfile.TemporaryDirectory() as away:
        said, output = Path(away, "used.json"), Path(away, "output")
        measured = [sys.executable, "-I", "-S", str(MEASURED), str(said), *command]
        with output.open("w") as file, _watched(server) as peaks:
            process = subprocess.Popen(
                measured, cwd=folder, env=dict(environment), stdout=file, stderr=subprocess.STDOUT
            )
            try:
                process.wait()
            except BaseException:
                process.terminate()
                raise
        spent = server.cpu() - computed
        if process.returncode:
            lines = output.read_text(encoding="utf-8", errors="replace").splitlines()
            last = "\n".join(lines[-LAST_LINES:]).strip()
            raise DbtFailure(
                f"a contender failed, with exit code {process.returncode}:\n{last}",
                where=" ".join(command),
                hint="only successful builds race: fix this one, then run it again",
            )
        used = json.loads(said.read_text(encoding="utf-8"))
    return Cost(
        seconds=used["seconds"],
        cpu_seconds=used["cpu"] + spent,
        runner_mb=used["peak"] / MB,
        server_mb=peaks["memory"],
        disk_mb=peaks["disk"],
    )


@contextmanager
def _watched(server: Server) -> Iterator[dict[str, float]]:
    """The server's peaks while the block runs; complete once it has ended."""
    before = server.disk()
    peaks = {"memory": 0.0, "disk": 0.0}
    ended = threading.Event()

    def look() -> None:
        peaks["memory"] = max(peaks["memory"], server.memory())
        peaks["disk"] = max(peaks["disk"], server.disk() - before)

    def watch() -> None:
        while not ended.wait(EVERY):
            look()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peaks
    finally:
        ended.set()
        watcher.join()
        look()

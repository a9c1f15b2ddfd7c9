"""Replays docs/tutorial.md: writes the files that it shows, runs its commands, compares the output.

    ```console              commands after `$ `, each with what it prints
    ```sql models/a.sql     a file, written there

One shell runs everything, so that what one command exports or leaves the next one finds. In an
output `...` stands for any text, and alone on a line for any lines.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROMPT = "$ "
GAP = "..."
_FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "__the_command_has_ended__"


@dataclass(frozen=True)
class Step:
    """A file to write, or a command and what it prints."""

    line: int
    path: str | None
    text: str
    expected: str = ""


def steps(tutorial: str) -> Iterator[Step]:
    """The steps, in order. Blocks of other kinds are only to be read."""
    for block in _FENCE.finditer(tutorial):
        kind, path, body = block.groups()
        line = tutorial.count("\n", 0, block.start()) + 2
        if path:
            yield Step(line, path, body)
        elif kind == "console":
            yield from _commands(line, body)


def _commands(line: int, body: str) -> Iterator[Step]:
    lines = body.splitlines(keepends=True)
    starts = [number for number, text in enumerate(lines) if text.startswith(PROMPT)]
    assert starts and starts[0] == 0, f"line {line}: a console block begins with a command"
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        command = lines[start].removeprefix(PROMPT).rstrip("\n")
        yield Step(line + start, None, command, "".join(lines[start + 1 : end]))


def matches(expected: str, printed: str) -> bool:
    """Whether a command printed what it should."""
    pattern = "".join(
        r"(?:.*\n)*?"
        if line.strip() == GAP
        else ".*".join(map(re.escape, line.rstrip().split(GAP))) + r"[ \t]*\n"
        for line in expected.splitlines()
    )
    return re.fullmatch(pattern, printed) is not None


class Shell:
    """One bash, to which commands are handed one by one."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._bash = subprocess.Popen(
            ["bash", "--norc"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str) -> str:
        """What the command prints. Its exit code is left for the next one's `$?`."""
        assert self._bash.stdin and self._bash.stdout
        keep = f'__code=$?; printf "\\n%s\\n" {_MARK}; (exit $__code)'
        self._bash.stdin.write(f"{{ {command}\n}} < /dev/null\n{keep}\n")
        self._bash.stdin.flush()
        printed: list[str] = []
        for line in self._bash.stdout:
            if line.strip() == _MARK:
                break
            printed.append(line)
        text = "".join(printed)
        return text[:-1] if text.endswith("\n\n") or text == "\n" else text

    def close(self) -> None:
        self._bash.communicate("exit\n")

"""The tutorial is true: every file of it is written, every command run, every output compared."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import REPOSITORY, copy_project
from tutorial.replay import Shell, matches, steps

TUTORIAL = REPOSITORY.root / "docs" / "tutorial.md"


@pytest.fixture
def shell() -> Iterator[tuple[Shell, Path]]:
    """A shell in a fresh checkout, with `outreach` on its path. A socket needs a short one."""
    folder = Path(tempfile.mkdtemp(prefix="tutorial-", dir="/tmp"))
    project = copy_project(REPOSITORY.root, folder / "hub").root
    command = folder / "bin" / "outreach"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m outreach_hub "$@"\n')
    command.chmod(0o755)
    environment = os.environ | {
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(REPOSITORY.root / "scripts"),
    }
    shell = Shell(project, environment)
    try:
        yield shell, project
    finally:
        shell.run("outreach db stop")
        shell.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.long
def test_every_step_of_the_tutorial(shell: tuple[Shell, Path]) -> None:
    bash, folder = shell
    for step in steps(TUTORIAL.read_text(encoding="utf-8")):
        if step.path:
            (folder / step.path).write_text(step.text, encoding="utf-8")
            continue
        printed = bash.run(step.text)
        assert matches(step.expected, printed), (
            f"{TUTORIAL}:{step.line}: {step.text}\n--- the tutorial says\n{step.expected}"
            f"--- it prints\n{printed}"
        )


@pytest.mark.parametrize(
    ("expected", "printed", "is_so"),
    [
        ("", "", True),
        ("one\n", "one\n", True),
        ("one\n", "one\ntwo\n", False),
        ("one\n...\n", "one\ntwo\nthree\n", True),
        ("...\nthree\n", "one\ntwo\nthree\n", True),
        ("...\nfour\n", "one\ntwo\nthree\n", False),
        ("in ... s\n", "in 1.5 s\n", True),
        ("in ... s\n", "in 1\n.5 s\n", False),
        ("a.c\n", "abc\n", False),
    ],
)
def test_what_a_gap_stands_for(expected: str, printed: str, is_so: bool) -> None:
    assert matches(expected, printed) is is_so


def test_a_shell_keeps_what_commands_leave(tmp_path: Path) -> None:
    bash = Shell(tmp_path, {"PATH": os.environ["PATH"]})
    assert bash.run("export NAME=value") == ""
    assert bash.run("echo $NAME; false") == "value\n"
    assert bash.run("echo $?") == "1\n"
    assert bash.run("echo oops >&2") == "oops\n"
    assert bash.run("printf 'one\\ntwo\\n' | head -1") == "one\n"
    assert bash.run("cat") == ""
    bash.close()

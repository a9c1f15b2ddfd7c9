"""The fault script in short: two faults, to builds of a part."""

from __future__ import annotations

import subprocess
import sys

import pytest

from conftest import REPOSITORY

SCRIPT = REPOSITORY.root / "tests" / "faults" / "break_builds.py"


@pytest.mark.long
def test_a_killed_server_and_a_killed_runner_break_no_promise() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--short", "--trials", "2", "--only", "[pr]*er killed*"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| all | 2 |" in done.stdout

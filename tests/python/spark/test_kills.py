"""The script that kills builds on Spark, in short: two kills."""

from __future__ import annotations

import subprocess
import sys

from conftest import REPOSITORY

SCRIPT = REPOSITORY.root / "tests" / "faults" / "kill_spark_builds.py"


def test_killed_builds_break_no_promise() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--trials", "2", "--whole", "0", "--seed", "8"],
        capture_output=True,
        text=True,
        timeout=5400,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 trials in" in done.stdout
    assert ", 0 violations" in done.stdout

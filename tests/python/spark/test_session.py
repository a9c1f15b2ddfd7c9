"""What stands in the way of a session is said, with exit code 3 and without a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import CliResult
from outreach_hub.exits import ExitCode
from spark.engines import Engines


@pytest.fixture
def in_project(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> Engines:
    """For a command in a process of its own."""
    monkeypatch.setenv("OUTREACH_PROJECT_DIR", str(engines.hub.project.root))
    return engines


def test_without_java_it_does_not_start(
    in_project: Engines,
    outreach_process: Callable[..., CliResult],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("DBT_SPARK_DIR", str(tmp_path / "spark"))
    done = outreach_process("failures", "--target", "spark")
    assert done.exit_code == ExitCode.ENVIRONMENT
    assert "Spark does not start" in done.stderr
    assert "it needs Java 17 or newer" in done.stderr
    assert "Traceback" not in done.stderr


def test_another_build_is_told_that_the_catalog_is_open(
    in_project: Engines, outreach_process: Callable[..., CliResult]
) -> None:
    assert in_project.session.catalog.listDatabases()
    done = outreach_process("failures", "--target", "spark")
    assert done.exit_code == ExitCode.ENVIRONMENT
    assert "another process has Spark's catalog open, so another build is on" in done.stderr
    assert "Traceback" not in done.stderr

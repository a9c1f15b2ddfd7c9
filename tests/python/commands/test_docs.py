"""`outreach docs`, where there is nothing to show."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import CliResult
from outreach_hub import building, docs_site, proof
from outreach_hub.dbt import DbtRun
from outreach_hub.errors import EnvironmentFailure
from outreach_hub.exits import ExitCode
from outreach_hub.proof.verdict import Verdict

Run = Callable[..., CliResult]


@pytest.fixture
def generated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was generated, by a dbt that reports a failure and raises nothing."""
    done: list[str] = []

    def fail(project: object, command: str, *_: Any) -> DbtRun:
        done.append(command)
        return DbtRun(command, success=False, seconds=0.1)

    monkeypatch.setattr(building, "run_checked", fail)
    monkeypatch.setattr(proof, "prove", lambda _: Verdict())
    return done


def test_what_dbt_failed_at_is_no_page(outreach: Run, generated: list[str]) -> None:
    done = outreach("docs")
    assert generated == ["docs generate"]
    assert done.exit_code == ExitCode.DBT_FAILURE
    assert "the documentation was not generated" in done.stderr
    assert done.stdout == ""


def test_a_port_that_is_taken_is_said_to_be_before_all_else(
    outreach: Run, generated: list[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = outreach("docs", "--serve", "--port", str(port))
    assert done.exit_code == ExitCode.ENVIRONMENT
    assert f"port {port} cannot be used" in done.stderr
    assert generated == []


def test_a_port_that_nobody_may_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("outreach_hub.docs_site.serving.ThreadingHTTPServer", refuse)
    with pytest.raises(EnvironmentFailure, match="port 80 cannot be used: Permission denied"):
        docs_site.listening(tmp_path, 80)

"""`outreach docs`, where there is nothing to show."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import CliResult
from outreach_hub import building, docs_site, extras, proof
from outreach_hub.dbt import DbtRun
from outreach_hub.dbt_options import parse_options
from outreach_hub.errors import EnvironmentFailure
from outreach_hub.exits import ExitCode
from outreach_hub.project import Project
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
    monkeypatch.setattr(proof, "prove", lambda *_, **__: Verdict())
    return done


def test_what_dbt_failed_at_is_no_page(outreach: Run, generated: list[str]) -> None:
    done = outreach("docs")
    assert generated == ["docs generate"]
    assert done.exit_code == ExitCode.DBT_FAILURE
    assert "the documentation was not generated" in done.stderr
    assert done.stdout == ""


@pytest.fixture
def proved_for(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The engines that were proved, by a dbt that writes where it is told to."""
    engines: list[str | None] = []

    def write(project: Project, command: str, arguments: list[str], *_: Any) -> DbtRun:
        folder = parse_options(arguments).get("--target-path", str(project.target_dir))
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / "static_index.html").write_text("today's")
        return DbtRun(command, success=True, seconds=0.1)

    def note(*_: Any, target: str | None = None) -> Verdict:
        engines.append(target)
        return Verdict()

    monkeypatch.setattr(building, "run_checked", write)
    monkeypatch.setattr(proof, "prove", note)
    return engines


def test_the_page_is_of_the_folder_that_dbt_is_told(
    outreach: Run,
    proved_for: list[str | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "usual"))
    (tmp_path / "usual").mkdir()
    (tmp_path / "usual" / "static_index.html").write_text("yesterday's")
    done = outreach("docs", "--target-path", str(tmp_path / "asked"))
    page = tmp_path / "asked" / "docs" / "index.html"
    assert (done.exit_code, done.stdout) == (ExitCode.GOOD, f"{page}\n")
    assert page.read_text() == "today's"
    assert not (tmp_path / "usual" / "docs").exists()
    assert proved_for == [None]


@pytest.mark.parametrize("target", ["spark", "spark_thrift"])
def test_the_proof_on_the_page_is_of_the_engine_of_the_hub(
    outreach: Run,
    proved_for: list[str | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: True)
    done = outreach("docs", "--target-path", str(tmp_path), "--target", target)
    assert (done.exit_code, proved_for) == (ExitCode.GOOD, ["spark"])


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

"""A file that cannot be written is the machine's matter, whichever command was to write it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conftest import CliResult
from outreach_hub.dbt import DbtRun
from outreach_hub.exits import ExitCode
from outreach_hub.project import Project

Run = Callable[..., CliResult]
IN_THE_WAY = "in_the_way"
"""A file where a folder has to be."""
GENERATED = DbtRun("docs generate", success=True, seconds=0.0)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("setup",), "profiles.yml"),
        (("targets", "export", f"{IN_THE_WAY}/targets.csv"), "the backup"),
        (("ci", "--proof-only", "--report", f"{IN_THE_WAY}/report.md"), "the report"),
        (("docs",), "the page"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_it_is_one_message_and_exit_3(
    project: Project,
    outreach: Run,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    what: str,
) -> None:
    (project.root / IN_THE_WAY).touch()
    project.target_dir.mkdir(exist_ok=True)
    (project.target_dir / "docs").touch()
    monkeypatch.setattr("outreach_hub.building.run_checked", lambda *_: GENERATED)
    if arguments == ("setup",):
        monkeypatch.setenv("DBT_PROFILES_DIR", str(project.root / IN_THE_WAY / "profiles"))
    done = outreach(*arguments)
    assert done.exit_code == ExitCode.ENVIRONMENT, done.output
    assert f"error: {what} cannot be written: " in done.stderr
    assert "where: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_report_that_cannot_be_written_is_shown_all_the_same(
    project: Project, outreach: Run
) -> None:
    (project.root / IN_THE_WAY).touch()
    done = outreach("ci", "--proof-only", "--report", f"{IN_THE_WAY}/report.md")
    assert "identity columns" in done.stdout
    (project.models_dir / "marts" / "dim_people.sql").write_text(
        "select * from {{ source('cl', 'company_identity') }}"
    )
    done = outreach("ci", "--proof-only", "--report", f"{IN_THE_WAY}/report.md")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE, done.output
    assert "ID004" in done.stdout
    assert "error: the report cannot be written: " in done.stderr

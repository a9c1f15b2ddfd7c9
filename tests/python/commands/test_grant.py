"""`outreach grant` and `outreach load` beside a CL and a landing of other names."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conftest import CliResult
from outreach_hub.database import connect_to
from outreach_hub.exits import ExitCode
from outreach_hub.profile import Target
from outreach_hub.project import Project

Outreach = Callable[..., CliResult]

ELSEWHERE = ("--vars", "{cl_schema: lifecycle, raw_schema: landing}")
USAGE = 'grant usage on schema "{}" to "outreach_build";'


@pytest.fixture(autouse=True)
def _entered(project: Project) -> None:
    """The real project, on a database that nothing was built in."""


@pytest.fixture
def lifecycle(database: Target) -> None:
    with connect_to(database, role="admin") as admin:
        admin.execute("create schema lifecycle")
        admin.execute("create table lifecycle.company_identity (company_unique_id uuid)")


def test_what_is_there_is_granted_without_a_word(outreach: Outreach) -> None:
    done = outreach("grant")
    assert done.exit_code == ExitCode.GOOD
    assert {USAGE.format("cl"), USAGE.format("outreach_raw")} <= set(done.stdout.splitlines())
    assert "warning" not in done.stderr


def test_a_source_that_is_not_there_is_told_with_the_var_that_names_it(outreach: Outreach) -> None:
    done = outreach("grant", "--apply", *ELSEWHERE)
    assert done.exit_code == ExitCode.GOOD
    cl, landing = (line for line in done.stderr.splitlines() if line.startswith("warning"))
    assert "no schema lifecycle in the database" in cl
    assert "cl_schema" in cl
    assert "no schema landing in the database" in landing
    assert "raw_schema" in landing
    assert "outreach load --make-tables" in landing


@pytest.mark.usefixtures("lifecycle")
def test_the_sources_are_those_that_the_vars_name(outreach: Outreach) -> None:
    done = outreach("grant", *ELSEWHERE)
    assert USAGE.format("lifecycle") in done.stdout.splitlines()
    assert USAGE.format("cl") not in done.stdout
    assert "lifecycle" not in done.stderr


@pytest.mark.usefixtures("lifecycle")
def test_the_build_role_reads_the_landing_that_was_made(
    outreach: Outreach, database: Target
) -> None:
    """The steps of README, 'A real CL and a real Postgres', before the build."""
    made = outreach("load", "--make-tables", *ELSEWHERE)
    assert "made landing.people" in made.stdout, made.output
    granted = outreach("grant", "--apply", *ELSEWHERE)
    assert "warning" not in granted.stderr
    with connect_to(database) as builder:
        for table in ("landing.people", "lifecycle.company_identity"):
            assert builder.execute(f"select * from {table}").fetchall() == []


@pytest.mark.parametrize("command", [["grant"], ["load", "--make-tables"]])
def test_a_var_that_there_is_not_is_refused(outreach: Outreach, command: list[str]) -> None:
    done = outreach(*command, "--vars", "{cl_shema: lifecycle}")
    assert done.exit_code == ExitCode.USAGE
    assert "no var is called cl_shema" in done.stderr

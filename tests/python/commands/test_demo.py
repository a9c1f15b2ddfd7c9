"""The demo, end to end on the real project: what a newcomer sees, and every test that dbt has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import (
    REPOSITORY,
    CliResult,
    cloned_database,
    copy_project,
    run_in_process,
    write_profile,
)
from outreach_hub.commands import demo
from outreach_hub.database import connect_to
from outreach_hub.demo_world import AS_OF
from outreach_hub.profile import Target
from outreach_hub.server import EmbeddedServer

COMPANIES = 60


@pytest.fixture(scope="module")
def database(server: EmbeddedServer) -> Iterator[Target]:
    with cloned_database(server) as target:
        yield target


@pytest.fixture(scope="module")
def root(database: Target, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose embedded server is the tests' own."""
    project = copy_project(REPOSITORY.root, tmp_path_factory.mktemp("demo"))
    write_profile(project, database)
    return project.root


@pytest.fixture(scope="module")
def shown(root: Path) -> CliResult:
    """What `outreach demo` printed."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("OUTREACH_PROJECT_DIR", str(root))
        patched.setattr(demo, "prepare", lambda project: None)
        return run_in_process("demo")


def test_every_hub_and_mart_is_shown_with_its_rows(shown: CliResult) -> None:
    assert shown.exit_code == 0, shown.output
    words = [line.split() for line in shown.stdout.splitlines() if line.strip()]
    rows = {line[-2]: line[-1] for line in words if line[0] in ("hubs", "marts", "outbound", "the")}
    assert {rows[name] for name in ("company_target", "dim_company_targets")} == {str(COMPANIES)}
    assert rows["people_slots"] == str(3 * COMPANIES)
    assert "0" not in rows.values()


def test_the_doctrines_status_is_shown(shown: CliResult) -> None:
    assert "every identity proved to be CL's" in shown.stdout
    assert "every promised constraint is in the catalog" in shown.stdout
    assert "to try next" in shown.stdout


def test_it_is_published(shown: CliResult, database: Target) -> None:
    assert "Published" in shown.stderr
    with connect_to(database) as connection:
        counted = connection.execute(
            "select count(*) from outreach_outbound.sync_cl__engagement_signals"
        )
        assert counted.fetchone() == (COMPANIES,)


@pytest.mark.usefixtures("shown")
def test_every_unit_test_passes_on_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo has run all other tests of dbt's."""
    monkeypatch.setenv("OUTREACH_PROJECT_DIR", str(root))
    selected = ("--select", "test_type:unit", "--vars", f"{{as_of_date: {AS_OF}}}")
    done = run_in_process("test", *selected, "--json")
    assert done.exit_code == 0, done.output
    assert set(json.loads(done.stdout)["totals"]) == {"unit_test pass"}


@pytest.mark.usefixtures("shown")
def test_a_target_that_is_no_stand_in_gets_no_invented_people(
    root: Path, database: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_PROJECT_DIR", str(root))
    monkeypatch.setattr(demo, "prepare", lambda project: None)
    with connect_to(database, role="admin") as admin:
        admin.execute("delete from outreach_audit.stand_in where schema_name = 'outreach_raw'")
    done = run_in_process("demo")
    assert done.exit_code == 2
    assert "ID007" in done.stderr
    assert "outreach_raw" in done.stderr

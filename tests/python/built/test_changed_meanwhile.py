"""What changes while a build runs: files stop it, and sources count as changed for the next one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conftest import CliResult
from identity.hub import Hub
from outreach_hub import building, dbt
from outreach_hub.exits import ExitCode

Run = Callable[..., CliResult]

MART = "models/marts/fct_sends.sql"
COPIED = (
    "insert into outreach_raw.people select (jsonb_populate_record(people,"
    ' \'{"person_id": "PER-meanwhile"}\')).* from outreach_raw.people order by person_id limit 1'
)
DELETED = "delete from outreach_raw.people where person_id = 'PER-meanwhile'"
IN_HUB = "select count(*) from outreach.people where person_id = 'PER-meanwhile'"
PUBLICATIONS = "select count(*) from outreach_audit.publications"


@pytest.fixture
def meanwhile(once: Hub, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Does something in the next build, each as soon as the node of its name is through."""

    def arrange(**statements: str) -> None:
        def look(event: Any) -> None:
            if event.info.name == "NodeFinished":
                statement = statements.pop(event.data.node_info.node_name, None)
                if statement:
                    with once.admin() as admin:
                        admin.execute(statement.encode())

        real = dbt.run
        monkeypatch.setattr(
            dbt,
            "run",
            lambda *given, callbacks=(), **named: real(
                *given, callbacks=[*callbacks, look], **named
            ),
        )

    return arrange


def test_files_that_change_between_the_proof_and_dbt_stop_the_build(
    once: Hub, outreach: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = once.rows(PUBLICATIONS)
    file = once.project.root / MART
    proved, read = file.read_text(), building.read_project

    def edit_and_read(*given: Any) -> Any:
        file.write_text(proved.replace("select", "select "))
        return read(*given)

    monkeypatch.setattr(building, "read_project", edit_and_read)
    try:
        done = outreach("build", "--rebuild")
    finally:
        file.write_text(proved)
    assert done.exit_code == ExitCode.ENVIRONMENT, done.output
    assert "the project's files were changed while they were read" in done.stderr
    assert "once nobody edits or checks out anything there" in done.stderr
    assert once.rows(PUBLICATIONS) == before


def test_a_record_that_lands_between_a_hub_and_its_gate_is_told_as_that(
    once: Hub, outreach: Run, meanwhile: Callable[..., None]
) -> None:
    meanwhile(people=COPIED)
    done = outreach("build", "--rebuild")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE, done.output
    assert "written to while this build ran: outreach_raw.people." in " ".join(done.stderr.split())
    evidence = [(found.record_key, found.code) for found in once.evidence()]
    assert ("PER-meanwhile", "ID005") in evidence


def test_a_source_that_moved_is_read_again_even_if_it_is_as_it_was(
    once: Hub, outreach: Run, meanwhile: Callable[..., None]
) -> None:
    meanwhile(stg_people__people=COPIED, dim_people=DELETED)
    done = outreach("build", "--rebuild")
    assert done.exit_code == ExitCode.GOOD, done.output
    assert once.rows(IN_HUB) == [(1,)]
    done = outreach("build")
    assert "changed since the last build: outreach_raw.people" in done.stderr
    assert done.exit_code == ExitCode.GOOD, done.output
    assert once.rows(IN_HUB) == [(0,)]

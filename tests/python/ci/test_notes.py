"""What a reviewer is told besides: of what production was built from, and what it shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from outreach_hub.ci import notes
from outreach_hub.ci.revision import Revision, git
from outreach_hub.ci.state import State
from outreach_hub.dbt import DbtRun, NodeOutcome

OF_MAIN = State({}, "here", Revision("main", "f" * 40), project_variables={}, publication=7)


@pytest.mark.parametrize(
    ("state", "published"),
    [(OF_MAIN, 7), (replace(OF_MAIN, publication=None), 7), (None, 7)],
    ids=["the same", "of a state that does not know", "no state"],
)
def test_nothing_is_noted_where_production_shows_what_it_was_built_from(
    state: State | None, published: int
) -> None:
    assert list(notes.on_publication(state, published)) == []


def test_that_production_shows_something_else_is_noted() -> None:
    (note,) = notes.on_publication(OF_MAIN, 8)
    assert "publication 8" in note
    assert "publication 7" in note
    assert "build it from main again" in note


def test_that_a_var_is_the_pull_requests_own_is_noted() -> None:
    built = replace(OF_MAIN, variables={"as_of_date": "2026-11-29", "evidence_limit": 7})
    own = {"as_of_date": "2026-06-01", "evidence_limit": 7, "bi_role": "analysts"}
    assert list(notes.on_variables(built, tuple(own), own)) == [
        "The var as_of_date is as this dbt_project.yml has it (2026-06-01); production was built"
        " with 2026-11-29. A build to which --vars gives it does not feel this change."
    ]


def test_the_day_of_a_folders_state_is_noted(tmp_path: Path) -> None:
    variables = {"as_of_date": "2026-11-25"}
    of_a_folder = State({}, "target/manifest.json", variables=variables)
    assert list(notes.on_state(of_a_folder, tmp_path)) == [
        "Which vars production's dbt_project.yml had is not in this state: they are not compared."
        " The day of its rows is taken to be 2026-11-25; `--vars '{as_of_date: ...}'` says another."
    ]


def failed(message: str) -> DbtRun:
    outcome = NodeOutcome("test.a", "a", "test", "error", message, "a.sql", 0.1)
    return DbtRun("build", False, 1.0, (outcome,))


def test_what_a_role_is_granted_is_noted_where_it_was_refused() -> None:
    (note,) = notes.on_privileges(failed("permission denied for table people_slots"))
    assert note.startswith("The role may not read all that production is made of")
    assert "`grant pg_read_all_data`" in note
    assert list(notes.on_privileges(failed("division by zero"))) == []


def test_that_a_clone_does_not_know_productions_commit_is_noted(tmp_path: Path) -> None:
    (note,) = notes.on_state(OF_MAIN, tmp_path)
    assert "does not know ffffffffff" in note
    assert "fetch-depth: 0" in note


def test_that_the_base_is_ahead_of_production_is_noted(tmp_path: Path) -> None:
    def commit(name: str) -> str:
        (tmp_path / name).write_text(name)
        made("add", ".")
        made("commit", "-qm", name)
        return made("rev-parse", "HEAD")

    def made(*arguments: str) -> str:
        said = git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments)
        assert said is not None
        return said

    made("init", "-qb", "main")
    built = replace(OF_MAIN, revision=Revision("main", commit("built")))
    made("switch", "-qc", "mine")
    commit("mine")
    assert list(notes.on_state(built, tmp_path)) == []
    made("switch", "-q", "main")
    commit("theirs")
    made("switch", "-q", "mine")
    made("merge", "-q", "--no-edit", "main")
    (note,) = notes.on_state(built, tmp_path)
    assert note.startswith("main has 1 commit that production was not built from yet")

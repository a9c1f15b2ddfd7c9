"""What a pull request is built with: production's vars and day, but for what it changes itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from outreach_hub.ci import given
from outreach_hub.ci.state import State
from outreach_hub.project import Project

STARTED = "2026-11-29T23:30:00Z"


def project_with(folder: Path, variables: str) -> Project:
    (folder / "dbt_project.yml").write_text(f"name: outreach\nvars: {variables}\n")
    return Project(folder)


@pytest.mark.parametrize(
    ("own", "asked", "day"),
    [
        ("{as_of_date: null}", {}, "2026-11-29"),
        ("{}", {"as_of_date": None}, "2026-11-29"),
        ("{as_of_date: 2026-11-25}", {}, "2026-11-25"),
        ("{outreach: {as_of_date: 2026-11-25}}", {}, "2026-11-25"),
        ("{as_of_date: 2026-11-25}", {"as_of_date": "2026-01-31"}, "2026-01-31"),
        ("{as_of_date: 2026-11-25}", {"as_of_date": None}, "2026-11-29"),
    ],
    ids=[
        *("the run's", "the run's, as asked", "the project's", "the project's alone"),
        *("the one asked for", "the run's, over the project's"),
    ],
)
def test_the_day_of_a_build_is_the_one_that_its_rows_are_of(
    tmp_path: Path, own: str, asked: dict[str, Any], day: str
) -> None:
    project = project_with(tmp_path, own)
    found = given.with_day(project, {"evidence_limit": 7, **asked}, STARTED)
    assert found == {"evidence_limit": 7, "as_of_date": day}


OF_MAIN = State(
    {},
    "here",
    variables={"as_of_date": "2026-11-29", "evidence_limit": 7},
    project_variables={"as_of_date": None, "evidence_limit": 1000},
)


@pytest.mark.parametrize(
    ("own", "asked", "expected"),
    [
        ({}, {}, {"as_of_date": "2026-11-29", "evidence_limit": 7}),
        ({"as_of_date": "2026-06-01"}, {}, {"evidence_limit": 7}),
        ({"evidence_limit": 9}, {}, {"as_of_date": "2026-11-29"}),
        (
            {"evidence_limit": 9},
            {"evidence_limit": 3},
            {"as_of_date": "2026-11-29", "evidence_limit": 3},
        ),
    ],
    ids=["nothing changed", "the day", "a var", "a var that is asked for"],
)
def test_a_var_that_a_pull_request_changes_is_its_own(
    own: dict[str, Any], asked: dict[str, Any], expected: dict[str, Any]
) -> None:
    project_variables = {**(OF_MAIN.project_variables or {}), **own}
    assert given.changed_variables(OF_MAIN, project_variables) == tuple(own)
    assert given.variables_for(OF_MAIN, project_variables, asked) == expected


def test_without_a_state_only_what_is_asked_for_is_given() -> None:
    assert given.variables_for(None, {"as_of_date": None}, {"evidence_limit": 3}) == {
        "evidence_limit": 3
    }

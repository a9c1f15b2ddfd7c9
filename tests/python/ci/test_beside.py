"""Schemas of pull requests: whose they are, and that nothing else is ever dropped."""

from __future__ import annotations

import pytest

from outreach_hub.build_lock import build_lock
from outreach_hub.ci import beside
from outreach_hub.ci.beside import PullRequest
from outreach_hub.database import connect_to
from outreach_hub.errors import UsageError
from outreach_hub.profile import Target


@pytest.mark.parametrize(
    ("schema", "number"),
    [
        ("pr_7_outreach", 7),
        ("pr_7_outreach_marts__before_3", 7),
        ("pr_0_outreach_audit", 0),
        ("pr_07_outreach", None),
        ("pr_7_analytics", None),
        ("pr_2024_press_releases", None),
        ("pr_3_ann_outreach", None),
        ("outreach", None),
        ("outreach_marts", None),
        ("outreach_pr_7_marts", None),
        ("pr_7", None),
        ("pr__outreach", None),
        ("pr_x7_outreach", None),
        ("dev_pr_7_outreach", None),
        ("pr_7_outreach\n", None),
    ],
)
def test_a_pull_requests_schema_is_known_by_its_name(schema: str, number: int | None) -> None:
    assert beside.number_of(schema) == number


def make(target: Target, *schemas: str) -> None:
    with connect_to(target) as connection:
        for schema in schemas:
            connection.execute(f"create schema {schema}")


def all_schemas(target: Target) -> set[str]:
    with connect_to(target) as connection:
        return {name for (name,) in connection.execute("select nspname from pg_namespace")}


@pytest.mark.parametrize("stranger", ["outreach", "outreach_marts", "public", "dev_pr_7_outreach"])
def test_anything_else_is_refused_and_nothing_dropped(database: Target, stranger: str) -> None:
    make(database, "pr_7_outreach")
    with connect_to(database) as connection, pytest.raises(UsageError, match=stranger):
        beside.drop(connection, ["pr_7_outreach", stranger])
    assert "pr_7_outreach" in all_schemas(database)


def test_a_pull_request_is_cleared_with_its_old_versions_and_no_other(database: Target) -> None:
    make(database, "pr_7_outreach", "pr_7_outreach_marts__before_2", "pr_70_outreach", "outreach")
    make(database, "pr_7_analytics", "pr_2024_press_releases")
    with connect_to(database) as connection:
        cleared = beside.clear(connection, 7)
    assert cleared == ["pr_7_outreach", "pr_7_outreach_marts__before_2"]
    others = {"pr_70_outreach", "outreach", "pr_7_analytics", "pr_2024_press_releases"}
    assert others <= all_schemas(database)


def test_what_a_killed_run_left_is_cleared_by_the_next_of_any_other(database: Target) -> None:
    make(database, "pr_7_outreach", "pr_7_outreach_audit", "pr_8_outreach")
    assert beside.clear_abandoned(database, except_for=8) == [
        *("pr_7_outreach", "pr_7_outreach_audit"),
    ]
    assert "pr_8_outreach" in all_schemas(database)


def test_what_somebody_works_in_is_left_alone(database: Target) -> None:
    make(database, "pr_7_outreach")
    with build_lock(PullRequest.of(7, database).target):
        assert beside.clear_abandoned(database, except_for=8) == []
    assert "pr_7_outreach" in all_schemas(database)


def test_what_was_kept_is_left_alone(database: Target) -> None:
    make(database, "pr_7_outreach")
    with connect_to(database) as connection:
        assert beside.mark_as_kept(connection, 7) == ["pr_7_outreach"]
    assert beside.clear_abandoned(database, except_for=8) == []
    assert "pr_7_outreach" in all_schemas(database)

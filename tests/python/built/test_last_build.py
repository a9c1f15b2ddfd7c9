"""A build of what has not changed is not run; whatever changes, by whomever, it is seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from built.conftest import ONCE
from conftest import CliResult
from identity.hub import Hub
from outreach_hub import building, last_build
from outreach_hub.database import connect_to
from outreach_hub.dbt_options import NO_UNIT_TESTS, as_given, is_whole
from outreach_hub.exits import ExitCode
from outreach_hub.schemas import HubSchemas

SCHEMAS = HubSchemas()

CHANGES = {
    "nothing": ("select 1", []),
    "a row written as it was": (
        "update outreach_raw.people set full_name = full_name"
        " where person_id = (select min(person_id) from outreach_raw.people)",
        ["outreach_raw.people"],
    ),
    "a row out and the same row in": (
        "with gone as (delete from cl.company_identity where company_unique_id = '007' returning *)"
        " insert into cl.company_identity select * from gone",
        ["cl.company_identity"],
    ),
    "rows gone": ("truncate outreach_raw.blog_signals", ["outreach_raw.blog_signals"]),
    "a right on CL": (
        "grant insert on cl.company_identity to outreach_build",
        ["cl.company_identity"],
    ),
    "a source that is a view now": (
        "alter table outreach_raw.send_log rename to all_sends;"
        " create view outreach_raw.send_log as select * from outreach_raw.all_sends",
        ["outreach.stg_execution__sends", "outreach_raw.send_log", "tables that carry identity"],
    ),
    "a record changed in a hub": (
        "set local session_replication_role = replica;"
        " update outreach.people set full_name = 'Somebody else'",
        ["outreach.people"],
    ),
    "a constraint dropped": (
        "alter table outreach.people alter column company_unique_id drop not null",
        ["outreach.people"],
    ),
    "a keeper off": (
        "alter table outreach.company_target disable trigger rows_are_kept",
        ["outreach.company_target"],
    ),
    "a keeper that keeps nothing": (
        "create or replace function outreach_audit.refuse_change() returns trigger"
        " language plpgsql as 'begin return null; end'",
        ["functions of the audit schema"],
    ),
    "a published mart lost": (
        "drop table outreach_marts.rpt_slot_coverage cascade",
        [
            "outreach.company_target",
            "outreach_build.rpt_slot_coverage",
            "outreach_marts.dim_company_targets",  # to which its keys led
            "outreach_marts.dim_people",
            "outreach_marts.rpt_slot_coverage",
            "tables that carry identity",
        ],
    ),
    "a table beside the hub": (
        "create table public.copied (company_unique_id text)",
        ["tables that carry identity"],
    ),
}


@pytest.fixture(scope="module")
def hub(any_hub: Hub) -> Hub:
    """Built by the runner, whole, so that its state is on record."""
    any_hub.reset(ONCE)
    with any_hub.entered():
        done = building.build(any_hub.project, NO_UNIT_TESTS)
    assert done.exit_code == ExitCode.GOOD, done.failures
    assert done.standing_since is None
    return any_hub


@pytest.fixture
def outside(hub: Hub) -> last_build.State:
    with hub.entered():
        return last_build.code_and_clock(hub.project, "", {})


@pytest.fixture
def admin(hub: Hub) -> Iterator[psycopg.Connection[Any]]:
    with connect_to(hub.target, role="admin") as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize(("statement", "changed"), CHANGES.values(), ids=CHANGES)
def test_what_changed_is_named(
    statement: str, changed: list[str], admin: psycopg.Connection[Any], outside: last_build.State
) -> None:
    admin.execute(statement)
    last = last_build.since_last_build(admin, SCHEMAS, outside)
    assert last is not None
    assert list(last.changed) == changed


def test_another_day_is_a_change(
    hub: Hub, admin: psycopg.Connection[Any], outside: last_build.State
) -> None:
    with hub.entered():
        then = last_build.code_and_clock(hub.project, "", {"as_of_date": "2020-02-29"})
    assert then["the day"] == "2020-02-29"
    last = last_build.since_last_build(admin, SCHEMAS, {**outside, "the day": "2020-02-29"})
    assert last is not None
    assert list(last.changed) == ["the day"]


def test_a_line_of_code_is_a_change(
    hub: Hub, admin: psycopg.Connection[Any], outside: last_build.State
) -> None:
    model = hub.project.root / "models" / "people" / "people.sql"
    before = model.read_text()
    try:
        model.write_text(before + "\n-- looked at\n")
        with hub.entered():
            edited = last_build.code_and_clock(hub.project, "", {})
    finally:
        model.write_text(before)
    last = last_build.since_last_build(admin, SCHEMAS, edited)
    assert last is not None
    assert list(last.changed) == ["the project's files"]


def test_where_nothing_changed_nothing_is_run(hub: Hub, outreach: Callable[..., CliResult]) -> None:
    publications = hub.rows("select count(*) from outreach_audit.publications")
    told = outreach("build", "--json")
    assert told.exit_code == ExitCode.GOOD, told.output
    document = json.loads(told.stdout)
    assert document["standing_since"]
    assert document["totals"] == {}
    assert [(document["invocation_id"],)] == hub.rows(
        "select invocation_id from outreach_audit.last_build"
    )
    assert hub.rows("select count(*) from outreach_audit.publications") == publications
    said = outreach("build")
    assert "nothing has changed since the last one; --rebuild runs it" in said.stdout
    assert "still proved by the run of " in said.stdout


@pytest.mark.parametrize(
    ("arguments", "whole"),
    [
        ([], True),
        (NO_UNIT_TESTS, True),
        (["--vars", "{}", "--target", "dev", *NO_UNIT_TESTS], True),
        (["--vars={}", *NO_UNIT_TESTS], True),
        (["--select", "people"], False),
        (["--empty", *NO_UNIT_TESTS], False),
        (["--full-refresh", "--vars", "{}"], False),
        (["--exclude-resource-type", "test"], False),
        (["--vars", "{}", "--vars", "{}"], False),
    ],
)
def test_only_a_build_of_everything_may_stand(arguments: list[str], whole: bool) -> None:
    assert is_whole(as_given(arguments)) is whole


@pytest.mark.parametrize("right", ["select on outreach_raw.people", "usage on schema cl"])
def test_a_right_that_was_revoked_is_no_bug(
    hub: Hub, outreach: Callable[..., CliResult], right: str
) -> None:
    with connect_to(hub.target, role="admin") as admin:
        admin.execute(f"revoke {right} from outreach_build")
    try:
        done = outreach("build")
    finally:
        with connect_to(hub.target, role="admin") as admin:
            admin.execute(f"grant {right} to outreach_build")
    assert done.exit_code == ExitCode.ENVIRONMENT, done.output
    assert "permission denied" in done.stderr
    assert "outreach grant" in done.stderr

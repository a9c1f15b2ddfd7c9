"""What keeps a build from being one, told as what it is, and nothing published meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from built.conftest import edited_file
from conftest import CliResult
from identity.hub import Hub
from outreach_hub.exits import ExitCode

Run = Callable[..., CliResult]

UNKNOWN = (
    "insert into outreach_raw.people (person_id, company_unique_id, created_at)"
    " values ('PX-1', 'NOPE', now())"
)
NO_SCORE = "insert into cl.bit_scores select company_unique_id, 101, now() from cl.company_identity"
SCORE, SCORED_AT = "50, '2026-01-05 00:00+00'", "2026-01-05 00:00:00+00"
PUBLICATIONS = "select count(*) from outreach_audit.publications"


def change(hub: Hub, statement: str) -> None:
    with hub.admin() as admin:
        admin.execute(statement)


def test_identity_does_not_hide_behind_another_failure(once: Hub, outreach: Run) -> None:
    """A score that is none stops company_target, and so skips the gate that finds PX-1."""
    change(once, UNKNOWN)
    change(once, NO_SCORE)
    done = outreach("build")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE, done.output
    assert "identity failure: `outreach failures` lists the rows" in done.stdout
    assert "PX-1" in outreach("failures").stdout


def test_a_gate_that_fails_is_called_as_people_call_it(once: Hub, outreach: Run) -> None:
    change(once, UNKNOWN)
    done = outreach("build")
    assert "    fail  test identity_gate on stg_people__people\n" in done.stderr
    assert (
        "Not published: identity_gate on stg_people__people did not pass (fail).\n" in done.stderr
    )


def test_another_failure_alone_is_none_of_identity(once: Hub, outreach: Run) -> None:
    change(once, NO_SCORE)
    done = outreach("build")
    assert done.exit_code == ExitCode.DBT_FAILURE, done.output


def test_a_stray_table_is_told_before_anything_is_published(once: Hub, outreach: Run) -> None:
    change(once, "create table public.bak_send as select * from outreach_raw.send_log")
    before = once.rows(PUBLICATIONS)
    done = outreach("build", "--rebuild")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert "ID010  public.bak_send" in done.stdout
    assert "fix what is listed above" in done.stdout
    assert once.rows(PUBLICATIONS) == before


def test_what_another_role_has_built_is_told_before_anything_is(once: Hub, outreach: Run) -> None:
    change(once, "create role ann; alter view outreach.stg_people__people owner to ann")
    try:
        done = outreach("build", "--rebuild")
        assert done.exit_code == ExitCode.ENVIRONMENT
        assert "replace what ann has built: outreach.stg_people__people\n" in done.stderr
        assert f"`reassign owned by ann to {once.target.user}`" in " ".join(done.stderr.split())
    finally:
        change(once, f"reassign owned by ann to {once.target.user}; drop role ann")
    assert outreach("build", "--rebuild").exit_code == ExitCode.GOOD


@pytest.mark.parametrize("policy", ["using (hashtext(signal_id) > 0)", None])
def test_rows_that_row_security_may_hide_are_not_taken_for_gone(
    once: Hub, outreach: Run, policy: str | None
) -> None:
    change(once, "alter table outreach_raw.blog_signals enable row level security")
    if policy:
        change(once, f"create policy part on outreach_raw.blog_signals {policy}")
    before = once.rows(PUBLICATIONS)
    for arguments in ([], ["--rebuild"], ["--changed-only"]):
        done = outreach("build", *arguments)
        assert done.exit_code != ExitCode.GOOD, (arguments, done.output)
        assert "blog_signals" in done.output
        assert "this is a bug" not in done.output
    assert "ID005: Row security may hide rows of outreach_raw.blog_signals" in done.output
    assert once.rows(PUBLICATIONS) == before


@pytest.mark.parametrize(
    ("table", "rest", "key", "company", "code", "shown"),
    [
        ("bit_scores", SCORE, SCORED_AT, None, "ID001", "NULL"),
        ("bit_scores", SCORE, SCORED_AT, "NOPE", "ID011", '"NOPE"'),
        ("company_eins", "'987654321'", "987654321", "UNKNOWN", "ID001", '"UNKNOWN"'),
    ],
)
def test_what_cl_says_is_of_a_company_that_it_has_minted(
    once: Hub,
    outreach: Run,
    table: str,
    rest: str,
    key: str,
    company: str | None,
    code: str,
    shown: str,
) -> None:
    value = "null" if company is None else f"'{company}'"
    change(once, f"insert into cl.{table} values ({value}, {rest})")
    before = once.rows(PUBLICATIONS)
    done = outreach("build")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE, done.output
    assert f"identity  test minted_company on stg_cl__{table}" in done.stdout
    rows = once.rows(
        "select source_table, code, column_name, offending_value, record_key"
        " from outreach_audit.identity_failures where invocation_id = ("
        "select invocation_id from outreach_audit.identity_failures order by found_at desc limit 1)"
    )
    assert rows == [(f"cl.{table}", code, "company_unique_id", shown, key)]
    assert once.rows(PUBLICATIONS) == before


def landed_with(table: str, key: str, column: str, value: str) -> str:
    """A record of the standard world once more, under another id and with one other value."""
    return (
        f"insert into {table} select (jsonb_populate_record(one, jsonb_build_object("
        f"'{key}', 'BAD', '{column}', '{value}'::text))).*"
        f" from {table} as one order by {key} limit 1"
    )


@pytest.mark.parametrize(
    ("table", "key", "column", "value", "shown"),
    [
        ("engagement_events", "event_id", "event_at", "infinity", "infinity"),
        ("dol_schedule_a", "schedule_a_id", "ins_broker_comm_tot_amt", "1e200", f"1{'0' * 79}..."),
        ("dol_schedule_a", "schedule_a_id", "wlfr_tot_earned_prem_amt", "NaN", "NaN"),
    ],
)  # fmt: skip
def test_a_value_that_a_model_could_not_compute_with_is_named(
    once: Hub, outreach: Run, table: str, key: str, column: str, value: str, shown: str
) -> None:
    change(once, landed_with(f"outreach_raw.{table}", key, column, value))
    done = outreach("build")
    assert done.exit_code == ExitCode.DBT_FAILURE, done.output
    assert f"fail  test accepted_range on outreach_raw.{table}.{column}" in done.stdout
    assert f"  for example: {key} BAD, {column} {shown}\n" in done.stdout
    assert "error " not in done.stderr


def test_a_failed_test_shows_the_values_that_it_found(once: Hub, outreach: Run) -> None:
    change(once, "update outreach_raw.people set slot_type = 'ceo' where slot_type = 'CEO'")
    done = outreach("build")
    assert done.exit_code == ExitCode.DBT_FAILURE, done.output
    assert "fail  test accepted_values on stg_people__people.slot_type" in done.stdout
    assert "  for example: value_field ceo, n_records " in done.stdout
    machine = json.loads(outreach("build", "--json").stdout)
    (failure,) = machine["failures"]
    assert failure["examples"][0]["value_field"] == "ceo"


def test_a_column_that_a_failed_build_could_not_make_is_no_identity(
    once: Hub, outreach: Run
) -> None:
    change(once, "update outreach_raw.people set slot_type = 'ceo' where slot_type = 'CEO'")
    sql, declared = "models/marts/rpt_slot_coverage.sql", "models/marts/_marts__models.yml"
    one_more = "      - name: is_crowded\n        data_type: boolean\n        description: Many.\n"
    contested = "slots.candidate_count > 1 as is_contested,"
    place = "      - name: is_contested\n"
    with (
        edited_file(
            once, sql, contested, f"{contested}\n slots.candidate_count > 2 as is_crowded,"
        ),
        edited_file(once, declared, place, one_more + place),
    ):
        done = outreach("build")
    assert "accepted_values" in done.stderr
    assert "there is no such column" not in done.stderr
    assert done.exit_code == ExitCode.DBT_FAILURE

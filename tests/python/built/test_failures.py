"""Evidence as it is handed over: newest run, grouped, with totals and what to do."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from built.conftest import build
from conftest import CliResult, run_in_process
from identity.hub import Hub
from outreach_hub.evidence import RULES
from outreach_hub.exits import ExitCode

Run = Callable[..., CliResult]

ANSI_KEY = "P\x1b[31m"


def record(hub: Hub, *rows: Sequence[Any]) -> None:
    """Evidence rows: invocation, age in hours, table, key, code, value, count."""
    with hub.admin() as admin, admin.cursor() as cursor:
        cursor.executemany(
            """
            insert into outreach_audit.identity_failures (
                invocation_id, found_at, source_table, record_key, code, column_name,
                offending_value, expected, failure_count
            )
            values (
                %s, now() - make_interval(hours => %s), %s, %s, %s, 'company_unique_id',
                %s, 'an identity minted by CL', %s
            )
            """,
            rows,
        )


@pytest.fixture
def two_runs(once: Hub) -> Hub:
    record(
        once,
        ("older", 2, "outreach_raw.people", "P-0", "ID001", "NULL", 1),
        ("newer", 1, "outreach_raw.people", ANSI_KEY, "ID001", "NULL", 1_000_000),
        ("newer", 1, "outreach_raw.people", None, "ID001", '""', 1_000_000),
        ("newer", 1, "outreach_raw.campaigns", "C-1", "ID011", '"CL-1\\u00a0"', 1),
    )
    return once


def test_none_is_said(once: Hub, outreach: Run) -> None:
    done = outreach("failures")
    assert done.exit_code == ExitCode.GOOD
    assert done.stdout == "no identity failures are on record\n"
    assert json.loads(outreach("failures", "--json").stdout) == {"runs": []}
    assert len(outreach("failures", "--csv").stdout.splitlines()) == 1


def test_none_is_said_where_nothing_was_ever_built(any_hub: Hub, outreach: Run) -> None:
    any_hub.reset()
    assert outreach("failures").stdout == "no identity failures are on record\n"


def test_the_newest_run_is_grouped_with_totals_and_advice(two_runs: Hub, outreach: Run) -> None:
    done = outreach("failures")
    assert done.exit_code == ExitCode.GOOD
    lines = done.stdout.splitlines()
    assert lines[0].startswith("1,000,001 wrong rows in the run of ")
    assert lines[0].endswith(" (newer)")
    assert "ID001  outreach_raw.people: " + RULES["ID001"].broken in lines
    assert "  showing 2 of 1,000,000" in lines
    assert "  showing 1 of 1" in lines
    assert f"  to do: {RULES['ID011'].to_do}" in lines
    assert "P-0" not in done.stdout


def test_nothing_hidden_or_obeyed_reaches_the_terminal(two_runs: Hub, outreach: Run) -> None:
    text = outreach("failures").stdout
    assert "\x1b" not in text
    assert r"'P\x1b[31m'" in text
    assert r'"CL-1\u00a0"' in text
    assert "    NULL " in text


def test_earlier_runs_one_run_one_code(two_runs: Hub, outreach: Run) -> None:
    both = outreach("failures", "--last", "2").stdout
    assert both.index("(newer)") < both.index("(older)")
    assert "P-0" in outreach("failures", "--invocation", "older").stdout
    only = outreach("failures", "--code", "ID011").stdout
    assert "ID011" in only and "ID001" not in only
    none = outreach("failures", "--invocation", "nonesuch")
    assert none.exit_code == ExitCode.GOOD
    assert none.stdout == "no identity failures of the run nonesuch are on record\n"


def test_a_code_is_looked_for_in_earlier_runs(two_runs: Hub, outreach: Run) -> None:
    record(two_runs, ("newest", 0, "outreach_raw.people", "P-9", "ID001", "NULL", 1))
    done = outreach("failures", "--code", "ID011")
    assert done.stdout.splitlines()[0].endswith(" (newer)")
    assert "ID001" not in done.stdout
    both = outreach("failures", "--code", "ID001", "--last", "2").stdout
    assert "(newest)" in both and "(newer)" in both and "(older)" not in both


def test_that_a_code_is_not_on_record_is_said_of_that_code(two_runs: Hub, outreach: Run) -> None:
    said = outreach("failures", "--code", "ID013").stdout
    assert said == "no identity failures under ID013 are on record\n"
    of_one = outreach("failures", "--code", "ID011", "--invocation", "older").stdout
    assert of_one == "no identity failures of the run older under ID011 are on record\n"


def test_csv_is_one_row_a_failure_and_complete(two_runs: Hub, outreach: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(outreach("failures", "--csv").stdout)))
    assert {row["record_key"] for row in rows} == {ANSI_KEY, "", "C-1"}
    assert {row["invocation_id"] for row in rows} == {"newer"}
    assert all(row["to_do"] == RULES[row["code"]].to_do for row in rows)


def test_json_has_groups_and_rows(two_runs: Hub, outreach: Run) -> None:
    (run,) = json.loads(outreach("failures", "--json").stdout)["runs"]
    assert (run["invocation_id"], run["total"]) == ("newer", 1_000_001)
    assert [(group["code"], group["shown"], group["total"]) for group in run["groups"]] == [
        ("ID001", 2, 1_000_000),
        ("ID011", 1, 1),
    ]
    assert run["groups"][1]["failures"] == [
        {
            "record_key": "C-1",
            "column_name": "company_unique_id",
            "offending_value": '"CL-1\\u00a0"',
            "expected": "an identity minted by CL",
        }
    ]


@pytest.mark.parametrize(
    "arguments", [("--json", "--csv"), ("--code", "ID998"), ("--last", "0"), ("--last", "x")]
)
def test_wrong_arguments_are_a_usage_error(any_hub: Hub, arguments: tuple[str, ...]) -> None:
    with any_hub.entered():
        done = run_in_process("failures", *arguments)
    assert done.exit_code == ExitCode.USAGE
    assert (done.stdout == "") is ("--json" not in arguments)


def test_a_failed_build_is_what_is_listed(once: Hub, outreach: Run) -> None:
    with once.admin() as admin:
        admin.execute(
            """
            insert into outreach_raw.people (person_id, company_unique_id)
            values ('none', null), ('odd', 'CL-1' || chr(8203))
            """
        )
    assert build(once, "-s", "stg_people__people").exit_code == ExitCode.IDENTITY_FAILURE
    listed = json.loads(outreach("failures", "--json").stdout)["runs"][0]["groups"]
    assert [
        (group["code"], [each["record_key"] for each in group["failures"]]) for group in listed
    ] == [("ID001", ["none"]), ("ID002", ["odd"])]

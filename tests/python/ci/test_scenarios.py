"""What pull requests are like, from a typo in a document to an invented company."""

from __future__ import annotations

from typing import Any

import pytest

from ci.production import (
    CLOCK,
    Production,
    appended,
    corpus,
    models_of,
    renaming_of_coverage,
    replaced,
)
from outreach_hub.build_lock import build_lock
from outreach_hub.ci import slim
from outreach_hub.ci import state as states
from outreach_hub.exits import ExitCode

MART = "models/marts/rpt_slot_coverage.sql"
MARTS_YAML = "models/marts/_marts__models.yml"
PEOPLE = "models/people/people.sql"


def test_a_document_builds_nothing_and_is_still_proved(production: Production) -> None:
    with production.branch(appended("README.md", "More.\n")):
        done = production.ci()
    assert done.exit_code == 0, done.result.output
    assert done.document["build"] is None
    assert done.document["proof"]["good"] and done.document["proof"]["proved"] > 50
    assert done.document["gates_armed"] == 45
    assert "| built | nothing: no model, test or macro changed |" in done.report


def test_a_source_that_is_not_as_its_yaml_says_ends_it(production: Production) -> None:
    """Nothing would be built, for dbt compares no columns of a source; and production would not."""
    edit = replaced(
        "models/staging/people/_people__sources.yml",
        "          - name: full_name\n            data_type: text\n",
        "          - name: full_name\n            data_type: integer\n",
    )
    with production.branch(edit):
        done = production.ci()
    assert done.exit_code == ExitCode.ENVIRONMENT, done.result.output
    assert "outreach_raw.people.full_name: is text, not integer" in done.result.stderr


def test_a_description_builds_nothing(production: Production) -> None:
    edit = replaced("models/people/_people__docs.md", "Job title, as found.", "The job title.")
    with production.branch(edit):
        done = production.ci()
    assert done.exit_code == 0, done.result.output
    assert done.modified == {}
    assert done.document["build"] is None


def test_one_mart_is_built_alone_and_compared_row_by_row(production: Production) -> None:
    change = (
        "slots.candidate_count > 1 as is_contested",
        "slots.candidate_count > 0 as is_contested",
    )
    with production.branch(replaced(MART, *change)):
        done = production.ci()
    assert done.exit_code == 0, done.result.output
    assert done.modified == {"rpt_slot_coverage": ["its SQL"]}
    assert done.built == {"rpt_slot_coverage"}
    assert done.ran == {"model success": 1, "test pass": 12}
    assert done.document["reached"]["exposures"] == ["Target overview"]
    difference = done.differences["rpt_slot_coverage"]
    assert (difference["rows_before"], difference["rows"]) == (9, 9)
    assert (difference["added"], difference["removed"], difference["changed"]) == (0, 0, 3)
    assert difference["columns"] == {"is_contested": 3}
    assert difference["key"] == ["target_id", "slot_type"]
    assert difference["sample"][0] == {
        "change": "changed",
        "key": {"target_id": "TGT-Alpha-1-1", "slot_type": "CEO"},
        "values": {"is_contested": ["false", "true"]},
    }
    assert "| rpt_slot_coverage | 9 → 9 | 0 | 0 | 3 | is_contested (3) |" in done.report


def test_a_day_that_a_pull_request_sets_is_the_one_that_its_marts_are_of(
    production: Production,
) -> None:
    edit = replaced("dbt_project.yml", "as_of_date: null", "as_of_date: 2026-06-01")
    with production.branch(edit):
        done = production.ci()
    assert done.exit_code == 0, done.result.output
    assert done.modified["rpt_slot_coverage"] == ["the var as_of_date"]
    difference = done.differences["rpt_slot_coverage"]
    assert difference["columns"] == {"as_of_date": 9}
    assert difference["sample"][0]["values"] == {"as_of_date": [CLOCK, "2026-06-01"]}
    assert done.document["notes"][0].startswith("The var as_of_date is as this dbt_project.yml")


def test_rows_of_a_mart_come_and_go(production: Production) -> None:
    edit = replaced(
        MART, "select * from coverage", "select * from coverage\nwhere slot_type <> 'HR'"
    )
    with production.branch(edit):
        done = production.ci("--sample", "1")
    difference = done.differences["rpt_slot_coverage"]
    assert (difference["added"], difference["removed"], difference["changed"]) == (0, 3, 0)
    assert [row["change"] for row in difference["sample"]] == ["removed"]


def test_a_staging_column_reaches_what_reads_it_and_no_more(production: Production) -> None:
    edits = (
        replaced(
            "models/staging/people/stg_people__people.sql",
            "        title,\n",
            "        title,\n        source_system as found_in,\n",
        ),
        replaced(
            "models/staging/people/_people__models.yml",
            "      - name: email\n",
            "      - name: found_in\n        data_type: text\n"
            "        description: Where it was found.\n      - name: email\n",
        ),
    )
    with production.branch(*edits):
        done = production.ci()
    assert done.exit_code == 0, done.result.output
    assert done.modified == {"stg_people__people": ["its SQL", "its contract"]}
    assert {"stg_people__people", "people", "people_slots", "dim_people"} <= done.built
    assert not done.built & {"company_target", "campaigns", "dol_filings", "fct_sends"}
    assert all(each["changed"] == 0 for each in done.differences.values())


def test_a_macro_selects_what_calls_it(production: Production) -> None:
    edit = replaced("macros/time/months_later.sql", "cast({{", "cast( {{")
    with production.branch(edit):
        done = production.ci()
    assert done.exit_code == 0, done.result.output
    assert done.document["changes"]["macros"] == ["outreach.months_later"]
    assert done.modified == {
        "dol_renewals": ["the macro months_later"],
        "fct_dol_insurance_contracts": ["the macro months_later"],
    }
    assert done.built == {
        *("dol_renewals", "fct_dol_filings", "rpt_renewal_calendar"),
        "fct_dol_insurance_contracts",
        *("dim_company_targets", "sync_cl__engagement_signals"),
    }


def test_a_deleted_gate_fails_though_nothing_else_changed(production: Production) -> None:
    with production.branch(*corpus("ID010/not_null_test_removed")):
        done = production.ci()
    assert done.exit_code == 1
    assert done.codes == {"ID010"}
    assert done.document["build"] is None
    assert "failed: identity" in done.report


def test_another_deleted_test_is_for_the_reviewer_to_agree_to(production: Production) -> None:
    edit = replaced(
        MARTS_YAML,
        "          - dbt_utils.accepted_range:\n              arguments:\n"
        "                min_value: 0\n                max_value: 3\n",
        "          - not_null\n",
    )
    with production.branch(edit):
        done = production.ci()
    assert done.exit_code == 0, done.result.output
    (lost,) = done.document["changes"]["lost_tests"]
    assert (lost["subject"], lost["problem"]) == (
        "dim_company_targets.filled_slot_count",
        "is gone",
    )
    assert "### To agree to" in done.report


def test_a_lowered_severity_of_a_gate_fails(production: Production) -> None:
    with production.branch(*corpus("ID010/severity_warn")):
        done = production.ci()
    assert done.exit_code == 1
    assert done.codes == {"ID010"}


def test_a_renamed_model_is_told_as_one(production: Production) -> None:
    with production.branch(*renaming_of_coverage(production)):
        done = production.ci()
    assert done.exit_code == 0, done.result.output
    assert done.document["changes"]["removed"] == [
        {
            "kind": "model",
            "name": "rpt_slot_coverage",
            "now": "rpt_slots",
            "published_as": "outreach_marts.rpt_slot_coverage",
        }
    ]
    assert done.document["changes"]["lost_tests"] == []
    assert done.built == {"rpt_slots"}
    assert "The same, row by row: `rpt_slots`." in done.report


def test_a_new_hub_model_done_right(production: Production) -> None:
    with production.branch(*corpus("accepted/derived_from_hub")):
        done = production.ci("--keep")
    try:
        assert done.exit_code == 0, done.result.output
        assert done.built == {"people_newest"}
        assert done.document["kept_schemas"] == ["pr_7_outreach", "pr_7_outreach_audit"]
        keys = production.hub.rows(
            "select distinct conrelid::regclass::text, confrelid::regclass::text"
            " from pg_constraint where contype = 'f' and connamespace::regnamespace::text ~ '^pr_'"
        )
        assert keys == [("pr_7_outreach.people_newest", "pr_7_outreach.company_target")]
    finally:
        production.hub_drop(7)


def test_a_new_hub_model_done_wrong(production: Production) -> None:
    with production.branch(*corpus("ID012/unattached_hub_model")):
        done = production.ci()
    assert done.exit_code == 1
    assert "ID012" in done.codes
    assert done.document["build"] is None


def test_sql_that_breaks_its_contract_fails_as_dbt_does(production: Production) -> None:
    edit = replaced(MART, "        slots.full_name,\n", "")
    with production.branch(edit):
        done = production.ci()
    assert done.exit_code == 4
    (failure,) = done.document["build"]["failures"]
    assert failure["node"] == "model.outreach.rpt_slot_coverage"
    assert "### What failed" in done.report and "full_name" in done.report


def test_a_column_that_readers_lose_is_named(production: Production) -> None:
    text = (production.root / MARTS_YAML).read_text()
    start = text.index("      - name: candidate_count\n", text.index("name: rpt_slot_coverage\n"))
    column = text[start : text.index("      - name: ", start + 1)]
    edits = (
        replaced(
            MARTS_YAML,
            text[text.index("  - name: rpt_slot_coverage\n") : start] + column,
            text[text.index("  - name: rpt_slot_coverage\n") : start],
        ),
        replaced(MART, "        slots.candidate_count,\n", ""),
    )
    with production.branch(*edits):
        done = production.ci()
    assert done.exit_code == 0, done.result.output
    assert done.document["changes"]["broken_contracts"] == [
        {"model": "rpt_slot_coverage", "column": "candidate_count", "problem": "is gone"}
    ]
    assert done.differences["rpt_slot_coverage"]["lost_columns"] == ["candidate_count"]


def test_a_fabricated_identity_is_refused_before_anything_is_built(production: Production) -> None:
    edit = replaced(
        PEOPLE,
        "        targets.company_unique_id,\n",
        "        coalesce(targets.company_unique_id, 'NEW') as company_unique_id,\n",
    )
    with production.branch(edit):
        done = production.ci("--keep")
    assert done.exit_code == 1
    assert "ID002" in done.codes
    assert done.document["build"] is None
    assert f"`{PEOPLE}:" in done.report
    assert done.document["kept_schemas"] == []
    assert production.schemas() == []


def test_a_refusal_waits_for_no_build_of_production(
    production: Production, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(*_: Any) -> None:
        raise AssertionError("it waits")

    monkeypatch.setattr(slim, "wait_for_end", wait)
    edits = corpus("ID012/unattached_hub_model")
    with production.branch(*edits), build_lock(production.hub.target):
        done = production.ci()
    assert done.exit_code == 1
    assert "ID012" in done.codes
    assert done.document["build"] is None


def test_the_state_is_read_again_after_a_wait_for_a_build_of_production(
    production: Production, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    newest = states.newest

    def noted(connection: Any, base: str) -> Any:
        read.append(base)
        return newest(connection, base)

    monkeypatch.setattr(states, "newest", noted)
    monkeypatch.setattr(slim, "wait_for_end", lambda *_: True)
    edit = replaced(
        MART,
        "        slots.candidate_count,\n",
        "        slots.candidate_count + 0 as candidate_count,\n",
    )
    with production.branch(edit):
        done = production.ci()
    assert done.exit_code == 0, done.result.output
    assert read == ["main", "main"]
    assert "rpt_slot_coverage" in done.differences
    assert len(done.document["notes"]) == len(set(done.document["notes"]))


def test_a_base_without_state_builds_everything_and_says_so(production: Production) -> None:
    done = production.ci("--base", "release", "--vars", f"{{as_of_date: {CLOCK}}}")
    assert done.exit_code == 0, done.result.output
    assert done.built == models_of(production)
    assert done.ran["model success"] == len(done.built)
    assert done.document["changes"]["everything"] == (
        "there is no state of release yet; there is one of main"
    )
    assert all(each["changed"] == 0 for each in done.differences.values())
    assert "Everything is built: there is no state of release yet" in done.report

"""Where a pull request's build reads, and what it starts from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

from ci.production import CLOCK, SOME, Production, replaced
from conftest import REPOSITORY
from identity.worlds import World
from outreach_hub.build_lock import build_lock
from outreach_hub.ci.beside import PullRequest
from outreach_hub.ci.deferral import published

LATE = "Delta-4"
BIT_SCORES = "models/company_target/int_company_target__bit_scores.sql"
SENDS = "models/execution/send_log.sql"
SENDS_YAML = "models/execution/_execution__models.yml"
FEEDER = "models/marts/rpt_campaign_performance.sql"
MART = "models/marts/rpt_slot_coverage.sql"
SPEAKING = replaced(MART, "    select\n        -- ids", "    select -- again\n        -- ids")


def test_a_published_model_is_read_where_it_is_published() -> None:
    mart = {
        "database": "hub",
        "schema": "dev_outreach_build",
        "alias": "fct_sends",
        "relation_name": '"hub"."dev_outreach_build"."fct_sends"',
        "config": {"schema": "outreach_build", "meta": {"publish_to": "outreach_marts"}},
    }
    people = {"schema": "dev_outreach", "config": {"schema": "outreach", "meta": {}}}
    found = published({"nodes": {"a": mart, "b": people}})["nodes"]
    assert found["a"]["schema"] == "dev_outreach_marts"
    assert found["a"]["relation_name"] == '"hub"."dev_outreach_marts"."fct_sends"'
    assert found["b"] == people
    assert mart["schema"] == "dev_outreach_build"


def test_a_mart_that_production_has_not_published_is_not_read(throwaway: Production) -> None:
    """A build of production that failed has left a table where marts are built."""
    with throwaway.hub.admin() as admin:
        admin.execute(
            "drop view outreach_build.fct_sends;"
            "create table outreach_build.fct_sends as"
            " select * from outreach_marts.fct_sends where false;"
            "alter table outreach_build.fct_sends owner to outreach_build"
        )
    with throwaway.branch(replaced(FEEDER, "with\n", "with -- again\n")):
        done = throwaway.ci()
    assert done.exit_code == 0, done.result.output
    assert done.built == {"rpt_campaign_performance"}
    assert done.differences["rpt_campaign_performance"]["changed"] == 0
    assert throwaway.hub.rows("select count(*) from outreach_build.fct_sends") == [(0,)]


def test_targets_are_taken_as_given_and_minted_in_the_copy_alone(throwaway: Production) -> None:
    late = World(prefix="LATE")
    late.company(LATE)
    late.outreach_to(LATE)
    throwaway.hub.land(late)
    before, given = throwaway.content(), throwaway.registered()
    with throwaway.branch(replaced(BIT_SCORES, "with\n", "with -- again\n")):
        done = throwaway.ci("--keep")
    assert done.exit_code == 0, done.result.output
    assert "company_target" in done.built
    assert {
        name for name in throwaway.content() if throwaway.content()[name] != before[name]
    } == set()
    assert throwaway.registered() == given
    beside = throwaway.registered("pr_7_outreach_audit")
    assert beside == {**given, LATE: f"TGT-{LATE}-1"}
    triggers = throwaway.hub.rows(
        "select tgname from pg_trigger"
        " where tgrelid = 'pr_7_outreach.company_target'::regclass and not tgisinternal order by 1"
    )
    assert triggers == [("identity_is_kept",), ("rows_are_kept",)]
    assert "Written to since production was built: cl.company_identity" in done.report


def test_a_hub_that_reads_landing_knows_companies_that_came_since(throwaway: Production) -> None:
    late = World(prefix="LATE")
    late.company(LATE)
    late.outreach_to(LATE)
    throwaway.hub.land(late)
    edit = replaced("models/people/people.sql", "with\n", "with -- again\n")
    with throwaway.branch(edit):
        done = throwaway.ci()
    assert done.exit_code == 0, done.result.output
    assert "company_target" not in done.built
    assert done.differences["dim_people"]["added"] == 1
    assert LATE not in throwaway.registered()


def test_production_that_was_brought_up_to_date_is_not_said_to_lag(throwaway: Production) -> None:
    throwaway.hub.land(some_person())
    brought = throwaway.hub.build("--changed-only", "--json")
    assert json.loads(brought.result.stdout)["companies"] == 1
    with throwaway.branch(replaced("models/people/people.sql", "with\n", "with -- again\n")):
        done = throwaway.ci()
    assert done.exit_code == 0, done.result.output
    assert done.differences["dim_people"]["added"] == 0
    assert "Written to since production was built" not in done.report


def some_person() -> World:
    world = World(prefix="LATE")
    world.record("people", SOME[0])
    return world


def test_wrong_rows_are_in_the_report_though_their_schemas_are_gone(
    throwaway: Production,
) -> None:
    wrong = World(prefix="WRONG")
    wrong.add("people", company_unique_id="UNKNOWN")
    throwaway.hub.land(wrong)
    with throwaway.branch(replaced("models/people/people.sql", "with\n", "with -- again\n")):
        done = throwaway.ci()
        counted = throwaway.ci("--sample", "0")
    assert (done.exit_code, counted.exit_code) == (1, 1)
    (failure,) = done.document["hard_failures"]
    assert (failure["source_table"], failure["code"]) == ("outreach_raw.people", "ID001")
    assert "- **ID001** 1 in `outreach_raw.people`" in done.report
    assert "UNKNOWN" in done.report
    assert "UNKNOWN" not in counted.report
    assert throwaway.schemas() == []


def test_an_incremental_hub_whose_code_changes_is_made_anew(throwaway: Production) -> None:
    edits = (
        replaced(
            SENDS,
            "        landed.send_status,\n",
            "        landed.send_status,\n        landed.send_status as last_status,\n",
        ),
        replaced(
            SENDS_YAML,
            "      - name: sequence_step\n",
            "      - name: last_status\n        data_type: text\n        description: Once more.\n"
            "      - name: sequence_step\n",
        ),
    )
    with throwaway.branch(*edits):
        done = throwaway.ci("--keep")
    assert done.exit_code == 0, done.result.output
    assert "send_log" in done.document["copied"]
    rows = throwaway.hub.rows("select count(*), count(last_status) from pr_7_outreach.send_log")
    assert rows == throwaway.hub.rows("select count(*), count(*) from outreach.send_log")
    assert "send_log: copied from production" in done.report
    codes = throwaway.hub.rows(
        "select count(distinct code) from pr_7_outreach_audit.table_code"
        " where table_id = 'pr_7_outreach.send_log'::regclass::oid::text"
    )
    assert codes == [(1,)]
    keys = throwaway.hub.rows(
        "select distinct confrelid::regclass::text from pg_constraint"
        " where conrelid = 'pr_7_outreach.send_log'::regclass and contype = 'f'"
    )
    assert keys == [("pr_7_outreach.company_target",)]


def test_two_pull_requests_do_not_meet(throwaway: Production) -> None:
    with throwaway.branch(SPEAKING):
        kept = throwaway.ci("--keep", pr=8)
        with build_lock(PullRequest.of(8, throwaway.hub.target).target):
            done = throwaway.ci(pr=7)
            again = throwaway.ci("--no-wait", pr=8)
    assert (kept.exit_code, done.exit_code, again.exit_code) == (0, 0, 3)
    assert "another build is on" in again.document["error"]["message"]
    assert throwaway.schemas() == kept.document["kept_schemas"]
    assert throwaway.hub_drop(8).exit_code == 0
    assert throwaway.schemas() == []


def test_a_killed_run_is_cleaned_up_after_by_the_next(throwaway: Production) -> None:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY.root / "scripts")}
    with throwaway.branch(SPEAKING):
        with throwaway.hub.entered():
            running = subprocess.Popen(
                [sys.executable, "-m", "outreach_hub", "ci", "--pr", "9"],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        give_up = time.monotonic() + 120
        while "pr_9_outreach" not in throwaway.schemas() and time.monotonic() < give_up:
            assert running.poll() is None
        running.kill()
        running.wait()
        assert "pr_9_outreach" in throwaway.schemas()
        done = throwaway.ci(pr=7)
    assert done.exit_code == 0, done.result.output
    assert any("pr_9_outreach" in note for note in done.document["notes"])
    assert throwaway.schemas() == []


def test_two_runs_at_the_same_time_both_pass(throwaway: Production) -> None:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY.root / "scripts")}
    with throwaway.branch(SPEAKING), throwaway.hub.entered():
        runs = [
            subprocess.Popen(
                [sys.executable, "-m", "outreach_hub", "ci", "--pr", str(number)],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for number in (7, 8)
        ]
        told = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], "\n".join(told)
    assert throwaway.schemas() == []


def test_the_clock_is_that_of_productions_build(throwaway: Production) -> None:
    with throwaway.branch(SPEAKING):
        done = throwaway.ci()
    state = throwaway.hub.rows("select variables ->> 'as_of_date' from outreach_audit.dbt_state")
    assert state == [(CLOCK,)]
    assert done.differences["rpt_slot_coverage"]["changed"] == 0

"""Going back to the last good version, returning, and building on from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from built.conftest import LATECOMER, publish
from conftest import CliResult
from identity.hub import Hub
from outreach_hub.database import connect_to
from outreach_hub.exits import ExitCode

Run = Callable[..., CliResult]


def knows_latecomer(hub: Hub, relation: str) -> bool:
    query = f"select 1 from {relation} where company_unique_id = '{LATECOMER}'"
    return bool(hub.rows(query))


def schemas(hub: Hub) -> set[str]:
    return {name for (name,) in hub.rows("select nspname from pg_namespace")}


def test_the_earlier_version_is_back_for_readers_and_for_refs(twice: Hub, outreach: Run) -> None:
    targets = twice.targets()
    assert knows_latecomer(twice, "outreach_marts.dim_company_targets")
    done = outreach("rollback")
    assert done.exit_code == ExitCode.GOOD, done.output
    assert done.stdout.startswith(
        "outreach_marts and outreach_outbound are back at publication 1 ("
    )
    for relation in (
        "outreach_marts.dim_company_targets",
        "outreach_build.dim_company_targets",
        "outreach_outbound.sync_cl__engagement_signals",
        "outreach_build.sync_cl__engagement_signals",
    ):
        assert not knows_latecomer(twice, relation), relation
    assert twice.targets() == targets, "the hub itself stays as it is"
    with connect_to(twice.server.target(twice.target.dbname, "outreach_bi")) as reader:
        assert reader.execute("select count(*) from outreach_marts.dim_people").fetchone()


def test_its_time_is_told_in_utc(
    twice: Hub, outreach: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((utc,),) = twice.rows(
        "select to_char(published_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')"
        " from outreach_audit.publications where publication_id = 1"
    )
    monkeypatch.setenv("PGTZ", "Asia/Tokyo")
    assert f"publication 1 ({utc} UTC)" in outreach("rollback").stdout


def test_it_is_a_publication_on_record(twice: Hub, outreach: Run) -> None:
    outreach("rollback")
    rows = twice.rows(
        "select invocation_id, models from outreach_audit.publications order by publication_id"
    )
    assert rows[-1][0] == "rollback to publication 1"
    assert rows[-1][1] == rows[0][1]


def test_a_second_rollback_returns_and_a_third_goes_back_again(twice: Hub, outreach: Run) -> None:
    before = twice.checksums()
    outreach("rollback")
    second = outreach("rollback")
    assert "are back at publication 2 (" in second.stdout
    assert twice.checksums() == before
    assert "are back at publication 1 (" in outreach("rollback").stdout
    assert not knows_latecomer(twice, "outreach_marts.dim_company_targets")


@pytest.mark.long
def test_the_next_build_publishes_and_leaves_one_version_aside(twice: Hub, outreach: Run) -> None:
    outreach("rollback")
    publish(twice)
    assert knows_latecomer(twice, "outreach_marts.dim_company_targets")
    aside = {name for name in schemas(twice) if "__" in name}
    assert aside == {"outreach_marts__before_4", "outreach_outbound__before_4"}
    assert outreach("verify").exit_code == ExitCode.GOOD


def test_what_the_earlier_version_did_not_have_is_gone_from_refs(twice: Hub, outreach: Run) -> None:
    with twice.admin() as admin:
        admin.execute("drop table outreach_marts__before_2.rpt_slot_coverage")
    assert outreach("rollback").exit_code == ExitCode.GOOD
    assert twice.rows(
        "select to_regclass('outreach_build.rpt_slot_coverage'),"
        " to_regclass('outreach_marts.rpt_slot_coverage')"
    ) == [(None, None)]


def test_what_a_failed_build_left_is_not_touched(twice: Hub, outreach: Run) -> None:
    with twice.admin() as admin:
        admin.execute("drop view outreach_build.dim_people")
        admin.execute("create table outreach_build.dim_people as select 1 as leftover")
    assert outreach("rollback").exit_code == ExitCode.GOOD
    assert twice.rows("select leftover from outreach_build.dim_people") == [(1,)]


@contextmanager
def open_reader(hub: Hub) -> Iterator[psycopg.Connection[Any]]:
    with connect_to(hub.server.target(hub.target.dbname, "outreach_bi")) as reader:
        reader.execute("select count(*) from outreach_marts.dim_people")
        yield reader


def test_a_reader_with_an_open_query_holds_nothing_up(twice: Hub, outreach: Run) -> None:
    with open_reader(twice) as reader:
        assert outreach("rollback").exit_code == ExitCode.GOOD
        assert reader.execute("select count(*) from outreach_marts.dim_people").fetchone()


def test_somebody_in_the_way_is_said_and_nothing_changes(
    twice: Hub, outreach: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach_hub.rollback.LOCK_TIMEOUT", "100ms")
    before = schemas(twice)
    with twice.admin() as admin:
        admin.execute("select * from outreach_build.dim_people")
        done = outreach("rollback")
    assert done.exit_code == ExitCode.ENVIRONMENT
    assert "somebody else holds what this needs" in done.stderr
    assert schemas(twice) == before


def test_without_an_earlier_version_it_is_refused(once: Hub, outreach: Run) -> None:
    before = once.checksums()
    done = outreach("rollback")
    assert done.exit_code == ExitCode.USAGE
    assert "there is no earlier version to go back to" in done.stderr
    assert once.checksums() == before

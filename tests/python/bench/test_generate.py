"""`outreach bench generate`: a world's shape, the same for the same seed, only where it may."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from conftest import REPOSITORY, CliResult, cloned_database
from outreach_hub.bench.world import World, generate
from outreach_hub.database import connect_to
from outreach_hub.profile import Target
from outreach_hub.project import Project
from outreach_hub.server import EmbeddedServer

COMPANIES = 2_000


@pytest.fixture(scope="module")
def filled(server: EmbeddedServer) -> Iterator[tuple[World, psycopg.Connection[Any]]]:
    """A world of 2,000 companies, and a connection that reads it."""
    with cloned_database(server) as target:
        world = generate(REPOSITORY, target, COMPANIES, seed=7)
        with connect_to(target) as connection:
            yield world, connection


@pytest.fixture
def rows(filled: tuple[World, psycopg.Connection[Any]]) -> dict[str, int]:
    return {name: table.rows for name, table in filled[0].tables.items()}


@pytest.fixture
def one(filled: tuple[World, psycopg.Connection[Any]]) -> Callable[[str], Any]:
    """The one value that a query answers with."""

    def ask(query: str) -> Any:
        row = filled[1].execute(query.encode()).fetchone()
        assert row is not None
        return row[0]

    return ask


@pytest.mark.parametrize(
    ("table", "a_company"),
    [
        ("cl.company_identity", 1),
        ("outreach_raw.people", 3),
        ("outreach_raw.dol_filings", 1.5),
        ("outreach_raw.dol_schedule_a", 0.075),
        ("outreach_raw.dol_schedule_a_brokers", 0.15),
        ("outreach_raw.blog_signals", 2),
        ("outreach_raw.campaigns", 1),
        ("outreach_raw.sequences", 2),
        ("outreach_raw.send_log", 10.2),
        ("outreach_raw.engagement_events", 10.2),
    ],
)
def test_a_company_has_as_many_on_average(
    rows: dict[str, int], table: str, a_company: float
) -> None:
    assert rows[table] == a_company * COMPANIES


def test_most_companies_are_small_and_a_few_huge(one: Callable[[str], Any]) -> None:
    one_percent = COMPANIES // 100
    top = f"""
        select sum(count) / {3.0 * COMPANIES} from (
            select count(*) from outreach_raw.people group by company_unique_id
            order by 1 desc limit {one_percent}
        ) as biggest
    """
    assert 0.08 < one(top) < 0.2
    median = f"""
        select percentile_disc(0.5) within group (order by coalesce(found.count, 0))
        from cl.company_identity
        left join (
            select company_unique_id, count(*) from outreach_raw.people group by 1
        ) as found using (company_unique_id)
        having count(*) = {COMPANIES}
    """
    assert one(median) == 2


def test_a_third_of_the_ids_share_their_first_eight_characters(one: Callable[[str], Any]) -> None:
    sharing = """
        select max(count) from (
            select count(*) from cl.company_identity group by left(company_unique_id, 8)
        ) as prefixes
    """
    assert one(sharing) == 0.35 * COMPANIES
    distinct = "select count(distinct company_unique_id) from cl.company_identity"
    assert one(distinct) == COMPANIES


def test_one_event_in_fifty_is_landed_twice_and_one_in_a_hundred_late(
    one: Callable[[str], Any],
) -> None:
    twice = "select count(*) - count(distinct event_id) from outreach_raw.engagement_events"
    assert one(twice) == 10 * COMPANIES // 50
    late = """
        select count(*) from outreach_raw.engagement_events
        where loaded_at > event_at + interval '39 days'
    """
    assert one(late) == 10 * COMPANIES // 100
    states = "select count(*) - count(distinct send_id) from outreach_raw.send_log"
    assert one(states) == 10 * COMPANIES // 50


def test_what_belongs_together_is_of_one_company(one: Callable[[str], Any]) -> None:
    strays = """
        select count(*)
        from outreach_raw.engagement_events as events
        left join outreach_raw.send_log as sends using (send_id, person_id, company_unique_id)
        left join outreach_raw.people using (person_id, company_unique_id)
        left join outreach_raw.sequences using (sequence_id, campaign_id, company_unique_id)
        where coalesce(sends.send_id, people.person_id, sequences.sequence_id) is null
    """
    assert one(strays) == 0


def test_the_same_seed_is_the_same_world_and_another_seed_is_another(
    server: EmbeddedServer,
) -> None:
    worlds = []
    for seed in (7, 7, 8):
        with cloned_database(server) as target:
            worlds.append(generate(REPOSITORY, target, 200, seed).tables)
    first, same, other = worlds
    assert same == first
    assert all(other[name] != same[name] for name in same)
    assert {name: table.rows for name, table in other.items()} == {
        name: table.rows for name, table in same.items()
    }


def test_it_says_what_it_made(project: Project, outreach: Callable[..., CliResult]) -> None:
    done = outreach("bench", "generate", "--companies", "20", "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["tables"]["outreach_raw.people"]["rows"] == 60
    assert (document["companies"], document["seed"]) == (20, 7)


def test_a_world_that_is_there_is_left_alone(
    project: Project, outreach: Callable[..., CliResult]
) -> None:
    assert outreach("bench", "generate", "--companies", "1").exit_code == 0
    again = outreach("bench", "generate", "--companies", "1")
    assert again.exit_code == 2
    assert "there are rows already: outreach_raw.blog_signals" in again.stderr
    assert "outreach_raw.target_status_changes" not in again.stderr  # of one company, none
    assert "outreach db furnish" in again.stderr


def test_beside_a_hub_that_gave_targets_none_is_made(
    project: Project, database: Target, outreach: Callable[..., CliResult]
) -> None:
    with connect_to(database) as connection:
        connection.execute("create table outreach_audit.target_registry as select 'TGT-1' as id")
    done = outreach("bench", "generate", "--companies", "5")
    assert done.exit_code == 2
    assert "outreach_audit.target_registry" in done.stderr


def test_a_cl_that_is_no_stand_in_is_never_filled(
    project: Project, database: Target, outreach: Callable[..., CliResult]
) -> None:
    with connect_to(database, role="admin") as connection:
        connection.execute("delete from outreach_audit.stand_in where schema_name = 'cl'")
    done = outreach("bench", "generate", "--companies", "5")
    assert done.exit_code == 2
    assert "error ID007: not marked as stand-ins: cl" in done.stderr
    with connect_to(database) as connection:
        made = connection.execute("select to_regclass('cl.company_identity')").fetchone()
    assert made == (None,)


@pytest.mark.parametrize("companies", ["0", "-3", "many", "100000001"])
def test_a_number_of_companies_that_is_none_is_refused(
    project: Project, outreach: Callable[..., CliResult], companies: str
) -> None:
    done = outreach("bench", "generate", "--companies", companies)
    assert done.exit_code == 2
    assert "--companies" in done.stderr

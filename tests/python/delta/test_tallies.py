"""Counts of all companies, from those that stand and those of the companies that changed."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from outreach_hub.catalog.promises import Relation
from outreach_hub.copies import ALL_ROWS
from outreach_hub.database import connect_to
from outreach_hub.delta.merging import Part
from outreach_hub.delta.scope import Scope
from outreach_hub.delta.small_hub import SmallHub
from outreach_hub.delta.tallies import Standing, Tally
from outreach_hub.profile import Target

HERE = "outreach__changed_outreach"
DAILY = (
    f'select day, count(*) as n, count(distinct target_id) as m from "{HERE}"."sends" group by 1'
)
TALLY = Tally(plain=("day",), counts=("n", "m"))


@pytest.fixture
def connection(database: Target) -> Iterator[psycopg.Connection[Any]]:
    """Sends of companies A, which changed, and B, and what a build counted of them."""
    with connect_to(database) as connection:
        connection.execute(
            f"""
            create schema outreach; create schema {HERE}; create schema outreach__changed_companies;
            create table outreach.sends (day integer, target_id text, company_unique_id text);
            insert into outreach.sends
            values (1, 'a', 'A'), (1, 'a', 'A'), (1, 'b', 'B'), (2, 'b', 'B'), (3, 'a', 'A');
            create table outreach.daily as {DAILY.replace(HERE, "outreach")};
            create table {HERE}.sends (like outreach.sends);
            create table outreach__changed_companies.changed as select 'A' as company_unique_id
            """
        )
        yield connection
        connection.rollback()


def brought_up(
    connection: psycopg.Connection[Any],
    database: Target,
    text: str = DAILY,
    sends: str = "incremental",
) -> list[tuple[Any, ...]] | None:
    """The days, once company A has what is in the small hub; None where that is in doubt."""
    small = SmallHub(database, {"cl_schema": "cl", "raw_schema": "outreach_raw"})
    columns = {name: SimpleNamespace(name=name, data_type="bigint") for name in ("n", "m")}
    daily = node("daily", columns)
    manifest: Any = SimpleNamespace(nodes={"daily": daily, "sends": node("sends", None, sends)})
    scope = Scope({"daily": "counts"}, frozenset(), short_cuts={"daily": TALLY})
    standing = Standing(connection, small, scope)
    standing.take(manifest, {"daily": text})
    connection.execute(f"create table {HERE}.daily as {DAILY}")
    part = Part(Relation("outreach", "daily"), Relation(HERE, "daily").identifier, ALL_ROWS)
    rows = standing.brought_up(daily, part)
    if rows is None:
        return None
    query = f"select day, n, m, pg_typeof(n)::text from {rows.as_string()} order by day"
    return connection.execute(query).fetchall()


def node(name: str, columns: Any = None, materialized: str = "table") -> Any:
    return SimpleNamespace(
        unique_id=name,
        name=name,
        schema=HERE,
        alias=name,
        columns=columns,
        config=SimpleNamespace(materialized=materialized),
        depends_on_nodes=["sends"],
    )


def test_the_others_are_counted_as_they_were(
    connection: psycopg.Connection[Any], database: Target
) -> None:
    connection.execute(
        f"insert into {HERE}.sends select day, 'a', 'A' from generate_series(1, 4) as day"
    )
    assert brought_up(connection, database) == [
        (1, 2, 2, "bigint"),
        (2, 2, 2, "bigint"),
        (3, 1, 1, "bigint"),
        (4, 1, 1, "bigint"),
    ]


def test_a_group_of_which_nothing_is_left_is_in_doubt(
    connection: psycopg.Connection[Any], database: Target
) -> None:
    connection.execute(f"insert into {HERE}.sends values (1, 'a', 'A')")
    assert brought_up(connection, database) is None


def test_a_group_that_counts_nothing_stays_where_somebody_has_it(
    connection: psycopg.Connection[Any], database: Target
) -> None:
    connection.execute("update outreach.daily set n = 0, m = 0 where day = 2")
    connection.execute(f"insert into {HERE}.sends values (3, 'a', 'A')")
    found = brought_up(connection, database)
    assert found
    assert [(day, n, m) for day, n, m, _ in found] == [(1, 1, 1), (2, 0, 0), (3, 1, 1)]


def test_what_stands_is_not_what_was_counted(
    connection: psycopg.Connection[Any], database: Target
) -> None:
    connection.execute("update outreach.daily set n = 1 where day = 1")
    connection.execute(f"insert into {HERE}.sends values (3, 'a', 'A')")
    assert brought_up(connection, database) is None


def test_a_view_shows_what_there_is_now_and_not_what_was_counted(
    connection: psycopg.Connection[Any], database: Target
) -> None:
    connection.execute(f"insert into {HERE}.sends values (3, 'a', 'A')")
    assert brought_up(connection, database, sends="view") is None


def test_a_text_that_does_not_name_what_it_reads(
    connection: psycopg.Connection[Any], database: Target
) -> None:
    connection.execute(f"insert into {HERE}.sends values (3, 'a', 'A')")
    assert brought_up(connection, database, f"select day, 1 as n, 1 as m from {HERE}.sends") is None

"""Which companies have a row that is another than when they were built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from outreach_hub.catalog.promises import Relation
from outreach_hub.database import connect_to
from outreach_hub.delta import fingerprints
from outreach_hub.delta.fingerprints import Extent
from outreach_hub.delta.small_hub import take_last_of_prefixes
from outreach_hub.profile import Target
from outreach_hub.schemas import HubSchemas

SCHEMAS = HubSchemas()
CHANGED = Relation("pg_temp", "changed_companies")
SOURCES = [Relation("landing", "people"), Relation("landing", "sends")]


@pytest.fixture
def connection(database: Target) -> Iterator[psycopg.Connection[Any]]:
    """Two sources of three companies, and what a build kept of them."""
    with connect_to(database) as connection:
        connection.execute(
            """
            create schema landing;
            create schema if not exists outreach_audit;
            create table landing.people (person_id text, company_unique_id text);
            create table landing.sends (send_id text, company_unique_id text);
            insert into landing.people values ('p1', 'A'), ('p2', 'B'), ('p3', 'C');
            insert into landing.sends values ('s1', 'A'), ('s2', 'A'), ('s3', 'B')
            """
        )
        fingerprints.take(connection, SOURCES)
        fingerprints.keep_all(connection, SCHEMAS)
        connection.execute("drop table pg_temp.fingerprints_now")
        connection.commit()
        yield connection
        connection.rollback()


CHANGES = {
    "nothing": ("select 1", []),
    "a row of a company that is new": ("insert into landing.people values ('p4', 'D')", ["D"]),
    "a row more": ("insert into landing.sends values ('s4', 'C')", ["C"]),
    "the same row once more": ("insert into landing.sends values ('s3', 'B')", ["B"]),
    "a row less": ("delete from landing.sends where send_id = 's2'", ["A"]),
    "a company's only row": ("delete from landing.people where person_id = 'p3'", ["C"]),
    "a row changed": ("update landing.people set person_id = 'p9' where person_id = 'p2'", ["B"]),
    "a row written as it was": (
        "update landing.people set person_id = 'p2' where person_id = 'p2'",
        ["B"],
    ),
    "a row of another company now": (
        "update landing.sends set company_unique_id = 'C' where send_id = 's1'",
        ["A", "C"],
    ),
    "a row of no company": ("insert into landing.sends values ('s5', null)", [None]),
}


@pytest.mark.parametrize(("statement", "companies"), CHANGES.values(), ids=CHANGES)
def test_companies_with_another_row(
    connection: psycopg.Connection[Any], statement: str, companies: list[str | None]
) -> None:
    connection.execute(statement)
    fingerprints.take(connection, SOURCES)
    assert fingerprints.compare(connection, SCHEMAS, CHANGED)
    assert found(connection) == companies


def found(connection: psycopg.Connection[Any]) -> list[str | None]:
    rows = connection.execute("select company_unique_id from pg_temp.changed_companies order by 1")
    return [company for (company,) in rows]


def test_how_much_changed(connection: psycopg.Connection[Any]) -> None:
    connection.execute("insert into landing.sends values ('s4', 'A'), ('s5', null)")
    fingerprints.take(connection, SOURCES)
    fingerprints.compare(connection, SCHEMAS, CHANGED)
    assert fingerprints.measure(connection, CHANGED) == Extent(
        companies=2, rows=5, all_rows=8, without_company=1
    )


def test_what_is_kept_is_of_the_companies_that_were_built(
    connection: psycopg.Connection[Any],
) -> None:
    connection.execute("insert into landing.sends values ('s4', 'D')")
    connection.execute("delete from landing.people where person_id = 'p3'")
    fingerprints.take(connection, SOURCES)
    fingerprints.compare(connection, SCHEMAS, CHANGED)
    fingerprints.keep_changed(connection, SCHEMAS, CHANGED)
    connection.execute("drop table pg_temp.changed_companies")
    fingerprints.compare(connection, SCHEMAS, CHANGED)
    assert found(connection) == []


def test_where_a_source_names_no_company_nothing_is_known(
    connection: psycopg.Connection[Any],
) -> None:
    connection.execute("create table landing.codes (code text)")
    fingerprints.take(connection, [*SOURCES, Relation("landing", "codes")])
    fingerprints.keep_all(connection, SCHEMAS)
    assert not fingerprints.compare(connection, SCHEMAS, CHANGED)


def test_a_new_company_is_numbered_after_the_last_of_its_prefix(
    connection: psycopg.Connection[Any],
) -> None:
    connection.execute(
        """
        create schema outreach;
        create table outreach.company_target (company_unique_id text, sequence_num bigint);
        insert into outreach.company_target
        values ('PREFIX-1-old', 9), ('PREFIX-1-last', 10), ('PREFIX-2-old', 1), ('A', 1);
        insert into landing.people
        values ('p5', 'PREFIX-1-old'), ('p6', 'PREFIX-2-old'), ('p9', 'PREFIX-1-last')
        """
    )
    fingerprints.take(connection, SOURCES)
    fingerprints.keep_all(connection, SCHEMAS)
    connection.execute("drop table pg_temp.fingerprints_now")
    connection.execute("insert into landing.people values ('p7', 'PREFIX-1-new'), ('p8', 'A')")
    fingerprints.take(connection, SOURCES)
    fingerprints.compare(connection, SCHEMAS, CHANGED)
    take_last_of_prefixes(connection, SCHEMAS, CHANGED)
    assert found(connection) == ["A", "PREFIX-1-last", "PREFIX-1-new"]

"""Rows in the place of others, the version before them, and what cannot be put in place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest

from outreach_hub.catalog.promises import Relation
from outreach_hub.copies import ALL_ROWS
from outreach_hub.database import connect_to
from outreach_hub.delta import BuildEverything, merging
from outreach_hub.delta.fingerprints import of_changed
from outreach_hub.delta.merging import Merged, Part, merge, show_before
from outreach_hub.last_build import Rows, of_relations, rows_in
from outreach_hub.profile import Target

PEOPLE, SENDS = Relation("marts", "people"), Relation("marts", "sends")
ASIDE = Relation("aside", "people")
OF_CHANGED = of_changed(Relation("small", "changed"))

BEFORE = [("p1", "A", "Ann"), ("p2", "A", "Abe"), ("p3", "A", "Ada"), ("p4", "B", "Bob")]


@pytest.fixture
def connection(database: Target) -> Iterator[psycopg.Connection[Any]]:
    """Production's people and sends, and those of company A, which changed."""
    with connect_to(database) as connection:
        connection.execute("create schema marts; create schema small; create schema aside")
        for schema in ("marts", "small"):
            connection.execute(
                f"""
                create table {schema}.people (
                    person_id text primary key, company_unique_id text not null, name text
                );
                create table {schema}.sends (
                    send_id text primary key,
                    company_unique_id text not null,
                    person_id text references {schema}.people (person_id)
                )
                """
            )
        with connection.cursor() as cursor:
            cursor.executemany("insert into marts.people values (%s, %s, %s)", BEFORE)
        connection.execute("insert into marts.sends values ('s1', 'A', 'p2'), ('s2', 'B', 'p4')")
        connection.execute(
            """
            insert into small.people
            values ('p1', 'A', 'Ann'), ('p3', 'A', 'Eve'), ('p5', 'A', 'Al');
            insert into small.sends values ('s1', 'A', 'p5');
            create table small.changed as select 'A' as company_unique_id
            """
        )
        yield connection
        connection.rollback()


def people(put_aside: Relation | None = ASIDE) -> Part:
    rows = Relation("small", "people").identifier
    return Part(PEOPLE, rows, OF_CHANGED, put_aside=put_aside)


def sends() -> Part:
    return Part(SENDS, Relation("small", "sends").identifier, OF_CHANGED)


def touched(connection: psycopg.Connection[Any], parts: Sequence[Part]) -> dict[Relation, int]:
    """How many rows of each table a merge touched."""
    return {table: merged.touched for table, merged in merge(connection, parts).items()}


def rows(connection: psycopg.Connection[Any], relation: str) -> list[tuple[Any, ...]]:
    return connection.execute(f"select * from {relation} order by 1").fetchall()


def places(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Where each person's row is: a row that is written is somewhere else."""
    return dict(connection.execute("select person_id, ctid::text from marts.people").fetchall())


def test_what_differs_is_written_and_nothing_else(connection: psycopg.Connection[Any]) -> None:
    stood = places(connection)
    assert touched(connection, [sends(), people()]) == {PEOPLE: 3, SENDS: 1}
    assert rows(connection, "marts.people") == [
        ("p1", "A", "Ann"),
        ("p3", "A", "Eve"),
        ("p4", "B", "Bob"),
        ("p5", "A", "Al"),
    ]
    assert rows(connection, "marts.sends") == [("s1", "A", "p5"), ("s2", "B", "p4")]
    now = places(connection)
    assert {each for each in now if now[each] == stood.get(each)} == {"p1", "p4"}


def test_the_places_of_the_rows_are_known_without_reading_all(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "MOST_FOUND", 1.5)
    connection.execute("analyze marts.people; analyze marts.sends")

    def found() -> dict[str, Rows]:
        return rows_in(of_relations(connection, [str(PEOPLE), str(SENDS)]))

    before = found()
    connection.execute("insert into small.people values ('p6', 'A', 'Amy')")
    merged = merge(connection, [sends(), people()])
    assert (before[str(PEOPLE)].count, found()[str(PEOPLE)].count) == (4, 5)
    assert found() == {
        str(table): before[str(table)] + each.more for table, each in merged.items() if each.more
    }


def test_where_most_rows_are_others_all_have_to_be_read(
    connection: psycopg.Connection[Any],
) -> None:
    connection.execute("analyze marts.people")
    connection.execute("insert into small.people select * from marts.people where person_id = 'p2'")
    assert merge(connection, [people()]) == {PEOPLE: Merged(touched=2, more=None)}


def test_the_version_before_is_still_there(connection: psycopg.Connection[Any]) -> None:
    merge(connection, [sends(), people()])
    show_before(connection, people(), Relation("aside", "before"))
    assert rows(connection, "aside.before") == BEFORE


def test_a_table_that_stays_as_it_was_is_shown_as_it_is(
    connection: psycopg.Connection[Any],
) -> None:
    connection.execute("delete from small.sends; delete from small.people")
    connection.execute(
        "insert into small.people select * from marts.people where company_unique_id = 'A'"
    )
    assert touched(connection, [people()]) == {PEOPLE: 0}
    show_before(connection, people(), Relation("aside", "before"))
    assert rows(connection, "aside.before") == BEFORE


def test_a_key_of_another_company_is_refused(connection: psycopg.Connection[Any]) -> None:
    connection.execute("insert into small.people values ('p2', 'A', 'Abe'), ('p4', 'A', 'Bob')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        merge(connection, [people()])


def test_a_row_that_others_refer_to_does_not_go(connection: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        merge(connection, [people()])


def test_all_rows_may_be_given(connection: psycopg.Connection[Any]) -> None:
    connection.execute("insert into small.people values ('p2', 'A', 'Abe')")
    connection.execute("delete from marts.sends where send_id = 's2'")
    whole = Part(PEOPLE, Relation("small", "people").identifier, ALL_ROWS)
    assert touched(connection, [whole]) == {PEOPLE: 3}
    assert rows(connection, "marts.people") == rows(connection, "small.people")


def test_columns_that_never_change_are_not_written(connection: psycopg.Connection[Any]) -> None:
    connection.execute(
        """
        insert into small.people values ('p2', 'A', 'Abe');
        create function pg_temp.refuse() returns trigger language plpgsql as
        'begin raise exception $$refused$$; end';
        create trigger kept before update of company_unique_id on marts.people
        for each statement execute function pg_temp.refuse();
        create trigger stays before delete on marts.people
        for each statement execute function pg_temp.refuse()
        """
    )
    kept = Part(PEOPLE, people().rows, OF_CHANGED, kept=frozenset({"company_unique_id"}))
    assert touched(connection, [kept]) == {PEOPLE: 2}


def test_too_many_that_others_may_refer_to(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.execute("analyze marts.sends")
    monkeypatch.setattr(merging, "MOST_LOOKUPS", 1)
    with pytest.raises(BuildEverything, match=r"1 rows leave marts\.people, to which others refer"):
        merge(connection, [sends(), people()])


def test_a_table_without_a_key(connection: psycopg.Connection[Any]) -> None:
    connection.execute("alter table marts.sends drop constraint sends_pkey")
    with pytest.raises(BuildEverything, match=r"marts\.sends has no primary key"):
        merge(connection, [sends()])


def test_a_view_holds_no_rows(connection: psycopg.Connection[Any]) -> None:
    connection.execute("create view marts.seen as select * from marts.people")
    with pytest.raises(BuildEverything, match=r"no table in production: marts\.seen"):
        merge(connection, [Part(Relation("marts", "seen"), people().rows, ALL_ROWS)])


def test_tables_that_refer_to_one_another(connection: psycopg.Connection[Any]) -> None:
    connection.execute(
        "alter table marts.people add last_send_id text references marts.sends (send_id)"
    )
    with pytest.raises(BuildEverything, match="tables refer to one another"):
        merge(connection, [sends(), people()])

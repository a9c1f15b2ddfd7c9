"""Rows against rows: what is counted, what is shown, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from outreach_hub.catalog.promises import Relation
from outreach_hub.ci.difference import Difference, SampleRow, compare_rows
from outreach_hub.database import connect_to
from outreach_hub.profile import Target

BEFORE, NOW = Relation("marts", "fct_a"), Relation("built", "fct_a")


@pytest.fixture
def connection(database: Target) -> Iterator[psycopg.Connection[Any]]:
    with connect_to(database) as connection:
        connection.execute("create schema marts; create schema built")
        yield connection


def test_rows_are_matched_by_the_whole_key(connection: psycopg.Connection[Any]) -> None:
    for schema in ("marts", "built"):
        connection.execute(
            f"create table {schema}.fct_a (a text, b integer, c text, d text, primary key (a, b))"
        )
    connection.execute("insert into marts.fct_a values ('x', 1, 'c', 'd'), ('x', 2, null, 'd')")
    connection.execute(
        "insert into built.fct_a values ('x', 1, 'c', 'd'), ('x', 2, 'c', 'd'), ('y', 1, 'c', 'd')"
    )
    found = compare_rows(connection, BEFORE, NOW, sample=5)
    assert (found.rows_before, found.rows) == (2, 3)
    assert (found.added, found.removed, found.changed) == (1, 0, 1)
    assert found.columns == {"c": 1}
    assert found.sample == (
        SampleRow("changed", {"a": "x", "b": "2"}, {"c": (None, "c")}),
        SampleRow("added", {"a": "y", "b": "1"}, {}),
    )


def test_no_sample_is_taken_where_none_is_wanted(connection: psycopg.Connection[Any]) -> None:
    connection.execute("create table marts.fct_a (a text primary key, b text)")
    connection.execute("create table built.fct_a (like marts.fct_a including all)")
    connection.execute("insert into built.fct_a values ('x', 'secret')")
    found = compare_rows(connection, BEFORE, NOW, sample=0)
    assert (found.added, found.sample) == (1, ())


def test_a_column_of_another_type_is_compared_as_text(connection: psycopg.Connection[Any]) -> None:
    connection.execute("create table marts.fct_a (a text primary key, b integer, lost text)")
    connection.execute("create table built.fct_a (a text primary key, b text, new text)")
    connection.execute("insert into marts.fct_a values ('x', 1), ('y', 2)")
    connection.execute("insert into built.fct_a values ('x', '1'), ('y', '02')")
    found = compare_rows(connection, BEFORE, NOW, sample=1)
    assert (found.changed, found.columns) == (1, {"b": 1})
    assert (found.new_columns, found.lost_columns) == (("new",), ("lost",))
    assert not found.is_none


def test_a_published_mart_carried_over_as_a_view_has_its_tables_key(
    connection: psycopg.Connection[Any],
) -> None:
    connection.execute("create schema older; create table older.fct_a (a text primary key)")
    connection.execute("create view marts.fct_a as select * from older.fct_a")
    connection.execute("create table built.fct_a (a text primary key)")
    assert compare_rows(connection, BEFORE, NOW, sample=1).is_none


def test_another_key_is_said_and_nothing_compared(connection: psycopg.Connection[Any]) -> None:
    connection.execute("create table marts.fct_a (a text primary key, b text)")
    connection.execute("create table built.fct_a (a text, b text primary key)")
    found = compare_rows(connection, BEFORE, NOW, sample=1)
    assert found.remark == "cannot be compared by row: its key is b (was a)"
    assert not found.is_none


def test_a_new_mart_has_nothing_to_differ_from(connection: psycopg.Connection[Any]) -> None:
    connection.execute("create table built.fct_a as select 1 as a")
    assert compare_rows(connection, BEFORE, NOW, sample=1) == Difference(
        "fct_a", 1, remark="production has no such mart"
    )

"""The hub of the companies that changed: what it starts from, and that it goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from outreach_hub import delta
from outreach_hub.catalog.promises import Relation
from outreach_hub.database import connect_to
from outreach_hub.delta.small_hub import SmallHub, clear
from outreach_hub.errors import EnvironmentFailure
from outreach_hub.profile import Target

A, B = "e6b55145-7290-5ca0-9ceb-e0301b3119e6", "11111111-7290-5ca0-9ceb-e0301b3119e6"
SOURCES = [Relation("cl", "company_identity"), Relation("outreach_raw", "people")]


@pytest.fixture
def target(database: Target) -> Target:
    return replace(database, schema="dev")


@pytest.fixture
def small(target: Target) -> SmallHub:
    return SmallHub(target, {"cl_schema": "cl", "raw_schema": "outreach_raw"})


@pytest.fixture
def connection(target: Target) -> Iterator[psycopg.Connection[Any]]:
    """Sources with ids as uuid and as text, a hub that knows two companies; one has changed."""
    with connect_to(target, role="admin") as connection:
        connection.execute(
            f"""
            create table cl.company_identity (company_unique_id uuid, name text);
            create table outreach_raw.people (person_id text, company_unique_id text);
            insert into cl.company_identity values ('{A}', 'a'), ('{B}', 'b');
            insert into outreach_raw.people values ('p1', '{A}'), ('p2', '{B}'), ('p3', null);
            create schema dev_outreach; create schema dev_outreach_audit;
            create table dev_outreach_audit.target_registry (company_unique_id text primary key);
            create table dev_outreach.send_log (
                send_id text primary key,
                company_unique_id text references dev_outreach_audit.target_registry
            );
            insert into dev_outreach_audit.target_registry values ('{A}'), ('{B}');
            insert into dev_outreach.send_log values ('s1', '{A}'), ('s2', '{B}');
            create schema dev__changed_companies;
            create table dev__changed_companies.changed as select '{A}' as company_unique_id
            """
        )
        yield connection
        connection.rollback()


def rows(connection: psycopg.Connection[Any], table: str) -> list[tuple[Any, ...]]:
    return connection.execute(f"select * from {table}").fetchall()


def test_it_has_the_rows_of_the_changed_companies(
    connection: psycopg.Connection[Any], small: SmallHub
) -> None:
    small.furnish(connection, SOURCES, ["send_log"])
    found = connection.execute(
        "select company_unique_id::text from dev__changed_cl_schema.company_identity"
    )
    assert found.fetchall() == [(A,)]
    assert rows(connection, "dev__changed_raw_schema.people") == [("p1", A)]
    assert rows(connection, "dev__changed_outreach.send_log") == [("s1", A)]
    assert rows(connection, "dev__changed_outreach_audit.target_registry") == [(A,)]


def test_its_vars_lead_to_its_sources_and_let_no_reader_in(small: SmallHub) -> None:
    assert small.variables == {
        "cl_schema": "dev__changed_cl_schema",
        "raw_schema": "dev__changed_raw_schema",
        "bi_role": "",
        "cl_role": "",
    }


def test_it_goes_and_nothing_else(
    connection: psycopg.Connection[Any], small: SmallHub, target: Target
) -> None:
    small.furnish(connection, SOURCES, ["send_log"])
    connection.execute("create schema devx__changed_outreach")
    clear(connection, target)
    found = connection.execute("select nspname from pg_namespace where nspname ~ '^dev' order by 1")
    assert [name for (name,) in found] == [
        "dev_outreach",
        "dev_outreach_audit",
        "devx__changed_outreach",
    ]


def test_what_another_role_left_is_told_in_plain_words(target: Target) -> None:
    with connect_to(target, role="admin") as admin:
        admin.execute("create schema dev__changed_cl_schema")
    with pytest.raises(EnvironmentFailure, match="must be owner of schema dev__changed_cl_schema"):
        delta.clear_leftovers(target)

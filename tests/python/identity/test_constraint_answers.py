"""What a constraint promises of a table just made is read from the catalog; else rows are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from identity.hub import Hub, dropping, on_the_clock
from outreach_hub.database import connect_to
from outreach_hub.dbt import run

PEOPLE = "outreach.people.people"
"""The model; `people` alone is the folder as well."""

UNIQUE = "unique_people_person_id"
PAIR = "matches_target_people_person_id"
TARGET = "relationships_people_target_id__target_id__ref_company_target_"
COMPANY = "relationships_people_company_unique_id__company_unique_id__ref_company_target_"
ANSWERED = {UNIQUE, PAIR, TARGET, COMPANY}

DROP_KEY, DROP_REFERENCE = dropping("outreach.people", "p"), dropping("outreach.people", "f")
REFERENCE = (
    "alter table outreach.people add foreign key (target_id, company_unique_id)"
    " references outreach.company_target (target_id, company_unique_id)"
)
TWICE = "insert into outreach.people select * from outreach.people order by person_id limit 1"
ASTRAY = "update outreach.people set target_id = 'TGT-nowhere-1' where person_id = {first}"
OF_ANOTHER = """
update outreach.people
set target_id = (
    select target_id from outreach.company_target as other
    where other.company_unique_id <> people.company_unique_id
    order by target_id limit 1
)
where person_id = {first}
"""
FIRST = "(select min(person_id) from outreach.people)"


def queries(hub: Hub, command: str, selection: str = PEOPLE) -> dict[str, str]:
    """The tests of people, by name, as dbt runs them in a command."""
    with hub.entered():
        done = run(hub.project, [command, "--select", selection, "--vars", on_the_clock()])
    assert done.success
    return {
        result.node.name: result.node.compiled_code
        for result in done.result.results
        if result.node.resource_type == "test"
    }


@pytest.fixture(scope="module")
def built(built_hub: Hub) -> dict[str, str]:
    """The tests of people, in a build that makes it."""
    return queries(built_hub, "build")


@contextmanager
def meddled(hub: Hub, *statements: str) -> Iterator[psycopg.Connection[Any]]:
    """A session in which an administrator has done something, undone afterwards."""
    with connect_to(hub.target, role="admin") as admin:
        try:
            for statement in statements:
                admin.execute(statement.format(first=FIRST).encode())
            yield admin
        finally:
            admin.rollback()


def answers_from_catalog(built: dict[str, str]) -> set[str]:
    return {name for name, query in built.items() if "from pg_" in query}


def test_a_build_asks_the_catalog_for_what_it_has_just_made_under_a_constraint(
    built: dict[str, str],
) -> None:
    assert answers_from_catalog(built) == ANSWERED


@pytest.mark.parametrize("name", sorted(ANSWERED))
def test_it_reads_no_row_then(built_hub: Hub, built: dict[str, str], name: str) -> None:
    with meddled(built_hub) as admin:
        assert admin.execute(built[name].encode()).fetchall() == []
        plan = admin.execute(b"explain (analyze, costs off) " + built[name].encode()).fetchall()
    read = [line for (line,) in plan if " on people" in line or " on company_target" in line]
    assert read and all("never executed" in line for line in read), plan


@pytest.mark.parametrize(
    ("name", "done", "value"),
    [
        (UNIQUE, [DROP_KEY, TWICE], "person_id"),
        # an index that is unique over fewer rows, or over more columns, promises nothing of all
        (
            UNIQUE,
            [
                DROP_KEY,
                TWICE,
                "update outreach.people set full_name = ctid::text where person_id = {first}",
                "create unique index on outreach.people (person_id) where title = 'Nobody'",
                "create unique index on outreach.people (person_id, full_name)",
            ],
            "person_id",
        ),
        (TARGET, [DROP_REFERENCE, ASTRAY], "TGT-nowhere-1"),
        (PAIR, [DROP_REFERENCE, ASTRAY], "person_id"),
        (PAIR, [DROP_REFERENCE, OF_ANOTHER], "person_id"),
        # a key that was never checked
        (PAIR, [DROP_REFERENCE, OF_ANOTHER, f"{REFERENCE} not valid"], "person_id"),
        # a key of one column alone says nothing of the pair
        (
            PAIR,
            [
                DROP_REFERENCE,
                OF_ANOTHER,
                "alter table outreach.people add foreign key (target_id)"
                " references outreach.company_target (target_id)",
            ],
            "person_id",
        ),
        # a row without one of its columns is not looked up by a key of two
        (
            PAIR,
            [
                "alter table outreach.people alter column target_id drop not null",
                "update outreach.people set target_id = null where person_id = {first}",
            ],
            "person_id",
        ),
        (
            COMPANY,
            [
                DROP_REFERENCE,
                "alter table outreach.people alter column target_id drop not null",
                "update outreach.people set company_unique_id = 'No-such', target_id = null"
                " where person_id = {first}",
                REFERENCE,
            ],
            "No-such",
        ),
    ],
)
def test_without_the_very_constraint_it_reads_the_rows(
    built_hub: Hub, built: dict[str, str], name: str, done: list[str], value: str
) -> None:
    with meddled(built_hub, *done) as admin:
        found = admin.execute(built[name].encode()).fetchall()
        first = admin.execute(f"select {FIRST}".encode()).fetchone()
    assert first
    assert len(found) == 1
    assert (first[0] if value == "person_id" else value) in found[0]


@pytest.mark.parametrize(
    ("command", "selection"),
    [("test", PEOPLE), ("build", f"{PEOPLE}+1,resource_type:test"), ("compile", f"{PEOPLE}+1")],
)
def test_a_run_that_does_not_make_the_table_reads_the_rows(
    built_hub: Hub, command: str, selection: str
) -> None:
    found = queries(built_hub, command, selection)
    assert found.keys() >= ANSWERED
    assert answers_from_catalog(found) == set()

"""What is written to a source is counted where Postgres counts it; elsewhere it has changed."""

from __future__ import annotations

import pytest

from outreach_hub.ci.state import source_writes
from outreach_hub.database import connect_to
from outreach_hub.profile import Target

SOURCE = "landing.people"
PLAIN = "create table landing.people (person_id text)"
PARTITIONED = f"{PLAIN} partition by hash (person_id)"
HALF, OTHER_HALF = (
    f"partition of landing.people for values with (modulus 2, remainder {n})" for n in (0, 1)
)

COUNTED = {
    "a table": PLAIN,
    "partitions of partitions": f"""
        {PARTITIONED};
        create table landing.half {HALF} partition by list (person_id);
        create table landing.all_of_half partition of landing.half default;
        create table landing.other {OTHER_HALF}
    """,
    "a table that others inherit from": f"""
        {PLAIN};
        create table landing.people_of_today () inherits (landing.people);
        create rule of_today as on insert to landing.people
        do instead insert into landing.people_of_today values (new.person_id)
    """,
}
NOT_COUNTED = {
    "a partition on another server": f"""
        {PARTITIONED};
        create foreign data wrapper elsewhere;
        create server other foreign data wrapper elsewhere;
        create foreign table landing.half {HALF} server other
    """,
    "the database does not count": f"""
        {PLAIN};
        do $$ begin
            execute format('alter database %I set track_counts = off', current_database());
        end $$
    """,
    "a role does not count": f"""
        {PLAIN};
        do $$ begin
            execute format(
                'alter role outreach_build in database %I set track_counts = no', current_database()
            );
        end $$
    """,
}


def execute(target: Target, *statements: str) -> None:
    """In a connection of its own: what it has written is counted when it ends."""
    with connect_to(target, role="admin") as admin:
        for statement in statements:
            admin.execute(statement.encode())


def writes(target: Target) -> int:
    with connect_to(target) as connection:
        return source_writes(connection, [SOURCE])[SOURCE]


@pytest.mark.parametrize("made", COUNTED.values(), ids=COUNTED.keys())
def test_a_row_that_came_and_went_is_counted(database: Target, made: str) -> None:
    execute(database, "create schema landing", made)
    before = writes(database)
    assert writes(database) == before
    execute(database, f"insert into {SOURCE} values ('a'), ('b')", f"delete from {SOURCE}")
    assert writes(database) == before + 4


@pytest.mark.parametrize("made", NOT_COUNTED.values(), ids=NOT_COUNTED.keys())
def test_what_is_not_counted_counts_as_changed(database: Target, made: str) -> None:
    execute(database, "create schema landing", made)
    assert writes(database) != writes(database)

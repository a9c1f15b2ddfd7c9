"""All rows ranked, of which only some were made."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from outreach_hub.catalog.promises import Relation
from outreach_hub.copies import ALL_ROWS
from outreach_hub.database import connect_to
from outreach_hub.delta.merging import Part
from outreach_hub.delta.rankings import Ranking, ranked_anew
from outreach_hub.delta.scope import Scope
from outreach_hub.profile import Target

QUEUE = Part(Relation("marts", "queue"), Relation("small", "queue").identifier, ALL_ROWS)


def node(*columns: str) -> Any:
    types = {"place": "bigint", "score": "integer"}
    return SimpleNamespace(
        unique_id="queue",
        name="queue",
        columns={
            name: SimpleNamespace(name=name, data_type=types.get(name, "text")) for name in columns
        },
    )


def scope(short_cut: Any) -> Scope:
    short_cuts = {"queue": short_cut} if short_cut else {}
    return Scope({"queue": "has a window over more than a company"}, frozenset(), short_cuts)


def test_rows_that_stand_are_ranked_with_those_of_the_changed_companies(database: Target) -> None:
    best = Ranking({"place": 'row_number() over (order by "score" desc, "company_unique_id")'})
    queue = node("place", "company_unique_id", "score")
    with connect_to(database) as connection:
        connection.execute(
            """
            create schema marts; create schema small;
            create table marts.queue (company_unique_id text, place bigint, score integer);
            insert into marts.queue values ('A', 1, 9), ('A', 3, 2), ('B', 2, 5), ('C', 4, 1);
            create table small.queue (company_unique_id text, place bigint, score integer);
            insert into small.queue values ('A', 1, 3), ('D', 2, 1);
            create table small.changed as values ('A'), ('D');
            alter table small.changed rename column column1 to company_unique_id
            """
        )
        rows = ranked_anew(connection, queue, scope(best), QUEUE, Relation("small", "changed"))
        assert rows
        found = connection.execute(f"select * from {rows.as_string()} order by place").fetchall()
    assert found == [(1, "B", 5), (2, "A", 3), (3, "C", 1), (4, "D", 1)]


@pytest.mark.parametrize("short_cut", [None, object()])
def test_what_is_no_ranking_is_not_ranked(database: Target, short_cut: Any) -> None:
    with connect_to(database) as connection:
        changed = Relation("small", "changed")
        assert ranked_anew(connection, node("place"), scope(short_cut), QUEUE, changed) is None

"""Marts are compared as they are built; whoever leaves early waits for nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from outreach_hub.catalog.promises import Relation
from outreach_hub.ci.comparing import comparing
from outreach_hub.database import connect_to
from outreach_hub.profile import Target

NAMES = ("fct_a", "fct_b", "fct_c")
PAIRS = {f"model.outreach.{n}": (Relation("marts", n), Relation("built", n)) for n in NAMES}


def finished(name: str, status: str = "success", event: str = "NodeFinished") -> Any:
    """What dbt tells of a node."""
    node = SimpleNamespace(unique_id=f"model.outreach.{name}", node_status=status)
    return SimpleNamespace(info=SimpleNamespace(name=event), data=SimpleNamespace(node_info=node))


@pytest.fixture
def marts(database: Target) -> Target:
    with connect_to(database) as connection:
        for schema, rows in (("marts", 1), ("built", 2)):
            connection.execute(f"create schema {schema}".encode())
            for name in NAMES:
                connection.execute(
                    f"create table {schema}.{name} as select generate_series(1, {rows}) as id;"
                    f"alter table {schema}.{name} add primary key (id)".encode()
                )
    return database


def test_what_was_built_is_compared_in_the_order_of_the_marts(marts: Target) -> None:
    with comparing(marts, PAIRS, sample=0) as comparisons:
        for event in (
            finished("fct_c"),
            finished("fct_b", status="error"),
            finished("fct_a", event="NodeStart"),
            finished("stg_a"),
            finished("fct_a"),
        ):
            comparisons(event)
        found = comparisons.differences()
    assert [(each.mart, each.added) for each in found] == [("fct_a", 1), ("fct_c", 1)]


def test_a_comparison_that_is_under_way_is_cancelled(marts: Target) -> None:
    with connect_to(marts) as connection:
        connection.execute("drop table built.fct_a")
        connection.execute("create view built.fct_a as select 1 as id from pg_sleep(3600)")
    comparisons = comparing(marts, PAIRS, sample=0)
    with pytest.raises(KeyboardInterrupt), comparisons as running:
        running(finished("fct_a"))
        running(finished("fct_b"))
        with connect_to(marts, autocommit=True) as watcher:
            asleep = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
            while watcher.execute(asleep).fetchone() != (1,):
                pass
        raise KeyboardInterrupt
    with connect_to(marts) as watcher:
        assert watcher.execute(asleep).fetchone() == (0,)

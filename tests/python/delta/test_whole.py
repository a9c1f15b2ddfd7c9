"""What spreads over companies is made from all rows, and tests that compare them see all."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from outreach_hub.database import connect_to
from outreach_hub.delta import BuildEverything, whole
from outreach_hub.delta.scope import Scope
from outreach_hub.delta.small_hub import SmallHub
from outreach_hub.profile import Target

SOURCES = {"cl_schema": "cl", "raw_schema": "outreach_raw"}
HERE = "outreach__changed_outreach"


@pytest.fixture
def connection(database: Target) -> Iterator[psycopg.Connection[Any]]:
    """Production with the sends of two companies, and a mart that is not yet what they make it."""
    with connect_to(database) as connection:
        connection.execute(
            """
            create schema outreach; create schema outreach_build;
            create table outreach.sends (send_id text, company_unique_id text);
            insert into outreach.sends values ('s1', 'A'), ('s2', 'B');
            create table outreach_build.totals (n bigint);
            insert into outreach_build.totals values (99)
            """
        )
        yield connection
        connection.rollback()


@pytest.fixture
def small(database: Target) -> SmallHub:
    return SmallHub(database, SOURCES)


def model(name: str, materialized: str = "table") -> Any:
    return SimpleNamespace(
        unique_id=name,
        name=name,
        config=SimpleNamespace(materialized=materialized),
        columns={"n": SimpleNamespace(name="n", data_type="bigint")},
    )


def test_each_is_made_of_what_is_there_when_it_is_asked_for(
    connection: psycopg.Connection[Any], small: SmallHub
) -> None:
    manifest: Any = SimpleNamespace(nodes={"totals": model("totals"), "twice": model("twice")})
    compiled = {
        "totals": f'select count(*)::integer as n from "{HERE}"."sends"',
        "twice": f'select 2 * n as n from "{HERE}_build"."totals"',
    }
    scope = Scope(spreading=dict.fromkeys(compiled, "spreads"), constant=frozenset())
    found = {}
    for node in whole.tables(manifest, scope):
        rows = whole.made_anew(connection, small, node, compiled[node.unique_id])
        selected = connection.execute(f"select n, pg_typeof(n)::text from {rows.as_string()}")
        found[node.name] = selected.fetchall()
        if node.name == "totals":
            connection.execute("update outreach_build.totals set n = 2")
    assert found == {"totals": [(2, "bigint")], "twice": [(4, "bigint")]}


def test_what_is_added_to_is_not_made_anew() -> None:
    manifest: Any = SimpleNamespace(nodes={"log": model("log", "incremental")})
    scope = Scope(spreading={"log": "has limit"}, constant=frozenset())
    with pytest.raises(BuildEverything, match="log is incremental, and spreads"):
        list(whole.tables(manifest, scope))


@pytest.mark.parametrize(("column", "holds"), [("send_id", True), ("kind", False)])
def test_a_test_that_compares_companies_sees_all(
    connection: psycopg.Connection[Any], small: SmallHub, column: str, holds: bool
) -> None:
    connection.execute("alter table outreach.sends add kind text default 'mail'")
    unique = SimpleNamespace(
        unique_id="test",
        name=f"unique_sends_{column}",
        resource_type="test",
        test_metadata=SimpleNamespace(name="unique", kwargs={}),
        column_name=column,
        attached_node="sends",
        depends_on_nodes=["sends"],
        config=SimpleNamespace(
            where=None, limit=None, fail_calc="count(*)", error_if="!= 0", warn_if="!= 0"
        ),
    )
    manifest: Any = SimpleNamespace(nodes={"test": unique})
    text = f'select {column} from "{HERE}"."sends" group by {column} having count(*) > 1'
    scope = Scope(spreading={}, constant=frozenset())
    if holds:
        whole.test(connection, small, manifest, scope, {"test": text})
    else:
        with pytest.raises(BuildEverything, match="unique_sends_kind does not hold for all"):
            whole.test(connection, small, manifest, scope, {"test": text})


def test_its_schemas_are_read_as_productions(small: SmallHub) -> None:
    text = (
        'select "outreach__changed_x" from "db"."outreach__changed_cl_schema"."t",'
        ' "db"."outreach__changed_outreach_audit"."r"'
    )
    assert small.in_production(text) == (
        'select "outreach__changed_x" from "db"."cl"."t", "db"."outreach_audit"."r"'
    )

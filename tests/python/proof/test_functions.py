"""What Postgres has, the prover knows: functions that fold rows, and those that make some."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlglot
from sqlglot import exp

from outreach_hub.database import connect_to
from outreach_hub.proof.expressions import (
    function_name,
    generates,
    reads_by_text,
    returns_one,
    returns_rows,
)
from outreach_hub.server import EmbeddedServer

ARGUMENTS = ("x", "x, y", "", "x, y, z")


def parsed(name: str) -> exp.Expr:
    for arguments in ARGUMENTS:
        try:
            return sqlglot.parse_one(f"{name}({arguments})", dialect="postgres")
        except sqlglot.ParseError:
            continue
    raise AssertionError(name)


def functions(server: EmbeddedServer, condition: str) -> list[str]:
    with connect_to(server.target("postgres"), role="admin") as connection:
        found = connection.execute(
            "select distinct proname from pg_proc"
            f" where pronamespace = 'pg_catalog'::regnamespace and {condition} order by 1"
        ).fetchall()
    return [name for (name,) in found]


@pytest.mark.parametrize(
    ("condition", "is_known"),
    [("prokind = 'a'", returns_one), ("proretset", returns_rows)],
    ids=["aggregates", "sets of rows"],
)
def test_they_are_known_by_name(
    server: EmbeddedServer, condition: str, is_known: Callable[[exp.Expr, str], bool]
) -> None:
    names = functions(server, condition)
    assert len(names) > 40
    unknown = [
        name
        for name in names
        if not reads_by_text(name) and not is_known(node := parsed(name), function_name(node))
    ]
    assert unknown == []


def test_what_is_another_each_time_is_generated_or_refused(server: EmbeddedServer) -> None:
    """A function that reads a query from a text is volatile, or makes XML of tables."""
    names = functions(
        server,
        "provolatile = 'v' and proname !~ '^pg_|handler$|^plpgsql' and prorettype not in"
        " ('trigger'::regtype, 'internal'::regtype, 'event_trigger'::regtype)",
    )
    assert len(names) > 40
    harmless = {"amvalidate", "bernoulli", "system"}  # take an internal, which no SQL can give
    kept = {
        name
        for name in names
        if not reads_by_text(name) and not generates(node := parsed(name), function_name(node))
    }
    assert kept <= harmless
    assert all(reads_by_text(name) for name in functions(server, "proname ~ 'to_xml|xmlschema'"))

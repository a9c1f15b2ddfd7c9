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
from outreach_hub.proof.known_functions import NO_FUNCTION, known
from outreach_hub.proof.lexing import parse
from outreach_hub.proof.unproved import Unproved
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


def test_what_comes_with_the_server_is_known_by_name(server: EmbeddedServer) -> None:
    """Functions that no SQL can call have arguments or results that only the server makes."""
    internal = "array['internal', 'cstring', 'trigger', 'event_trigger']::regtype[]"
    names = functions(
        server,
        "proname !~ '^binary_upgrade_|[a-z_]handler$' and proname = lower(proname)"
        f" and not string_to_array(proargtypes::text, ' ')::oid[]::regtype[] && {internal}"
        f" and prorettype::regtype <> all({internal})",
    )
    assert sorted(names) == sorted(known("postgres"))


def test_no_function_is_called_by_a_reserved_word(server: EmbeddedServer) -> None:
    with connect_to(server.target("postgres"), role="admin") as connection:
        words = connection.execute(
            "select word from pg_get_keywords() where catcode in ('R', 'C')"
        ).fetchall()
    assert {word for (word,) in words} == NO_FUNCTION


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("select best_email(d) as x from t", "best_email"),
        ("select d from t where 'a' = best_email()", "best_email"),
        ('select "Lower"(d) as x from t', "Lower"),
        ("select best_email -- of all\n (d) as x from t", "best_email"),
        # what the parser knows, and Postgres does not
        ("select first(d) as x from t", "first"),
        ("select nvl(d, 'x') as x from t", "nvl"),
        ("select filter(d, e) as x from t", "filter"),
        ("select count(*) filter (where true) as n, filter(d, e) as x from t", "filter"),
        # a relation of the same name answers for one bracket
        ("select x.a, x(d) as b from t cross join (values (1)) as x (a)", "x"),
        ("select uuid(d) as x from t", "uuid"),
        ("select ran\u212a(d) as x from t", "ran\u212a"),
        ("select rlike(d, 'x') as x from t", "rlike"),
    ],
)
def test_a_function_of_somebody_is_refused(sql: str, name: str) -> None:
    with pytest.raises(Unproved, match=f"^{name}\\(\\) is no function that comes with the engine"):
        parse(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "with x (a, b) as (select 1, 2), y as materialized (select 3) select a from x",
        "select a from (values (1, 2)) as x (a, b) where a in (1) or exists (select)",
        "select n from generate_series(1, 3) with ordinality as each (n, place)",
        "select sum(a) filter (where b) over (partition by (a) order by (b)) as s from t",
        "select a from t group by grouping sets ((a), ()), rollup (a), cube (a)",
        "select a::numeric(10, 2) as x, b::character varying(3) as y, c::timestamptz(3) from t",
        "select coalesce(b, left(a, 3)) as x from t",
        "select ts at time zone ('UTC') as x from t join (select 1 as b) as u on (t.a = u.b)",
        "select a from t where a like ('x') or a ilike ('y')",
    ],
)
def test_the_language_and_what_comes_with_it_is_let_pass(sql: str) -> None:
    assert parse(sql)


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

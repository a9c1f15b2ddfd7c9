"""Operators and types are those that Postgres comes with, and they are all known."""

from __future__ import annotations

import pytest

from outreach_hub.database import connect_to
from outreach_hub.proof.known_types import OPERATORS, TYPES
from outreach_hub.proof.lexing import parse
from outreach_hub.proof.unproved import Unproved
from outreach_hub.server import EmbeddedServer


def test_the_operators_are_the_servers(server: EmbeddedServer) -> None:
    with connect_to(server.target("postgres"), role="admin") as connection:
        found = connection.execute(
            "select distinct oprname from pg_operator"
            " where oprnamespace = 'pg_catalog'::regnamespace"
        ).fetchall()
    assert {name for (name,) in found} == OPERATORS


def test_the_types_are_the_servers(server: EmbeddedServer) -> None:
    with connect_to(server.target("postgres"), role="admin") as connection:
        found = connection.execute(
            "select name, typnamespace = 'pg_catalog'::regnamespace"
            " from unnest(%s::text[]) as name"
            " left join pg_type on pg_type.oid = to_regtype(name)::oid",
            [sorted(TYPES)],
        ).fetchall()
    assert [name for name, is_own in found if not is_own] == []


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select a == b as x from t", "== is no operator"),
        ("select a <=> b as x from t", "<=> is no operator"),
        ("select 2^-1 as x", "^- is no operator"),
        ("select a::guess as x from t", "guess is no type"),
        ("select cast(a as public.guess) as x from t", "public is no type"),
        ('select a::"guess" as x from t', '"guess" is no type'),
        # the parser's, and not Postgres'
        ("select cast(a as string) as x from t", "string is no type"),
        ("select a::double as x from t", "double is no type"),
        ("select cast((select b as c from u) as guess) as x", "guess is no type"),
    ],
)
def test_what_is_somebodys_is_refused(sql: str, said: str) -> None:
    with pytest.raises(Unproved) as refusal:
        parse(sql)
    assert refusal.value.reason.startswith(f"{said} that Postgres comes with")


@pytest.mark.parametrize(
    "sql",
    [
        "select a=-1 as x, b<-1 as y, c*-1 as z, d - -1 as w from t",
        "select a::double precision as x, b::text::varchar(3)[] as y from t",
        "select cast((select 1 as guess) as int) as x, b::timestamp with time zone as y from t",
        "select a ->> 'x' || 'y' as x, b != c as y, a -> 'b' #>> '{c}' as z from t",
        "select string_agg(a, ',' order by b desc) filter (where c >= 1) as x from t",
    ],
)
def test_postgres_own_are_let_pass(sql: str) -> None:
    assert parse(sql)

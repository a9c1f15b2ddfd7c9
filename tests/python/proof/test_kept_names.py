"""What is a name to Postgres is one in the syntax tree."""

from __future__ import annotations

import pytest
from sqlglot import exp

from outreach_hub.database import connect_to
from outreach_hub.proof.kept_names import KEYWORDS
from outreach_hub.proof.lexing import parse
from outreach_hub.proof.unproved import Unproved
from outreach_hub.server import EmbeddedServer


def test_the_keywords_are_the_servers(server: EmbeddedServer) -> None:
    with connect_to(server.target("postgres"), role="admin") as connection:
        rows = connection.execute("select word from pg_get_keywords()").fetchall()
    assert {word for (word,) in rows} == KEYWORDS


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("select rlike company_unique_id from n", "rlike"),
        ("select connect_by_root b from n", "connect_by_root"),
        ("select list[1] from n", "list"),
        ("select (select rlike e) as x from (select 1 as \"rlike\", 'a' as e) as n", "rlike"),
        ("select date_trunc(c, x) from n", "c"),
        ('select date_trunc("c", x) from n', "c"),
        (
            "select extract(year from x), epoch[1] - week from (select week) as n where list[1]",
            "list",
        ),
    ],
)
def test_a_name_that_the_parser_takes_for_something_else_is_refused(text: str, name: str) -> None:
    with pytest.raises(Unproved) as refused:
        parse(text)
    assert refused.value.reason.startswith(f"`{name}` is a name to Postgres")


@pytest.mark.parametrize(
    "text",
    [
        "select extract(epoch from x), extract(dow from y), date '2026-01-01' from n",
        "select x::uuid, cast(y as timestamptz), jsonb '{}' -> 'a', date from n",
        "select x::tsquery, 'a.b'::text[], cast(z as tsvector) from n",
        "with a (x, y) as (select 1, 2) select a.x, rank() over w from a window w as (order by y)",
        "select count(*) filter (where x) as n, list.x from list group by rollup (x)",
        "select x at time zone 'UTC' as utc from n tablesample bernoulli (50) fetch first row only",
    ],
)
def test_names_types_and_fields_are_let_pass(text: str) -> None:
    assert parse(text)


@pytest.mark.parametrize("text", ["concat(j -> 'e')", "coalesce(j -> 'e' || 'x', k)::text"])
def test_a_part_of_a_column_is_one_of_it_in_brackets_too(text: str) -> None:
    tree = parse(f"select {text} as part from n")[0]
    assert "j" in {column.name for column in tree.find_all(exp.Column)}
    assert tree.find(exp.Lambda) is None


@pytest.mark.parametrize("text", ["a ? and true", "#> a"])
def test_what_the_parser_stumbles_over_is_no_sql(text: str) -> None:
    with pytest.raises(Unproved) as refused:
        parse(f"select x from n where {text}")
    assert refused.value.reason.startswith("the SQL cannot be parsed")


@pytest.mark.parametrize("text", ["concat((a, b) -> 'e')", "concat(j -> j.e)"])
def test_a_name_in_a_place_of_its_own_is_refused(text: str) -> None:
    with pytest.raises(Unproved) as refused:
        parse(f"select {text} as part from n")
    assert "where the proof knows of none" in refused.value.reason


def test_an_operator_that_is_written_like_not_is_refused() -> None:
    with pytest.raises(Unproved) as refused:
        parse("select (!! phraseto_tsquery('simple', email))::text from n")
    assert "an operator that is no NOT" in refused.value.reason

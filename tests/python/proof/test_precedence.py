"""What an operator takes for its operands is what Postgres gives it."""

from __future__ import annotations

import pytest

from outreach_hub.database import connect_to
from outreach_hub.proof.lexing import parse
from outreach_hub.proof.unproved import Unproved
from outreach_hub.server import EmbeddedServer

CONDITIONS = [
    *("'a' ~ 'b'", "'a' !~* 'b'", "'{}'::jsonb @> '{}'", "'{}'::jsonb <@ '{}'"),
    *("'{}'::jsonb ?| array['a']", "array[1] <@ array[1]", "'[1,2)'::int4range -|- '[2,3)'"),
    *("'a' = any (array['a'])", "'a' <> all (array['a'])", "'a' = some (array['a'])"),
    *("'a' like any (array['a'])", "'a' = any (select 'a')", "true is true", "true is not false"),
    "(date '2026-01-01', date '2026-01-02') overlaps (date '2026-01-01', date '2026-01-03')",
]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_text_that_begins_with_a_condition_is_refused(
    server: EmbeddedServer, condition: str
) -> None:
    with connect_to(server.target("postgres"), role="admin") as connection:
        made = connection.execute(f"select {condition} || 'text' as x")
        assert made.fetchone() in [("truetext",), ("falsetext",)]
    with pytest.raises(Unproved) as refused:
        parse(f"select {condition} || email as x from n")
    assert "from left to right" in refused.value.reason


@pytest.mark.parametrize("operator", ["~~", "!~~*"])
def test_like_as_an_operator_is_refused(operator: str) -> None:
    with pytest.raises(Unproved, match="which is LIKE but for its precedence"):
        parse(f"select 'a' {operator} 'b' || email as x from n")


@pytest.mark.parametrize(
    "text",
    [
        "('a' ~ 'b') || email",
        "email || 'a' ~ 'b'",
        "email ~ ('^' || full_name)",
        "email ~ 'a' and full_name like 'a' || email",
        "a = any (array['a', 'b']) or not b <> all (select 'c')",
        "a is distinct from b || c",
        "a is not null and b between c || d and e || f",
        "a @> b + 1 is true",
    ],
)
def test_what_needs_no_brackets_passes(text: str) -> None:
    assert parse(f"select {text} as x from n")

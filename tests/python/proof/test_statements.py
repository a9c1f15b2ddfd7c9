"""What a hook or an operation may send."""

from __future__ import annotations

import jinja2
import pytest

from outreach_hub.proof.effects import MacroFacts, macro_facts, plain_calls
from outreach_hub.proof.examples import project
from outreach_hub.proof.jinja_branches import Syntax
from outreach_hub.proof.reviewed import needs_review
from outreach_hub.proof.statements import faults

GRAPH = project().graph


def codes(text: str) -> list[str]:
    return [code for code, _, _ in faults(text, GRAPH)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "analyze outreach.people",
        "create index on outreach.people (email)",
        "grant select on outreach.people to bi",
        "comment on table outreach.people is 'x'",
        "set local statement_timeout = '5min'",
        "select count(*) from outreach.people",
    ],
)
def test_harmless(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "update outreach.people set company_unique_id = 'x'",
        "delete from outreach.people",
        "insert into outreach.people select * from x.y",
        "truncate outreach.people",
        "alter table outreach.people drop constraint people_fkey",
        "drop table outreach.people cascade",
        "do $$ begin perform 1; end $$",
        "set search_path to evil",
        "execute prepared",
        "call refresh()",
        "select dblink_exec('x', 'drop table y')",
        "update people set x = 1",
        "update outreach_marts.dim_people set target_id = 'x'",
        "insert into outreach_audit.runs values (1)",
        "create table elsewhere.x (a int)",
        "create or replace view outreach_marts.x as select 1 as one",
        "comment on schema outreach_marts is 'x'",
        "create index on outreach.people (promote(email))",
        "select audit.format('x')",
        "select 1 operator(audit.+) 2",
        "create function f() returns int language sql as 'select 1'",
        "copy outreach.people from '/x'",
        "analyze outreach.people; delete from outreach.people",
        "merge into outreach.people using x.y on true when matched then delete",
        "this is not sql (",
        "grant insert on outreach.people to x",
        "grant owner to x",
        "create trigger t before insert on outreach.people for each row execute function f()",
    ],
)
def test_refused(text: str) -> None:
    assert set(codes(text)) == {"ID099"}


@pytest.mark.parametrize(
    "text",
    [
        "update cl.company_identity set lifecycle_state = 'CLIENT'",
        "delete from cl.bit_scores",
        'insert into "cl"."company_identity" values (1)',
        "grant update on cl.company_identity to x",
        "grant insert, update on all tables in schema cl to x",
        "do $$ begin update cl.company_identity set x = 1; end $$",
    ],
)
def test_a_write_to_cl(text: str) -> None:
    assert "ID007" in codes(text)


def test_a_read_of_cl() -> None:
    assert codes("select * from cl.company_identity") == ["ID004"]


def facts(**macros: str) -> dict[str, MacroFacts]:
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    return macro_facts(
        (f"macro.p.{name}", name, "p", f"macros/{name}.sql", Syntax(text, environment.parse(text)))
        for name, text in macros.items()
    )


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("{% macro m() %}cast(x as date){% endmacro %}", False),
        ("{% macro m() %}{% do run_query('select 1') %}{% endmacro %}", False),
        (
            "{% macro m() %}{% do run_query('select max(x) from ' ~ ref('p')) %}{% endmacro %}",
            False,
        ),
        (
            "{% macro m() %}{% do run_query('grant select on ' ~ this ~ ' to bi') %}{% endmacro %}",
            False,
        ),
        (
            "{% macro m() %}{% do run_query('grant insert on ' ~ this ~ ' to bi') %}{% endmacro %}",
            True,
        ),
        ("{% macro m(t) %}{% do run_query('select 1 from ' ~ t) %}{% endmacro %}", True),
        ("{% macro m() %}{% do run_query('select promote(1)') %}{% endmacro %}", True),
        ("{% macro m() %}{% call statement() %}select 1{% endcall %}{% endmacro %}", True),
        ("{% macro m(q) %}{% do run_query(q) %}{% endmacro %}", True),
        ("{% macro m() %}{% set f = run_query %}{% do f('x') %}{% endmacro %}", True),
        ("{% macro m() %}{% do run_query('update x set y = 1') %}{% endmacro %}", True),
        ("{% macro m() %}{% do adapter.execute('x') %}{% endmacro %}", True),
        ("{% macro m() %}{% do context['run_query']('x') %}{% endmacro %}", True),
        ("{% macro m() %}drop table x{% endmacro %}", True),
        ("{% macro test_not_null(model) %}select 1{% endmacro %}", True),
        ("{% macro m() %}{{ send('x') }}{% endmacro %}", True),
    ],
)
def test_which_macros_a_person_has_to_read(text: str, needs: bool) -> None:
    sender = "{% macro send(q) %}{% do run_query(q) %}{% endmacro %}"
    name = "test_not_null" if "test_not_null" in text else "m"
    known = facts(**{name: text, "send": sender})
    needed = needs_review(known, {"test_not_null"}, "p")
    assert (f"macro.p.{name}" in needed) is needs


def test_a_hook_that_hands_a_statement_to_a_macro_is_not_plain() -> None:
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])

    def plain(text: str) -> set[str] | None:
        return plain_calls(environment.parse(text))

    assert plain("{{ register(this, ref('people')) }}") == {"register"}
    assert plain("{{ send('update people set x = 1') }}") is None
    assert plain("{{ register(this) }}; delete from people") is None
    assert plain("{{ drop_version_ddl('outreach_marts') }}") is None
    assert plain("{% do register(this) %}") is None

"""Rows of unit tests that are written in SQL, and what they put in the place of macros."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.examples import Example
from outreach_hub.proof.graph import Graph, UnitTestSpec
from outreach_hub.proof.statements import is_one_clause, query_faults
from outreach_hub.proof.verdict import Finding
from outreach_hub.variables import is_plain, texts

CODE = "ID099"
TITLE = "the rows of a unit test are one query, and an override is one expression"
WHY = "Both run on the hub's own server, in every build: what ends a query goes on as a statement."

_JINJA = ("{{", "{%", "{#")


def check_project(compiled: Compiled) -> Iterator[Finding]:
    """Rows in SQL are a template to dbt as well, and could send statements as they are rendered."""
    graph = compiled.graph
    for test in graph.unit_tests:
        for text in test.rows:
            for reason in _of_rows(text, graph):
                fix = "Write one query that only reads, without Jinja, or rows in YAML."
                yield Finding(CODE, test.name, test.path, 1, reason, fix, sql=text)
        for name, value in test.macros.items():
            for reason in _of_override(value, graph):
                fix = "Override it by one value or expression."
                said = f"its override of {name}(): {reason}"
                yield Finding(CODE, test.name, test.path, 1, said, fix, sql=str(value))
        for _, value in texts(test.values):
            if not is_plain(value):
                said = "its override of a var holds SQL or quotes"
                yield Finding(CODE, test.name, test.path, 1, said, "A var is a value.", sql=value)


def _of_rows(text: str, graph: Graph) -> Iterator[str]:
    if any(mark in text for mark in _JINJA):
        yield "rows in SQL that are a template"
        return
    for _, reason, _ in query_faults(text, graph):
        yield f"rows in SQL: {reason}"


def _of_override(value: Any, graph: Graph) -> Iterator[str]:
    if not isinstance(value, str) or not value.strip():
        return
    if not is_one_clause(value):
        yield "more than an expression"
    else:
        for _, reason, _ in query_faults(f"select {value}", graph):
            yield reason


def _made(
    rows: str = "select 1 as n", values: tuple[Any, ...] = (), **macros: Any
) -> tuple[UnitTestSpec, ...]:
    path = "models/people/_unit.yml"
    return (UnitTestSpec("slots_are_counted", path, [rows], macros, list(values)),)


REFUSED = (
    Example("rows that end, and go on", unit_tests=_made("select 1 as n; delete from x.y")),
    Example("rows that close a bracket", unit_tests=_made("select 1 as n) as q; select (1")),
    Example("rows that send", unit_tests=_made("select {{ run_query('delete from x.y') }} as n")),
    Example("rows that call", unit_tests=_made("select promote(1) as n")),
    Example("a var that goes on", unit_tests=_made(values=("x' as n) as a); drop table y",))),
    Example("a macro that goes on", unit_tests=_made(today="now()) as d; delete from x.y; --")),
)
ACCEPTED = (
    Example("rows in SQL", unit_tests=_made("select 'CL-1' as company_unique_id, 1 as n")),
    Example("a day that is fixed", unit_tests=_made(today="date '2026-01-01'", is_new=True)),
    Example("a var that is fixed", unit_tests=_made(values=("2026-01-01", 3))),
)

"""Settings that dbt puts into its statements as they are: each is one name or one clause."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.examples import Example
from outreach_hub.proof.gate_tests import finding_on
from outreach_hub.proof.graph import Graph, Layer, Node, texts
from outreach_hub.proof.statements import is_one_clause, kinds_of, query_faults
from outreach_hub.proof.verdict import Finding
from outreach_hub.proof.yaml_lines import declared_at

CODE = "ID099"
TITLE = "no setting carries a statement of its own"
WHY = "A check, an index or a grant in YAML can rewrite the table that every model proved."

Fault = tuple[str, str, str]
"""What is wrong with which setting, what to do, and its text."""

_NAME = re.compile(r'\w+|"[^"]+"')
_KINDS = {"check", "foreign_key", "not_null", "primary_key", "unique"}
_WORD = re.compile(r"\w+", re.ASCII)
_NAME_IN_QUOTES = re.compile(r"[\w $.#@-]+")
"""What a server may call a database or a table of somebody else's."""
_JINJA = re.compile(r"\{\{.*?\}\}")
_ONE_CLAUSE = "Write one expression, without a comma, semicolon or comment outside of brackets."
_LIST = "Write it as dbt has it: {columns: [a, b], unique: true}."
_PLAIN = "Write a plain name, or one in double quotes."
_WORDS = "Call it by letters, digits and _ alone: the name stands in statements of every build."


def check_project(compiled: Compiled) -> Iterator[Finding]:
    """See the examples below."""
    graph = compiled.graph
    for node in graph.nodes.values():
        for reason, fix, text in _faults(node, graph):
            path, line = declared_at(node, graph)
            yield Finding(CODE, node.name, path, line, reason, fix, sql=text)
    for node in graph.nodes.values():
        for text in _ends(_said(node.config) if node.layer is Layer.TEST else ()):
            what, fix = "the test is handed a second statement", "Take the semicolon out."
            yield Finding(CODE, node.name, node.path, 1, what, fix, sql=text)
    for test in graph.tests:
        if test.config.get("sql_header"):
            what = f"`sql_header` runs before the test {test.name}, unproved"
            yield finding_on(test, graph, CODE, what, "Take sql_header out.")
        for text in _ends({**test.arguments, "config": _said(test.config)}):
            yield finding_on(
                test,
                graph,
                CODE,
                f"the test {test.name} is handed a second statement",
                "Take the semicolon out: a test is one query.",
                sql=text,
            )


def _faults(node: Node, graph: Graph) -> Iterator[Fault]:
    for place, part in enumerate(node.relation or ()):
        is_own = place and (node.is_model or node.layer is Layer.SEED)
        if part and not (_WORD if is_own else _NAME_IN_QUOTES).fullmatch(part):
            yield "its name is more than a name", _WORDS, part
    for constraint in (
        *node.constraints,
        *(c for column in node.columns.values() for c in column.constraints),
    ):
        yield from _of_constraint(constraint, graph)
    indexes = node.config.get("indexes") or ()
    for index in indexes if isinstance(indexes, (list, tuple)) else [indexes]:
        if not isinstance(index, dict):
            yield "an index is no list of columns", _LIST, str(index)
            continue
        for column in index.get("columns") or ():
            if not is_one_clause(column):
                yield "an index says more than its columns", _ONE_CLAUSE, str(column)
            else:
                yield from _of_expression("an index", str(column), graph)
        if not _is_name(index.get("type") or "btree"):
            yield "the type of an index is no name", _PLAIN, str(index["type"])
    for privilege, grantees in (node.config.get("grants") or {}).items():
        if str(privilege).lower() != "select":
            yield (
                f"grants {privilege}: others could change what was proved",
                "Grant select alone; what may be written, a model writes.",
                str(grantees),
            )
        for grantee in grantees if isinstance(grantees, list) else [grantees]:
            if not _is_name(grantee):
                yield "a grant to what is no name of a role", _PLAIN, str(grantee)
    if node.layer is Layer.SOURCE:
        yield from _of_freshness(node.config, graph)


def _of_expression(what: str, text: str, graph: Graph) -> Iterator[Fault]:
    """What it calls has to come with the engine: it runs for every row that is written."""
    for _, reason, _ in query_faults(f"select {text}", graph):
        yield f"{what}: {reason}", "Write it of columns and the engine's own functions.", text


def _of_constraint(constraint: dict[str, Any], graph: Graph) -> Iterator[Fault]:
    kind = constraint["type"]
    if kind not in _KINDS:
        what = f"a {kind} constraint, which may be any SQL"
        yield what, f"Write one of {', '.join(sorted(_KINDS))}.", str(constraint.get("expression"))
    names = [constraint.get("name"), *(constraint.get("columns") or ())]
    names += constraint.get("to_columns") or ()
    for name in filter(None, names):
        if not _is_name(name):
            yield f"a {kind} constraint has more than a name where a name belongs", _PLAIN, name
    expression = constraint.get("expression")
    if expression and not is_one_clause(expression):
        yield f"a {kind} constraint says more than its condition", _ONE_CLAUSE, expression
    elif expression and kind == "check":
        yield from _of_expression("a check constraint", expression, graph)


def _of_freshness(config: dict[str, Any], graph: Graph) -> Iterator[Fault]:
    query = _JINJA.sub("relation", config.get("loaded_at_query") or "")
    for _, reason, _ in query_faults(query, graph) if query else ():
        yield f"loaded_at_query: {reason}", "Write one query that only reads.", query
    for name, text in (
        ("loaded_at_field", config.get("loaded_at_field")),
        ("freshness.filter", (config.get("freshness") or {}).get("filter")),
    ):
        if text and not is_one_clause(text):
            yield f"`{name}` says more than its condition", _ONE_CLAUSE, text
        elif text:
            yield from _of_expression(f"`{name}`", text, graph)


def _said(config: dict[str, Any]) -> list[Any]:
    """The settings of a test that are put into its query."""
    names = ("where", "limit", "fail_calc", "warn_if", "error_if")
    return [config.get(name) for name in names]


def _ends(said: Any) -> Iterator[str]:
    """The texts by which a query would end before it is done."""
    for text in texts(said):
        kinds = kinds_of(text)
        if "SEMICOLON" in kinds if kinds is not None else ";" in text:
            yield text


def _is_name(text: Any) -> bool:
    return _NAME.fullmatch(str(text)) is not None


_INDEX = "email); update outreach.people set company_unique_id = 'x'; --"
REFUSED = (
    Example("an index that is a text", config={"people": {"indexes": "person_id"}}),
    Example(
        "an index that ends, and goes on",
        config={"people": {"indexes": [{"columns": [_INDEX]}]}},
    ),
    Example("a grant to write", config={"people": {"grants": {"update": ["outreach_bi"]}}}),
    Example("a role that is a statement", config={"people": {"grants": {"select": ["a; drop"]}}}),
)
ACCEPTED = (
    Example(
        "an index on an expression",
        config={"people": {"indexes": [{"columns": ["lower(left(email, 20))"], "type": "btree"}]}},
    ),
    Example("a grant to read", config={"people": {"grants": {"select": ["outreach_bi"]}}}),
)

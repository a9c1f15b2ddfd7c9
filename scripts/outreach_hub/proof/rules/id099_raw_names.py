"""Settings that dbt puts into its statements as they are: names, types, and what they hold for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.dialect import SPARK, spoken
from outreach_hub.proof.examples import Example
from outreach_hub.proof.graph import ColumnSpec, Graph, Node
from outreach_hub.proof.statements import is_one_clause, query_faults
from outreach_hub.proof.verdict import Finding
from outreach_hub.proof.yaml_lines import declared_at

CODE = "ID099"
TITLE = "a type is a type, and the name of a column a name"
WHY = "dbt writes both into the statements of every build: what ends one goes on as a statement."

Fault = tuple[str, str, str]
"""What is wrong, what to do, and the text that it is about."""

_PREDICATES = ("incremental_predicates", "predicates")
_COLUMNS = ("unique_key", "merge_update_columns", "merge_exclude_columns", "check_cols",
            "updated_at", "event_time")  # fmt: skip
"""Settings that name columns."""

_NAME = re.compile(r"[^\W\d][\w$]*")
_ANY = re.compile(r"[\w $.,:#@%/&+?!-]+")
"""What ends no statement, no text and no quotes, wherever it is put in."""
_QUOTED = re.compile(rf'"{_ANY.pattern}"')
_WORDS = (
    "array|char|character|day|hour|local|minute|month|precision|second|time|to|unsigned|varying|"
    "with|without|year|zone"
)
_TYPE = re.compile(
    rf'("\w+"|[a-z_]\w*)(\.\w+)?( ({_WORDS}))*( ?\(\d+(, ?\d+)*\))?( ({_WORDS}))*( ?\[\d*\])*',
    re.I,
)
_NESTED = re.compile(r"\w+<(\w+|\(\d+(, ?\d+)?\)|[<>:, ])+>")
"""Spark's array<map<string, decimal(20, 2)>>."""


def check_project(compiled: Compiled) -> Iterator[Finding]:
    """See the examples below."""
    for node in compiled.graph.nodes.values():
        for reason, fix, text in _faults(node, compiled.graph):
            path, line = declared_at(node, compiled.graph)
            yield Finding(CODE, node.name, path, line, reason, fix, sql=text)


def _faults(node: Node, graph: Graph) -> Iterator[Fault]:
    for column in node.columns.values():
        if not _is_column(column):
            fix = "Write a plain name; one with blanks and the like takes quote: true."
            yield "the name of a column says more than a name", fix, column.name
        if column.data_type is not None and not is_type(column.data_type):
            fix = "Write a type alone, as data_type: numeric(20, 2)."
            yield f"the `data_type` of {column.name} says more than a type", fix, column.data_type
    for setting in _COLUMNS:
        for name in _listed(node.config.get(setting)):
            if not _names_column(name, setting, node):
                fix = f"{setting}: one or several columns of its own."
                yield f"`{setting}` says more than the names of its columns", fix, str(name)
    for setting in _PREDICATES:
        for text in _listed(node.config.get(setting)):
            fix = "Write one condition, or take it out."
            if not is_one_clause(text):
                yield f"`{setting}` says more than its condition", fix, str(text)
            else:
                for _, reason, _ in query_faults(f"select 1 as one where {text}", graph):
                    yield f"{setting}: {reason}", fix, str(text)


def _is_column(column: ColumnSpec) -> bool:
    name = column.name.strip('"') if column.quote else column.name
    forms = (_ANY, _NAME) if column.quote else (_NAME, _QUOTED)
    return any(form.fullmatch(name) for form in forms)


def is_type(text: str) -> bool:
    """A type as a column has it: words, a precision, brackets of an array."""
    nested = spoken() == SPARK and _NESTED.fullmatch(text)
    return bool(nested or _TYPE.fullmatch(" ".join(text.split())))


def _names_column(name: Any, setting: str, node: Node) -> bool:
    if setting == "unique_key" and node.is_model:  # true, current_user and the like are names too
        return str(name).strip('"').lower() in node.columns
    return _NAME.fullmatch(str(name)) is not None


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple, set)) else [value]


_STATEMENT = "integer) as n) as q; update outreach.people set target_id = 'x'; select * from ((1"
REFUSED = (
    Example("a type that ends, and goes on", types={"people": {"email": _STATEMENT}}),
    Example("a type with a default", types={"people": {"email": "text default current_user"}}),
    Example(
        "a column that is two",
        "people_slots",
        """
            select target_id, company_unique_id, 'x' as slot_type, 1 as "n, 2 as m"
            from {{ ref('company_target') }}
        """,
    ),
    Example("a key that is a condition", config={"send_log": {"unique_key": "send_id or true"}}),
    Example(
        "a predicate that ends, and goes on",
        config={"dim_people": {"incremental_predicates": [f"true; {_STATEMENT}"]}},
    ),
    Example(
        "a predicate that calls",
        config={"dim_people": {"incremental_predicates": ["promote(person_id)"]}},
    ),
)
ACCEPTED = (
    Example(
        "types of several words",
        types={"people": {"email": "character varying(320)[]", "person_id": "text"}},
    ),
    Example("a type that somebody made", types={"people": {"email": "public.citext"}}),
)

"""What SQL beside the models may do: a statement reads or repairs, a setting is one clause."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from sqlglot import exp

from outreach_hub.doctrine import CL
from outreach_hub.proof import lexing
from outreach_hub.proof.dialect import REFERRED, spoken
from outreach_hub.proof.expressions import SWITCH, reads_by_text
from outreach_hub.proof.graph import Graph
from outreach_hub.proof.subject import shown
from outreach_hub.proof.unproved import Unproved

Fault = tuple[str, str, str]
"""Code, reason, SQL."""

_HARMLESS = re.compile(
    r"\s*(analyze|vacuum|comment\s+on\s+(table|(materialized\s+)?view|column|index|constraint)|"
    r"grant\s+(select|usage)\s+on|create\s+(unique\s+)?index|"
    r"set\s+(local\s+|session\s+)?(lock_timeout|statement_timeout|work_mem|maintenance_work_mem|"
    r"application_name|timezone|max_parallel_workers_per_gather|jit)\b)",
    re.I,
)
_PLAIN_FUNCTIONS = {"format", "concat_ws", "pg_advisory_xact_lock", "pg_advisory_lock", "pg_sleep"}
"""Functions that sqlglot does not know, and that change nothing."""
_WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter,
           exp.TruncateTable)  # fmt: skip

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # what it cannot parse is refused, not logged


def faults(text: str, graph: Graph) -> list[Fault]:
    """Everything in a text of statements that is not shown to be harmless: none may write."""
    return _faults(text, graph, one_query=False)


def query_faults(text: str, graph: Graph) -> list[Fault]:
    """Everything in a text that is not shown to be one query, and to read alone."""
    return _faults(text, graph, one_query=True)


def is_one_clause(text: Any) -> bool:
    """One expression: its brackets are its own, and nothing follows it."""
    kinds = kinds_of(str(text))
    if kinds is None or "--" in str(text) or "/*" in str(text):
        return False
    depth = 0
    for kind in kinds:
        depth += (kind == "L_PAREN") - (kind == "R_PAREN")
        if depth < 0 or (not depth and kind in ("COMMA", "SEMICOLON")):
            return False
    return depth == 0


def is_one_that_reads(text: str) -> bool:
    """No second statement begins in it, and it calls nothing that may write."""
    found = lexing.tokens(text)
    if found is None or any(token.token_type.name == "SEMICOLON" for token in found):
        return False
    return not any(
        after.token_type.name == "L_PAREN" and reads_by_text(token.text.lower())
        for token, after in pairwise(found)
    )


def kinds_of(text: str) -> list[str] | None:
    """The kinds of a text's words; None where they cannot be told apart."""
    tokens = lexing.tokens(text)
    return None if tokens is None else [token.token_type.name for token in tokens]


def _faults(text: str, graph: Graph, *, one_query: bool) -> list[Fault]:
    text = text.replace(f"{REFERRED}.", "")  # a hook may name what it likes: it is judged by effect
    try:
        trees = lexing.parse(text)
    except Unproved as gap:
        return [("ID099", gap.reason, _short(text))]
    found = [fault for tree in trees for fault in _judge(tree, graph)]
    if one_query and not found and (len(trees) != 1 or not isinstance(trees[0], exp.Query)):
        found = [("ID099", "more or less than one query", _short(text))]
    return found


def _judge(tree: exp.Expr, graph: Graph) -> list[Fault]:
    text = tree.sql(dialect=spoken())
    tables = [
        (table, tuple(part.name.lower() for part in table.parts))
        for table in tree.find_all(exp.Table)
        if isinstance(table.this, exp.Identifier)
    ]
    if any(SWITCH in part for _, parts in tables for part in parts):
        cl_tables = {node.name for node in graph.nodes.values() if node.source_name == CL}
        is_cl = any(parts[-1] in cl_tables for _, parts in tables)
        code = "ID099" if not is_cl else "ID004" if isinstance(tree, exp.Query) else "ID007"
        return [(code, "a relation whose name a var, env_var or target decides", _short(text))]
    found = [("ID099", reason, shown(tree)) for reason in _hidden(tree)]
    if _HARMLESS.match(text) and not _names_cl(text, graph):
        return found
    from_cl = [
        ("ID004", "reads CL by a hard-coded name", shown(table))
        for table, parts in tables
        if len(parts) > 1 and parts[-2] in graph.cl_schemas
    ]
    if isinstance(tree, exp.Query) and not any(tree.find_all(exp.DML, exp.DDL, exp.Into)):
        return [*found, *from_cl]
    written = _written(tree)
    if written is None:
        code = "ID007" if _names_cl(text, graph) else "ID099"
        return [*found, (code, "a statement whose effect is not shown", _short(text))]
    if _names_cl(f"{'.'.join(written)}.", graph):
        return [*found, ("ID007", "writes to CL", _short(text))]
    # Whatever it is: what is published, the evidence and another target's hub are no nodes.
    reason = f"changes {'.'.join(written)} outside the SQL that is proved"
    return [*found, ("ID099", reason, _short(text)), *from_cl]


def _hidden(tree: exp.Expr) -> Iterator[str]:
    """What it calls that may do anything; an index calls what it is on."""
    for function in tree.find_all(exp.Anonymous):
        plain = str(function.this).lower() in _PLAIN_FUNCTIONS
        if not plain or isinstance(function.parent, exp.Dot):
            yield f"{function.this}() does what the statement does not show"
    for operator in tree.find_all(exp.Operator):
        yield f"operator({operator.args['operator']}) does what the statement does not show"


def _written(tree: exp.Expr) -> tuple[str, ...] | None:
    """The relation that a statement writes to; None where that cannot be told."""
    if not isinstance(tree, _WRITES):
        return None
    target = tree.this if not isinstance(tree, exp.TruncateTable) else tree.expressions[0]
    while isinstance(target, exp.Schema):
        target = target.this
    if not isinstance(target, exp.Table):
        return None
    return tuple(part.name.lower() for part in target.parts)


def _names_cl(text: str, graph: Graph) -> bool:
    names = "|".join(map(re.escape, graph.cl_schemas))
    dotted = rf'(^|[\s(."])({names})"?\s*\.'
    in_schema = rf'\bschema\s+([\w"]+\s*,\s*)*"?({names})\b'
    return bool(names) and re.search(f"{dotted}|{in_schema}", text, re.I) is not None


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 160 else flat[:157] + "..."

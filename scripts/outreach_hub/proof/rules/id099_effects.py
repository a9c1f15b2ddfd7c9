"""Hooks, operations and macros that write: harmless on the face of it, reviewed, or refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.effects import MacroFacts, closure, replaces
from outreach_hub.proof.examples import Example
from outreach_hub.proof.faces import Face
from outreach_hub.proof.reviewed import (
    EXTENSION_POINTS,
    changed,
    is_gate_macro,
    needs_review,
)
from outreach_hub.proof.statements import faults
from outreach_hub.proof.verdict import Finding

CODE = "ID099"
TITLE = "nothing changes data beside the models, unless it has been read by a person"
WHY = "A hook or an operation can overwrite in one statement what every model proved."

_FIX = (
    "Take it out, write it as a model, or in a macro that a person has read."
    " A statement about CL's tables is CL's to run."
)
_REVIEW = "Have it read, then record that: python -m outreach_hub.proof.reviewed"


def check_project(compiled: Compiled) -> Iterator[Finding]:
    """See the examples below."""
    yield from _hooks(compiled)
    yield from _macros(compiled)
    for ident, calls in compiled.changes.items():
        node = compiled.graph.nodes[ident]
        yield Finding(
            CODE,
            node.name,
            node.path,
            1,
            "its template changes what other templates, publishing and the guards go by",
            "Copy it first: set own = dict(...), and change that.",
            sql=calls[0],
        )
    for node in compiled.graph.nodes.values():
        if node.config.get("sql_header"):
            yield Finding(
                CODE,
                node.name,
                node.path,
                1,
                "sql_header runs before its SQL, unproved",
                "Take sql_header out.",
                sql=str(node.config["sql_header"]),
            )


def _hooks(compiled: Compiled) -> Iterator[Finding]:
    hooks: dict[tuple[str, int], list[Face] | None] = {
        **dict.fromkeys(compiled.hook_failures),
        **compiled.hook_faces,
    }
    for ident, faces in compiled.faces.items():
        if ident.startswith("operation."):
            hooks[ident, -1] = faces
    for ident in compiled.failures:
        if ident.startswith("operation."):
            hooks[ident, -1] = None
    for (ident, index), texts in hooks.items():
        node = compiled.graph.nodes[ident]
        if texts is None:
            why = compiled.hook_failures.get((ident, index)) or compiled.failures[ident]
            yield Finding(
                CODE, node.name, node.path, 1, f"a hook that cannot be followed: {why}", _FIX
            )
            continue
        for face in texts:
            for code, reason, sql in faults(face.sql, compiled.graph):
                yield Finding(
                    code,
                    node.name,
                    node.path,
                    1,
                    f"a hook: {reason}",
                    _FIX,
                    sql=sql,
                    face=face.assumes,
                )


def _macros(compiled: Compiled) -> Iterator[Finding]:
    facts, project = compiled.macros, compiled.graph.project
    needed = needs_review(facts, compiled.dbt_names, project)
    gates = closure([fact.name for fact in facts.values() if is_gate_macro(fact)], facts)
    for fact in changed(needed, facts):
        overrides = replaces(fact.name, compiled.dbt_names) and fact.name not in EXTENSION_POINTS
        is_gate = fact.id in gates
        if _touches_cl(fact, compiled):
            yield _finding(
                fact, "ID007" if fact.writes or fact.acts else "ID004", "reaches CL from a macro"
            )
        elif overrides or is_gate:
            what = "replaces a macro of dbt" if overrides else "is part of a gate"
            yield _finding(
                fact, "ID010", f"{fact.name} {what}, and has not been reviewed as it is now"
            )
        else:
            yield _finding(
                fact,
                CODE,
                f"{fact.name} writes, or is part of what does, and has not been"
                " reviewed as it is now",
            )
    for fact in facts.values():
        builds = fact.name.startswith("materialization_")
        if fact.package != project and (builds or replaces(fact.name, compiled.dbt_acts)):
            yield Finding(
                "ID010",
                fact.name,
                fact.path,
                1,
                f"the package {fact.package} replaces a macro of dbt, for this project too",
                "Take the package out, or ask its authors to rename it.",
            )
        if fact.package == project and fact.id not in needed and _touches_cl(fact, compiled):
            yield _finding(fact, "ID004", f"{fact.name} reaches CL from a macro")


def _touches_cl(fact: MacroFacts, compiled: Compiled) -> bool:
    if re.search(r"source\(\s*['\"]cl['\"]|ref\(\s*['\"]stg_cl__", fact.text):
        return True
    tables = {n.name for n in compiled.graph.nodes.values() if n.source_name == "cl"}
    schemas = "|".join(map(re.escape, compiled.graph.cl_schemas)) or "cl"
    names = "|".join(map(re.escape, tables)) or "company_identity"
    return bool(
        re.search(
            rf"(\b({schemas})|cl_schema['\"]\)\s*(~|\}}\}}))[\"'\s~.]*\.?[\"'\s~]*({names})\b",
            fact.text,
        )
    )


def _finding(fact: MacroFacts, code: str, reason: str) -> Finding:
    return Finding(code, fact.name, fact.path, 1, reason, _REVIEW)


REFUSED = (
    Example(
        "a hook that rewrites ids",
        rendered_hooks={"people": ["update outreach.outreach.people set company_unique_id = 'x'"]},
    ),
    Example(
        "a hook that rewrites what is published",
        rendered_hooks={"people": ["delete from outreach.outreach_marts.dim_people"]},
    ),
    Example(
        "a hook that hides its statement",
        rendered_hooks={"people": ["do $$ begin execute 'upd' || 'ate x'; end $$"]},
    ),
)
ACCEPTED = (
    Example(
        "an index and statistics",
        rendered_hooks={
            "people": [
                "create index on outreach.outreach.people (email)",
                "analyze outreach.outreach.people",
            ]
        },
    ),
    Example(
        "a grant",
        rendered_hooks={"dim_people": ["grant select on outreach.outreach.dim_people to bi"]},
    ),
)

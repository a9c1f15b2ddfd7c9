"""Hooks, operations and macros that write: harmless on the face of it, reviewed, or refused."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.effects import MacroFacts, replaces
from outreach_hub.proof.examples import Example
from outreach_hub.proof.faces import Face
from outreach_hub.proof.reviewed import (
    EXTENSION_POINTS,
    changed,
    gate_macros,
    needs_review,
    reach_for_cl,
    touches_cl,
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
_REVIEW = "Have it read, then record that: outreach prove --reviewed"
_NOT_YOURS = "Take it out: CL alone writes to CL, and company_target alone reads it."


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
                "`sql_header` runs before its SQL, unproved",
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
            failure = compiled.hook_failures.get((ident, index)) or compiled.failures[ident]
            why = f"a hook that cannot be followed: {failure.reason}"
            yield Finding(CODE, node.name, node.path, 1, why, _FIX)
            continue
        for face in texts:
            if not all(switch.is_plain for switch in face.switches.values()):
                why = "a hook makes something of a value from outside, which may end its quotes"
                yield Finding(CODE, node.name, node.path, 1, why, _FIX)
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
    gates = gate_macros(facts)
    mine = [fact for fact in facts.values() if fact.package == project]
    reaching = {f.id: code for f in mine if (code := reach_for_cl(f, compiled.graph, facts))}
    for ident, code in sorted(reaching.items()):
        yield _finding(
            facts[ident], code, f"`{facts[ident].name}` reaches CL from a macro", _NOT_YOURS
        )
    for fact in changed(needed - reaching.keys(), facts):
        overrides = replaces(fact.name, compiled.dbt_names) and fact.name not in EXTENSION_POINTS
        is_gate = fact.id in gates
        if touches_cl(fact, compiled.graph):
            yield _finding(fact, "ID004", "a gate that reads CL has not been reviewed as it is now")
        elif overrides or is_gate:
            what = "replaces a macro of dbt" if overrides else "is part of a gate"
            yield _finding(
                fact, "ID010", f"`{fact.name}` {what}, and has not been reviewed as it is now"
            )
        else:
            yield _finding(
                fact,
                CODE,
                f"`{fact.name}` writes, or is part of what does, and has not been"
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


def _finding(fact: MacroFacts, code: str, reason: str, fix: str = "") -> Finding:
    return Finding(code, fact.name, fact.path, 1, reason, fix or f"{_REVIEW} {fact.name}")


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

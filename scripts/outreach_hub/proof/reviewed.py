"""The macros that write, and that a person has read: the proof's trusted base, pinned by content.

Materializations, publishing, evidence and the gates themselves do what no static proof can follow.
They are few, and they are known here by the digest of their text; a change to one, or to a macro it
calls, is refused until somebody has read it again and recorded so:

    outreach prove --reviewed MACRO

A statement that changes CL is CL's to run, and a read of CL is company_target's: no review lets a
macro do either, the gates apart, which have to look.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from outreach_hub.doctrine import CL, CL_IDENTITY
from outreach_hub.proof.effects import MacroFacts, closure, replaces
from outreach_hub.proof.gates import GATES
from outreach_hub.proof.graph import Graph
from outreach_hub.whole_file import write_whole

FILE = Path(__file__).with_name("reviewed_macros.json")

EXTENSION_POINTS = {"generate_schema_name", "generate_alias_name", "generate_database_name"}
"""dbt's own invitations to override. They name relations, and a wrong name does not resolve."""


@cache
def reviewed() -> dict[str, str]:
    """Digest by macro id, as recorded."""
    if not FILE.is_file():
        return {}
    found: dict[str, str] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def needs_review(facts: dict[str, MacroFacts], dbt_names: set[str], project: str) -> set[str]:
    """The macros of the project that act beyond their text, and all that they call."""
    mine = [fact for fact in facts.values() if fact.package == project]
    roots = {
        fact.name
        for fact in mine
        if replaces(fact.name, dbt_names)
        or is_gate_macro(fact)
        or fact.name.startswith("materialization_")
        or fact.writes
        or fact.changes
        or any(facts[i].acts for i in closure([fact.name], facts))
    }
    return {ident for ident in closure(roots, facts) if facts[ident].package == project}


def only_reviewed(names: set[str], facts: dict[str, MacroFacts], project: str) -> bool:
    """Each macro of these names is one of the project's that was read as it is now, and so is all
    of the project's below it. A package's name is nobody's whom a person has read."""
    reached = [facts[ident] for ident in closure(names, facts)]
    mine = {fact.id for fact in reached if fact.package == project}
    known = {fact.name for fact in reached if fact.package == project}
    others = {fact.name for fact in reached if fact.package != project}
    return bool(names) and names <= known - others and not changed(mine, facts)


def is_gate_macro(fact: MacroFacts) -> bool:
    """The text of one of the gates that models owe."""
    return fact.name in {f"test_{gate}" for gate in GATES}


def changed(needed: Iterable[str], facts: dict[str, MacroFacts]) -> list[MacroFacts]:
    """Those that need a review and have not had one as they are now."""
    known = reviewed()
    return [facts[ident] for ident in sorted(needed) if known.get(ident) != facts[ident].digest]


def record(names: Iterable[str], facts: dict[str, MacroFacts]) -> None:
    """Write down that these macros, by id, have been read as they are now, and no other.

    Those that are gone are forgotten.
    """
    pinned = {ident: old for ident, old in reviewed().items() if ident in facts}
    pinned |= {ident: facts[ident].digest for ident in names}
    write_whole(FILE, json.dumps(dict(sorted(pinned.items())), indent=2) + "\n")
    reviewed.cache_clear()


def reach_for_cl(fact: MacroFacts, graph: Graph, facts: dict[str, MacroFacts]) -> str | None:
    """The code of what no review lets pass: a writer that names CL, or a reader that is no gate."""
    if not touches_cl(fact, graph):
        return None
    if fact.writes or fact.acts:
        return "ID007"
    return None if fact.id in gate_macros(facts) else "ID004"


def gate_macros(facts: dict[str, MacroFacts]) -> set[str]:
    """The ids of the gates' macros, and of all that they call."""
    return closure([fact.name for fact in facts.values() if is_gate_macro(fact)], facts)


def touches_cl(fact: MacroFacts, graph: Graph) -> bool:
    """Its text names CL: a source, a staging model of it, or one of its tables."""
    if re.search(rf"source\(\s*['\"]{CL}['\"]|ref\(\s*['\"]stg_{CL}__", fact.text):
        return True
    tables = {n.name for n in graph.nodes.values() if n.source_name == CL}
    schemas = "|".join(map(re.escape, graph.cl_schemas)) or CL
    names = "|".join(map(re.escape, tables)) or CL_IDENTITY
    return bool(
        re.search(
            rf"(\b({schemas})|cl_schema['\"]\)\s*(~|\}}\}}))[\"'\s~.]*\.?[\"'\s~]*({names})\b",
            fact.text,
        )
    )

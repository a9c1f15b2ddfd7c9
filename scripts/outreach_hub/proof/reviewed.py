"""The macros that write, and that a person has read: the proof's trusted base, pinned by content.

Materializations, publishing, evidence and the gates themselves do what no static proof can follow.
They are few, and they are known here by the digest of their text; a change to one, or to a macro it
calls, is refused until somebody has read it again and recorded so:

    python -m outreach_hub.proof.reviewed
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from outreach_hub.proof.effects import MacroFacts, closure, replaces
from outreach_hub.proof.gates import GATES

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
    """Each macro of these names, and all below it, is one that was read as it is now."""
    reached = [facts[ident] for ident in closure(names, facts)]
    mine = {fact.id for fact in reached if fact.package == project}
    known = {fact.name for fact in reached}
    return bool(names) and names <= known and not changed(mine, facts)


def is_gate_macro(fact: MacroFacts) -> bool:
    """The text of one of the gates that models owe."""
    return fact.name in {f"test_{gate}" for gate in GATES}


def changed(needed: Iterable[str], facts: dict[str, MacroFacts]) -> list[MacroFacts]:
    """Those that need a review and have not had one as they are now."""
    known = reviewed()
    return [facts[ident] for ident in sorted(needed) if known.get(ident) != facts[ident].digest]


def record(needed: Iterable[str], facts: dict[str, MacroFacts]) -> None:
    """Write down that all of these have been read."""
    pinned = {ident: facts[ident].digest for ident in sorted(needed)}
    FILE.write_text(json.dumps(pinned, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Record every macro that needs it as reviewed, and name those that changed."""
    from outreach_hub.project import Project
    from outreach_hub.proof.compile import compile_project, parse

    project = Project.find()
    compiled = compile_project(*parse(project.root, project.state_dir / "proof"))
    needed = needs_review(compiled.macros, compiled.dbt_names, compiled.graph.project)
    for fact in changed(needed, compiled.macros):
        print(f"reviewed: {fact.name} ({fact.path})")  # noqa: T201
    record(needed, compiled.macros)


if __name__ == "__main__":
    main()

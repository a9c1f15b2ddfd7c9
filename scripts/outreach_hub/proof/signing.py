"""`outreach prove --reviewed`: show what changed in a macro since it was read, and record it.

The digest tells that a macro changed, and git what: the text that was read is looked for in the
file's history. What is not found there is shown whole.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from outreach_hub.errors import IdentityFailure, UsageError
from outreach_hub.proof.effects import MacroFacts, digest
from outreach_hub.proof.reviewed import changed, needs_review, reach_for_cl, record, reviewed

if TYPE_CHECKING:
    from outreach_hub.project import Project
    from outreach_hub.proof.compile import Compiled

_BLOCK = re.compile(
    r"\{%-?\s*(macro|test|data_test|materialization)\b.*?\{%-?\s*end\1\s*-?%\}", re.S
)
_AS_FAR_BACK = 50
"""Commits of a file that are looked through for the text that was read."""


def sign(project: Project, names: Iterable[str], target: str | None = None) -> Iterator[str]:
    """What changed in each of these macros; recorded as read when all of it has been told."""
    from outreach_hub.proof.compile import compile_project, parse

    folder = project.state_dir / "proof"
    compiled = compile_project(*parse(project.root, folder / target if target else folder, target))
    facts = chosen(compiled, names)
    for fact in facts:
        yield shown(fact, former_text(project.root, fact))
    record([fact.id for fact in facts], compiled.macros)
    yield f"recorded as read: {', '.join(fact.name for fact in facts)}"


def chosen(compiled: Compiled, names: Iterable[str]) -> list[MacroFacts]:
    """The macros of these names: each waits to be read, and is one that may be let pass."""
    facts = compiled.macros
    needed = needs_review(facts, compiled.dbt_names, compiled.graph.project)
    waiting = {fact.name: fact for fact in changed(needed, facts)}
    found: dict[str, MacroFacts] = {}
    names = list(names)
    if others := [name for name in names if name not in waiting]:
        listed = ", ".join(waiting) or "none"
        raise UsageError(
            f"no macro {', '.join(others)} waits to be read", hint=f"those that do: {listed}"
        )
    for name in names:
        fact = waiting[name]
        code = reach_for_cl(fact, compiled.graph, facts)
        if code is not None:
            raise IdentityFailure(
                f"{name} reaches CL, which no review lets pass: nothing was recorded",
                code=code,
                where=fact.path,
                hint="take it out: CL alone writes to CL, and company_target alone reads it",
            )
        found[fact.id] = fact
    return list(found.values())


def former_text(root: Path, fact: MacroFacts) -> str | None:
    """The text that was read, from the newest commit that has it."""
    from outreach_hub.ci.revision import git

    known = reviewed().get(fact.id)
    if known is None:
        return None
    listed = git(root, "log", f"-{_AS_FAR_BACK}", "--format=%H", "--", fact.path) or ""
    for commit in listed.split():
        text = git(root, "show", f"{commit}:./{fact.path}") or ""
        for block in _BLOCK.finditer(text):
            if digest(block.group()) == known:
                return block.group()
    return None


def shown(fact: MacroFacts, former: str | None) -> str:
    """The difference between what was read and what is there now, or all of it."""
    now = fact.text.splitlines()
    if former is None:
        known = "the text that was read is not in git" if fact.id in reviewed() else "never read"
        return "\n".join([f"{fact.name}  {fact.path}  ({known}: all of it)", *now, ""])
    lines = difflib.unified_diff(
        [line.rstrip() for line in former.splitlines()],
        [line.rstrip() for line in now],
        f"{fact.path}, as it was read",
        f"{fact.path}, now",
        lineterm="",
    )
    return "\n".join([f"{fact.name}  {fact.path}", *lines, ""])

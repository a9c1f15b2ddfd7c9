"""What a person calls a node. dbt names a generic test by its model and all of its arguments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from outreach_hub.dbt import DbtRun

_HOOK = re.compile(r"\{\{\s*(\w+)\(")
_REFERENCE = re.compile(r"ref\(\s*['\"](\w+)['\"]\s*\)")


def label(node: Any) -> str:
    """`identity_gate on stg_execution__sends`; a hook's macro; else the node's own name."""
    if node.resource_type == "operation" and (hook := _HOOK.search(str(node.raw_code))):
        return hook[1]  # dbt's own name is outreach-on-run-end-1
    test = getattr(node, "test_metadata", None)
    subject = getattr(node, "attached_node", None) or _tested_source(node)
    if not test or not subject or test.name not in node.name:
        return str(node.name)
    on = [subject.split(".", 2)[-1], node.column_name]
    other = _REFERENCE.search(str(test.kwargs.get("to", "")))
    to = f" to {other[1]}" if other else ""
    return f"{test.name} on {'.'.join(filter(None, on))}{to}"


def _tested_source(node: Any) -> str | None:
    """What a source's test is on: dbt attaches it to nothing."""
    names = [f"..{'.'.join(name)}" for name in getattr(node, "sources", ())]
    return names[0] if len(names) == 1 else None


def labels(run: DbtRun) -> dict[str, str]:
    """The label of every node that was in a run, by its unique_id."""
    results = getattr(run.result, "results", None) or ()
    known = {each.node.unique_id: label(each.node) for each in results if hasattr(each, "node")}
    return {each.unique_id: known.get(each.unique_id, each.name) for each in run.outcomes}

"""The data tests that each model owes, with the arguments without which they would test less."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from outreach_hub.doctrine import COMPANIES, GATE
from outreach_hub.proof.graph import Graph, Layer, Node, TestSpec, referred, refers_to
from outreach_hub.proof.record_keys import RecordKeys, key_name, source_key
from outreach_hub.proof.records import staging_of
from outreach_hub.proof.verdict import Finding
from outreach_hub.proof.yaml_lines import line_in

_ATTACHED = (Layer.HUB, Layer.MART, Layer.OUTBOUND)

OwedTest = tuple[str, str | None, dict[str, Any]]
"""Name, column, arguments."""


def missing_tests(node: Node, graph: Graph, identity: list[str]) -> Iterator[OwedTest]:
    """The tests that `node` owes and does not have."""
    have = graph.tests_of(node)
    for owed in owed_tests(node, graph, identity):
        if not any(_is(test, owed) for test in have):
            yield owed


def owed_tests(node: Node, graph: Graph, identity: list[str]) -> Iterator[OwedTest]:
    """The tests that `node` owes for the identity columns it has."""
    if node.layer is Layer.STAGING:
        yield from _landing_gate(node, graph)
    elif node.layer is Layer.STAGING_CL:
        yield "not_null", "company_unique_id", {}
        if node.name == COMPANIES:
            yield "unique", "company_unique_id", {}
            yield "minted_identity", None, {}
        else:
            yield from _gate_of_cl(node, graph)
    elif node.is_anchor:
        for name in identity:
            yield "not_null", name, {}
            yield "unique", name, {}
        yield "targets_stand", None, {"companies": "ref('stg_cl__companies')"}
    elif node.materialized != "ephemeral" and node.layer in _ATTACHED:
        for name in identity:
            yield "not_null", name, {}
            yield "relationships", name, {"to": "ref('company_target')", "field": name}
        if node.layer is Layer.HUB:
            yield "matches_target", None, {}
            yield from _record_tests(node, graph)


def _landing_gate(node: Node, graph: Graph) -> Iterator[OwedTest]:
    """One gate for all that a landed record can get wrong; each argument lets it see more."""
    own = key_name(node, graph)
    if own is None:
        return
    landed_table = graph.nodes[source_key(node, graph)[0][0]].name
    arguments: dict[str, Any] = {"landed_table": landed_table, "key": own}
    if "target_id" in node.columns:
        arguments["has_target_id"] = True
    hubs = [reader for reader in graph.readers_of(node) if reader.layer is Layer.HUB]
    if "loaded_at" in node.columns and any(hub.is_incremental for hub in hubs):
        arguments["version"] = "loaded_at"
    belonging = RecordKeys.of(graph).parents.keys()
    parents = [
        {"column": name, "relation": f"ref('{other.name}')"}
        for other in graph.nodes.values()
        if other.layer is Layer.STAGING and other is not node
        if (name := key_name(other, graph)) in node.columns
        and name != own
        # what is told of some of the records is no place to look all of them up
        and belonging.isdisjoint(source_key(other, graph))
    ]
    if parents:
        arguments["belongs_to"] = parents
    yield GATE, None, arguments


def _gate_of_cl(node: Node, graph: Graph) -> Iterator[OwedTest]:
    """The gate of what CL says of its companies: each has to be one that it has minted."""
    arguments = {"companies": "ref('stg_cl__companies')"}
    key = source_key(node, graph)
    if key:
        arguments["cl_table"] = graph.nodes[key[0][0]].name
    if others := [name for _, name in key if name != "company_unique_id"]:
        arguments["key"] = others[0]
    yield "minted_company", None, arguments


def _record_tests(node: Node, graph: Graph) -> Iterator[OwedTest]:
    landed = {
        staging.name: key
        for staging in staging_of(node, graph)
        if (key := key_name(staging, graph)) in node.columns
    }
    # Another feed that it reads names its records, whose own hub they are not.
    own = {name: key for name, key in landed.items() if (key,) == node.primary_key()}
    for name, key in (own or landed).items():
        yield "conserves_records", None, {"landed": f"ref('{name}')", "key": key}


def landed_keys(node: Node, graph: Graph) -> tuple[str, ...]:
    """The columns of a hub that tell one landed record from another, a feed's each."""
    if node.layer is not Layer.HUB:
        return ()
    found = (arguments["key"] for _, _, arguments in _record_tests(node, graph))
    return tuple(dict.fromkeys(found))


def _is_name(given: Any) -> bool:
    return isinstance(given, str) and re.fullmatch(r"[A-Za-z_]\w*", given, re.ASCII) is not None


def _is_reference(given: Any) -> bool:
    return referred(given) is not None


def _is_list_of_references(given: Any) -> bool:
    return isinstance(given, list) and all(
        isinstance(each, dict)
        and each.keys() == {"column", "relation"}
        and _is_name(each["column"])
        and _is_reference(each["relation"])
        for each in given
    )


def _is(test: TestSpec, owed: OwedTest) -> bool:
    name, column, arguments = owed
    if test.name != name or (column is not None and test.column != column):
        return False
    return all(_says(test.given.get(key), value) for key, value in arguments.items())


def _says(given: Any, owed: Any) -> bool:
    """The argument as given says what is owed; of a list, everything that is owed."""
    if isinstance(owed, list):
        return isinstance(given, list) and all(any(_says(g, o) for g in given) for o in owed)
    if isinstance(owed, dict):
        return isinstance(given, dict) and all(_says(given.get(k), v) for k, v in owed.items())
    if isinstance(owed, bool):
        return given is owed
    reference = referred(owed)
    return refers_to(given, reference) if reference else str(given) == str(owed)


GATE_ARGUMENTS: dict[str, dict[str, Callable[[Any], bool]]] = {
    GATE: {
        "landed_table": _is_name,
        "key": _is_name,
        "version": _is_name,
        "has_target_id": lambda given: isinstance(given, bool),
        "belongs_to": _is_list_of_references,
    },
    "conserves_records": {"landed": _is_reference, "key": _is_name},
    "matches_target": {"key": _is_name},
    "minted_company": {"companies": _is_reference, "cl_table": _is_name, "key": _is_name},
    "minted_identity": {},
    "targets_stand": {"companies": _is_reference},
}
"""Of the project's own tests of identity, what each argument has to be: it becomes SQL."""


def odd_arguments(test: TestSpec) -> Iterator[str]:
    """The arguments of a gate that are no names, references or truths, or that it does not have."""
    forms = GATE_ARGUMENTS.get(test.name)
    if forms is None:
        return
    for name, value in test.given.items():
        is_plain = name in forms and forms[name](value)
        if not is_plain and name not in ("model", "arguments"):
            yield name


def finding_on(
    test: TestSpec, graph: Graph, code: str, reason: str, fix: str, sql: str = ""
) -> Finding:
    """A refusal of a test, under the name of what it is on."""
    attached = graph.nodes.get(test.attached or "")
    name = attached.name if attached else test.id
    column = test.column or ""
    line = line_in(graph.yaml_files.get(test.path, ""), name, column)
    return Finding(code, name, test.path, line, reason, fix, column=column, sql=sql)

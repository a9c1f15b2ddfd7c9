"""The gates that each model owes, worked out from what the model is.

There is no list of gates to edit: a model that carries an identity owes them, and a landed one owes
the gates of its records besides. Constraints count where a table holds rows; tests everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from outreach_hub.doctrine import ANCHOR, IDENTITY_COLUMNS
from outreach_hub.proof.gate_tests import GATE_ARGUMENTS, landed_keys, missing_tests
from outreach_hub.proof.graph import Graph, Layer, Node, TestSpec, refers_to
from outreach_hub.proof.record_keys import source_key
from outreach_hub.proof.records import staging_of

_BOTH = list(IDENTITY_COLUMNS[::-1])
"""target_id, company_unique_id: the order of the composite key."""

_ID_TYPE = "text"

GATES = tuple(GATE_ARGUMENTS)
"""The project's own tests of identity."""


@dataclass(frozen=True)
class Owed:
    """One gate that is missing, how it is written, and where."""

    what: str
    how: dict[str, Any]
    column: str = ""
    place: str = ""
    stands: str = ""
    """The arguments of a test of this name that is there, and asks for less."""

    @property
    def fix(self) -> str:
        if self.stands:
            return f"It has {self.stands}. Write in its place:"
        return f"Add to {self.place or ('the column' if self.column else 'the model')}:"

    @property
    def yaml(self) -> str:
        """On one line, so that it can be pasted at any depth of a file."""
        return in_one_line(self.how)


def in_one_line(value: dict[str, Any]) -> str:
    """Keys and values as YAML writes them, without the braces around them all."""
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=float("inf"))
    return text.strip()[1:-1]


def holds_nothing(node: Node, graph: Graph) -> bool:
    """A view, or a step that marts read, where the records of a feed should be kept in a table."""
    if node.layer is not Layer.HUB or not staging_of(node, graph):
        return False
    readers = [reader for reader in graph.readers_of(node) if reader.is_model]
    is_step = all(reader.layer is Layer.HUB for reader in readers)
    return node.materialized == "view" or (node.materialized == "ephemeral" and not is_step)


def identity_of(node: Node) -> list[str]:
    """The identity columns that a node declares."""
    return [name for name in IDENTITY_COLUMNS if name in node.columns]


def missing(node: Node, graph: Graph) -> Iterator[Owed]:
    """The gates that `node` owes and does not have."""
    identity = identity_of(node)
    if not identity:
        return
    for name in identity:
        if (node.columns[name].data_type or _ID_TYPE).lower() != _ID_TYPE:
            yield Owed("the type text: others pad, cut or fold ids", {"data_type": "text"}, name)
    holds = node.is_stored or node.layer in (Layer.STAGING, Layer.STAGING_CL)
    if holds and not (node.config.get("contract") or {}).get("enforced"):
        yield Owed("an enforced contract", {"config": {"contract": {"enforced": True}}})
    if node.layer is Layer.STAGING and len(source_key(node, graph)) != 1:
        # Gates, proof and evidence know a record by one column: without it none would be owed.
        yield Owed(
            "one source, whose records one column tells apart",
            {"config": {"meta": {"key": ["<the id>"]}}},
            place="the source table that it reads",
        )
    if node.is_stored:
        yield from _constraints(node, identity, graph)
    for name, column, arguments in missing_tests(node, graph, identity):
        said = in_one_line(arguments)
        alike = (t for t in graph.tests_of(node) if t.name == name and t.column == column)
        stands = next((in_one_line(test.given) or "it without" for test in alike), "")
        if name == "matches_target":  # it has to be told what names a row in the evidence
            arguments = {"key": _row_name(node, graph)}
        yield Owed(
            f"the test {name}" + (f" ({said})" if said else ""),
            {"data_tests": [{name: {"arguments": arguments}} if arguments else name]},
            column or "",
            stands=stands,
        )


def _row_name(node: Node, graph: Graph) -> str:
    for names in (node.primary_key(), landed_keys(node, graph)):
        if len(names) == 1:
            return names[0]
    return "target_id"


# -- constraints ---------------------------------------------------------------------------------


def _constraints(node: Node, identity: list[str], graph: Graph) -> Iterator[Owed]:
    for name in identity:
        kinds = {c["type"] for c in node.columns[name].constraints}
        if not kinds & {"not_null", "primary_key"}:
            yield Owed(
                "a not_null constraint on the column (dbt ignores it on the model)",
                {"constraints": [{"type": "not_null"}]},
                name,
            )
    if not node.primary_key():
        landed = landed_keys(node, graph)
        yield Owed(
            "a primary key",
            {"constraints": [{"type": "primary_key"}]},
            place=landed[0] if len(landed) == 1 else "the column that tells its rows apart",
        )
    if node.is_anchor:
        if not _has_unique(node, _BOTH):
            yield Owed(
                "unique (target_id, company_unique_id), to which the hubs refer",
                {"constraints": [{"type": "unique", "columns": _BOTH}]},
            )
        for name in identity:
            if not {c["type"] for c in node.columns[name].constraints} & {"unique", "primary_key"}:
                yield Owed("a unique constraint", {"constraints": [{"type": "unique"}]}, name)
    elif node.layer in (Layer.HUB, Layer.MART, Layer.OUTBOUND):
        columns = [name for name in _BOTH if name in identity]
        if not any(_is_foreign_key(c, columns) for c in node.constraints):
            reference = {
                "type": "foreign_key",
                "columns": columns,
                "to": f"ref('{ANCHOR}')",
                "to_columns": [*columns],  # another list: YAML would refer to the same one
            }
            yield Owed(
                f"a foreign key ({', '.join(columns)}) onto company_target",
                {"constraints": [reference]},
            )


def _has_unique(node: Node, columns: list[str]) -> bool:
    return any(
        c["type"] in ("unique", "primary_key") and sorted(c.get("columns") or ()) == sorted(columns)
        for c in node.constraints
    )


def _is_foreign_key(constraint: dict[str, Any], columns: list[str]) -> bool:
    if constraint["type"] != "foreign_key" or constraint.get("expression"):
        return False
    pairs = list(
        zip(constraint.get("columns") or (), constraint.get("to_columns") or (), strict=False)
    )
    return sorted(pairs) == sorted((name, name) for name in columns) and refers_to(
        constraint.get("to"), ANCHOR
    )


def is_gate(test: TestSpec) -> bool:
    """A test on which identity rests: on an identity column, or one of the project's own gates."""
    return test.column in IDENTITY_COLUMNS or test.name in GATES

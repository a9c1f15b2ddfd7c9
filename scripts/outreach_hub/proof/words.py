"""Whether a column has words of a record, that tell of one person or company."""

from __future__ import annotations

from outreach_hub.doctrine import ANCHOR
from outreach_hub.proof.graph import Graph
from outreach_hub.proof.path import Column, Hop

_FIGURES = ("bigint", "bool", "date", "decimal", "double", "float", "int", "interval", "numeric",
            "real", "smallint", "time", "tinyint")  # fmt: skip
"""How types begin that can hold no words."""


def has_words(column: Column, graph: Graph) -> bool:
    """Text of a record, or made of such: an e-mail, a name; no count, date or number."""
    if column.hop is Hop.CONDITION:
        return False
    if column.hop is not Hop.LEAF:
        return any(has_words(part, graph) for part in column.inputs)
    landed = (mark for mark in column.contents if not mark.startswith(f"{ANCHOR}."))
    if column.leaf is None or not any(landed):  # what a model wrote itself is a code, as of a tier
        return False
    node_id, name = column.leaf
    spec = graph.nodes[node_id].columns.get(name)
    return spec is None or not (spec.data_type or "text").lower().startswith(_FIGURES)

"""Whether a column has words of a record, that tell of one person or company."""

from __future__ import annotations

from outreach_hub.doctrine import ANCHOR
from outreach_hub.proof.path import Column, Hop
from outreach_hub.proof.subject import World

_FIGURES = ("bigint", "bool", "date", "decimal", "double", "float", "int", "interval", "numeric",
            "real", "smallint", "time", "tinyint")  # fmt: skip
"""How types begin that can hold no words."""


def has_words(column: Column, world: World) -> bool:
    """Text of a record, or made of such: an e-mail, a name. No count, date or number, nor a code:
    that is what an `accepted_values` test lists the values of."""
    if column.hop is Hop.CONDITION:
        return False
    if column.hop is not Hop.LEAF:
        return any(has_words(part, world) for part in column.inputs)
    landed = (mark for mark in column.contents if not mark.startswith(f"{ANCHOR}."))
    if column.leaf is None or not any(landed):  # what a model wrote itself is a code, as of a tier
        return False
    node_id, name = column.leaf
    spec = world.graph.nodes[node_id].columns.get(name)
    is_figure = spec is not None and (spec.data_type or "text").lower().startswith(_FIGURES)
    return not is_figure and not _is_code(column, world)


def _is_code(column: Column, world: World) -> bool:
    """A test lists its values, here or where it was copied from."""
    while column.hop is Hop.COPY:
        column = column.inputs[0]
    if column.hop is not Hop.LEAF or column.leaf is None:
        return False
    if column.leaf in world.graph.codes:
        return True
    node_id, name = column.leaf
    made = world.outputs.get(node_id, {}).get(name)
    return made is not None and _is_code(made, world)

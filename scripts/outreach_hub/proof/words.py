"""Whether a column has words of a record, that tell of one person or company."""

from __future__ import annotations

from outreach_hub.proof.path import Column, Hop
from outreach_hub.proof.subject import World

_FIGURES = ("bigint", "bool", "date", "decimal", "double", "float", "int", "interval", "numeric",
            "real", "smallint", "time", "tinyint")  # fmt: skip
"""How types begin that can hold no words."""


def has_words(column: Column, world: World) -> bool:
    """Text of a record, or made of such: an e-mail, a name, a number that was one.

    No count and no condition; no date or number that landed as one; nor a code: that is what an
    `accepted_values` test lists the values of.
    """
    known = world.words.get(column)
    if known is None:
        world.words[column] = False  # of a model that reads itself, the rest decides
        known = world.words[column] = _has_words(column, world)
    return known


def _has_words(column: Column, world: World) -> bool:
    if column.hop is Hop.CONDITION:
        return False
    if column.hop is not Hop.LEAF:
        return any(has_words(part, world) for part in column.inputs)
    if column.leaf is None or column.leaf in world.graph.codes:
        return False
    node_id, name = column.leaf
    made = world.outputs.get(node_id, {}).get(name)
    if made is not None:
        return has_words(made, world)
    # A model's own type is what its YAML says, and what it is made of may be cast from words.
    spec = world.graph.nodes[node_id].columns.get(name)
    return spec is None or not (spec.data_type or "text").lower().startswith(_FIGURES)

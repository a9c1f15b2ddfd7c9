"""Whether a column has words of a record, that tell of one person or company."""

from __future__ import annotations

import re

from outreach_hub.proof.path import Column, Hop
from outreach_hub.proof.subject import World

_FIGURES = {
    *("bigint", "bool", "boolean", "byte", "date", "dec", "decimal", "double", "double precision"),
    *("float", "float4", "float8", "int", "int2", "int4", "int8", "integer", "interval", "long"),
    *("numeric", "real", "short", "smallint", "time", "timestamp", "timestamptz", "timetz"),
    *("time with time zone", "time without time zone", "tinyint"),
    *("timestamp with time zone", "timestamp without time zone", "timestamp_ntz"),
}
"""Types that can hold no words."""
_SIZE = re.compile(r"\s*\([\d\s,]*\)|\[\]")


def has_words(column: Column, world: World) -> bool:
    """Text of a record, or made of such: an e-mail, a name, a number that was one.

    No count and no condition; no date or number that landed as one; nor a code: that is what an
    `accepted_values` test lists the values of.
    """
    known = world.words.get(column)
    if known is None:
        asked: set[Column] = set()
        known = world.words[column] = _leads_to_words(column, world, asked)
        if not known:  # nor has anything that it is made of
            world.words.update(dict.fromkeys(asked, False))
    return known


def _leads_to_words(column: Column, world: World, asked: set[Column]) -> bool:
    """Whether one of the columns that it is made of, which have not been `asked` yet, is words."""
    waiting = [column]
    while waiting:
        one = waiting.pop()
        known = world.words.get(one)
        if known:
            return True
        if known is None and one not in asked:
            asked.add(one)
            if _is_words(one, world):
                return True
            waiting += _made_of(one, world)
    return False


def _made_of(column: Column, world: World) -> tuple[Column, ...]:
    if column.hop is Hop.CONDITION or _is_code(column, world):
        return ()
    if column.hop is not Hop.LEAF:
        return column.inputs
    made = _made(column, world)
    return () if made is None else (made,)


def is_code(node_id: str, name: str, world: World) -> bool:
    """Its model's tests list its values, and whoever reads it finds what they found.

    A view is asked anew by each reader, and can tell by whom: what it computes is no code.
    """
    if (node_id, name) not in world.graph.codes:
        return False
    node = world.graph.nodes[node_id]
    made = world.outputs.get(node_id, {}).get(name)
    return node.is_stored or made is None or made.source() is not None


def _is_code(column: Column, world: World) -> bool:
    return column.leaf is not None and is_code(*column.leaf, world)


def _made(column: Column, world: World) -> Column | None:
    """The column of the model that a leaf is taken from."""
    if column.leaf is None:
        return None
    node_id, name = column.leaf
    return world.outputs.get(node_id, {}).get(name)


def _is_words(column: Column, world: World) -> bool:
    """It is where words land, as far as its type and its tests say."""
    if column.hop is not Hop.LEAF or column.leaf is None or _is_code(column, world):
        return False
    if _made(column, world) is not None:
        return False
    # A model's own type is what its YAML says, and what it is made of may be cast from words.
    node_id, name = column.leaf
    spec = world.graph.nodes[node_id].columns.get(name)
    named = _SIZE.sub("", (spec.data_type or "text").lower()).strip() if spec else ""
    return named not in _FIGURES

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
_NAMES_OF_COMPANIES = {"cl.company_name", "cl.company_domain", "cl.linkedin_company_url"}
"""However few there are: each is one company's."""
_TEXTS = {"text", "varchar", "character varying", "string"}
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
        if known is not None or one in asked:
            continue
        asked.add(one)
        if one.hop is Hop.CONDITION:
            continue
        if one.hop is not Hop.LEAF:
            waiting += one.inputs
        elif one.leaf is not None and not is_code(*one.leaf, world):
            made = world.made(one.leaf)
            if made is not None:
                waiting.append(made)
            elif _are_landed(*one.leaf, world):
                return True
    return False


def is_code(node_id: str, name: str, world: World) -> bool:
    """Its model's tests list its values, and whoever reads it finds what they found.

    A view is asked anew by each reader, and can tell by whom: what it computes is no code. Nor is
    what can be written in other ways and be the same value: 1.00 is 1 to a test of documents.
    """
    if (node_id, name) not in world.graph.codes or _type(node_id, name, world) not in _TEXTS:
        return False
    made = world.made((node_id, name))
    if made is not None and made.contents & _NAMES_OF_COMPANIES:
        return False
    return world.graph.nodes[node_id].is_stored or made is None or made.source() is not None


def _are_landed(node_id: str, name: str, world: World) -> bool:
    """A table has words of itself, as far as its type says."""
    # A model's own type is what its YAML says, and what it is made of may be cast from words.
    return not is_figure(_type(node_id, name, world))


def is_figure(data_type: str) -> bool:
    """Whether a type, with or without a size, can hold no words."""
    return _bare(data_type) in _FIGURES


def _bare(data_type: str) -> str:
    return _SIZE.sub("", data_type.lower()).strip()


def _type(node_id: str, name: str, world: World) -> str:
    """What its YAML says, without its size; of what says nothing, text."""
    spec = world.graph.nodes[node_id].columns.get(name)
    return _bare(spec.data_type or "text") if spec else ""

"""Operators and casts are Postgres' own: those that somebody has made may read whatever they like.

`a == b` is an equality to the parser and an operator of somebody to Postgres, which has none of
that name; `cast(domain as guess)` calls the function that was given to that type. That nothing else
answers to a name of the engine's own is for `check_shadows` to see, when something is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from outreach_hub.proof.pieces import Piece
from outreach_hub.proof.unproved import Unproved

_WORDS = re.compile(r"\S+").findall

OPERATORS = frozenset(
    _WORDS("""
    !! !~ !~* !~~ !~~* # ## #- #> #>> % & && &< &<| &> * *< *<= *<> *= *> *>= + - -> ->> -|- / <
    <-> << <<= <<| <= <> <@ <^ = > >= >> >>= >^ ? ?# ?& ?- ?-| ?| ?|| @ @-@ @> @? @@ @@@ ^ ^@ |
    |&> |/ |>> || ||/ ~ ~* ~<=~ ~<~ ~= ~>=~ ~>~ ~~ ~~*
    """)
)
"""The operators that Postgres comes with."""

_GRAMMAR = frozenset({"=>", "!="})
"""Of a named argument; and another way to write <>."""

TYPES = frozenset(
    _WORDS("""
    bigint bit bool boolean box bpchar bytea char character cidr circle date datemultirange
    daterange dec decimal float float4 float8 inet int int2 int4 int4multirange int4range int8
    int8multirange int8range integer interval json jsonb jsonpath line lseg macaddr macaddr8
    money name nchar numeric nummultirange numrange oid path pg_lsn point polygon real regclass
    smallint text time timestamp timestamptz timetz tsmultirange tsquery tsrange tstzmultirange
    tstzrange tsvector uuid varbit varchar xml
    """)
)
"""What Postgres' own types are called, in one word."""

_RUN = re.compile(r"[-+*/<>=~!@#%^&|`?]+")
_MAY_END_IN_A_SIGN = re.compile(r"[~!@#%^&|`?]")


def require_own_operators(pieces: Sequence[Piece]) -> None:
    """Raises where an operator may be somebody's."""
    for at, operator in _operators(pieces):
        if operator not in OPERATORS and operator not in _GRAMMAR:
            raise Unproved(
                f"{operator} is no operator that Postgres comes with: what it reads is not shown",
                fix="Write what it does in SQL, or as a macro.",
                at=at,
            )


def require_own_types(said: Sequence[Piece]) -> None:
    """Raises where a cast is to a type that may be somebody's. Takes a text without blanks."""
    for piece, following in _types(said):
        name = piece.text.lower()
        if name not in TYPES and (name, following) != ("double", "precision"):
            raise Unproved(
                f"{piece.text} is no type that Postgres comes with: what the cast to it reads is"
                " not shown",
                fix="Cast to a type of Postgres' own, by its name alone.",
                at=piece.start,
            )


def _operators(pieces: Sequence[Piece]) -> Iterator[tuple[int, str]]:
    """Each operator, where Postgres begins and ends it, and where it stands in the text."""
    text = "".join(
        piece.text if piece.kind == "sign" else " " * len(piece.text) for piece in pieces
    )
    for run in _RUN.finditer(text):
        operator = run.group()
        while len(operator) > 1 and operator[-1] in "+-":
            if _MAY_END_IN_A_SIGN.search(operator):
                break
            operator = operator[:-1]  # of what follows
        yield run.start(), operator


def _types(said: Sequence[Piece]) -> Iterator[tuple[Piece, str]]:
    """The first word of each type, and what follows it: after `::`, and after the AS of a cast."""
    is_cast: list[bool] = []  # of each bracket that is open
    words = [piece.text.lower() for piece in said]
    for at, word in enumerate(words[:-1]):
        before = words[at - 1] if at else ""
        if word == "(":
            is_cast.append(before == "cast")
        elif word == ")" and is_cast:
            is_cast.pop()
        is_as = word == "as" and bool(is_cast) and is_cast[-1]
        is_colons = word == ":" == before and said[at].start == said[at - 1].end
        if is_as or is_colons:
            yield said[at + 1], words[at + 2] if at + 2 < len(words) else ""

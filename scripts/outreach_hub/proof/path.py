"""What a column is made of: the hop that made it, and the hops below, down to a leaf.

Lineage tools answer "which source column?", and give the same answer for a copy, a coalesce, a
CASE, a cast and a trim. Identity needs the other half of the story, *how* the value travelled, so
every hop is kept: a rule can then say exactly where a value stopped being CL's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Literal

from sqlglot import exp

if TYPE_CHECKING:
    from outreach_hub.proof.scope import Item, Query


class Hop(Enum):
    """How a value came to be in a column. Only LEAF, COPY and UNION leave a value as it was."""

    LEAF = "column of a relation"
    COPY = "copy"
    UNION = "union of branches"
    CAST = "cast"
    CHOICE = "choice between values"
    COMBINED = "expression"
    AGGREGATE = "aggregate"
    WINDOW = "window function"
    SUBQUERY = "scalar subquery"
    CONSTANT = "literal"
    GENERATED = "generated value"
    CONDITION = "condition"
    SWITCH = "value of a var, env_var or target"
    WHOLE_ROW = "whole row"
    PREFIX = "first 8 characters, for minting"


class Origin(Enum):
    """Where an identity value was picked up. The same bytes; a different right to use them."""

    CL = "cl.company_identity"
    CL_CONTEXT = "another table of CL"
    LANDED = "a landed record"
    TARGET = "company_target"


class Kind(Enum):
    """The two identities. A value is CL's (company) or minted here from it (target)."""

    COMPANY = "company_unique_id"
    TARGET = "target_id"


Claims = frozenset[tuple[Kind, Origin]]

_HASHES = {"digest", "hashtext", "md5", "md5_digest", "s_h_a2_digest", "sha", "sha1", "sha2",
           "sha256", "sha512"}  # fmt: skip
_JOINS = {"array", "btrim", "concat", "concat_ws", "convert_to", "dpipe", "encode", "format",
          "json_build_object", "json_object", "jsonb_build_object", "lower", "paren", "trim",
          "tuple", "upper"}  # fmt: skip
"""Functions that put values together, or keep together what was. Any other may take it apart."""


_ADDRESS = re.compile(r"(https?:/)?/\w")


@dataclass(frozen=True)
class Identity:
    """Which identities a column's value may be, and whether it is one of them byte for byte."""

    claims: Claims
    exact: bool = True

    @property
    def kinds(self) -> set[Kind]:
        return {kind for kind, _ in self.claims}

    @property
    def origins(self) -> set[Origin]:
        return {origin for _, origin in self.claims}

    def is_exactly(self, kind: Kind, *origins: Origin) -> bool:
        return self.exact and self.kinds == {kind} and self.origins <= set(origins)


@dataclass(eq=False, repr=False)
class Column:
    """One column of one scope, with the columns its value was made from.

    `inputs` can become part of the value; what only decides (a CASE's condition, a partition, a
    predicate) is no input but a control. `leaf` is set on a LEAF: (node id, column name); `root`
    on the leaf of a model: the column of a source, or of a model that computed it, that it copies.
    There `tints`, `held` and `put` carry on what `marks`, `contents` and `parts` were there.
    """

    name: str
    hop: Hop
    inputs: tuple[Column, ...] = ()
    node: exp.Expr | None = None
    how: str = ""
    item: Item | None = None
    leaf: tuple[str, str] | None = None
    shown: str = ""
    query: Query | None = None
    known: Identity | None = None
    controls: tuple[Column, ...] = ()
    partition: tuple[Column, ...] = ()
    order_by: tuple[tuple[Column, bool], ...] = ()
    root: tuple[str, str] | None = None
    tints: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    put: Claims = frozenset()
    _identity: Identity | Literal[False] | None = field(default=None, repr=False)
    _marks: frozenset[str] | None = field(default=None, repr=False)
    _contents: frozenset[str] | None = field(default=None, repr=False)
    _parts: Claims | None = field(default=None, repr=False)

    def named(self, name: str, node: exp.Expr, query: Query) -> Column:
        """The same value as an output column of a query."""
        return Column(
            name,
            self.hop,
            self.inputs,
            node,
            self.how,
            self.item,
            query=query,
            controls=self.controls,
            partition=self.partition,
            order_by=self.order_by,
        )

    @property
    def identity(self) -> Identity | None:
        """The identity that the value is or was, by provenance; never by name."""
        if self._identity is None:
            self._identity = _identity(self) or False
        return self._identity or None

    @property
    def exact(self) -> bool:
        return self.identity is not None and self.identity.exact

    @property
    def marks(self) -> frozenset[str]:
        """Every source column that had any part in this value, deciders included."""
        if self._marks is None:
            found = set(self.tints)
            ordered = (part for part, _ in self.order_by)
            for part in (*self.inputs, *self.controls, *self.partition, *ordered):
                found |= part.marks
            self._marks = frozenset(found)
        return self._marks

    @property
    def contents(self) -> frozenset[str]:
        """The source columns whose values can be read out of this one; what only decides is not."""
        if self._contents is None:
            found = set(self.held)
            for part in self.inputs:
                found |= part.contents
            self._contents = frozenset(found)
        return self._contents

    @property
    def parts(self) -> Claims:
        """The identities that were put together with other values, and could be taken out again."""
        if self.hop is Hop.LEAF:
            return self.put
        if self.hop is Hop.COMBINED and self.how in _HASHES:
            return frozenset()
        if self._parts is None:
            found = {claim for part in self.inputs for claim in part.parts}
            if self.hop is Hop.COMBINED and self.identity is None:
                inside = (part.identity for part in self.inputs)
                found |= {claim for one in inside if one for claim in one.claims}
            self._parts = frozenset(found)
        return self._parts

    @property
    def origin(self) -> Column:
        """What it is a copy of; itself where it is none."""
        column = self
        while column.hop is Hop.COPY:
            column = column.inputs[0]
        return column

    def source(self) -> tuple[str, str] | None:
        """The (node, column) of which this is a copy through and through, if it is one."""
        column = self.origin
        if column.hop is Hop.LEAF:
            return column.root or column.leaf
        if column.hop is Hop.UNION:
            sources = {branch.source() for branch in column.inputs}
            return sources.pop() if len(sources) == 1 else None
        return None


def _identity(column: Column) -> Identity | None:
    if column.hop is Hop.LEAF:
        return column.known
    found = [item.identity for item in column.inputs]
    claims = frozenset(claim for one in found if one for claim in one.claims)
    if column.hop is Hop.COMBINED and column.how not in _HASHES | _JOINS:
        claims |= {claim for part in column.inputs for claim in part.parts}
        return Identity(claims, False) if claims else None
    if not claims:
        return None
    if column.hop is Hop.COPY:
        return found[0]
    if column.hop is Hop.UNION:
        return Identity(claims, all(one is not None and one.exact for one in found))
    if column.hop in (Hop.COMBINED, Hop.WHOLE_ROW) and not all(found):
        # A key put together from an identity and other columns is a key of its own.
        return None
    if column.hop in (Hop.CONDITION, Hop.PREFIX) or _is_link(column):
        return None
    return Identity(claims, False)


def _is_link(column: Column) -> bool:
    """`'https://.../' || id`: an address with an id in it. What leads to a page is no id."""
    node = column.node.unalias() if column.node is not None else None
    if column.hop is not Hop.COMBINED or not isinstance(node, (exp.DPipe, exp.Concat)):
        return False
    first = next(iter(node.expressions), node.this) if isinstance(node, exp.Concat) else node
    while isinstance(first, exp.DPipe):
        first = first.this
    is_text = isinstance(first, exp.Literal) and first.is_string
    return is_text and _ADDRESS.match(first.this) is not None


def made_here(column: Column, *, controls: bool = True) -> Iterator[Column]:
    """The hops of an expression that are of this query, with or without what only decides."""
    if column.hop is Hop.CONDITION and not controls:
        return
    yield column
    if column.hop is not Hop.COPY:
        for part in (*column.inputs, *(column.controls if controls else ())):
            yield from made_here(part, controls=controls)


def queries_of(column: Column) -> set[Query]:
    """The queries out of whose FROM an expression takes its columns."""
    return {part.item.query for part in made_here(column) if part.item is not None}


def told_by(column: Column) -> frozenset[str]:
    """The source columns that can be read out of a value, also where it sums them up or ranks by
    them: of one row that is the value itself."""
    found = set(column.contents)
    for hop in hops(column):
        found.update(*(by.contents for by, _ in hop.order_by))
        if hop.hop in (Hop.AGGREGATE, Hop.WINDOW):
            summed = (part for part in hop.controls if part.hop is not Hop.CONDITION)
            found.update(*(part.contents for part in summed))
    return frozenset(found)


def altered(column: Column) -> Iterator[Column]:
    """The first hops, on each way down from `column`, that do not leave the value alone."""
    if column.hop is Hop.LEAF:
        return
    if column.hop in (Hop.COPY, Hop.UNION):
        for below in column.inputs:
            yield from altered(below)
    else:
        yield column


def hops(
    column: Column,
    further: Callable[[Column], Iterable[Column]] = lambda _: (),
    without: Hop | None = None,
) -> Iterator[Column]:
    """Every column that can become part of this one, itself first, each once.

    `further` says what a column goes on to beyond its inputs, such as a leaf to its model's own;
    what is a hop `without` is left out, with all that it is made of.
    """
    seen: set[int] = set()
    stack = [column]
    while stack:
        hop = stack.pop()
        if id(hop) not in seen and hop.hop is not without:
            seen.add(id(hop))
            yield hop
            stack.extend(hop.inputs)
            stack.extend(further(hop))


def chain(column: Column) -> Iterator[Column]:
    """The hops from `column` down, following the first input: the path that a message prints."""
    yield column
    while column.inputs:
        column = column.inputs[0]
        yield column

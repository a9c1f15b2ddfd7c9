"""Whether a record can come out of a query more than once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from outreach_hub.doctrine import IDENTITY_COLUMNS
from outreach_hub.proof.graph import Graph
from outreach_hub.proof.path import Column, Hop, made_here
from outreach_hub.proof.rows import (
    IsRecord,
    Root,
    keeps_one_a_key,
    preserved,
    ranking_of,
    reaches,
)
from outreach_hub.proof.scope import Conjunct, Item, Leaf, Query
from outreach_hub.proof.subject import World


@dataclass(frozen=True)
class Repeat:
    """A construct that can give a record more than one row."""

    what: str
    node: exp.Expr | None


@dataclass(frozen=True)
class Records:
    """The records that a node lands: where they come from, and what tells one from another."""

    is_record: IsRecord
    key: tuple[Root, ...]
    world: World

    def first_repeat(self, query: Query, folded: Query | None = None) -> Repeat | None:
        """The first on the records' way down to the fold to one row a key, which has to be there.

        `folded` is the query whose rows a filter above it ranks: what happens in it and below is
        folded too, and what happens between it and the filter is not.
        """
        if query is folded:
            return None
        if query.branches:
            holders = [b for b in query.branches if reaches(b, self.is_record)]
            if len(holders) > 1:
                return Repeat(f"{query.kind} of records with records", query.node)
            return self.first_repeat(holders[0], folded)
        record = self._holder(query)
        for item in query.items:
            if item is not record and not at_most_one(item, _tests(item, record), self.world.graph):
                return Repeat(f"one record can match several rows of `{item.alias}`", item.node)
        if keeps_one_a_key(query, self.key):
            ranking = ranking_of(query.where[0])
            folded = ranking.query if ranking is not None else None
        if isinstance(record.relation, Query):
            return self.first_repeat(record.relation, folded)
        return self._of_leaf(record.relation, query, folded)

    def _holder(self, query: Query) -> Item:
        """The relation of a FROM whose rows the records are: the one that its joins keep."""
        holders = [item for item in query.items if reaches(item.relation, self.is_record)]
        kept = preserved(query)
        return next((item for item in holders if item in kept), holders[0])

    def _of_leaf(self, leaf: Leaf, query: Query, folded: Query | None) -> Repeat | None:
        steps = self.world.steps.get(leaf.node_id)
        if folded is None and steps:  # an ephemeral model is a part of the query that reads it
            found = (self.first_repeat(step) for step in steps)
            return next((repeat for repeat in found if repeat is not None), None)
        return Repeat("nothing settles which of the rows under one key is the record", query.node)


def _tests(item: Item, record: Item) -> list[Conjunct]:
    """What joins an item to the record: its own condition, or that of the record joined to it."""
    items = item.query.items
    return item.on if items.index(item) > items.index(record) else record.on


def at_most_one(item: Item, tests: list[Conjunct], graph: Graph) -> bool:
    """The columns by which `item` is joined tell its rows apart."""
    if item.relation.is_one_row:
        return True
    joined = [
        side.inputs[0]
        for test in tests
        if test.is_equality
        for side, other in _both_ways(test)
        if side.hop is Hop.COPY and side.item is item and not _is_of(other, item)
    ]
    return bool(joined) and _unique(item.relation, joined, graph)


def _both_ways(test: Conjunct) -> Iterator[tuple[Column, Column]]:
    if test.sides:
        yield test.sides
        yield test.sides[1], test.sides[0]


def _is_of(column: Column, item: Item) -> bool:
    """What a relation's own column is equal to tells its rows from nobody's."""
    return any(hop.item is item for hop in made_here(column))


def _unique(relation: Query | Leaf, by: list[Column], graph: Graph) -> bool:
    """No two rows of `relation` agree in these columns of it."""
    while True:
        if isinstance(relation, Leaf):
            return _is_key({column.name for column in by}, relation, graph)
        if relation.is_constant:
            is_one_list = relation.kind == "values" or len(relation.items) == 1
            return (is_one_list or bool(relation.branches)) and any(map(_all_different, by))
        below = [column.inputs[0] for column in by if column.hop is Hop.COPY]
        if relation.group:
            return not relation.nulled and _covers(below, relation.group)
        for test in relation.where:
            ranking = ranking_of(test)
            if ranking is not None:  # partition columns are those of the query that ranks
                names = {column.name for column in by}
                return {column.name for column in ranking.partition} <= names
        if relation.branches or len(relation.items) != 1 or len(below) != len(by):
            return False
        relation, by = relation.items[0].relation, below


def _all_different(column: Column) -> bool:
    """A column of a list that is written out, no value of it twice."""
    values = list(_written(column))
    return None not in values and len(values) == len(set(values))


def _written(column: Column) -> Iterator[str | None]:
    if column.hop in (Hop.COPY, Hop.UNION) or column.how == "values":
        for part in column.inputs:
            yield from _written(part)
    else:
        is_literal = column.hop is Hop.CONSTANT and column.node is not None
        yield column.node.unalias().sql() if is_literal and column.node else None


def _covers(joined: list[Column], keys: list[Column]) -> bool:
    wanted = {id(key.inputs[0]) for key in keys if key.hop is Hop.COPY}
    copies = all(key.hop is Hop.COPY for key in keys)
    return copies and wanted <= {id(column) for column in joined}


def _is_key(names: set[str], leaf: Leaf, graph: Graph) -> bool:
    node = graph.nodes[leaf.node_id]
    if node.is_anchor and names & set(IDENTITY_COLUMNS):
        return True
    key = set(node.primary_key())
    return bool(key) and key <= names

"""Whether a join can give a row more than one partner."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.proof.graph import IDENTITY_COLUMNS, Graph
from outreach_hub.proof.path import Column, Hop
from outreach_hub.proof.rows import ranking_of
from outreach_hub.proof.scope import Item, Leaf, Query


def at_most_one(item: Item, graph: Graph) -> bool:
    """The columns by which `item` is joined tell its rows apart."""
    relation = item.relation
    if isinstance(relation, Query) and relation.is_one_row:
        return True
    joined = [
        side.inputs[0]
        for test in item.on
        if test.is_equality
        for side in test.sides or ()
        if side.hop is Hop.COPY and side.item is item
    ]
    return bool(joined) and _unique(relation, joined, graph)


def _unique(relation: Query | Leaf, by: list[Column], graph: Graph) -> bool:
    """No two rows of `relation` agree in these columns of it."""
    while True:
        if isinstance(relation, Leaf):
            return _is_key({column.name for column in by}, relation, graph)
        if relation.is_constant:
            return any(_all_different(column) for column in by)
        below = [column.inputs[0] for column in by if column.hop is Hop.COPY]
        if relation.group:
            return _covers(below, relation.group)
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

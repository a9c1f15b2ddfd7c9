"""Which rows an outer join may not find, and which values may be null for it or of themselves."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from outreach_hub.proof.graph import Graph, weakened
from outreach_hub.proof.joins import same_identity
from outreach_hub.proof.path import Column, Hop, Identity, Kind, Origin
from outreach_hub.proof.presence import tests_of_every_row
from outreach_hub.proof.rows import preserved
from outreach_hub.proof.scope import Conjunct, Item, Leaf, Query
from outreach_hub.proof.subject import World

_Seen = frozenset["tuple[str, str] | Item"]


def may_be_null(column: Column, world: World, seen: _Seen = frozenset()) -> bool:
    """Whether nothing says that a copied value is there in every row.

    Of a model that reads itself, what is not `seen` yet decides.
    """
    if column.hop is Hop.UNION:
        return any(may_be_null(branch, world, seen) for branch in column.inputs)
    if column.hop is Hop.COPY:
        if column.item and any(_is_same(key, column) for key in column.item.query.nulled):
            return True
        if column.item and _is_asked_for(column, column.item):
            return False
        is_missing = column.item is not None and may_be_missing(column.item, world, seen)
        return is_missing or may_be_null(column.inputs[0], world, seen)
    return column.hop is not Hop.LEAF or not _is_always_there(column, world, seen)


def _is_same(one: Column, other: Column) -> bool:
    """Both are one column of one relation, whatever each is called."""
    return (
        one.hop is other.hop is Hop.COPY
        and one.item is other.item
        and one.inputs[0] is other.inputs[0]
    )


def _is_asked_for(column: Column, item: Item) -> bool:
    """Each row of its query is there by a condition that no null meets."""
    return any(
        _is_same(side, column)
        for test in tests_of_every_row(item.query)
        for side in _never_null(test)
    )


def _never_null(test: Conjunct) -> Iterator[Column]:
    """The columns that are there where the test is met: of an equality, and of IS NOT NULL."""
    node = test.node
    is_not_null = isinstance(node, exp.Is) and isinstance(node.expression, exp.Null)
    if test.is_equality or (is_not_null and node.args.get("negate")):
        yield from (side for side in test.sides or () if side.hop is Hop.COPY)


def _is_always_there(leaf: Column, world: World, seen: _Seen) -> bool:
    """The key of a record, or what a constraint or a test says of it, here or further up."""
    if leaf.identity and not _is_claim(leaf.identity):
        return True
    node_id, name = place = leaf.leaf or ("", "")
    if place in seen:
        return True
    node = world.graph.nodes.get(node_id)
    if node is None:
        return False
    spec = node.columns.get(name)
    kinds = {each["type"] for each in spec.constraints} if spec and node.is_stored else set()
    tests = {
        test.name
        for test in world.graph.tests_of(node)
        if test.column == name and not any(weakened(test.config))
    }
    if kinds & {"not_null", "primary_key"} or "not_null" in tests:
        return True
    made = world.made(place)
    if made is None:
        return place in world.keys.own
    return not may_be_null(made, world, seen | {place})


def _is_claim(identity: Identity) -> bool:
    """A target_id that a record landed with: unlike its company's id it may be left out."""
    return (Kind.TARGET, Origin.LANDED) in identity.claims


def may_be_missing(item: Item, world: World, seen: _Seen = frozenset()) -> bool:
    """The side of an outer join that may have no row.

    All of company_target, joined by the id alone to a side that is kept, may be on it: there a
    record without a target is refused by the constraint. A part of it, or another relation, or a
    join to what has no id on each row, may rightly find no row.
    """
    items = item.query.items
    later = items[items.index(item) + 1 :]
    joins = [i for i in later if i.side in ("right", "full")]
    if item.side in ("left", "full"):
        joins.append(item)
    if not joins:
        return False
    if item in seen:  # two that are joined to each other, and neither is kept for itself
        return True
    seen |= {item}
    whole = _is_whole(item.relation, world.graph) and all(i.side != "full" for i in joins)
    return not (whole and all(_is_by_kept_id(join, item, world, seen) for join in joins))


def _is_by_kept_id(join: Item, item: Item, world: World, seen: _Seen) -> bool:
    """`on item.<id> = kept.<id>`, and nothing else, where the kept id is there in every row."""
    if len(join.on) != 1 or not join.on[0].is_equality or join.on[0].sides is None:
        return False
    own, other = join.on[0].sides
    if own.item is not item:
        own, other = other, own
    return (
        own.hop is other.hop is Hop.COPY
        and own.item is item
        and other.item in preserved(item.query)
        and same_identity(own, other)
        and not may_be_null(other, world, seen)
    )


def _is_whole(relation: Query | Leaf, graph: Graph) -> bool:
    """Every row of company_target, and nothing else."""
    while isinstance(relation, Query):
        if len(relation.items) != 1 or relation.drops or relation.branches:
            return False
        relation = relation.items[0].relation
    return graph.nodes[relation.node_id].is_anchor

"""What ties the rows of a join together: identity, the key of a record, or neither."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import TypeGuard

from outreach_hub.proof.path import Column, Hop, Kind, Origin, hops
from outreach_hub.proof.presence import always_there, gives_row_for_nothing, tests_of_every_row
from outreach_hub.proof.record_keys import RecordKeys
from outreach_hub.proof.scope import Conjunct, Item, Leaf, Query


class Link(Enum):
    """IDENTITY: equality on an id, byte for byte. KEY: equality on the key of a landed record."""

    IDENTITY = "identity"
    KEY = "record key"


def link_of(
    conjunct: Conjunct, item: Item, others: Iterable[Item], keys: RecordKeys
) -> Link | None:
    """How one condition ties `item` to one of `others`; None if it does not."""
    if not conjunct.is_equality or conjunct.sides is None or not is_of_two_rows(*conjunct.sides):
        return None
    left, right = conjunct.sides
    if not (_belongs(left, [item]) and _belongs(right, others)):
        left, right = right, left
        if not (_belongs(left, [item]) and _belongs(right, others)):
            return None
    if same_identity(left, right):
        return Link.IDENTITY
    one, two = left.source(), right.source()
    return Link.KEY if one and two and keys.are_of_one_company(one, two) else None


def is_of_two_rows(left: Column, right: Column) -> bool:
    """Each side is its own relation's: neither is what a LATERAL has from a row around it, and
    hands on. Such a one is equal to itself, whatever stands beside it in the subquery."""
    return is_own(left) and is_own(right)


def is_own(side: Column) -> bool:
    """Its relation has it from within, and not from a row around it."""
    relation = side.item.relation if side.item else None
    if not isinstance(relation, Query):
        return True
    inside = list(relation.walk())
    return all(
        hop.item is None or hop.item.query in inside
        for each in side.inputs
        for hop in hops(each)
        if hop.hop is Hop.COPY
    )


def same_identity(left: Column, right: Column) -> bool:
    """Both sides are the same identity. A landed target_id is a claim to check, never a way."""
    if not (left.exact and right.exact and left.identity and right.identity):
        return False
    if left.identity.kinds != right.identity.kinds or len(left.identity.kinds) != 1:
        return False
    if left.identity.kinds == {Kind.TARGET}:
        return left.identity.origins == right.identity.origins == {Origin.TARGET}
    return True


def _belongs(column: Column, items: Iterable[Item]) -> bool:
    return column.hop is Hop.COPY and any(column.item is item for item in items)


def conditions(query: Query, item: Item) -> list[Conjunct]:
    """All conditions that can tie `item`: its ON, the WHERE, and inside it if it is lateral."""
    found = [*item.on, *query.where]
    if item.side in ("inner", "cross"):
        place = query.items.index(item)
        found += [
            c for later in query.items[place + 1 :] if later.side == "inner" for c in later.on
        ]
    if is_correlated(item.relation):
        for inner in item.relation.walk():
            found += inner.tests()
    return found


def links(
    query: Query, item: Item, keys: RecordKeys, others: Sequence[Item] | None = None
) -> set[Link]:
    """Every way in which `item` is tied to the relations before it, or to the `others`."""
    to = query.items[: query.items.index(item)] if others is None else others
    return {
        link for conjunct in conditions(query, item) if (link := link_of(conjunct, item, to, keys))
    } | _tied_inside(item.relation, to, keys)


def ties_inside(relation: Query, to: Sequence[Item], keys: RecordKeys) -> set[Link]:
    """How a subquery that looks out of itself ties what each of its rows says: in every branch, by
    what keeps no other row, or as each of its relations is tied."""
    if relation.branches:
        return set.intersection(*(_tied_inside(part, to, keys) for part in relation.branches))
    each = [_tied_inside(item.relation, to, keys) for item in relation.items]
    return _ties_of_rows(relation, to, keys) | (set.intersection(*each) if each else set())


def _kept_by(relation: Query | Leaf, to: Sequence[Item], keys: RecordKeys) -> set[Link]:
    """The ties without which a relation has no row, so that there is none beside it either.

    One that counts or sums up all that it finds has a row for nothing, too.
    """
    if not is_correlated(relation) or gives_row_for_nothing(relation):
        return set()
    if relation.branches:
        return set.intersection(*(_kept_by(part, to, keys) for part in relation.branches))
    return _ties_of_rows(relation, to, keys)


def _ties_of_rows(relation: Query, to: Sequence[Item], keys: RecordKeys) -> set[Link]:
    """By the conditions of a SELECT, and by those without which one of its relations has no row."""
    found = {
        link
        for test in tests_of_every_row(relation)
        for item in relation.items
        if (link := link_of(test, item, to, keys))
    }
    return found.union(*(_kept_by(item.relation, to, keys) for item in always_there(relation)))


def tied_to_first(query: Query, item: Item, keys: RecordKeys) -> bool:
    """Equalities on identity lead from the first relation with an identity to `item`.

    Where a record's key leads to a relation, an identity joined to that one is a third row's.
    """
    bearing = [i for i in query.items if i.bears_identity]
    reached, waiting = bearing[:1], bearing[1:]
    while found := [i for i in waiting if Link.IDENTITY in links(query, i, keys, reached)]:
        reached += found
        waiting = [i for i in waiting if i not in found]
    return item in reached


def _tied_inside(relation: Query | Leaf, to: Sequence[Item], keys: RecordKeys) -> set[Link]:
    return ties_inside(relation, to, keys) if is_correlated(relation) else set()


def is_of_somebody(item: Item, record_keys: frozenset[str]) -> bool:
    """Its rows stand for a company: by an id, by a text with one in it, or, where the ids are gone,
    by the key of a record."""
    columns = item.relation.columns.values()
    return item.bears_identity or any(
        column.contents & record_keys or column.parts for column in columns
    )


def is_correlated(relation: Query | Leaf) -> TypeGuard[Query]:
    """A lateral, or what can be one."""
    return isinstance(relation, Query) and relation.correlated


def is_made_of(item: Item, others: Sequence[Item]) -> bool:
    """A function in a FROM, of nothing but what these relations have: the parts of a list."""
    return isinstance(item.relation, Query) and all(
        _comes_from(column, others) for column in item.relation.columns.values()
    )


def _comes_from(column: Column, others: Sequence[Item]) -> bool:
    if column.hop is Hop.COPY and column.item in others:
        return True
    is_made = column.hop in (Hop.GENERATED, Hop.COMBINED, Hop.CHOICE, Hop.CAST)
    return column.hop is Hop.CONSTANT or (
        is_made and all(_comes_from(part, others) for part in column.inputs)
    )


def is_landed(item: Item) -> bool:
    """The relation still carries a record's own claim to a company."""
    return _has(item, Origin.LANDED)


def is_target(item: Item) -> bool:
    """The relation carries what company_target gave, and is not the table being built."""
    if isinstance(item.relation, Leaf) and item.relation.is_this:
        return False
    return _has(item, Origin.TARGET) and not is_landed(item)


def _has(item: Item, origin: Origin) -> bool:
    return any(c.identity and origin in c.identity.origins for c in item.relation.columns.values())

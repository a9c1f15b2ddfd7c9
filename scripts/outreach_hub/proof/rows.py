"""Whether every row of a record survives the way from its staging model to its hub."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from outreach_hub.proof.path import Column, Hop
from outreach_hub.proof.scope import Conjunct, Drop, Item, Leaf, Query

Root = tuple[str, str]
IsRecord = Callable[[Leaf], bool]
IsAllowed = Callable[[Query], bool]


def first_drop(query: Query, is_record: IsRecord, is_allowed: IsAllowed) -> Drop | None:
    """The first construct on the way down that can lose a record; None if all are kept.

    `is_allowed` knows the queries whose WHERE loses none (see `folds_versions`).
    """
    if query.branches:
        return _set_drop(query, is_record, is_allowed)
    allowed = bool(query.where) and is_allowed(query)
    for drop in query.drops:
        if not (allowed and drop.what == "where"):
            return drop
    holders = [item for item in query.items if reaches(item.relation, is_record)]
    kept = preserved(query)
    worst: Drop | None = None
    for item in holders:
        if item not in kept:
            worst = worst or Drop(_loses(query, item), _joined_by(query, item).node)
            continue
        if isinstance(item.relation, Leaf):
            return None
        below = first_drop(item.relation, is_record, is_allowed)
        if below is None:
            return None
        worst = worst or below
    return worst


def _set_drop(query: Query, is_record: IsRecord, is_allowed: IsAllowed) -> Drop | None:
    if query.drops:
        return query.drops[0]
    worst: Drop | None = None
    for branch in query.branches:
        if reaches(branch, is_record):
            below = first_drop(branch, is_record, is_allowed)
            if below is None:
                return None
            worst = worst or below
    return worst


def reaches(relation: Query | Leaf, is_record: IsRecord) -> bool:
    """Whether records come out of a relation at all."""
    if isinstance(relation, Leaf):
        return is_record(relation)
    return any(reaches(i.relation, is_record) for i in relation.items) or any(
        reaches(branch, is_record) for branch in relation.branches
    )


def preserved(query: Query) -> list[Item]:
    """The relations of a FROM all of whose rows are in its result."""
    kept: list[Item] = []
    for item in query.items:
        if item.side == "from":
            kept = [item]
        elif item.side == "left":
            continue
        elif item.side == "right":
            kept = [item]
        elif item.side == "full":
            kept = [*kept, item]
        elif not (item.side == "cross" and _never_empty(item)):
            kept = []
    return kept


def _never_empty(item: Item) -> bool:
    relation = item.relation
    if relation.is_one_row:
        return True
    return (
        isinstance(relation, Query)
        and relation.is_constant
        and not relation.correlated
        and _has_rows(relation)
    )


def _has_rows(query: Query) -> bool:
    if query.kind == "values":
        return True
    if query.branches:
        is_union = query.kind in ("union", "union all")
        is_cut = any(drop.what != query.kind for drop in query.drops)  # LIMIT, OFFSET
        return is_union and not is_cut and any(_has_rows(b) for b in query.branches)
    if query.kind != "select" or not query.keeps_all:
        return False
    return all(isinstance(i.relation, Query) and _has_rows(i.relation) for i in query.items)


def _joined_by(query: Query, item: Item) -> Item:
    """The join that loses rows of `item`: its own, or a later one."""
    place = query.items.index(item)
    if item.side not in ("from", "full", "right"):
        return item
    for later in query.items[place + 1 :]:
        if later.side in ("inner", "cross", "right"):
            return later
    return item


def _loses(query: Query, item: Item) -> str:
    joined = _joined_by(query, item)
    if joined is item:
        return f"{item.side} join that keeps the other side"
    return f"{joined.side} join"


# -- the two filters that lose no record -----------------------------------------------------------


def folds_versions(key: tuple[Root, ...]) -> IsAllowed:
    """The two filters that only fold versions of one record, whose key is made of these columns."""
    return lambda query: (
        bool(key) and (keeps_one_a_key(query, key) or keeps_what_is_new(query, key))
    )


def keeps_one_a_key(query: Query, key: tuple[Root, ...]) -> bool:
    """`where rank = 1`, rank being row_number() over (partition by <the record's key> ...)."""
    if len(query.where) != 1:
        return False
    ranking = ranking_of(query.where[0])
    own = all(is_of_every_row(side) for side in query.where[0].sides or ())
    return ranking is not None and own and set(partition_of(ranking)) == set(key)


def is_of_every_row(column: Column) -> bool:
    """Copied, hop by hop, from the one relation that a FROM keeps: never null for want of a row."""
    while column.hop is Hop.COPY:
        if column.item is None or preserved(column.item.query) != [column.item]:
            return False
        column = column.inputs[0]
    return True


def ranking_of(condition: Conjunct) -> Column | None:
    """The row_number() column that a condition `= 1` looks at, or `<= 1`: it has none below."""
    if not condition.compares(exp.EQ, exp.LTE) or condition.sides is None:
        return None
    left, right = condition.sides
    if left.hop is Hop.CONSTANT and condition.is_equality:
        left, right = right, left
    one = right.node
    if not (isinstance(one, exp.Literal) and not one.is_string and one.this == "1"):
        return None
    ranking = left.origin
    return ranking if ranking.hop is Hop.WINDOW and ranking.how == "row_number" else None


def partition_of(ranking: Column) -> tuple[Root | None, ...]:
    """The source columns within which a window ranks."""
    return tuple(column.source() for column in ranking.partition)


def keeps_what_is_new(query: Query, key: tuple[Root, ...]) -> bool:
    """`new_rows()`: all but the records that the table has already, as late or later.

    A left join to the table itself on the record's key, and a filter that drops a row only where
    the join found one: `known.key is null or record.loaded_at > known.loaded_at`.
    """
    known = _known_in(query, key)
    if known is None:
        return False
    parts = _alternatives(query)
    return any(_is_missing(part, known, key) for part in parts) and all(
        _is_missing(part, known, key) or _later(part, known) for part in parts
    )


def looks_again_at(query: Query, key: tuple[Root, ...]) -> set[str]:
    """The columns by which such a filter lets a later state of a known record through."""
    known = _known_in(query, key)
    found = {_later(part, known) for part in _alternatives(query)} if known is not None else set()
    return {name for name in found if name}


def _alternatives(query: Query) -> tuple[Conjunct, ...]:
    return query.where[0].alternatives or (query.where[0],)


def _known_in(query: Query, key: tuple[Root, ...]) -> Item | None:
    """The table itself, left joined on the record's key, where one filter follows."""
    known = [i for i in query.items if isinstance(i.relation, Leaf) and i.relation.is_this]
    if len(known) != 1 or known[0].side != "left" or len(query.where) != 1:
        return None
    on = known[0].on
    if len(on) != len(key) or not all(_same_column(c) for c in on):
        return None
    return known[0] if {c.left.source() for c in on if c.left} == set(key) else None


def _is_missing(part: Conjunct, known: Item, key: tuple[Root, ...]) -> bool:
    """`known.key is null`: the table has no such record."""
    if not part.compares(exp.Is) or part.sides is None:
        return False
    left, right = part.sides
    is_key = left.hop is Hop.COPY and left.item is known and left.source() in key
    return is_key and isinstance(right.node, exp.Null)


def _later(part: Conjunct, known: Item) -> str:
    """The x of `record.x > known.x`, x being one and the same column of the record; '' if not."""
    if not part.compares(exp.GT, exp.LT) or part.sides is None:
        return ""
    greater, less = part.sides if isinstance(part.node, exp.GT) else reversed(part.sides)
    if not (greater.hop is less.hop is Hop.COPY) or greater.source() != less.source():
        return ""
    if not is_of_every_row(greater):
        return ""
    return less.name if less.item is known and greater.item is not known else ""


def _same_column(conjunct: Conjunct) -> bool:
    if not conjunct.is_equality or conjunct.sides is None:
        return False
    left, right = conjunct.sides
    return left.hop is right.hop is Hop.COPY and left.source() == right.source() is not None


def is_missing_in(query: Query, item: Item) -> bool:
    """`left join item on <id> ... where item.<id> is null`: only rows that found nothing there."""
    return any(finds_nothing(part, item) for part in query.where)


def finds_nothing(part: Conjunct, item: Item) -> bool:
    """`item.<id> is null`, where `item` is left joined on that id alone."""
    if item.side != "left" or len(item.on) != 1 or not item.on[0].is_equality:
        return False
    sides = item.on[0].sides or ()
    joined = [side.source() for side in sides if side.hop is Hop.COPY and side.item is item]
    if len(joined) != 1 or joined[0] is None or not all(side.exact for side in sides):
        return False
    return _is_missing(part, item, (joined[0],))

"""Which relations of a FROM have a row wherever another has one, and which conditions hold there.

An outer join keeps rows that do not meet its condition. A right or full join brings rows in which
nothing of what stands before it is, so that the conditions there are met by no such row.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from outreach_hub.proof.path import Hop
from outreach_hub.proof.scope import SETS_OF_KEYS, Conjunct, Item, Query

_INNER = ("from", "inner", "cross")
_BRINGS_ROWS = ("right", "full")


def always_there(query: Query) -> list[Item]:
    """The relations that have a row in every row of the FROM."""
    found: list[Item] = []
    for item in query.items:
        if item.side in _BRINGS_ROWS:
            found = []
        if item.side in (*_INNER, "right"):
            found.append(item)
    return found


def gives_row_for_nothing(query: Query) -> bool:
    """An aggregate over all rows, also as one set of several, has a row where it finds none."""
    group = query.node.args.get("group") if query.kind == "select" else None
    if group is None:
        return query.aggregated
    return any(
        isinstance(each, SETS_OF_KEYS) or (isinstance(each, exp.Tuple) and not each.expressions)
        for each in group.expressions
    )


def tests_of_every_row(query: Query) -> list[Conjunct]:
    """The conditions that every row of the FROM meets, its WHERE among them."""
    inner = (item for item in always_there(query) if item.side in _INNER)
    return [*query.where, *(test for item in inner for test in item.on)]


def tests_with(item: Item) -> list[Conjunct]:
    """The conditions that are met by each row in which this relation has one."""
    present = [item]
    for one in present:  # grows as it goes
        sides = (side for test in _met_with(one) for side in test.sides or () if test.is_equality)
        for side in sides:
            # an equality with a column that is not there is none
            if side.hop is Hop.COPY and side.item in item.query.items and side.item not in present:
                present.append(side.item)
    return list(dict.fromkeys(test for one in present for test in _met_with(one)))


def _met_with(item: Item) -> Iterator[Conjunct]:
    """Those that are met for being where they stand beside this relation."""
    items = item.query.items
    place = items.index(item)
    yield from (*item.query.where, *item.query.having)
    for at, joined in enumerate(items):
        if joined.side in _INNER:
            since = items[at + 1 : place + 1]
            is_met = not any(each.side in _BRINGS_ROWS for each in since)
        else:
            is_met = (
                joined is item if joined.side == "left" else joined.side == "right" and place < at
            )
        if is_met:
            yield from joined.on

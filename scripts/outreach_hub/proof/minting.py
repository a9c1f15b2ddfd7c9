"""How company_target gives a target: followed branch by branch, id and number together."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from outreach_hub.proof.expressions import operands
from outreach_hub.proof.path import Column, Hop, Kind, Origin
from outreach_hub.proof.rows import is_missing_in
from outreach_hub.proof.scope import Leaf, Query
from outreach_hub.proof.subject import Subject, shown

Fault = tuple[str, str, exp.Expr | None]
"""Code, reason, SQL."""
_MINT, _TWICE = "ID006", "ID009"
_OWN = ("target_id", "company_unique_id", "sequence_num")


def minting_faults(subject: Subject) -> Iterator[Fault]:
    """Every way in which a row of company_target is neither a given target nor properly minted."""
    columns = [subject.query.columns.get(name) for name in _OWN]
    if not all(columns):
        yield _MINT, f"`company_target` must have {', '.join(_OWN)}", subject.query.node
        return
    yield from _branch([column for column in columns if column is not None])


def _branch(columns: list[Column]) -> Iterator[Fault]:
    """Go down with all three columns at once; they have to stay together, on one row."""
    target = columns[0]
    if target.hop is Hop.COPY:
        if any(c.hop is not Hop.COPY or c.item is not target.item for c in columns[1:]):
            yield _MINT, "`target_id` and `company_unique_id` come from different rows", target.node
            return
        yield from _branch([c.inputs[0] for c in columns])
    elif target.hop is Hop.UNION:
        if target.how != "union all" or any(c.hop is not Hop.UNION for c in columns):
            yield _MINT, f"targets are put together by {target.how}", target.node
            return
        for parts in zip(*(c.inputs for c in columns), strict=True):
            yield from _branch(list(parts))
    elif target.hop is Hop.LEAF:
        if [c.name for c in columns] != list(_OWN) or any(
            c.known is None or c.known.origins != {Origin.TARGET} for c in columns[:2]
        ):
            yield (
                _MINT,
                f"`target_id` is taken from {target.shown}, not from the targets given",
                target.node,
            )
    else:
        yield from _minted(*columns)


def _minted(target: Column, company: Column, number: Column) -> Iterator[Fault]:
    parts = _operands(target)
    if parts is None:
        yield _MINT, f"`target_id` is made by another expression: {_sql(target)}", target.node
        return
    prefix, counted = parts
    if not is_same_copy(prefix.inputs[0], company):
        yield _MINT, "`target_id` is made from another row's company_unique_id", target.node
    if not is_same_copy(counted, number):
        yield _MINT, "`target_id` carries another number than `sequence_num`", target.node
    if company.identity is not None and Origin.TARGET in company.identity.origins:
        yield _MINT, "a target that was given before is minted again", target.node
    if company.identity is None or not company.identity.is_exactly(Kind.COMPANY, Origin.CL):
        return  # said by ID002
    yield from _numbering(number)
    if company.query is not None and not _only_without_target(company):
        yield _TWICE, "companies that have a target already could be given another", company.node


def _operands(target: Column) -> tuple[Column, Column] | None:
    """Prefix and number of `'TGT-' || left(company_unique_id, 8) || '-' || sequence_num`."""
    node = target.node.unalias() if target.node is not None else None
    texts = list(operands(node, exp.DPipe)) if node is not None else []
    if len(texts) != 4 or [_text(texts[0]), _text(texts[2])] != ["TGT-", "-"]:
        return None
    columns = list(_ingredients(target))
    if len(columns) != 2 or columns[0].hop is not Hop.PREFIX:
        return None
    number = columns[1]
    if number.hop is Hop.CAST:
        number = number.inputs[0]
    return (columns[0], number) if number.hop is Hop.COPY else None


def _ingredients(column: Column) -> Iterator[Column]:
    if column.hop is Hop.COMBINED and column.how in ("dpipe", "safe_dpipe", "d_pipe"):
        for part in column.inputs:
            yield from _ingredients(part)
    else:
        yield column


def _text(node: exp.Expr) -> str | None:
    return str(node.this) if isinstance(node, exp.Literal) and node.is_string else None


def is_same_copy(one: Column, two: Column) -> bool:
    """Copies of one column of one relation of one FROM."""
    return (
        one.hop is two.hop is Hop.COPY and one.item is two.item and one.inputs[0] is two.inputs[0]
    )


def _numbering(number: Column) -> Iterator[Fault]:
    """Numbers count up within a prefix, by (created_at, company_unique_id), after the highest."""
    parts = list(_sum(number.origin))
    windows = [c for c in parts if c.hop is Hop.WINDOW]
    others = [c for c in parts if c.hop is not Hop.WINDOW]
    if len(windows) != 1 or windows[0].how != "row_number":
        yield (
            _MINT,
            f"`sequence_num` is not counted by one row_number(): {_sql(number)}",
            number.node,
        )
        return
    window = windows[0]
    if [c.hop for c in window.partition] != [Hop.PREFIX]:
        yield (
            _MINT,
            "`sequence_num` is not counted within the first 8 characters of the id",
            window.node,
        )
    order = [(_plain(column), descending) for column, descending in window.order_by]
    wanted = [("created_at", False), ("company_unique_id", False)]
    if [(source[1] if source else None, d) for source, d in order] != wanted:
        yield (
            _MINT,
            "`sequence_num` is not counted in order (created_at, company_unique_id)",
            window.node,
        )
    if not others:
        yield _TWICE, "`sequence_num` starts again in every batch", number.node
    for other in others:
        if not is_highest(other):
            yield (
                _MINT,
                f"`sequence_num` does not continue from the highest given: {_sql(other)}",
                other.node,
            )


def _sum(column: Column) -> Iterator[Column]:
    if column.hop is Hop.COMBINED and column.how == "add":
        for part in column.inputs:
            yield from _sum(part)
    else:
        yield column


def _plain(column: Column) -> tuple[str, str] | None:
    """A sort key without its collation."""
    if column.hop is Hop.COMBINED and column.how == "collate" and len(column.inputs) == 1:
        column = column.inputs[0]
    return column.source()


def is_highest(column: Column) -> bool:
    """`coalesce(max(sequence_num), 0)` of the targets given, with the same prefix."""
    if column.hop is Hop.CHOICE and column.how == "coalesce":
        return all(
            is_highest(part) or (part.hop is Hop.CONSTANT and _sql(part) == "0")
            for part in column.inputs
        )
    column = column.origin
    if column.hop is not Hop.AGGREGATE or column.how != "max" or len(column.inputs) != 1:
        return False
    leaf = column.inputs[0].origin
    query = column.query
    grouped = query is not None and [c.hop for c in query.group] == [Hop.PREFIX]
    return leaf.hop is Hop.LEAF and leaf.name == "sequence_num" and grouped


def _only_without_target(company: Column) -> bool:
    """Somewhere on its way the company passed `left join given ... where given.id is null`."""
    while company.hop is Hop.COPY:
        query = company.item.query if company.item is not None else None
        if query is not None and any(
            is_given(i.relation) and is_missing_in(query, i) for i in query.items
        ):
            return True
        company = company.inputs[0]
    return False


def is_given(relation: Query | Leaf) -> bool:
    """All targets that were given before: the table that is being built."""
    while isinstance(relation, Query) and len(relation.items) == 1 and not relation.drops:
        relation = relation.items[0].relation
    return isinstance(relation, Leaf) and relation.is_this


def _sql(column: Column) -> str:
    return shown(column.node.unalias()) if column.node is not None else ""

"""Whether a query looks at one company's rows at a time, by its SQL.

What brings rows together has to do so by something of the company's own. Whatever could do it
otherwise, and whatever is not understood, spreads.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import zip_longest
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

from outreach_hub.delta.absent import Present, brings_together, conjuncts
from outreach_hub.delta.understood import of_another_build
from outreach_hub.proof.scope import said

DIALECT = "postgres"

_AROUND = {
    True: (exp.From, exp.Join, exp.Subquery, exp.SetOperation, type(None)),
    False: (exp.CTE, exp.Subquery, exp.SetOperation, type(None)),
}
"""Where a query is one to select from, in brackets and without: elsewhere it is a value."""


def why_spreads(
    tree: exp.Expr, ids: frozenset[str], present: Present, besides: exp.Select | None = None
) -> Iterator[str]:
    """Why a query spreads, or would but for the one query in it that may."""
    if not isinstance(tree, exp.Query) or tree.find(exp.DML):
        yield "is more than a query"
    yield from of_another_build(tree)
    for operation in tree.find_all(exp.SetOperation):
        if not isinstance(operation, exp.Union) or operation.args.get("distinct"):
            yield "has a set operation that compares rows"
        yield from _displaced(operation, ids)
    for alias in tree.find_all(exp.TableAlias):
        names = [alias.name, *(column.name for column in alias.columns)]
        for name in ids.intersection(names):
            yield f"makes {name} of what is in its place"
    constants = _constants(tree)
    for select in tree.find_all(exp.Select):
        if select is not besides:
            yield from of_select(select, ids, constants)
    for query in tree.find_all(exp.Query):
        if not isinstance(query.parent, _AROUND[isinstance(query, exp.Subquery)]):
            yield "has a subquery in an expression"
    for select in tree.find_all(exp.Select):
        if select is not besides:
            yield from _of_those_without(select, ids, present)


def of_select(select: exp.Select, ids: frozenset[str], constants: frozenset[str]) -> Iterator[str]:
    """Why one query spreads, but for what it reads. `constants` are CTEs alike for all."""
    for window in select.find_all(exp.Window):
        over = window.args.get("partition_by") or ()
        if window.find_ancestor(exp.Select) is select and not has_id(over, ids):
            yield "has a window over more than a company"
    group = select.args.get("group")
    aggregates = any(
        each.find_ancestor(exp.Select) is select and not _is_windowed(each)
        for each in select.find_all(exp.AggFunc)
    )
    if (group or aggregates or select.args.get("having")) and not has_id(grouped(select), ids):
        yield "groups rows of more than a company"
    distinct = select.args.get("distinct")
    if distinct and not has_id(_told_apart_by(select, distinct), ids):
        yield "compares rows of more than a company"
    for projection in select.selects:
        name = projection.alias_or_name or _name_given(projection)
        made = _uncast(projection.unalias())
        if name in ids and not (isinstance(made, exp.Column) and made.name == name):
            yield f"makes {name} out of something else"
    for join in select.find_all(exp.Join):
        if join.find_ancestor(exp.Select) is not select or _is_by_id(join, ids):
            continue
        adds_rows = join.side in ("RIGHT", "FULL")
        if adds_rows or not _is_named(join.this) or join.this.name not in constants:
            yield f"joins {join.this.alias_or_name} otherwise than by an id"


def _of_those_without(select: exp.Select, ids: frozenset[str], present: Present) -> Iterator[str]:
    """Windows and groups by an id that rows of several companies do not have."""
    together = [
        window.args.get("partition_by") or ()
        for window in select.find_all(exp.Window)
        if window.find_ancestor(exp.Select) is select
    ]
    together.append(grouped(select))
    if distinct := select.args.get("distinct"):
        together.append(_told_apart_by(select, distinct))
    for each in together:
        by = [one for one in each if has_id([one], ids)]
        if by and brings_together(select, by, present):
            yield f"takes rows without {by[0].name} for one another's"


def _displaced(union: exp.SetOperation, ids: frozenset[str]) -> Iterator[str]:
    """Columns that come under the name of another, for a union goes by place."""
    for first, second in zip_longest(_names(union.left), _names(union.right)):
        if first != second and not ids.isdisjoint((first, second)):
            yield f"has a union that puts {second} in the place of {first}"


def _names(query: exp.Expr) -> list[str]:
    """The columns of a query, those of `*` written out where it is of a query in the text."""
    while isinstance(query, (exp.Subquery, exp.SetOperation)):
        query = query.this
    if not isinstance(query, exp.Select):
        return []
    read = query.args["from_"].this if query.args.get("from_") else None
    if query.selects != [exp.Star()] or query.args.get("joins") or read is None:
        return query.named_selects
    if _is_named(read):
        named = [cte for cte in read.root().find_all(exp.CTE) if cte.alias == read.name]
        return _names(named[0].this) if len(named) == 1 and not _renames(read) else ["*"]
    return _names(read) if isinstance(read, exp.Subquery) else ["*"]


def last_query(tree: exp.Expr) -> exp.Select | None:
    """The query that makes a model's rows: what comes after is `select * from` it, or nothing."""
    ctes = {cte.alias: cte for cte in _ctes(tree)}
    query: exp.Expr | None = tree
    while isinstance(query, exp.Select):
        if query.selects != [exp.Star()] or not said(query) <= {"expressions", "from_", "with_"}:
            return query
        read = query.args["from_"].this
        cte = ctes.get(read.name)
        if cte is None or not _is_named(read) or _renames(cte) or _renames(read):
            return None
        query = cte.this
    return None


def read(text: str) -> exp.Expr:
    """SQL with each name as Postgres has it, which is small where it is not in quotes."""
    return normalize_identifiers(parse_one(text, dialect=DIALECT), dialect=DIALECT)


def _ctes(tree: exp.Expr) -> list[exp.CTE]:
    """The CTEs of a whole text, but for those of a name that is given twice in it."""
    every = [cte.alias for cte in tree.find_all(exp.CTE)]
    return [cte for cte in getattr(tree, "ctes", ()) if every.count(cte.alias) == 1]


def _is_named(read: exp.Expr) -> bool:
    """Whether what is read may be a CTE: it is given by a name alone."""
    return isinstance(read, exp.Table) and isinstance(read.this, exp.Identifier) and not read.db


def _renames(read: exp.Expr) -> bool:
    alias = read.args.get("alias")
    return bool(alias and alias.args.get("columns"))


def grouped(select: exp.Select) -> list[exp.Expr]:
    """What a query groups by, `group by 1` written out."""
    group = select.args.get("group")
    written = group.expressions if group else []
    places = [] if any(each.is_star for each in select.selects) else select.selects
    return [
        places[int(each.this) - 1].unalias()
        if isinstance(each, exp.Literal) and each.is_int and places
        else each
        for each in written
    ]


def _told_apart_by(select: exp.Select, distinct: exp.Expr) -> list[Any]:
    """`distinct on (...)` keeps one row of each of these; `distinct` of all that is selected."""
    on = distinct.args.get("on")
    return list(on.expressions) if on else select.selects


def _name_given(made: exp.Expr) -> str:
    """The name that Postgres gives to what has none: of the column that it goes by in the end."""
    if isinstance(made, exp.Case):
        return _name_given(made.args.get("default") or exp.Null())
    if isinstance(made, (exp.Bracket, exp.Paren, exp.Cast, exp.Collate)):
        return _name_given(made.this)
    return made.name if isinstance(made, (exp.Column, exp.Dot)) else ""


def _uncast(made: exp.Expr) -> exp.Expr:
    """What is read as text, which tells apart what was apart."""
    while isinstance(made, (exp.Collate, exp.Paren)) or (
        isinstance(made, exp.Cast) and made.is_type("text")
    ):
        made = made.this
    return made


def _constants(tree: exp.Expr) -> frozenset[str]:
    """CTEs that read no table: the same few rows for every company."""
    found: set[str] = set()
    for cte in _ctes(tree):
        if all(_is_named(table) and table.name in found for table in cte.this.find_all(exp.Table)):
            found.add(cte.alias)
    return frozenset(found)


def _is_windowed(aggregate: exp.Expr) -> bool:
    """Whether it is over a window, and so groups nothing; `filter (...)` may come between."""
    around = aggregate.parent
    while isinstance(around, (exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)):
        around = around.parent
    return isinstance(around, exp.Window)


def _is_by_id(join: exp.Join, ids: frozenset[str]) -> bool:
    return any(
        isinstance(each, exp.EQ)
        and isinstance(each.left, exp.Column)
        and isinstance(each.right, exp.Column)
        and each.left.name == each.right.name
        and has_id([each.left], ids)
        and all(side.table for side in (each.left, each.right))
        and [each.left.table, each.right.table].count(join.this.alias_or_name) == 1
        for each in conjuncts(join.args.get("on"))
    )


def has_id(expressions: Collection[Any], ids: frozenset[str]) -> bool:
    """Whether one of these is an id."""
    return any(isinstance(each, exp.Column) and each.name in ids for each in expressions)

"""From a syntax tree to scopes: the walk that sqlglot's own lineage does not do.

A CTE hides a table of its name, as in Postgres. A name, a construct or a star that cannot be
resolved raises `Unproved`: never a guess.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp

from outreach_hub.proof.expressions import evaluate
from outreach_hub.proof.names import fold
from outreach_hub.proof.path import Column, Hop
from outreach_hub.proof.scope import UNWRITTEN, Drop, Item, Leaf, Query, Scope, only
from outreach_hub.proof.select_clause import limits, order_of_branches, read_select
from outreach_hub.proof.unproved import Unproved

Resolve = Callable[[exp.Table], Leaf]


@dataclass
class Builder:
    """Builds the scopes of one statement. `resolve` turns a table of the FROM into a leaf."""

    resolve: Resolve
    minting: bool = False
    touched: list[tuple[Column, exp.Expr]] = field(default_factory=list)
    _built: set[int] = field(default_factory=set)

    def statement(self, tree: exp.Expr) -> Query:
        try:
            query = self.build(tree, {}, None, "")
        except RecursionError:
            raise Unproved("the SQL is nested too deeply to be followed") from None
        for part in tree.find_all(exp.Select, exp.SetOperation, exp.Values):
            if id(part) not in self._built:
                raise Unproved("a subquery in a place where nobody looks for one", part)
        return query

    def build(
        self, tree: exp.Expr, ctes: dict[str, Query], outer: Query | None, name: str
    ) -> Query:
        if isinstance(tree, (exp.Subquery, exp.Paren)):
            only(tree, "this", "alias")
            return self.build(tree.this, ctes, outer, name)
        self._built.add(id(tree))
        ctes = self._ctes(tree, ctes, outer)
        if isinstance(tree, exp.Select):
            query = Query("select", tree, name, outer)
            read_select(tree, Scope(self, query, ctes))
            return query
        if isinstance(tree, exp.SetOperation):
            return self._set_operation(tree, ctes, outer, name)
        if isinstance(tree, exp.Values):
            return self._values(tree, ctes, outer, name)
        raise Unproved(f"{tree.key} where a query was expected", tree)

    # -- with ------------------------------------------------------------------------------------

    def _ctes(
        self, tree: exp.Expr, ctes: dict[str, Query], outer: Query | None
    ) -> dict[str, Query]:
        with_ = tree.args.get("with_")
        if not with_:
            return ctes
        ctes = dict(ctes)
        only(with_, "expressions", "recursive")
        recursive = bool(with_.args.get("recursive"))
        if recursive:  # all of them see each other, and none sees what they hide
            for cte in with_.expressions:
                ctes[fold(cte.args["alias"].this)] = Query(UNWRITTEN, cte)
        for cte in with_.expressions:
            only(cte, "this", "alias", "materialized")
            name = fold(cte.args["alias"].this)
            names = [fold(column) for column in cte.args["alias"].args.get("columns") or ()]
            if recursive and isinstance(cte.this.unnest(), exp.SetOperation):
                ctes[name] = self._recursive(cte, names, ctes, outer)
                continue
            query = self.build(cte.this, ctes, outer, name)
            ctes[name] = _renamed(query, names, cte) if names else query
        return ctes

    def _recursive(
        self, cte: exp.CTE, names: list[str], ctes: dict[str, Query], outer: Query | None
    ) -> Query:
        """A CTE that may read itself: its values are generated, from those that it began with."""
        name = fold(cte.args["alias"].this)
        union = cte.this.unnest()
        only(union, "this", "expression", "distinct")
        self._built.add(id(union))
        start = self.build(union.this, ctes, outer, name)
        start.by_place(len(names), cte)
        labels = [*names, *(column.name for column in start.order[len(names) :])]
        itself = Query("recursive", cte, name, outer, branches=[start])
        for label, column, place in zip(labels, start.order, start.places, strict=True):
            itself.offer(Column(label, Hop.GENERATED, (column,), cte, "recursive CTE"), place)
        step = self.build(union.expression, {**ctes, name: itself}, outer, name)
        if len(step.order) != len(start.order):
            raise Unproved("branches with different numbers of columns", cte)
        _alike(start, step, cte)
        query = Query("recursive", cte, name, outer, branches=[start, step])
        query.drops.append(Drop("recursive CTE", cte))
        for label, one, two, place in zip(
            labels, start.order, step.order, start.places, strict=True
        ):
            query.offer(Column(label, Hop.GENERATED, (one, two), cte, "recursive CTE"), place)
        return query

    # -- queries that are no SELECT ---------------------------------------------------------------

    def _set_operation(
        self, tree: exp.SetOperation, ctes: dict[str, Query], outer: Query | None, name: str
    ) -> Query:
        only(tree, "this", "expression", "distinct", "with_", "order", "limit", "offset")
        left = self.build(tree.this, ctes, outer, name)
        right = self.build(tree.expression, ctes, outer, name)
        if len(left.order) != len(right.order):
            raise Unproved("branches with different numbers of columns", tree)
        kind = tree.key
        if kind == "union" and not tree.args.get("distinct"):
            kind = "union all"
        _alike(left, right, tree)
        query = Query(kind, tree, name, outer, branches=[left, right])
        query.distinct = kind != "union all"
        if query.distinct:
            query.drops.append(Drop(kind, tree))
        query.drops += limits(tree)
        for one, two, place in zip(left.order, right.order, left.places, strict=True):
            inputs = (one,) if kind == "except" else (one, two)
            query.offer(Column(one.name, Hop.UNION, inputs, tree, kind), place)
        order_of_branches(tree, Scope(self, query, ctes))
        return query

    def _values(
        self, tree: exp.Values, ctes: dict[str, Query], outer: Query | None, name: str
    ) -> Query:
        only(tree, "expressions", "alias")
        query = Query("values", tree, name, outer)
        scope = Scope(self, query, ctes)
        rows = [[evaluate(cell, scope) for cell in row.expressions] for row in tree.expressions]
        if not rows or len({len(row) for row in rows}) != 1:
            raise Unproved("a list of values of different lengths", tree)
        for index, cells in enumerate(zip(*rows, strict=True)):
            query.offer(Column(f"column{index + 1}", Hop.CHOICE, cells, tree, "values"))
        return query


def _alike(left: Query, right: Query, node: exp.Expr) -> None:
    """Branches pair their columns by place: where a star gives it, both have to be of one table."""
    if left.places != right.places:
        for branch in (left, right):
            branch.by_place(len(branch.places), node)


def _renamed(query: Query, names: list[str], node: exp.Expr) -> Query:
    """A CTE with a list of column names: `with ids (a, b) as (...)`."""
    if len(names) > len(query.order):
        raise Unproved("more column names than columns", node)
    query.by_place(len(names), node)
    renamed = Query("select", node, query.name, query.outer)
    item = Item(query.name, query, "from", renamed, node)
    renamed.items = [item]
    renamed.takes_all = query.has_others
    for index, (column, place) in enumerate(zip(query.order, query.places, strict=True)):
        name = names[index] if index < len(names) else column.name
        renamed.offer(Column(name, Hop.COPY, (column,), column.node, item=item), place)
    return renamed

"""A SELECT: the columns that it offers, and everything in it that can drop or fold rows."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from outreach_hub.proof.conditions import conditions
from outreach_hub.proof.expressions import evaluate, function_name, returns_one
from outreach_hub.proof.from_clause import read_from
from outreach_hub.proof.names import default_name, fold
from outreach_hub.proof.path import Column
from outreach_hub.proof.scope import (
    NAMELESS,
    SETS_OF_KEYS,
    Drop,
    Place,
    Query,
    Scope,
    only,
    written_out,
)
from outreach_hub.proof.unproved import Unproved

_CLAUSES = (
    *("with_", "expressions", "distinct", "from_", "joins", "laterals", "where", "group", "having"),
    *("windows", "order", "limit", "offset", "kind", "hint", "operation_modifiers", "locks"),
)


def read_select(tree: exp.Select, scope: Scope) -> None:
    """Fills the query of the scope."""
    only(tree, *_CLAUSES)
    # What folds rows is noted in the scope; an aggregate in a FROM is none of this query's.
    read_from(tree, Scope(scope.builder, scope.query, scope.ctes))
    _rows(tree, scope)
    for projection in tree.expressions:
        _project(projection, scope)
    _keys(tree, scope)


def _project(projection: exp.Expr, scope: Scope) -> None:
    query = scope.query
    if isinstance(projection, exp.Star) or (
        isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star)
    ):
        for column, place in _star(projection, query):
            query.offer(column, place)
            query.takes_all |= column.item is not None and column.item.relation.has_others
        return
    inner = projection.unalias()
    value = evaluate(inner, scope)
    is_named = isinstance(projection, exp.Alias)
    name = fold(projection.args["alias"]) if is_named else default_name(inner)
    if name is None:
        name = f"{NAMELESS}{len(query.order)}"
    query.offer(value.named(name, projection, query))


def _star(star: exp.Expr, query: Query) -> Iterator[tuple[Column, Place]]:
    if any(star.args.get(k) for k in ("except_", "replace", "rename")):
        raise Unproved("a star with exceptions", star)
    table = fold(star.args["table"]) if star.args.get("table") else None
    items = [item for item in query.items if table in (None, item.alias)]
    if not items:
        raise Unproved("a star over nothing", star)
    merged = query.merged if table is None else {}
    for name, column in merged.items():
        node = column.node or star
        place = ("using", name) if len(merged) > 1 else None  # that of the last join comes first
        yield Column(name, column.hop, column.inputs, node, column.how, column.item), place
    for item in items:
        if isinstance(item.relation, Query) and item.relation.ambiguous:
            raise Unproved("a star over a query that names two columns alike", star)
        for name in item.names():
            if name not in merged:
                yield item.reference(name, star), item.place(name)


def _rows(tree: exp.Select, scope: Scope) -> None:
    """What can lose or fold rows, in the order in which a reader meets it."""
    args, query = tree.args, scope.query
    if args.get("where"):
        query.where = conditions(args["where"].this, scope)
        query.drops += [Drop("where", part.node) for part in query.where]
    distinct = args.get("distinct")
    if distinct is not None:
        query.distinct = True
        query.drops.append(Drop("distinct on" if distinct.args.get("on") else "distinct", distinct))
    query.drops += limits(tree)
    if args.get("locks"):
        query.drops.append(Drop("for update", tree))


def limits(tree: exp.Query) -> Iterator[Drop]:
    """Its LIMIT and OFFSET."""
    for clause in ("limit", "offset"):
        if tree.args.get(clause):
            written_out(tree.args[clause])
            yield Drop(clause, tree.args[clause])


def _keys(tree: exp.Select, scope: Scope) -> None:
    """Clauses that may name an output column: group by, having, order by, windows."""
    query = scope.query
    group = tree.args.get("group")
    if group is not None:
        only(group, "expressions")
        sets = [part for part in group.expressions if isinstance(part, SETS_OF_KEYS)]
        always = [part for part in group.expressions if part not in sets]
        nulled = []
        for part in sets:
            in_each, at_times = _in_sets(part)
            always += in_each
            nulled += [_key(key, scope, output_first=False) for key in at_times]
        if any(key.identity for key in nulled):
            raise Unproved("group by with more than one set of keys makes ids null", group)
        query.nulled = nulled
        query.group = [*(_key(part, scope, output_first=False) for part in always), *nulled]
    having = tree.args.get("having")
    if having:
        query.having = conditions(having.this, scope)
    distinct, order = tree.args.get("distinct"), tree.args.get("order")
    on = distinct.args.get("on") if distinct is not None else None
    ordered = [part.this for part in order.expressions] if order is not None else []
    parts = on.expressions if isinstance(on, exp.Tuple) else [on] if on is not None else []
    query.chosen_by = [_key(part, scope, output_first=True) for part in (*parts, *ordered)]
    for part in (part for named in tree.args.get("windows") or () for part in named.walk()):
        if isinstance(part, exp.Query) or returns_one(part, function_name(part)):
            fix = "Write it into the OVER, or before this query."
            raise Unproved("a named window with more than columns", part, fix=fix)
    # An aggregate folds all rows wherever it stands, and so does a HAVING without any.
    query.aggregated = scope.aggregates or bool(having)
    if group is not None:
        query.drops.append(Drop("group by", group))
    elif query.aggregated:
        query.drops.append(Drop("aggregate over all rows", tree))
    if scope.set_returning is not None:
        query.drops.append(Drop("set-returning function in a select list", scope.set_returning))
    if having:
        query.drops.append(Drop("having", having))


def order_of_branches(tree: exp.SetOperation, scope: Scope) -> None:
    """The ORDER BY of a set operation: Postgres lets it name output columns alone."""
    order = tree.args.get("order")
    parts = [part.this for part in order.expressions] if order is not None else []
    for part in parts:
        if not isinstance(part, (exp.Literal, exp.Column)) or (
            isinstance(part, exp.Column) and fold(part.this) not in scope.query.columns
        ):
            raise Unproved("a set operation is ordered by something else than its columns", part)
    scope.query.chosen_by = [_key(part, scope, output_first=True) for part in parts]


def _in_sets(sets: exp.Expr) -> tuple[list[exp.Expr], list[exp.Expr]]:
    """The keys that are in every set, and those that are null in some: of ROLLUP and CUBE, all."""
    each = [_listed(part) for part in sets.expressions]
    keys = {key.sql(): key for one in each for key in one}
    if not isinstance(sets, exp.GroupingSets):
        return [], list(keys.values())
    texts = [{key.sql() for key in one} for one in each]
    in_each = [key for text, key in keys.items() if all(text in one for one in texts)]
    return in_each, [key for key in keys.values() if key not in in_each]


def _listed(keys: exp.Expr) -> list[exp.Expr]:
    """The keys of one set, with or without brackets."""
    if isinstance(keys, SETS_OF_KEYS):
        raise Unproved("sets of keys within sets of keys", keys)
    if isinstance(keys, exp.Tuple):
        return keys.expressions
    return [keys.this if isinstance(keys, exp.Paren) else keys]


def _key(node: exp.Expr, scope: Scope, *, output_first: bool) -> Column:
    query = scope.query
    node = node.unnest()  # brackets are none to the engine: `(1)` is the first column too
    if isinstance(node, exp.Literal) and not node.is_string:
        index = int(node.this) - 1
        if not 0 <= index < len(query.order):
            raise Unproved("a position outside the select list", node)
        query.by_place(index + 1, node)
        return query.order[index]
    if isinstance(node, exp.Column) and not node.table:
        name = fold(node.this)
        if name in query.columns and (
            output_first or not any(item.lookup(name) for item in query.items)
        ):
            return query.columns[name]
    return evaluate(node, scope)

"""The FROM of a SELECT: its relations, how each is joined, and on what."""

from __future__ import annotations

from sqlglot import exp

from outreach_hub.proof.conditions import conditions
from outreach_hub.proof.dialect import POSTGRES, spoken
from outreach_hub.proof.expressions import (
    SET_RETURNING_NAMES,
    evaluate,
    function_name,
    refuse_unknown,
)
from outreach_hub.proof.names import fold
from outreach_hub.proof.path import Column, Hop
from outreach_hub.proof.scope import UNWRITTEN, Conjunct, Item, Leaf, Query, Scope, only, said
from outreach_hub.proof.unproved import Unproved


def read_from(tree: exp.Select, scope: Scope) -> None:
    """Adds the relations of a FROM to the query of the scope, in the order in which they stand."""
    if tree.args.get("from_"):
        scope.query.items.append(_item(tree.args["from_"].this, "from", scope))
    tree_begins = 0
    for join in (*(tree.args.get("joins") or ()), *(tree.args.get("laterals") or ())):
        if _is_comma(join):
            tree_begins = len(scope.query.items)
        _join(join, scope, tree_begins)


def _is_comma(join: exp.Expr) -> bool:
    """`from a, b`: what is joined to b by its own condition sees b, and not a."""
    return isinstance(join, exp.Join) and said(join) <= {"this"}


def _join(join: exp.Join, scope: Scope, tree_begins: int) -> None:
    only(join, "this", "kind", "side", "on", "using")
    kind = (join.args.get("kind") or "").upper()
    side = (join.args.get("side") or "").upper()
    if kind not in ("", "INNER", "CROSS", "OUTER"):
        raise Unproved(f"a {kind.lower()} join", join)
    on, using = join.args.get("on"), join.args.get("using")
    if side in ("LEFT", "RIGHT", "FULL"):
        how = side.lower()
    else:
        how = "inner" if on is not None or using else "cross"
    if tree_begins and how in ("right", "full"):
        raise Unproved(
            f"a {how} join after a comma, which joins what stands before the comma last",
            join,
            fix="Write cross join in the place of the comma.",
        )
    item = _item(join.this, how, scope)
    scope.query.items.append(item)
    if on is None and not using:
        return
    if tree_begins and scope.query.merged:
        raise Unproved("using () and a comma in one FROM", join)
    every = scope.query.items
    scope.query.items = every[tree_begins:]
    if on is not None:
        item.on = conditions(on, scope)
    for name in using or ():
        _using(fold(name), item, join, scope)
    scope.query.items = every


def _using(name: str, item: Item, join: exp.Join, scope: Scope) -> None:
    """`using (x)` is an equality on x, and one x in the result: the kept side's."""
    query = item.query
    lefts = [i for i in query.items[:-1] if i.lookup(name)]
    if item.lookup(name) is None or not lefts or (len(lefts) > 1 and name not in query.merged):
        raise Unproved(f"using ({name}) without one such column on each side", join)
    left = query.merged.get(name) or lefts[0].reference(name, join)
    right = item.reference(name, join)
    scope.builder.touched += [(left, join), (right, join)]
    equality = exp.EQ(
        this=exp.column(name, lefts[0].alias), expression=exp.column(name, item.alias)
    )
    item.on.append(Conjunct(equality, Column("", Hop.CONDITION, (left, right), join), left, right))
    if item.side == "full":
        query.merged[name] = Column(name, Hop.CHOICE, (left, right), join, "using")
    else:
        query.merged[name] = right if item.side == "right" else left


def _item(source: exp.Expr, side: str, scope: Scope) -> Item:
    lateral = isinstance(source, exp.Lateral)
    inner = source.this if lateral else source
    label, names = _alias(source)
    relation = _relation(inner, scope, label, names, lateral)
    if isinstance(inner, exp.Table) and isinstance(inner.this, exp.Identifier):
        label = label or fold(inner.this)
    elif isinstance(relation, Query) and relation.kind == "function":
        label = label or relation.name
    if any(item.alias == label for item in scope.query.items) or not label:
        raise Unproved("a relation of the FROM has no name of its own", source)
    renamed = _renamed(relation, names, source)
    return Item(label, relation, side, scope.query, source, renamed=renamed)


def _alias(source: exp.Expr) -> tuple[str, list[str]]:
    """The name that a relation goes by, and those that its columns go by."""
    alias = source.args.get("alias")
    if alias is None:
        return "", []
    columns = alias.args.get("columns") or ()
    names = [fold(part.this if isinstance(part, exp.ColumnDef) else part) for part in columns]
    return fold(alias.this) if alias.this else "", names


def _relation(
    inner: exp.Expr, scope: Scope, label: str, names: list[str], lateral: bool
) -> Query | Leaf:
    if isinstance(inner, exp.Table) and isinstance(inner.this, exp.Identifier):
        only(inner, "this", "db", "catalog", "alias")
        name = fold(inner.this)
        bare = not inner.args.get("db")
        if not bare or name not in scope.ctes:
            return scope.builder.resolve(inner)
        if scope.ctes[name].kind == UNWRITTEN:
            raise Unproved(
                f"`{name}` is read before it is written",
                inner,
                fix="Write each CTE after those that it reads.",
            )
        return scope.ctes[name]
    if isinstance(inner, exp.Subquery) and not isinstance(inner.this, (exp.Query, exp.Values)):
        raise Unproved("joins in brackets", inner)
    if isinstance(inner, (exp.Subquery, exp.Select, exp.SetOperation, exp.Values)):
        outer = scope.query if lateral else scope.query.outer  # its neighbours are not around it
        return scope.builder.build(inner, scope.ctes, outer, label)
    return _function(inner, scope, label, names)


def _renamed(relation: Query | Leaf, names: list[str], source: exp.Expr) -> dict[str, str]:
    """By the name given here, the name of each column in the relation; empty where none is."""
    if not names:
        return {}
    if isinstance(relation, Query):
        offered = [column.name for column in relation.order]
        if len(names) > len(offered):
            raise Unproved("more column names than columns", source)
        relation.by_place(len(names), source)
    else:  # its YAML says which columns it has, and not in which order
        raise Unproved(
            f"new names for the columns of {relation.shown}, by their place",
            source,
            fix="Name each: select x as y from it, in a CTE.",
        )
    return {(names[index] if index < len(names) else old): old for index, old in enumerate(offered)}


_ONE_COLUMN = {"generate_series", "generate_subscripts", "json_object_keys", "jsonb_object_keys",
               "regexp_matches", "regexp_split_to_table", "string_to_table", "unnest"}  # fmt: skip
"""Functions whose one column goes by the name of their relation."""


def _columns_of(function: str, label: str, names: list[str], node: exp.Expr) -> list[str]:
    """What the columns of a function are called, where not all of them are named anew."""
    if function.endswith(("_each", "_each_text")):
        own = ["key", "value"]
    elif function.endswith(("_array_elements", "_array_elements_text")):
        own = ["value"]
    elif function in _ONE_COLUMN and spoken() == POSTGRES:
        own = [label]
    elif names and not function.endswith(("_populate_record", "_populate_recordset")):
        own = []
    else:
        raise Unproved(
            f"{function}() has columns whose names are not said",
            node,
            fix=f"Name each: {function}(...) as x (a, b).",
        )
    return [*names, *own[len(names) :]]


def _function(node: exp.Expr, scope: Scope, label: str, names: list[str]) -> Query:
    function = node.this if isinstance(node, exp.Table) else node
    if not isinstance(function, (exp.Func, exp.Unnest)):
        raise Unproved(f"{node.key} in a FROM", node)
    name = function_name(function).removeprefix("exploding_")  # as sqlglot calls it in a FROM
    refuse_unknown(function, name)
    qualified = isinstance(node, exp.Table) and node.args.get("db")
    unknown = isinstance(function, exp.Anonymous) and name not in SET_RETURNING_NAMES
    if qualified or unknown:
        raise Unproved(f"{name}() in a FROM: what it reads is not shown", node)
    made = Query("function", node, label or name, scope.query)
    arguments = tuple(
        value
        for child in function.iter_expressions()
        if not isinstance(child, exp.TableAlias)
        and (value := evaluate(child, scope)).hop is not Hop.CONSTANT
    )
    columns = _columns_of(name, label or made.name, names, node)
    ordinality = function.args.get("offset")
    if isinstance(ordinality, exp.Identifier):  # the name of what is counted comes last
        columns = [*columns, fold(ordinality)]
    for column in columns:
        made.offer(Column(column, Hop.GENERATED, arguments, function, made.name))
    made.looks_at = [scope.query] if arguments else []
    return made

"""From a syntax tree to scopes: what a SELECT offers, where it comes from, which rows stay.

This is the walk that sqlglot's own lineage does not do: it keeps every hop (`path.Column`), the
join predicates, the side an outer join keeps, and everything that can drop a row. Names are
resolved the way Postgres resolves them (a CTE hides a table of its name, an unquoted name folds to
lower case), and a name, a construct or a star that cannot be resolved raises `Unproved`: never a
guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from outreach_hub.proof.expressions import (
    SET_RETURNING_NAMES,
    evaluate,
    function_name,
    refuse_unknown,
)
from outreach_hub.proof.path import Column, Hop
from outreach_hub.proof.unproved import Unproved


@dataclass(eq=False, repr=False)
class Leaf:
    """A relation that exists outside the statement: a source, a model, or the model's own table."""

    node_id: str
    shown: str
    columns: dict[str, Column]
    keys: frozenset[str] = frozenset()
    is_this: bool = False

    @property
    def bears_identity(self) -> bool:
        return any(column.identity for column in self.columns.values())

    @property
    def is_constant(self) -> bool:
        return False

    @property
    def is_one_row(self) -> bool:
        return False


def said(node: exp.Expr) -> set[str]:
    """The parts of a piece of SQL that its text has."""
    return {key for key, value in node.args.items() if value}


@dataclass(eq=False, repr=False)
class Conjunct:
    """One of the conditions that AND joins, with both sides resolved if it compares.

    Where it is an OR, `alternatives` holds what the OR joins.
    """

    node: exp.Expr
    value: Column
    left: Column | None = None
    right: Column | None = None
    alternatives: tuple[Conjunct, ...] = ()

    @property
    def is_equality(self) -> bool:
        return self.compares(exp.EQ)

    def compares(self, *kinds: type[exp.Expr]) -> bool:
        """It is such a comparison and nothing besides: sqlglot keeps some NOTs as an argument."""
        return type(self.node) in kinds and said(self.node) == {"this", "expression"}

    @property
    def sides(self) -> tuple[Column, Column] | None:
        return (self.left, self.right) if self.left and self.right else None


@dataclass(eq=False, repr=False)
class Item:
    """One relation in a FROM, how it was joined, and on what."""

    alias: str
    relation: Query | Leaf
    side: str  # from | inner | left | right | full | cross
    query: Query
    node: exp.Expr
    on: list[Conjunct] = field(default_factory=list)
    lateral: bool = False
    renamed: dict[str, str] = field(default_factory=dict)

    def lookup(self, name: str) -> Column | None:
        if self.renamed:
            if name not in self.renamed:
                return None
            name = self.renamed[name]
        return self.relation.columns.get(name)

    def names(self) -> list[str]:
        return list(self.renamed or self.relation.columns)

    @property
    def bears_identity(self) -> bool:
        return self.relation.bears_identity


@dataclass(frozen=True)
class Drop:
    """A construct that can lose a row, or fold several into one."""

    what: str
    node: exp.Expr | None


@dataclass(eq=False, repr=False)
class Query:
    """A scope: a SELECT, a set operation, VALUES, or a function in a FROM."""

    kind: str  # select | union all | union | except | intersect | values | function
    node: exp.Expr
    name: str = ""
    outer: Query | None = None
    columns: dict[str, Column] = field(default_factory=dict)
    order: list[Column] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    branches: list[Query] = field(default_factory=list)
    where: list[Conjunct] = field(default_factory=list)
    drops: list[Drop] = field(default_factory=list)
    group: list[Column] = field(default_factory=list)
    nested: list[Query] = field(default_factory=list)
    merged: dict[str, Column] = field(default_factory=dict)
    ambiguous: set[str] = field(default_factory=set)
    correlated: bool = False
    aggregated: bool = False
    distinct: bool = False

    @property
    def bears_identity(self) -> bool:
        """Whether a row stands for a target or company, so that joins must go by identity."""
        if any(column.identity for column in self.columns.values()):
            return True
        if self.group:
            return any(column.identity for column in self.group)
        if self.aggregated or self.distinct:
            return False
        parts: list[Item | Query] = [*self.items, *self.branches]
        return any(part.bears_identity for part in parts)

    @property
    def is_constant(self) -> bool:
        """Made of nothing but what the statement itself says: a list of slots, a run of numbers."""
        return all(part.is_constant for part in self.branches) and all(
            item.relation.is_constant for item in self.items
        )

    @property
    def is_one_row(self) -> bool:
        """One row, always: an aggregate over everything, or what is made of single rows alone."""
        if self.kind == "values":
            return len(self.node.expressions) == 1
        if self.kind != "select" or self.group:
            return False
        if self.aggregated:
            return all(d.what in ("where", "aggregate over all rows") for d in self.drops)
        return self.keeps_all and all(item.relation.is_one_row for item in self.items)

    @property
    def keeps_all(self) -> bool:
        """Nothing in it drops a row: with rows in all its relations, it has some."""
        sides = {item.side for item in self.items}
        return not self.drops and sides <= {"from", "cross", "left"}

    def walk(self) -> Iterator[Query]:
        """This scope and all below it, each once."""
        seen: set[int] = set()
        stack: list[Query] = [self]
        while stack:
            query = stack.pop()
            if id(query) in seen:
                continue
            seen.add(id(query))
            yield query
            stack.extend(query.nested)
            stack.extend(query.branches)
            stack.extend(i.relation for i in query.items if isinstance(i.relation, Query))


Resolve = Callable[[exp.Table], Leaf]

_CLAUSES = {
    "with_",
    "expressions",
    "distinct",
    "from_",
    "joins",
    "laterals",
    "where",
    "group",
    "having",
    "windows",
    "order",
    "limit",
    "offset",
    "kind",
    "hint",
    "operation_modifiers",
    "locks",
}


@dataclass
class Builder:
    """Builds the scopes of one statement. `resolve` turns a table of the FROM into a leaf."""

    resolve: Resolve
    minting: bool = False
    queries: list[Query] = field(default_factory=list)
    touched: list[tuple[Column, exp.Expr]] = field(default_factory=list)

    def statement(self, tree: exp.Expr) -> Query:
        try:
            return self.build(tree, {}, None, "")
        except RecursionError:
            raise Unproved("the SQL is nested too deeply to be followed") from None

    def build(
        self, tree: exp.Expr, ctes: dict[str, Query], outer: Query | None, name: str
    ) -> Query:
        if isinstance(tree, (exp.Subquery, exp.Paren)):
            _only(tree, "this", "alias")
            return self.build(tree.this, ctes, outer, name)
        ctes = self._ctes(tree, ctes, outer)
        if isinstance(tree, exp.Select):
            query = self._select(tree, ctes, outer, name)
        elif isinstance(tree, exp.SetOperation):
            query = self._set_operation(tree, ctes, outer, name)
        elif isinstance(tree, exp.Values):
            query = self._values(tree, ctes, outer, name)
        elif isinstance(tree, exp.Table):
            query = self._table_statement(tree, ctes, outer, name)
        else:
            raise Unproved(f"{tree.key} where a query was expected", tree)
        self.queries.append(query)
        return query

    # -- names -----------------------------------------------------------------------------------

    def _ctes(
        self, tree: exp.Expr, ctes: dict[str, Query], outer: Query | None
    ) -> dict[str, Query]:
        with_ = tree.args.get("with_")
        if not with_:
            return ctes
        ctes = dict(ctes)
        _only(with_, "expressions", "recursive")
        for cte in with_.expressions:
            _only(cte, "this", "alias", "materialized")
            name = fold(cte.args["alias"].this)
            if with_.args.get("recursive") and isinstance(cte.this, exp.SetOperation):
                ctes[name] = self._recursive(cte, ctes, outer, name)
                continue
            query = self.build(cte.this, ctes, outer, name)
            names = [fold(column) for column in cte.args["alias"].args.get("columns") or ()]
            ctes[name] = self._rename(query, names, cte) if names else query
        return ctes

    def _recursive(
        self, cte: exp.CTE, ctes: dict[str, Query], outer: Query | None, name: str
    ) -> Query:
        """A CTE that may read itself: its values are generated, from those that it began with."""
        start = self.build(cte.this.this, ctes, outer, name)
        names = [fold(column) for column in cte.args["alias"].args.get("columns") or ()]
        names += [column.name for column in start.order[len(names) :]]
        itself = Query("recursive", cte, name, outer, branches=[start])
        for label, column in zip(names, start.order, strict=False):
            _offer(itself, Column(label, Hop.GENERATED, (column,), cte, "recursive CTE"))
        step = self.build(cte.this.expression, {**ctes, name: itself}, outer, name)
        if len(step.order) != len(start.order):
            raise Unproved("branches with different numbers of columns", cte)
        query = Query("recursive", cte, name, outer, branches=[start, step])
        query.drops.append(Drop("recursive CTE", cte))
        for label, one, two in zip(names, start.order, step.order, strict=False):
            _offer(query, Column(label, Hop.GENERATED, (one, two), cte, "recursive CTE"))
        self.queries.append(query)
        return query

    def _rename(self, query: Query, names: list[str], node: exp.Expr) -> Query:
        if len(names) > len(query.order):
            raise Unproved("more column names than columns", node)
        renamed = Query("select", node, query.name, query.outer)
        item = Item(query.name, query, "from", renamed, node)
        renamed.items = [item]
        for index, column in enumerate(query.order):
            name = names[index] if index < len(names) else column.name
            _offer(renamed, Column(name, Hop.COPY, (column,), column.node, item=item))
        self.queries.append(renamed)
        return renamed

    # -- the parts of a FROM ----------------------------------------------------------------------

    def _item(self, source: exp.Expr, side: str, query: Query, ctes: dict[str, Query]) -> Item:
        lateral = isinstance(source, exp.Lateral)
        alias = source.args.get("alias")
        inner = source.this if lateral else source
        names = (
            [
                fold(part.this if isinstance(part, exp.ColumnDef) else part)
                for part in (alias.args.get("columns") or ())
            ]
            if alias
            else []
        )
        label = fold(alias.this) if alias is not None and alias.this else ""
        relation: Query | Leaf
        if isinstance(inner, exp.Table) and isinstance(inner.this, exp.Identifier):
            _only(inner, "this", "db", "catalog", "alias")
            name = fold(inner.this)
            label = label or name
            bare = not inner.args.get("db")
            relation = ctes[name] if bare and name in ctes else self.resolve(inner)
        elif isinstance(inner, (exp.Subquery, exp.Select, exp.SetOperation)):
            if isinstance(inner, exp.Subquery) and not isinstance(inner.this, exp.Query):
                raise Unproved("joins in brackets", inner)
            relation = self.build(inner, ctes, query, label)
        elif isinstance(inner, exp.Values):
            relation = self.build(inner, ctes, query, label)
        else:
            relation = self._function(inner, query, ctes, label, names)
            label = label or relation.name
        if names and isinstance(relation, Query) and len(names) > len(relation.order):
            raise Unproved("more column names than columns", source)
        offered = (
            [column.name for column in relation.order]
            if isinstance(relation, Query)
            else list(relation.columns)
        )
        renamed = (
            {
                (names[index] if index < len(names) else old): old
                for index, old in enumerate(offered)
            }
            if names
            else {}
        )
        if any(item.alias == label for item in query.items) or not label:
            raise Unproved("a relation of the FROM has no name of its own", source)
        return Item(label, relation, side, query, source, lateral=lateral, renamed=renamed)

    def _function(
        self,
        node: exp.Expr,
        query: Query,
        ctes: dict[str, Query],
        label: str,
        names: list[str],
    ) -> Query:
        function = node.this if isinstance(node, exp.Table) else node
        if not isinstance(function, (exp.Func, exp.Unnest)):
            raise Unproved(f"{node.key} in a FROM", node)
        name = function_name(function)
        refuse_unknown(function, name)
        qualified = isinstance(node, exp.Table) and node.args.get("db")
        unknown = isinstance(function, exp.Anonymous) and name not in SET_RETURNING_NAMES
        if qualified or unknown:
            raise Unproved(f"{name}() in a FROM: what it reads is not shown", node)
        made = Query("function", node, label or function.sql_name().lower(), query)
        arguments = tuple(
            value
            for child in function.iter_expressions()
            if not isinstance(child, exp.TableAlias)
            and (value := evaluate(child, Scope(self, query, ctes))).hop is not Hop.CONSTANT
        )
        for name in names or [label or made.name]:
            _offer(made, Column(name, Hop.GENERATED, arguments, function, made.name))
        made.items = []
        made.correlated = bool(arguments)
        self.queries.append(made)
        return made

    def _join(self, join: exp.Join, query: Query, ctes: dict[str, Query]) -> None:
        _only(join, "this", "kind", "side", "on", "using")
        kind = (join.args.get("kind") or "").upper()
        side = (join.args.get("side") or "").upper()
        if kind not in ("", "INNER", "CROSS", "OUTER"):
            raise Unproved(f"a {kind.lower()} join", join)
        on, using = join.args.get("on"), join.args.get("using")
        if side in ("LEFT", "RIGHT", "FULL"):
            how = side.lower()
        else:
            how = "inner" if on is not None or using else "cross"
        item = self._item(join.this, how, query, ctes)
        query.items.append(item)
        scope = Scope(self, query, ctes)
        if on is not None:
            item.on = [self.conjunct(part, scope) for part in conjuncts(on)]
        for name in using or ():
            self._using(fold(name), item, query, join)

    def _using(self, name: str, item: Item, query: Query, join: exp.Join) -> None:
        """`using (x)` is an equality on x, and one x in the result: the kept side's."""
        right = item.lookup(name)
        lefts = [i for i in query.items[:-1] if i.lookup(name)]
        if right is None or not lefts or (len(lefts) > 1 and name not in query.merged):
            raise Unproved(f"using ({name}) without one such column on each side", join)
        left = query.merged.get(name) or _reference(lefts[0], name, join)
        right = _reference(item, name, join)
        equality = exp.EQ(
            this=exp.column(name, lefts[0].alias), expression=exp.column(name, item.alias)
        )
        item.on.append(Conjunct(equality, Column("", Hop.CONDITION, (), join), left, right))
        if item.side == "full":
            query.merged[name] = Column(name, Hop.CHOICE, (left, right), join, "using")
        else:
            query.merged[name] = right if item.side == "right" else left

    # -- a SELECT ------------------------------------------------------------------------------

    def _select(
        self, tree: exp.Select, ctes: dict[str, Query], outer: Query | None, name: str
    ) -> Query:
        _only(tree, *_CLAUSES)
        query = Query("select", tree, name, outer)
        scope = Scope(self, query, ctes)
        if tree.args.get("from_"):
            query.items.append(self._item(tree.args["from_"].this, "from", query, ctes))
        for join in (*(tree.args.get("joins") or ()), *(tree.args.get("laterals") or ())):
            self._join(join, query, ctes)
        self._rows(tree, query, scope)
        for projection in tree.expressions:
            self._project(projection, query, scope)
        self._keys(tree, query, scope)
        return query

    def _project(self, projection: exp.Expr, query: Query, scope: Scope) -> None:
        if isinstance(projection, exp.Star) or (
            isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star)
        ):
            for column in self._star(projection, query):
                _offer(query, column)
            return
        inner = projection.unalias()
        value = evaluate(inner, scope)
        named = projection.alias or (inner.name if isinstance(inner, exp.Column) else "")
        if isinstance(projection, exp.Alias):
            named = fold(projection.args["alias"])
        elif isinstance(inner, exp.Column):
            named = fold(inner.this)
        else:
            named = _default_name(inner)
        _offer(query, value.named(named, projection, query))

    def _star(self, star: exp.Expr, query: Query) -> Iterator[Column]:
        if any(star.args.get(k) for k in ("except_", "replace", "rename")):
            raise Unproved("a star with exceptions", star)
        table = fold(star.args["table"]) if star.args.get("table") else None
        items = [item for item in query.items if table in (None, item.alias)]
        if not items:
            raise Unproved("a star over nothing", star)
        if table is None:
            for name, column in query.merged.items():
                yield Column(
                    name,
                    column.hop,
                    column.inputs,
                    column.node or star,
                    column.how,
                    column.item,
                    query=query,
                )
        for item in items:
            if isinstance(item.relation, Query) and item.relation.ambiguous:
                raise Unproved("a star over a query that names two columns alike", star)
            for name in item.names():
                if table is None and name in query.merged:
                    continue
                column = _reference(item, name, star)
                column.query = query
                yield column

    def _rows(self, tree: exp.Select, query: Query, scope: Scope) -> None:
        """What can lose or fold rows, in the order in which a reader meets it."""
        args = tree.args
        if args.get("where"):
            query.where = [self.conjunct(part, scope) for part in conjuncts(args["where"].this)]
            query.drops += [Drop("where", part.node) for part in query.where]
        distinct = args.get("distinct")
        if distinct is not None:
            query.distinct = True
            if distinct.args.get("on"):
                evaluate(distinct.args["on"], scope)
            query.drops.append(
                Drop("distinct on" if distinct.args.get("on") else "distinct", distinct)
            )
        for clause in ("limit", "offset"):
            if args.get(clause):
                query.drops.append(Drop(clause, args[clause]))
        if args.get("locks"):
            query.drops.append(Drop("for update", tree))

    def _keys(self, tree: exp.Select, query: Query, scope: Scope) -> None:
        """Clauses that may name an output column: group by, having, order by, windows."""
        group = tree.args.get("group")
        query.aggregated = scope.aggregates
        if group is not None:
            extra = {key for key, value in group.args.items() if value} - {"expressions"}
            sets = group.find(exp.GroupingSets, exp.Rollup, exp.Cube)
            keys = list(group.find_all(exp.Column)) if sets else group.expressions
            query.group = [self._key(part, query, scope, output_first=False) for part in keys]
            if extra or (sets and any(key.identity for key in query.group)):
                raise Unproved("group by with more than one set of keys makes ids null", group)
            query.drops.append(Drop("group by", group))
        elif query.aggregated:
            query.drops.append(Drop("aggregate over all rows", tree))
        if scope.set_returning is not None:
            query.drops.append(Drop("set-returning function in a select list", scope.set_returning))
        if tree.args.get("having"):
            evaluate(tree.args["having"].this, scope)
            query.drops.append(Drop("having", tree.args["having"]))
        if tree.args.get("order"):
            for ordered in tree.args["order"].expressions:
                self._key(ordered.this, query, scope, output_first=True)

    def _key(self, node: exp.Expr, query: Query, scope: Scope, *, output_first: bool) -> Column:
        if isinstance(node, exp.Literal) and not node.is_string:
            index = int(node.this) - 1
            if not 0 <= index < len(query.order):
                raise Unproved("a position outside the select list", node)
            return query.order[index]
        if isinstance(node, exp.Column) and not node.table:
            name = fold(node.this)
            if name in query.columns and (
                output_first or not any(item.lookup(name) for item in query.items)
            ):
                return query.columns[name]
        return evaluate(node, scope)

    def conjunct(self, node: exp.Expr, scope: Scope) -> Conjunct:
        while isinstance(node, exp.Paren):
            node = node.this
        if isinstance(node, exp.Binary) and isinstance(node, exp.Predicate):
            left, right = evaluate(node.this, scope), evaluate(node.expression, scope)
            return Conjunct(node, Column("", Hop.CONDITION, (left, right), node), left, right)
        if isinstance(node, exp.Or):
            parts = tuple(self.conjunct(part, scope) for part in (node.this, node.expression))
            flat = tuple(one for part in parts for one in (part.alternatives or (part,)))
            values = tuple(part.value for part in parts)
            return Conjunct(node, Column("", Hop.CONDITION, values, node), alternatives=flat)
        return Conjunct(node, evaluate(node, scope))

    # -- other relations --------------------------------------------------------------------------

    def _set_operation(
        self, tree: exp.SetOperation, ctes: dict[str, Query], outer: Query | None, name: str
    ) -> Query:
        _only(tree, "this", "expression", "distinct", "with_", "order", "limit", "offset")
        left = self.build(tree.this, ctes, outer, name)
        right = self.build(tree.expression, ctes, outer, name)
        if len(left.order) != len(right.order):
            raise Unproved("branches with different numbers of columns", tree)
        kind = tree.key
        if kind == "union" and not tree.args.get("distinct"):
            kind = "union all"
        query = Query(kind, tree, name, outer, branches=[left, right])
        query.distinct = kind != "union all"
        if query.distinct:
            query.drops.append(Drop(kind, tree))
        for clause in ("limit", "offset"):
            if tree.args.get(clause):
                query.drops.append(Drop(clause, tree.args[clause]))
        for one, two in zip(left.order, right.order, strict=True):
            inputs = (one,) if kind == "except" else (one, two)
            _offer(query, Column(one.name, Hop.UNION, inputs, tree, kind, query=query))
        return query

    def _values(
        self, tree: exp.Values, ctes: dict[str, Query], outer: Query | None, name: str
    ) -> Query:
        query = Query("values", tree, name, outer)
        scope = Scope(self, query, ctes)
        rows = [[evaluate(cell, scope) for cell in row.expressions] for row in tree.expressions]
        if not rows or len({len(row) for row in rows}) != 1:
            raise Unproved("a list of values of different lengths", tree)
        for index, cells in enumerate(zip(*rows, strict=True)):
            _offer(query, Column(f"column{index + 1}", Hop.CHOICE, cells, tree, "values"))
        return query

    def _table_statement(
        self, tree: exp.Table, ctes: dict[str, Query], outer: Query | None, name: str
    ) -> Query:
        raise Unproved("a table where a query was expected", tree)


@dataclass
class Scope:
    """Where an expression stands: what its names mean, and what it tells its query."""

    builder: Builder
    query: Query
    ctes: dict[str, Query]
    aggregates: bool = False
    set_returning: exp.Expr | None = None

    def subquery(self, node: exp.Expr) -> Query:
        query = self.builder.build(node, self.ctes, self.query, "")
        self.query.nested.append(query)
        return query

    def column(self, node: exp.Column) -> Column:
        """Resolve a name as Postgres does: this FROM first, then the queries around it."""
        if any(node.args.get(part) for part in ("db", "catalog")):
            raise Unproved("a column named through its schema", node)
        name = fold(node.this)
        table = fold(node.args["table"]) if node.args.get("table") else None
        query: Query | None = self.query
        crossed: list[Query] = []
        while query is not None:
            found = _find(query, table, name, node)
            if found is not None:
                for inner in crossed:
                    inner.correlated = True
                self.builder.touched.append((found, node))
                return found
            crossed.append(query)
            query = query.outer
        raise Unproved(
            f"the column {node.sql(dialect='postgres')} is in no relation of the FROM", node
        )


def _only(node: exp.Expr, *understood: str) -> None:
    """Refuse what this walk does not know of: a new version of the parser may know of more."""
    if extra := said(node) - set(understood):
        raise Unproved(f"{node.key} with {', '.join(sorted(extra))}: not understood here", node)


def _find(query: Query, table: str | None, name: str, node: exp.Expr) -> Column | None:
    if table is None and name in query.merged:
        column = query.merged[name]
        return Column(name, column.hop, column.inputs, node, column.how, column.item)
    items = [item for item in query.items if table in (None, item.alias)]
    hits = [item for item in items if item.lookup(name)]
    if len(hits) > 1:
        raise Unproved(f"the column {name} is in more than one relation of the FROM", node)
    if hits:
        return _reference(hits[0], name, node)
    whole = [item for item in query.items if item.alias == name] if table is None else []
    if whole:
        columns = tuple(_reference(whole[0], one, node) for one in whole[0].names())
        return Column(name, Hop.WHOLE_ROW, columns, node, "whole row")
    return None


def _reference(item: Item, name: str, node: exp.Expr) -> Column:
    column = item.lookup(name)
    if column is None:
        raise Unproved(f"{item.alias} has no column {name}", node)
    if isinstance(item.relation, Query) and item.renamed.get(name, name) in item.relation.ambiguous:
        raise Unproved(f"{item.alias} has two columns named {name}", node)
    return Column(name, Hop.COPY, (column,), node, item=item)


def _offer(query: Query, column: Column) -> None:
    if column.name in query.columns:
        query.ambiguous.add(column.name)
    column.query = column.query or query
    query.columns[column.name] = column
    query.order.append(column)


def _default_name(node: exp.Expr) -> str:
    """What Postgres calls an expression without an alias."""
    while isinstance(node, (exp.Cast, exp.Paren)):
        node = node.this
    if isinstance(node, exp.Column):
        return fold(node.this)
    if isinstance(node, exp.Window):
        node = node.this
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower()
    if isinstance(node, exp.Func):
        return node.sql_name().lower()
    return "?column?"


def fold(identifier: exp.Expr | str) -> str:
    """A name as Postgres stores it."""
    if isinstance(identifier, exp.Identifier):
        return (
            str(identifier.this) if identifier.args.get("quoted") else str(identifier.this).lower()
        )
    return identifier.name.lower() if isinstance(identifier, exp.Expr) else identifier.lower()


def conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions that AND joins, brackets opened: `a and (b and c)` is three."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.And):
        yield from conjuncts(node.this)
        yield from conjuncts(node.expression)
    else:
        yield node

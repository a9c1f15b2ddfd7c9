"""Scopes: what a SELECT offers, where it comes from, which rows stay.

They keep what sqlglot's own lineage does not: every hop (`path.Column`), the join predicates, the
side an outer join keeps, and everything that can drop a row. `builder` makes them from a syntax
tree.

A name is resolved as Postgres resolves it: a column is looked for in this FROM first, then in the
queries around it. What cannot be resolved raises `Unproved`: never a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from sqlglot import exp

from outreach_hub.proof.dialect import spoken
from outreach_hub.proof.names import fold
from outreach_hub.proof.path import Column, Hop
from outreach_hub.proof.unproved import Unproved

if TYPE_CHECKING:
    from outreach_hub.proof.builder import Builder

_SYSTEM = {"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"}
"""Columns that every table has, and no list of its columns."""
_CALLS = {"current_role", "system_user", "user"}
"""Functions that Postgres calls by their name alone; the parser takes them for columns."""


@dataclass(eq=False, repr=False)
class Leaf:
    """A relation that exists outside the statement: a source, a model, or the model's own table."""

    node_id: str
    shown: str
    columns: dict[str, Column]
    is_this: bool = False
    has_others: bool = False
    """It may have columns that no YAML lists: a source, and a table that is never made anew."""

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


def only(node: exp.Expr, *understood: str) -> None:
    """Refuse what this walk does not know of: a new version of the parser may know of more."""
    if extra := said(node) - set(understood):
        raise Unproved(f"{node.key} with {', '.join(sorted(extra))}: not understood here", node)


_WRITTEN_OUT = (
    *(exp.Literal, exp.Null, exp.Interval, exp.Var, exp.Cast, exp.DataType, exp.DataTypeParam),
    *(exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Paren),
    *(exp.Limit, exp.Offset, exp.Fetch, exp.LimitOptions),
)


def written_out(node: exp.Expr) -> None:
    """Refuse what is no number or interval as it stands, where nothing else can be followed.

    How many rows there are tells of whatever it was counted from, and is in no column's path.
    """
    for part in node.walk():
        if not isinstance(part, _WRITTEN_OUT):
            raise Unproved(
                "how many rows there are is computed",
                node,
                fix="Write the number out, or number the rows by row_number() and compare that.",
            )


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
    renamed: dict[str, str] = field(default_factory=dict)

    @property
    def is_nameless(self) -> bool:
        """It may have a column of which only the engine knows what it is called."""
        is_function = isinstance(self.relation, Query) and self.relation.kind == "function"
        return is_function or any(name.startswith(NAMELESS) for name in self.names())

    @property
    def may_have_others(self) -> bool:
        """A table may have columns that no YAML lists, and so has what takes a star of one."""
        return isinstance(self.relation, Leaf) or any(self.relation.places)

    def lookup(self, name: str) -> Column | None:
        """The column that this name means; none is meant by the name of a nameless one."""
        return None if name.startswith(NAMELESS) else self._find(name)

    def _find(self, name: str) -> Column | None:
        if self.renamed:
            if name not in self.renamed:
                return None
            name = self.renamed[name]
        return self.relation.columns.get(name)

    def names(self) -> list[str]:
        return list(self.renamed or self.relation.columns)

    def place(self, name: str) -> Place:
        """The place that a star gives one of its columns."""
        name = self.renamed.get(name, name)
        if isinstance(self.relation, Leaf):
            return self.relation.node_id, name
        if self.relation.kind == "function":
            return self.alias, name
        return self.relation.places[list(self.relation.columns).index(name)]

    def reference(self, name: str, node: exp.Expr) -> Column:
        """One of its columns, as an expression of its query has it."""
        column = self._find(name)
        if column is None:
            raise Unproved(f"`{self.alias}` has no column {name}", node)
        relation = self.relation
        if isinstance(relation, Query) and self.renamed.get(name, name) in relation.ambiguous:
            raise Unproved(f"`{self.alias}` has two columns named {name}", node)
        return Column(name, Hop.COPY, (column,), node, item=self)

    @property
    def bears_identity(self) -> bool:
        return self.relation.bears_identity


Place = tuple[str, str] | None
"""A column that a star takes from a relation outside the statement: its YAML says which columns it
has, and not in which order; or from a function, which may have more than are named. None where the
SQL itself says what comes where."""


@dataclass(frozen=True)
class Drop:
    """A construct that can lose a row, or fold several into one."""

    what: str
    node: exp.Expr | None


SETS_OF_KEYS = (exp.GroupingSets, exp.Rollup, exp.Cube)
"""What a GROUP BY may have in the place of a key."""
NAMELESS = "?column?"
"""How a column is called whose name is not sure."""
UNWRITTEN = "unwritten"
"""The kind of a CTE that is read, as WITH RECURSIVE lets it be, before it is written."""


@dataclass(eq=False, repr=False)
class Query:
    """A scope: a SELECT, a set operation, VALUES, or a function in a FROM."""

    kind: str  # select | union all | union | except | intersect | values | function
    node: exp.Expr
    name: str = ""
    outer: Query | None = None
    columns: dict[str, Column] = field(default_factory=dict)
    order: list[Column] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    """Of each column in order: whether its place is known."""
    items: list[Item] = field(default_factory=list)
    branches: list[Query] = field(default_factory=list)
    where: list[Conjunct] = field(default_factory=list)
    having: list[Conjunct] = field(default_factory=list)
    chosen_by: list[Column] = field(default_factory=list)
    """What decides which of its rows stay, here or further out: DISTINCT ON, and any ORDER BY."""
    drops: list[Drop] = field(default_factory=list)
    group: list[Column] = field(default_factory=list)
    nulled: list[Column] = field(default_factory=list)
    """Keys of the group that some of its sets do without, and have null."""
    nested: list[Query] = field(default_factory=list)
    merged: dict[str, Column] = field(default_factory=dict)
    ambiguous: set[str] = field(default_factory=set)
    looks_at: list[Query] = field(default_factory=list)
    """Queries around it whose rows its expressions read."""
    aggregated: bool = False
    distinct: bool = False
    takes_all: bool = False
    """A star takes columns that may be more than are listed."""

    @property
    def has_others(self) -> bool:
        return self.takes_all or any(branch.has_others for branch in self.branches)

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

    @property
    def correlated(self) -> bool:
        """It, or a part of it, looks at a row outside of it."""
        parts = set(self.walk())
        return any(outside not in parts for part in parts for outside in part.looks_at)

    def by_place(self, count: int, node: exp.Expr | None) -> None:
        """Refuse what goes by the places of its first columns, where a star may give others."""
        if any(self.places[:count]):
            raise Unproved(
                "columns that go by their place, after a star over a table that may have others",
                node,
                fix="Name the columns, in place of the star.",
            )

    def offer(self, column: Column, place: Place = None) -> None:
        """One more column of its result."""
        if column.name in self.columns:
            self.ambiguous.add(column.name)
        column.query = column.query or self
        self.columns[column.name] = column
        self.order.append(column)
        self.places.append(place)

    def tests(self) -> list[Conjunct]:
        """What its WHERE and its joins ask of a row."""
        return [*self.where, *(test for item in self.items for test in item.on)]

    def expressions(self) -> Iterator[Column]:
        """All that it says of a row: what it is asked for, what it is told, and by what."""
        yield from (test.value for test in (*self.tests(), *self.having))
        yield from (*self.order, *self.group, *self.chosen_by)
        if self.branches and self.distinct:  # rows of the one that are, or are not, in the other
            for pair in zip(*(branch.order for branch in self.branches), strict=True):
                yield Column("", Hop.CONDITION, pair, self.node)

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
        """Resolve a name as Postgres does: this FROM first, then the queries around it.

        A relation's name alone is its whole row where no query around has such a column.
        """
        if any(node.args.get(part) for part in ("db", "catalog")):
            raise Unproved("a column named through its schema", node)
        name = fold(node.this)
        table = fold(node.args["table"]) if node.args.get("table") else None
        is_call = name in _CALLS and not node.this.args.get("quoted")
        if table is None and (is_call or name in _SYSTEM):
            raise Unproved(f"{name} without its relation: a column, or what every table has", node)
        found = self._outward(lambda query: _column(query, name, node, table), node)
        if found is None and table is None:
            found = self._outward(lambda query: _whole_row(query, name, node), node)
        if found is None:
            raise _nowhere(node, self.query.items)
        self.builder.touched.append((found, node))
        return found

    def whole_row(self, node: exp.Column) -> Column:
        """`t.*` where a value has to be: all of its columns."""
        name = fold(node.args["table"])
        found = self._outward(lambda query: _whole_row(query, name, node), node)
        if found is None:
            raise _nowhere(node, self.query.items)
        self.builder.touched.append((found, node))
        return found

    def _outward(self, look: Callable[[Query], Column | None], node: exp.Column) -> Column | None:
        query: Query | None = self.query
        passed: list[Item] = []
        while query is not None:
            found = look(query)
            if found is not None:
                if query is not self.query:
                    self.query.looks_at.append(query)
                    unsure = next((item for item in passed if item.may_have_others), None)
                    if unsure is not None and not node.args.get("table"):
                        raise _of_whom(node, unsure)
                return found
            passed += query.items
            query = query.outer
        return None


def _column(query: Query, name: str, node: exp.Expr, table: str | None) -> Column | None:
    if table is None and name in query.merged:
        column = query.merged[name]
        return Column(name, column.hop, column.inputs, node, column.how, column.item)
    items = [item for item in query.items if table in (None, item.alias)]
    hits = [item for item in items if item.lookup(name)]
    if len(hits) > 1:
        raise Unproved(f"the column {name} is in more than one relation of the FROM", node)
    if hits:
        return hits[0].reference(name, node)
    nameless = next((item for item in items if item.is_nameless), None)
    if table is None and nameless is not None:
        raise _of_whom(node, nameless)
    if table is not None and items:  # to Postgres a function of its row: no name of one further out
        raise _nowhere(node, items)
    return None


def _whole_row(query: Query, name: str, node: exp.Expr) -> Column | None:
    for item in query.items:
        if item.alias == name:
            if item.relation.has_others:
                raise Unproved(
                    f"`{name}` as a whole row: it may have columns that no YAML lists",
                    node,
                    fix="Name the columns: jsonb_build_object('x', y.x).",
                )
            columns = tuple(item.reference(one, node) for one in item.names())
            return Column(name, Hop.WHOLE_ROW, columns, node, "whole row")
    return None


def _of_whom(node: exp.Expr, item: Item) -> Unproved:
    name = node.sql(dialect=spoken())
    return Unproved(
        f"{name} may be a column of `{item.alias}`, or of a query further out",
        node,
        fix="Say whose it is: relation.column. Name each column of a query in a FROM.",
    )


def _nowhere(node: exp.Expr, items: list[Item]) -> Unproved:
    name = node.sql(dialect=spoken())
    offered = [each for item in items for each in (item.alias, *item.names())]
    alike = get_close_matches(name.rpartition(".")[2], offered, 1)
    return Unproved(
        f"the column {name} is in no relation of the FROM",
        node,
        fix=f"Is it {alike[0]}? What a table has, its YAML lists." if alike else "",
    )

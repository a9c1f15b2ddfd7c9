"""Scopes: what a SELECT offers, where it comes from, which rows stay.

They keep what sqlglot's own lineage does not: every hop (`path.Column`), the join predicates, the
side an outer join keeps, and everything that can drop a row. `builder` makes them from a syntax
tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from outreach_hub.proof.path import Column, Hop
from outreach_hub.proof.unproved import Unproved


@dataclass(eq=False, repr=False)
class Leaf:
    """A relation that exists outside the statement: a source, a model, or the model's own table."""

    node_id: str
    shown: str
    columns: dict[str, Column]
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
    renamed: dict[str, str] = field(default_factory=dict)

    @property
    def is_nameless(self) -> bool:
        """It may have a column of which only the engine knows what it is called."""
        is_function = isinstance(self.relation, Query) and self.relation.kind == "function"
        return is_function or any(name.startswith(NAMELESS) for name in self.names())

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
    """What decides which of its rows stay: DISTINCT ON, and the ORDER BY of a limit or of that."""
    drops: list[Drop] = field(default_factory=list)
    group: list[Column] = field(default_factory=list)
    nested: list[Query] = field(default_factory=list)
    merged: dict[str, Column] = field(default_factory=dict)
    ambiguous: set[str] = field(default_factory=set)
    looks_at: list[Query] = field(default_factory=list)
    """Queries around it whose rows its expressions read."""
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

"""A model's query, column by column: what a column is made of, and what else it depends on.

sqlglot writes the query out (every star expanded, every column by its table) and leaves out what
nobody asks for. What it cannot follow is `Unclear`, and then nothing may be concluded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

DIALECT = "postgres"

Schema = Mapping[str, Mapping[str, str]]
"""The types of the columns of each relation, by the name that `tables` gives it."""


class Unclear(Exception):
    """The query cannot be followed column by column."""


@dataclass(frozen=True)
class Query:
    """A query written out, of which some columns are wanted."""

    tree: exp.Expr

    @classmethod
    def of(
        cls, text: str, columns: Sequence[str], tables: Mapping[str, str], schema: Schema
    ) -> Query:
        """The columns of a compiled model.

        `tables` names each relation as both sides of a comparison know it, by how dbt writes it.
        """
        try:
            body = parse_one(text, dialect=DIALECT)
            _refuse_the_unclear(body)
            for table in list(body.find_all(exp.Table)):
                _name_alike(table, tables)
            wanted = [exp.column(exp.to_identifier(name, quoted=True), "model") for name in columns]
            whole = exp.select(*wanted).from_(
                exp.alias_(exp.Subquery(this=body), "model", table=True)
            )
            return cls(qualify(whole, dialect=DIALECT, schema={**schema}))
        except SqlglotError as error:
            raise Unclear(str(error)) from None

    def only(self, columns: Collection[str]) -> Query:
        """The same rows, with these columns alone and whatever they are made of."""
        tree = self.tree.copy()
        assert isinstance(tree, exp.Select)
        tree.set("expressions", [each for each in tree.selects if each.alias_or_name in columns])
        try:
            return Query(pushdown_projections(tree))
        except SqlglotError as error:
            raise Unclear(str(error)) from None

    @property
    def text(self) -> str:
        """Queries of the same text yield the same rows."""
        return self.tree.sql(DIALECT, comments=False)

    @property
    def reads(self) -> frozenset[tuple[str, str]]:
        """Every column that the rows depend on: of a select list, a join, a filter, a window."""
        if next(self.tree.find_all(exp.TableColumn), None):
            raise Unclear("a whole row is read")
        found: set[tuple[str, str]] = set()
        for scope in traverse_scope(self.tree):
            for column in scope.columns:
                source = scope.sources.get(column.table)
                if isinstance(source, exp.Table):
                    found.add((source.name, column.name))
                elif source is None and column not in scope.external_columns:
                    raise Unclear(f"{column.sql(DIALECT)} is of no relation that is named")
        return frozenset(found)


def _refuse_the_unclear(body: exp.Expr) -> None:
    """What would read columns, or make rows, that the written-out text does not show."""
    if not isinstance(body, exp.Query):
        raise Unclear("it is no query")
    for join in body.find_all(exp.Join):
        if join.method == "NATURAL":
            raise Unclear("a natural join goes by whatever columns there are")
    for select in body.find_all(exp.Select):
        for each in select.expressions:
            unknown = next(each.find_all(exp.Anonymous), None)
            if unknown:
                raise Unclear(f"{unknown.name}() may yield any number of rows")


def _name_alike(table: exp.Table, tables: Mapping[str, str]) -> None:
    """A relation by its shared name, which no CTE can have: it holds dots."""
    if not table.db:
        return  # a CTE
    written = ".".join(f'"{part.name}"' for part in table.parts)
    if written not in tables:
        raise Unclear(f"{written} is no relation of the project")
    alias = table.alias or table.name
    table.set("catalog", None)
    table.set("db", None)
    table.set("this", exp.to_identifier(tables[written], quoted=True))
    table.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))

"""Rows of companies that are ranked among those of all, ranked anew.

Where a model's rows are of one company each but for a window over all of them, the other companies'
rows are as they were, and so is every column but that one. It is made of the table's own columns,
so that the rows need not be: those that stand and those of the changed companies are ranked as they
lie there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql
from sqlglot import exp

from outreach_hub.database import trusted
from outreach_hub.doctrine import COMPANY_ID
from outreach_hub.proof.scope import said

if TYPE_CHECKING:
    import psycopg

    from outreach_hub.catalog.promises import Relation
    from outreach_hub.delta.merging import Part
    from outreach_hub.delta.scope import Scope

_ROW_BY_ROW = {"expressions", "from_", "with_", "where"}
"""What a query has that makes one row of each that it reads, or none."""


@dataclass(frozen=True)
class Ranking:
    """A model's columns that depend on rows of other companies."""

    windows: Mapping[str, str]
    """Each with its SQL, made of the other columns."""

    def concerns(self, test: Any) -> bool:
        """Whether a data test asks after one of these columns."""
        asked = f"{test.column_name} {test.test_metadata.kwargs} {test.config.where}"
        return any(name.lower() in asked.lower() for name in self.windows)


def ranking_of(
    query: exp.Select, dialect: str, cut: Collection[str] = frozenset()
) -> Ranking | None:
    """What a query ranks, where it does nothing else with rows of more than one company.

    A window is made of columns that the query passes on as they are, and that are not `cut` where
    they are kept.
    """
    if not said(query) <= _ROW_BY_ROW:
        return None
    ranked = {each.alias: each.unalias() for each in query.selects if each.find(exp.Window)}
    passed = {
        each.alias_or_name
        for each in query.selects
        if isinstance(made := each.unalias(), exp.Column) and made.name == each.alias_or_name
    }.difference(cut)
    for name, made in ranked.items():
        columns = {column.name for column in made.find_all(exp.Column)}
        if not name or not isinstance(made, exp.Window) or not columns <= passed:
            return None
    return Ranking({name: _unqualified(made).sql(dialect) for name, made in ranked.items()})


def ranked_anew(
    connection: psycopg.Connection[Any],
    node: Any,
    scope: Scope,
    part: Part,
    changed: Relation,
) -> sql.Identifier | None:
    """A relation of all rows of a ranking; None of another model.

    `part` has those of the changed companies.
    """
    ranking = scope.short_cuts.get(node.unique_id)
    if not isinstance(ranking, Ranking):
        return None
    rows = sql.Identifier("pg_temp", f"ranked_{node.name}")
    made = [
        sql.SQL("cast({} as {}) as {}").format(
            trusted(ranking.windows[name]), trusted(column.data_type), sql.Identifier(name)
        )
        if name in ranking.windows
        else sql.Identifier(name)
        for name, column in node.columns.items()
    ]
    plain = [sql.Identifier(name) for name in node.columns if name not in ranking.windows]
    connection.execute(
        sql.SQL(
            """
            create table {rows} as
            select {made}
            from (
                select {plain} from {table}
                where {company} not in (select {company} from {changed})
                union all
                select {plain} from {part}
            ) as ranked
            """
        ).format(
            rows=rows,
            made=sql.SQL(", ").join(made),
            plain=sql.SQL(", ").join(plain),
            table=part.table.identifier,
            company=sql.Identifier(COMPANY_ID),
            changed=changed.identifier,
            part=part.rows,
        )
    )
    return rows


def _unqualified(window: exp.Expr) -> exp.Expr:
    return window.transform(
        lambda each: exp.column(each.name, quoted=True) if isinstance(each, exp.Column) else each
    )

"""Rows that are brought together by an id that they do not have.

A record need not name a campaign, and those that name none are of many companies: a window by
`campaign_id` takes them for one. That does no harm where an id cannot be absent, by a test or by
what a query asks for, nor where those rows go no further, for a join by the id finds none of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from outreach_hub.doctrine import COMPANY_ID, GATE
from outreach_hub.proof.graph import WEAK
from outreach_hub.proof.scope import said

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


@dataclass(frozen=True)
class Present:
    """The ids that the rows of a model or of a source have, each of them."""

    of_models: Mapping[str, frozenset[str]]
    of_itself: frozenset[str] = frozenset()
    """What the model that reads them is tested for: it would have a source's rows without."""

    def has(self, table: str, name: str) -> bool:
        return name == COMPANY_ID or name in self.of_models.get(table, self.of_itself)


def present_by_tests(manifest: Manifest) -> dict[str, frozenset[str]]:
    """Columns that are never null, by the unique id of each model."""
    found: dict[str, set[str]] = {
        unique_id: set()
        for unique_id, node in manifest.nodes.items()
        if node.resource_type == "model"
    }
    for test in manifest.nodes.values():
        metadata: Any = getattr(test, "test_metadata", None)
        if (
            metadata
            and (columns := found.get(getattr(test, "attached_node", None) or "")) is not None
        ):
            if metadata.name == GATE:
                columns.add(metadata.kwargs["key"])
            elif metadata.name == "not_null" and _holds(test.config):
                columns.add(test.column_name)
    return {unique_id: frozenset(columns) for unique_id, columns in found.items()}


def _holds(config: Any) -> bool:
    """Whether a build with a row that fails the test is none."""
    weakening = ("severity", "where", "fail_calc", "error_if")
    return not any(WEAK[name](getattr(config, name)) for name in weakening)


def brings_together(select: exp.Select, by: Collection[exp.Column], present: Present) -> bool:
    """Whether a query takes rows that have none of these ids for one another's, and shows it."""
    if any(_is_present(select, column, present) for column in by):
        return False
    return _is_seen(
        select, [name for each in by for name in _passed(select, each.table, each.name)]
    )


def may_lack(query: exp.Expr, name: str, present: Present) -> bool:
    """Whether a query shows an id that some of its rows may not have, and is not tested for it."""
    if name in present.of_itself or not _shows(query, name):
        return False
    return not _has(query, name, present)


def _shows(query: exp.Expr, name: str) -> bool:
    while isinstance(query, (exp.Subquery, exp.SetOperation)):
        query = query.this
    return isinstance(query, exp.Select) and any(_shown_as(query, name))


def _is_present(select: exp.Select, column: exp.Column, present: Present) -> bool:
    if _asks_for(select, column.table, column.name):
        return True
    joins = select.args.get("joins") or []
    if not any(join.side in ("RIGHT", "FULL") for join in joins) and any(
        not join.side and _is_by(join, column.table, column.name) for join in joins
    ):
        return True
    source = _source(select, column.table)
    return source is not None and _has(source, column.name, present)


def _source(select: exp.Select, table: str) -> exp.Expr | None:
    """What a query reads under a name, unless it may have no row beside one of the others."""
    if not select.args.get("from_"):
        return None
    joins = select.args.get("joins") or []
    read: list[exp.Expr] = [select.args["from_"].this, *(join.this for join in joins)]
    for place, source in enumerate(read):
        if source.alias_or_name == table or (not table and len(read) == 1):
            is_optional = place and joins[place - 1].side in ("LEFT", "FULL")
            if is_optional or any(join.side in ("RIGHT", "FULL") for join in joins[place:]):
                return None
            return source
    return None


def _has(source: exp.Expr, name: str, present: Present) -> bool:
    if isinstance(source, exp.Table):
        root = source.root()
        named = [
            cte for cte in root.find_all(exp.CTE) if cte.alias == source.name and not source.db
        ]
        if not named:
            return present.has(source.name, name)
        reads_itself = any(each.args.get("recursive") for each in root.find_all(exp.With))
        return len(named) == 1 and not reads_itself and _has(named[0].this, name, present)
    if isinstance(source, exp.Subquery):
        return _has(source.this, name, present)
    if isinstance(source, exp.SetOperation):
        return _has(source.left, name, present) and _has(source.right, name, present)
    if not isinstance(source, exp.Select):
        return False
    columns = list(_shown_as(source, name))
    return bool(columns) and all(_is_present(source, column, present) for column in columns)


def _shown_as(select: exp.Select, name: str) -> Iterator[exp.Column]:
    """The columns that a query may show under a name."""
    for projection in select.selects:
        if projection.is_star:
            yield exp.column(name, getattr(projection, "table", "") or None)
        elif projection.alias_or_name == name:
            made = projection.unalias()
            while isinstance(made, (exp.Cast, exp.Collate)):
                made = made.this
            yield made if isinstance(made, exp.Column) else exp.column("")


def _passed(select: exp.Select, table: str, name: str) -> list[str]:
    """The name of a column of something that a query reads, where the query shows it."""
    shown = list(_shown_as(select, name))
    if len(shown) == 1 and shown[0].name == name and shown[0].table in ("", table):
        return [name]
    return []


def conjuncts(condition: exp.Expr | None) -> list[exp.Expr | None]:
    """The conditions that AND joins; one, or none, where it joins nothing."""
    return list(condition.flatten()) if isinstance(condition, exp.And) else [condition]


def _asks_for(select: exp.Select, table: str, name: str) -> bool:
    where = select.args.get("where")
    if not where:
        return False
    return any(
        isinstance(each, exp.Is)
        and each.args.get("negate")
        and isinstance(each.expression, exp.Null)
        and isinstance(each.this, exp.Column)
        and each.this.name == name
        and each.this.table in ("", table)
        for each in conjuncts(where.this)
    )


def _is_seen(query: exp.Expr, names: Collection[str]) -> bool:
    """Whether the rows of a query that have null under all of these names come to be a model's."""
    around = query.parent
    if isinstance(around, exp.SetOperation):
        return _is_seen(around, names)
    if isinstance(around, exp.Subquery):
        reading: list[exp.Expr] = [around]
    elif isinstance(around, exp.CTE):
        reading = [
            table
            for table in around.root().find_all(exp.Table)
            if not table.db
            and table.name == around.alias
            and table.find_ancestor(exp.CTE) is not around
        ]
    else:
        return True
    return any(_is_shown(each, names) for each in reading)


def _is_shown(read: exp.Expr, names: Collection[str]) -> bool:
    select = read.find_ancestor(exp.Select)
    if select is None or not isinstance(read.parent, (exp.From, exp.Join)):
        return True
    table = read.alias_or_name
    for join in select.args.get("joins") or ():
        drops = not join.side or (join.side == "LEFT" and join.this is read)
        if drops and any(_is_by(join, table, name) for name in names):
            return False
    if any(_asks_for(select, table, name) for name in names):
        return False
    passed = [each for name in names for each in _passed(select, table, name)]
    return not passed or _compares_rows(select) or _is_seen(select, passed)


def _compares_rows(select: exp.Select) -> bool:
    """Whether rows of a query that have an id may come to something else by those that do not."""
    return not said(select).isdisjoint(("group", "having", "distinct")) or any(
        each.find_ancestor(exp.Select) is select for each in select.find_all(exp.Window)
    )


def _is_by(join: exp.Join, table: str, name: str) -> bool:
    return any(
        isinstance(each, exp.EQ)
        and any(
            isinstance(side, exp.Column) and side.name == name and side.table == table
            for side in (each.left, each.right)
        )
        for each in conjuncts(join.args.get("on"))
    )

"""Counts over all companies, brought up to date by those of the companies that changed.

A model that does nothing but count rows of companies (`select day, count(*) ... group by day`) is
the sum of what it comes to for some companies and for the others. So what the changed companies
were counted as is taken off what stands, and what they are counted as now is added: none of the
others' rows is read. A count of distinct ids is one too, since no two companies share an id.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql
from sqlglot import exp

from outreach_hub.catalog.promises import TABLE_MATERIALIZATIONS, Relation, relation_of
from outreach_hub.database import trusted
from outreach_hub.delta.fingerprints import of_changed
from outreach_hub.proof.scope import said

if TYPE_CHECKING:
    import psycopg
    from dbt.contracts.graph.manifest import Manifest
    from typing_extensions import LiteralString

    from outreach_hub.delta.merging import Part
    from outreach_hub.delta.scope import Scope
    from outreach_hub.delta.small_hub import SmallHub

_GROUPS_OF_ONE = {"expressions", "from_", "with_", "where", "group"}
"""What a query has that reads one thing, and keeps every group of it."""


@dataclass(frozen=True)
class Tally:
    """A model's columns, apart."""

    plain: tuple[str, ...]
    """What it groups by, and what is made of that alone."""
    counts: tuple[str, ...]


def tally_of(query: exp.Select, grouped: Collection[exp.Expr], ids: frozenset[str]) -> Tally | None:
    """What a query counts, where it does nothing else with rows of more than one company.

    `grouped` is what it groups by, `ids` are the columns whose values no two companies share.
    """
    if not grouped or not said(query) <= _GROUPS_OF_ONE:
        return None
    if said(query.args["group"]) != {"expressions"}:
        return None
    shown = [projection.unalias() for projection in query.selects]
    if any(each not in shown for each in grouped):
        return None
    plain, counts = [], []
    for projection in query.selects:
        made = projection.unalias()
        if not projection.alias and not isinstance(made, exp.Column):
            return None  # Postgres names it
        if isinstance(made, exp.Count) and _adds_up(made, ids):
            counts.append(projection.alias_or_name)
        elif made in grouped or _is_made_of(made, grouped):
            plain.append(projection.alias_or_name)
        else:
            return None
    return Tally(tuple(plain), tuple(counts)) if counts else None


def _adds_up(count: exp.Count, ids: frozenset[str]) -> bool:
    """Whether the count of some companies and that of others are together the count of all."""
    told_apart = count.this
    if not isinstance(told_apart, exp.Distinct):
        return True
    return len(told_apart.expressions) == 1 and _is_id(told_apart.expressions[0], ids)


def _is_id(made: exp.Expr | None, ids: frozenset[str]) -> bool:
    """Whether an expression comes to an id, or to nothing."""
    if isinstance(made, exp.Case):
        results = [each.args["true"] for each in made.args["ifs"]] + [made.args.get("default")]
        return all(_is_id(each, ids) for each in results)
    if isinstance(made, exp.Column):
        return made.name in ids
    return made is None or isinstance(made, exp.Null)


def _is_made_of(made: exp.Expr, grouped: Collection[exp.Expr]) -> bool:
    return not made.find(exp.AggFunc) and all(
        column in grouped for column in made.find_all(exp.Column)
    )


class Standing:
    """What the changed companies were counted as, before their rows are replaced."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        small: SmallHub,
        scope: Scope,
    ) -> None:
        self.connection = connection
        self.small = small
        self.tallies = {
            unique_id: tally
            for unique_id, tally in scope.short_cuts.items()
            if isinstance(tally, Tally)
        }
        self.schema = small.standing
        self.counted: dict[str, Relation] = {}

    def take(self, manifest: Manifest, compiled: Mapping[str, str]) -> None:
        """Runs the tallies over production's rows of the changed companies.

        Not those that read a view: it shows what has been landed since.
        """
        self._execute("create schema {schema}", schema=sql.Identifier(self.schema))
        for unique_id in self.tallies:
            node = manifest.nodes[unique_id]
            text = compiled[unique_id]
            for parent in map(manifest.nodes.__getitem__, node.depends_on_nodes):
                built = relation_of(parent)
                seen = Relation(self.schema, f"{node.name}__{built.name}")
                named = built.identifier.as_string()
                if parent.config.materialized not in TABLE_MATERIALIZATIONS or named not in text:
                    break
                text = text.replace(named, seen.identifier.as_string())
                self._execute(
                    "create view {seen} as select * from {table} {of_changed}",
                    seen=seen.identifier,
                    table=Relation(self.small.moved[built.schema], built.name).identifier,
                    of_changed=of_changed(self.small.changed),
                )
            else:
                counted = Relation(self.schema, node.name)
                query = trusted(self.small.in_production(text))
                self._execute(
                    "create table {table} as {query}", table=counted.identifier, query=query
                )
                self.counted[unique_id] = counted

    def brought_up(self, node: Any, part: Part) -> sql.Identifier | None:
        """A relation of all rows that a tally comes to now. `part` has those of the small hub.

        None where there is none, or it cannot be told whether a group is still there: nothing that
        was counted of it is left, and it may have rows that count as nothing.
        """
        counted = self.counted.get(node.unique_id)
        if counted is None:
            return None
        tally = self.tallies[node.unique_id]
        counts = [sql.Identifier(name) for name in tally.counts]
        sums = [sql.SQL("sum({})").format(each) for each in counts]
        types = [trusted(node.columns[name].data_type) for name in tally.counts]
        now = Relation(self.schema, f"{node.name}__now").identifier
        self._execute(
            """
            create table {now} as
            select
                {plain},
                {typed_sums},
                least({sums}) < 0
                or (greatest({sums}) = 0 and bool_or(part = 'was') and not bool_or(part = 'is'))
                    as is_in_doubt
            from (
                select {plain}, {counts}, 'stands' as part from {table}
                union all
                select {plain}, {less}, 'was' as part from {counted}
                union all
                select {plain}, {counts}, 'is' as part from {rows}
            ) as parts
            group by {plain}
            """,
            now=now,
            plain=_list(sql.Identifier(name) for name in tally.plain),
            counts=_list(counts),
            less=_list(sql.SQL("-{0} as {0}").format(each) for each in counts),
            sums=_list(sums),
            typed_sums=_list(
                sql.SQL("cast({} as {}) as {}").format(*each)
                for each in zip(sums, types, counts, strict=True)
            ),
            table=part.table.identifier,
            counted=counted.identifier,
            rows=part.rows,
        )
        doubts = self._execute("select count(*) from {now} where is_in_doubt", now=now)
        return now if doubts.fetchone() == (0,) else None

    def _execute(self, statement: LiteralString, **names: sql.Composable) -> Any:
        return self.connection.execute(sql.SQL(statement).format(**names))


def _list(each: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(each)

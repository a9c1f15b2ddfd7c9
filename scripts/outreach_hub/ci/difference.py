"""How the rows of a rebuilt mart differ from production's, by its key.

Postgres compares, in a full join; what comes back are counts. The columns are looked at one by one,
and a handful of rows is fetched, only where there are any that differ: each costs a join more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from psycopg import sql

from outreach_hub.catalog import database
from outreach_hub.catalog.promises import Relation

if TYPE_CHECKING:
    import psycopg

WORK_MEM = "256MB"
"""Enough for a join of millions of rows to need no disk; one query at a time takes it."""


@dataclass(frozen=True)
class SampleRow:
    """One row that differs: its key, and of each differing column what it was and is."""

    change: str
    key: dict[str, str | None]
    values: dict[str, tuple[str | None, str | None]]


@dataclass(frozen=True)
class Difference:
    """A mart as it is built here, against what is published."""

    mart: str
    rows: int
    rows_before: int | None = None
    """None where production has no such mart."""
    key: tuple[str, ...] = ()
    added: int = 0
    removed: int = 0
    changed: int = 0
    columns: dict[str, int] | None = None
    """Rows changed, by column; of columns that both have, and that are not the key."""
    new_columns: tuple[str, ...] = ()
    lost_columns: tuple[str, ...] = ()
    sample: tuple[SampleRow, ...] = ()
    remark: str = ""

    @property
    def is_none(self) -> bool:
        return (
            self.rows_before is not None
            and not (self.added or self.removed or self.changed or self.remark)
            and not (self.new_columns or self.lost_columns)
        )


def compare_rows(
    connection: psycopg.Connection[Any], before: Relation, now: Relation, sample: int
) -> Difference:
    """The difference between two relations that should hold the same rows."""
    types = _columns(connection, now)
    types_before = _columns(connection, before)
    if not types_before:
        rows = _count(connection, now)
        return Difference(now.name, rows, remark="production has no such mart")
    key, key_before = _key(connection, now), _key(connection, before)
    shared = [name for name in types if name in types_before]
    alike = Difference(
        now.name,
        rows=0,
        key=key,
        new_columns=tuple(name for name in types if name not in types_before),
        lost_columns=tuple(name for name in types_before if name not in types),
    )
    if not key or set(key) != set(key_before):
        told = ", ".join(key_before) or "none"
        return replace(
            alike,
            rows=_count(connection, now),
            rows_before=_count(connection, before),
            remark=f"cannot be compared by row: its key is {', '.join(key) or 'none'} (was {told})",
        )
    compared = [name for name in shared if name not in key]
    joined = _Joined(before, now, key, {n: types[n] == types_before[n] for n in compared})
    connection.execute("select set_config('work_mem', %s, false)", [WORK_MEM])
    rows_before, rows, added, removed, changed = _one(connection, joined.counts())
    by_column = _one(connection, joined.changed_by_column()) if changed else [0] * len(compared)
    kinds = {"changed": changed, "added": added, "removed": removed}
    differing = [kind for kind, count in kinds.items() if count]
    return replace(
        alike,
        rows=rows,
        rows_before=rows_before,
        added=added,
        removed=removed,
        changed=changed,
        columns={n: count for n, count in zip(compared, by_column, strict=True) if count},
        sample=tuple(_sample(connection, joined, differing, sample)) if sample else (),
    )


@dataclass(frozen=True)
class _Joined:
    """Both relations, joined by the key. A column of another type is compared as text."""

    before: Relation
    now: Relation
    key: Sequence[str]
    columns: dict[str, bool]

    def counts(self) -> sql.Composed:
        """Rows before and now; added, removed and changed."""
        return sql.SQL("select {} {}").format(
            sql.SQL(", ").join(
                [
                    sql.SQL("count({})").format(self._is("before")),
                    sql.SQL("count({})").format(self._is("now")),
                    *map(_counted, (self.is_added, self.is_removed, self.is_changed)),
                ]
            ),
            self.tables,
        )

    def changed_by_column(self) -> sql.Composed:
        """Of each column, in how many rows that both have it differs. Twice the work of counts."""
        differing = sql.SQL(", ").join(_counted(self.differs(name)) for name in self.columns)
        return sql.SQL("select {} {} where {}").format(differing, self.tables, self.both)

    def rows(self, kinds: Sequence[str], limit: int) -> sql.Composed:
        """Up to `limit` rows of each of the kinds, in the order of the key."""
        conditions = {
            "changed": self.is_changed,
            "added": self.is_added,
            "removed": self.is_removed,
        }
        values = [
            sql.SQL("{}::text, {}::text").format(_of("before", name), _of("now", name))
            for name in self.columns
        ]
        keys = [
            sql.SQL("coalesce({}, {})").format(_of("now", name), _of("before", name))
            for name in self.key
        ]
        texts = [sql.SQL("{}::text").format(key) for key in keys]
        parts = [
            sql.SQL(
                "(select {kind}, {what} {tables} where {condition} order by {by} {limit})"
            ).format(
                kind=sql.Literal(kind),
                what=sql.SQL(", ").join([*texts, *values]),
                tables=self.tables,
                condition=conditions[kind],
                by=sql.SQL(", ").join(keys),
                limit=sql.SQL("limit {}").format(sql.Literal(limit)),
            )
            for kind in kinds
        ]
        return sql.SQL(" union all ").join(parts)

    @property
    def tables(self) -> sql.Composed:
        on = sql.SQL(" and ").join(
            sql.SQL("{} = {}").format(_of("before", name), _of("now", name)) for name in self.key
        )
        return sql.SQL("from {} as before full outer join {} as now on {}").format(
            self.before.identifier, self.now.identifier, on
        )

    def _is(self, side: str) -> sql.Composed:
        """The key's first column, which is never null in a row that is there."""
        return _of(side, self.key[0])

    @property
    def both(self) -> sql.Composed:
        template = sql.SQL("{} is not null and {} is not null")
        return template.format(self._is("before"), self._is("now"))

    @property
    def is_added(self) -> sql.Composed:
        return sql.SQL("{} is null").format(self._is("before"))

    @property
    def is_removed(self) -> sql.Composed:
        return sql.SQL("{} is null").format(self._is("now"))

    @property
    def is_changed(self) -> sql.Composed:
        if not self.columns:
            return sql.SQL("false").format()
        differs = sql.SQL(" or ").join(map(self.differs, self.columns))
        return sql.SQL("{} and ({})").format(self.both, differs)

    def differs(self, name: str) -> sql.Composed:
        cast = sql.SQL("" if self.columns[name] else "::text")
        template = sql.SQL("{}{} is distinct from {}{}")
        return template.format(_of("before", name), cast, _of("now", name), cast)


def _counted(condition: sql.Composed) -> sql.Composed:
    return sql.SQL("count(*) filter (where {})").format(condition)


def _of(side: str, column: str) -> sql.Composed:
    return sql.SQL("{}").format(sql.Identifier(side, column))


def _sample(
    connection: psycopg.Connection[Any], joined: _Joined, kinds: Sequence[str], limit: int
) -> Sequence[SampleRow]:
    rows: list[SampleRow] = []
    if not kinds:
        return rows
    width = len(joined.key)
    for kind, *cells in connection.execute(joined.rows(kinds, limit)):
        key = dict(zip(joined.key, cells[:width], strict=True))
        pairs = zip(cells[width::2], cells[width + 1 :: 2], strict=True)
        values = dict(zip(joined.columns, pairs, strict=True))
        if kind == "changed":
            values = {name: pair for name, pair in values.items() if pair[0] != pair[1]}
        else:
            values = {}
        rows.append(SampleRow(kind, key, values))
    return rows


def _columns(connection: psycopg.Connection[Any], relation: Relation) -> dict[str, str]:
    rows = connection.execute(
        """
        select attname, format_type(atttypid, atttypmod)
        from pg_attribute
        where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
        order by attnum
        """,
        [relation.identifier.as_string()],
    )
    return dict(rows.fetchall())


def _key(connection: psycopg.Connection[Any], relation: Relation) -> tuple[str, ...]:
    """The primary key, of the table behind a view too."""
    found = database.relations(connection, {relation.schema}).get(relation)
    if found is None:
        return ()
    keys = database.constraints(connection, [found.oid])[found.oid]
    columns = (each.constraint.columns for each in keys if each.constraint.kind == "primary key")
    return next(columns, ())


def _count(connection: psycopg.Connection[Any], relation: Relation) -> int:
    return int(_one(connection, sql.SQL("select count(*) from {}").format(relation.identifier))[0])


def _one(connection: psycopg.Connection[Any], query: sql.Composed) -> Sequence[Any]:
    row: Sequence[Any] | None = connection.execute(query).fetchone()
    assert row is not None
    return row

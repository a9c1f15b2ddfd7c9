"""The changed companies' rows in the place of the ones that production has, in one transaction.

A row that is as it was is not touched. What a published table loses or changes is kept beside it,
so that the version before is still there to be read, and to be gone back to: as views onto the
table without what is new, with what it had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from psycopg import sql

from outreach_hub.catalog import database
from outreach_hub.catalog.promises import Relation
from outreach_hub.database import exists
from outreach_hub.delta import BuildEverything
from outreach_hub.last_build import PLACE_OF_ROW, Rows

if TYPE_CHECKING:
    import psycopg

MOST_LOOKUPS = 100_000_000
"""Rows read to see that nothing refers to a row that goes: Postgres scans for each of them."""

MOST_FOUND = 0.1
"""The share of a table's rows up to which they are looked up by their keys."""


@dataclass(frozen=True)
class Part:
    """The new rows of one table of production."""

    table: Relation
    rows: sql.Composable
    """The relation that they are in."""
    standing: sql.Composable
    """The where clause of the table's rows that they take the place of."""
    kept: frozenset[str] = frozenset()
    """Columns that never change."""
    put_aside: Relation | None = None
    """Where what is replaced is kept."""


@dataclass(frozen=True)
class _Shape:
    """What the catalog says of a table."""

    columns: Sequence[str]
    key: Sequence[str]
    parents: frozenset[Relation]
    row_count: int


@dataclass(frozen=True)
class Merged:
    """What became of one table."""

    touched: int
    """How many rows came, went or changed."""
    more: Rows | None
    """By what its rows are more than before, and their places; None where so many were touched that
    it is quicker to read them all."""


def merge(connection: psycopg.Connection[Any], parts: Sequence[Part]) -> dict[Relation, Merged]:
    """Puts all parts in place, and says what became of each table.

    What comes, comes before what refers to it; what goes, goes when nothing does any more.
    """
    shapes = _shapes(connection, [part.table for part in parts])
    merges = [_Merge(connection, each, shapes[each.table]) for each in _in_order(parts, shapes)]
    for each in merges:
        each.find()
    referring = _referring_rows(shapes)
    for each in merges:
        if each.gone * referring.get(each.part.table, 0) > MOST_LOOKUPS:
            raise BuildEverything(
                f"{each.gone} rows leave {each.part.table}, to which others refer"
            )
    before = [None if each.touches_most else each.standing_rows() for each in merges]
    for each in merges:
        each.write()
    for each in reversed(merges):
        each.remove()
    return {
        each.part.table: Merged(each.touched, None if rows is None else each.standing_rows() - rows)
        for each, rows in zip(merges, before, strict=True)
    }


class _Merge:
    def __init__(self, connection: psycopg.Connection[Any], part: Part, shape: _Shape) -> None:
        self.connection = connection
        self.part = part
        self.shape = shape
        self.names: Mapping[str, sql.Composable] = {
            "table": part.table.identifier,
            "rows": part.rows,
            "found": sql.Identifier("pg_temp", f"differing_{part.table.name}"),
            "columns": _list(shape.columns),
            "old": _list(shape.columns, "old"),
            "new": _list(shape.columns, "new"),
            "key": _list(shape.key),
            "place": sql.SQL(PLACE_OF_ROW),
            "first_key": sql.Identifier(shape.key[0]),
            "old_is_new": _equal(shape.key, "old", "new"),
            "old_is_found": _equal(shape.key, "old", "found"),
            "new_is_found": _equal(shape.key, "new", "found"),
            "keys": sql.SQL(", ").join(
                sql.SQL("coalesce(new.{0}, old.{0}) as {0}").format(sql.Identifier(name))
                for name in shape.key
            ),
            "standing": part.standing,
        }
        self.touched = self.gone = self.changed = 0

    def find(self) -> None:
        """The keys of the rows that differ, and what becomes of each.

        `offset 0` has Postgres choose the table's rows before it makes a record of each to compare.
        """
        self._execute(
            """
            create table {found} as
            select
                {keys},
                case
                    when new.{first_key} is null then 'gone'
                    when old.{first_key} is null then 'new'
                    else 'changed'
                end as fate
            from (select {columns} from {rows}) as new
            full outer join (select {columns} from {table} {standing} offset 0) as old
                on {old_is_new}
            where
                new.{first_key} is null
                or old.{first_key} is null
                or new *<> old -- in any bit
            """
        )
        self._execute("analyze {found}")
        row = self._execute(
            "select count(*), count(*) filter (where fate = 'gone'),"
            " count(*) filter (where fate = 'changed') from {found}"
        ).fetchone()
        assert row
        self.touched, self.gone, self.changed = row
        if self.part.put_aside and self.touched:
            self._execute(
                """
                create table {aside} as
                select {old}, found.fate = 'new' as is_new, {found_keys}
                from {found} as found
                left join {table} as old on {old_is_found}
                """,
                aside=self.part.put_aside.identifier,
                found_keys=sql.SQL(", ").join(
                    sql.SQL("found.{} as {}").format(sql.Identifier(name), _key_aside(name))
                    for name in self.shape.key
                ),
            )

    @property
    def touches_most(self) -> bool:
        """Whether more rows differ than are worth being looked up by their keys."""
        return self.touched > MOST_FOUND * self.shape.row_count

    def standing_rows(self) -> Rows:
        """Those of the table that differ, as far as they are there now."""
        count, places = self._execute(
            """
            select count(*), coalesce(sum(place), 0)
            from {found} as found
            inner join (select {key}, {place} as place from {table}) as old on {old_is_found}
            """
        ).fetchone()
        return Rows(count, int(places))

    def remove(self) -> None:
        # A trigger on company_target refuses the statement, whether it finds a row or not.
        if self.gone:
            self._execute(
                "delete from {table} as old using {found} as found"
                " where {old_is_found} and found.fate = 'gone'"
            )

    def write(self) -> None:
        written = [
            name for name in self.shape.columns if name not in {*self.part.kept, *self.shape.key}
        ]
        if self.changed:
            self._execute(
                """
                update {table} as old set {set}
                from {found} as found
                inner join {rows} as new on {new_is_found}
                where {old_is_found} and found.fate = 'changed'
                """,
                set=sql.SQL(", ").join(
                    sql.SQL("{0} = new.{0}").format(sql.Identifier(name)) for name in written
                ),
            )
        if self.touched > self.changed + self.gone:
            self._execute(
                """
                insert into {table} ({columns})
                select {new}
                from {found} as found
                inner join {rows} as new on {new_is_found}
                where found.fate = 'new'
                """
            )

    def _execute(self, statement: str, **more: sql.Composable) -> Any:
        composed = sql.SQL(statement).format(**{**self.names, **more})
        return self.connection.execute(composed)


def show_before(connection: psycopg.Connection[Any], part: Part, view: Relation) -> None:
    """A view of a published table as it was before the merge."""
    shape = _shapes(connection, [part.table])[part.table]
    aside = part.put_aside
    names: dict[str, sql.Composable] = {
        "view": view.identifier,
        "table": part.table.identifier,
        "columns": _list(shape.columns),
    }
    if aside is None or not exists(connection, aside.identifier):
        statement = "create view {view} as select {columns} from {table}"
    else:
        statement = """
            create view {view} as
            select {columns} from {table} as standing
            where not exists (select from {aside} as aside where {standing_is_aside})
            union all
            select {columns} from {aside} where not is_new
        """
        names["aside"] = aside.identifier
        names["standing_is_aside"] = sql.SQL(" and ").join(
            sql.SQL("standing.{} = aside.{}").format(sql.Identifier(name), _key_aside(name))
            for name in shape.key
        )
    connection.execute(sql.SQL(statement).format(**names))


def _in_order(parts: Sequence[Part], shapes: Mapping[Relation, _Shape]) -> list[Part]:
    """Tables that others refer to before those that do."""
    named = {part.table: part for part in parts}
    order = TopologicalSorter(
        {table: shapes[table].parents & named.keys() - {table} for table in named}
    )
    try:
        return [named[table] for table in order.static_order()]
    except CycleError as error:
        raise BuildEverything(f"tables refer to one another: {error.args[1]}") from None


def _shapes(
    connection: psycopg.Connection[Any], tables: Sequence[Relation]
) -> dict[Relation, _Shape]:
    found = database.relations(connection, {table.schema for table in tables})
    absent = [str(table) for table in tables if table not in found or not found[table].is_table]
    if absent:
        raise BuildEverything(f"no table in production: {', '.join(absent)}")
    oids = {table: found[table].oid for table in tables}
    constraints = database.constraints(connection, list(oids.values()))
    columns = dict(
        connection.execute(
            """
            select attrelid, array_agg(attname::text order by attnum)
            from pg_attribute
            where attrelid = any(%s) and attnum > 0 and not attisdropped
            group by attrelid
            """,
            [list(oids.values())],
        ).fetchall()
    )
    rows = dict(
        connection.execute(
            "select oid, greatest(reltuples, 0)::bigint from pg_class where oid = any(%s)",
            [list(oids.values())],
        ).fetchall()
    )
    shapes = {}
    for table, oid in oids.items():
        declared = [each.constraint for each in constraints[oid]]
        keys = [each.columns for each in declared if each.kind == "primary key"]
        if not keys:
            raise BuildEverything(f"{table} has no primary key")
        parents = frozenset(each.to for each in declared if each.to)
        shapes[table] = _Shape(columns[oid], keys[0], parents, rows[oid])
    return shapes


def _referring_rows(shapes: Mapping[Relation, _Shape]) -> dict[Relation, int]:
    """How many rows of others a table's rows may be referred to by."""
    counts: dict[Relation, int] = {}
    for shape in shapes.values():
        for parent in shape.parents:
            counts[parent] = counts.get(parent, 0) + shape.row_count
    return counts


def _key_aside(name: str) -> sql.Identifier:
    return sql.Identifier(f"key_{name}")


def _list(names: Sequence[str], of: str = "") -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(*filter(None, (of, name))) for name in names)


def _equal(key: Sequence[str], left: str, right: str) -> sql.Composed:
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(left, name), sql.Identifier(right, name))
        for name in key
    )

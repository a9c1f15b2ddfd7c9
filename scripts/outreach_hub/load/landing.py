"""The SQL of a load: stage a file, then make the table say what the file says.

A file is staged in a temporary table, `incoming`, typed as the table it is for. Reconciling is by
key and set-wise, and writes only what differs, so that loading a file twice writes nothing. Landing
has no unique constraints: it holds what a feed sends, for the identity gates to judge (ID013).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from psycopg import Cursor, sql

from outreach_hub.database import exists
from outreach_hub.errors import UsageError
from outreach_hub.load.cells import cell_type
from outreach_hub.load.rows import NumberedRow
from outreach_hub.sources import SourceColumn, SourceTable
from outreach_hub.stand_in import MARKER

INCOMING = sql.Identifier("pg_temp", "incoming")
LINE = "line_number"
SUPERSEDED_AT = "superseded_at"


@dataclass(frozen=True)
class Destination:
    """A table to be filled, and what makes a row of it the same row.

    Rows with one `key` are one record; `compared` columns tell whether it has changed. A record
    that is sent again replaces what is there, except in a table that keeps versions (`appends`).
    """

    relation: sql.Identifier
    columns: tuple[str, ...]
    key: tuple[str, ...]
    compared: tuple[str, ...]
    appends: bool = False
    kept_in: sql.Identifier | None = None
    """Where what is replaced goes, its columns as they were, `superseded_at` beside them."""

    @classmethod
    def of_table(cls, table: SourceTable) -> Destination:
        """The landing table itself."""
        columns = tuple(column.name for column in table.columns)
        return cls(
            relation=relation_of(table),
            columns=columns,
            key=table.row_key,
            compared=columns,
            appends=table.version is not None,
        )


class Written(NamedTuple):
    """How many rows a reconciling wrote, and how many went for them."""

    landed: int
    replaced: int


class Repeats(NamedTuple):
    """Lines of a file that only repeated another, and the keys under which lines still differ."""

    dropped: int
    conflicting: list[str]


def relation_of(table: SourceTable) -> sql.Identifier:
    """Where a source table is in the database."""
    return sql.Identifier(table.schema, table.name)


def require_stand_in(cursor: Cursor[Any], schema: str) -> None:
    """CL is never written to, except where it is a stand-in that carries its marker."""
    is_marked = exists(cursor, MARKER) and count(
        cursor,
        sql.SQL("select count(*) from {} where schema_name = {}").format(
            MARKER, sql.Literal(schema)
        ),
    )
    if not is_marked:
        raise UsageError(
            f"the schema {schema} is not a marked stand-in CL, and a real CL is never written to",
            hint="load CL's tables only into the embedded server's stand-in",
            code="ID007",
        )


def create_table(
    cursor: Cursor[Any],
    schema: str,
    name: str,
    columns: Sequence[SourceColumn],
    *,
    may_make_schema: bool = False,
) -> bool:
    """Make a table as its columns are declared, unless it is there. True where it was made.

    A schema that is not there is as likely misspelt, and is made where that is asked for alone.
    """
    relation = sql.Identifier(schema, name)
    if exists(cursor, relation):
        return False
    # Asked first: `create schema if not exists` wants the right to create even where it is there.
    schemas = sql.SQL("select count(*) from pg_namespace where nspname = {}")
    if not count(cursor, schemas.format(sql.Literal(schema))):
        if not may_make_schema:
            raise UsageError(
                f"there is no schema {schema}",
                where=f"{schema}.{name}",
                hint="--vars '{raw_schema: ...}' names the one that the build reads; `outreach load"
                " --make-tables` makes it",
            )
        cursor.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
    declared = sql.SQL(", ").join(map(_declared, columns))
    cursor.execute(sql.SQL("create table {} ({})").format(relation, declared))
    return True


def add_columns(
    cursor: Cursor[Any], schema: str, name: str, columns: Sequence[SourceColumn]
) -> list[str]:
    """Add to a table the columns that it lacks, null in every row. Names them."""
    relation = sql.Identifier(schema, name)
    found = cursor.execute(
        "select attname from pg_attribute where attrelid = to_regclass(%s) and not attisdropped",
        [relation.as_string()],
    ).fetchall()
    lacking = [column for column in columns if (column.name,) not in found]
    for column in lacking:
        added = sql.SQL("alter table {} add column {}").format(relation, _declared(column))
        cursor.execute(added)
    return [column.name for column in lacking]


def _declared(column: SourceColumn) -> sql.Composed:
    """Its name and type, as a statement has them."""
    cell_type(column.data_type)  # Known to be a plain type's name, it can stand in the SQL.
    return sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.data_type))


def stage(
    cursor: Cursor[Any],
    like: sql.Identifier,
    columns: Sequence[str],
    rows: Iterable[NumberedRow],
    given: Sequence[str],
    joins_on: Sequence[str],
    made: Mapping[str, Sequence[str]],
) -> None:
    """Copy rows, a line number and then the `given` columns, into a fresh `incoming`.

    Columns that are `made` of others, such as `A` and 2, are those with a colon between: `A:2`.
    """
    cursor.execute("drop table if exists pg_temp.incoming cascade")
    cursor.execute(
        sql.SQL(
            """
            create temp table incoming on commit drop as
            select null::bigint as {}, {} from {} limit 0
            """
        ).format(sql.Identifier(LINE), names(columns), like)
    )
    for name, parts in made.items():
        texts = (sql.SQL("{}::text").format(sql.Identifier(part)) for part in parts)
        cursor.execute(
            sql.SQL("alter table {} add {} text generated always as ({}) stored").format(
                INCOMING, sql.Identifier(name), sql.SQL(" || ':' || ").join(texts)
            )
        )
    command = sql.SQL("copy {} ({}) from stdin (null '')").format(INCOMING, names((LINE, *given)))
    with cursor.copy(command) as copy:
        for batch in _batches(rows):
            copy.write(batch)
    # Only what is joined on: sampling every column would cost a tenth of the load.
    cursor.execute(sql.SQL("analyze {} ({})").format(INCOMING, names(joins_on)))


def settle_repeats(cursor: Cursor[Any], key: Sequence[str], columns: Sequence[str]) -> Repeats:
    """Keep the first of the lines that say the same in every column."""
    parts = {
        "incoming": INCOMING,
        "key": names(key),
        "line": sql.Identifier(LINE),
        "columns": names(columns),
    }
    repeated = sql.SQL("select {key} from {incoming} group by {key} having count(*) > 1").format(
        **parts
    )
    if not count(cursor, sql.SQL("select count(*) from ({}) as repeated").format(repeated)):
        return Repeats(dropped=0, conflicting=[])
    cursor.execute(
        sql.SQL(
            """
            with numbered as (
                select
                    {line},
                    row_number() over (partition by {columns} order by {line}) as occurrence
                from {incoming}
                where ({key}) in ({repeated})
            )
            delete from {incoming} as later
            using numbered
            where numbered.{line} = later.{line} and numbered.occurrence > 1
            """
        ).format(repeated=repeated, **parts)
    )
    dropped = cursor.rowcount
    return Repeats(dropped, keys_with_several_rows(cursor, INCOMING, key))


def reconcile(cursor: Cursor[Any], arriving: sql.Identifier, into: Destination) -> Written:
    """Make the destination hold what arrives: what is new, in place of what it replaces."""
    same_key = _same("landed", "arriving", into.key)
    parts = {
        "table": into.relation,
        "arriving": arriving,
        "columns": names(into.columns),
        "same_key": same_key,
        "same_row": sql.SQL("{} and {} is not distinct from {}").format(
            same_key, _row("landed", into.compared), _row("arriving", into.compared)
        ),
    }
    replaced = 0
    if not into.appends:
        removal = sql.SQL(
            """
            delete from {table} as landed
            where
                exists (select from {arriving} as arriving where {same_key})
                and not exists (select from {arriving} as arriving where {same_row})
            """
        ).format(**parts)
        cursor.execute(keeping(removal, into.kept_in, into.columns) if into.kept_in else removal)
        replaced = cursor.rowcount
    cursor.execute(
        sql.SQL(
            """
            insert into {table} ({columns})
            select {columns} from {arriving} as arriving
            where not exists (select from {table} as landed where {same_row})
            """
        ).format(**parts)
    )
    return Written(landed=cursor.rowcount, replaced=replaced)


def keeping(removal: sql.Composed, kept_in: sql.Identifier, columns: Sequence[str]) -> sql.Composed:
    """A `delete` whose rows are kept elsewhere."""
    return sql.SQL(
        """
        with removed as ({} returning {})
        insert into {} ({}, {}) select removed.*, now() from removed
        """
    ).format(removal, names(columns), kept_in, names(columns), sql.Identifier(SUPERSEDED_AT))


def keys_with_several_rows(
    cursor: Cursor[Any], relation: sql.Identifier, key: Sequence[str]
) -> list[str]:
    """The keys in `incoming` under which a relation has more than one row, as people read them."""
    cursor.execute(
        sql.SQL(
            """
            select concat_ws(', ', {key}) from {relation}
            where ({key}) in (select {key} from {incoming})
            group by {key}
            having count(*) > 1
            order by 1
            """
        ).format(key=names(key), relation=relation, incoming=INCOMING)
    )
    return [shown for (shown,) in cursor.fetchall()]


def _batches(rows: Iterable[NumberedRow]) -> Iterator[str]:
    """Rows as COPY's text format has them, many at a time.

    psycopg's own `write_row` takes three times as long, which for a national file is a second.
    """
    iterator = iter(rows)
    while batch := list(islice(iterator, _ROWS_A_BATCH)):
        text = "".join([f"{line}\t{_TAB.join(cells)}\n" for line, cells in batch])
        # Hardly any cell needs an escape, so it is asked of all of them at once.
        tabs = len(batch) * len(batch[0][1])
        if "\\" in text or "\r" in text or text.count("\n") > len(batch) or text.count(_TAB) > tabs:
            text = "".join(
                f"{line}\t{_TAB.join(cell.translate(_ESCAPES) for cell in cells)}\n"
                for line, cells in batch
            )
        yield text


_TAB = "\t"
_ROWS_A_BATCH = 64
"""Few enough that their cells are still in the processor's cache when they are joined."""

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def count(cursor: Cursor[Any], query: sql.Composed) -> int:
    """The one number that a query answers with."""
    row = cursor.execute(query).fetchone()
    return row[0] if row else 0


def names(columns: Iterable[str]) -> sql.Composed:
    """Columns, quoted and in a row."""
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _row(alias: str, names: Iterable[str]) -> sql.Composed:
    cells = sql.SQL(", ").join(sql.Identifier(alias, name) for name in names)
    return sql.SQL("row({})").format(cells)


def _same(left: str, right: str, names: Iterable[str]) -> sql.Composed:
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(left, name), sql.Identifier(right, name))
        for name in names
    )

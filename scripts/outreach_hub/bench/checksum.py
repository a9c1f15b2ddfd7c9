"""What a relation holds, as one short text: the same rows give the same, in whatever order."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    import psycopg


OF_THE_RUN = ("first_targeted_at", "last_changed_at")
"""Columns that say when a build was, so that no two builds agree on them."""


def checksum(
    connection: psycopg.Connection[Any], schema: str, name: str, without: Collection[str] = ()
) -> str:
    """Rows and a sum over their hashes, columns by name, so that their order does not matter."""
    rows = connection.execute(
        """
        select attname from pg_attribute
        where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
        order by attname
        """,
        [sql.Identifier(schema, name).as_string()],
    )
    columns = [column for (column,) in rows if column not in without]
    found = connection.execute(
        sql.SQL(
            """
            select count(*) || ':' || coalesce(sum(hashtextextended(row({})::text, 0)), 0)
            from {}
            """
        ).format(sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(schema, name))
    ).fetchone()
    return str(found[0]) if found else ""

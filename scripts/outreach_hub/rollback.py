"""Bringing the last good version of the marts back.

A version is a schema (macros/publish): publication N leaves the version that it replaced as
`<schema>__before_N`. Going back is the same change of names, in one commit, and counts as a
publication itself: the version that is put aside becomes `<schema>__before_M`, M its number. Hence
a second rollback returns to it, and the next build publishes as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from psycopg import sql

from outreach_hub.errors import UsageError

if TYPE_CHECKING:
    import psycopg
    from typing_extensions import LiteralString

    from outreach_hub.schemas import HubSchemas

ROLLBACK = "rollback to publication "
"""What stands in place of an invocation id, before the number of the publication restored."""

LOCK_TIMEOUT = "5s"
"""How long to wait for a reader of a view in the build schema. Readers of marts hold nothing up."""


@dataclass(frozen=True)
class Publication:
    """A row of outreach_audit.publications."""

    publication_id: int
    published_at: datetime
    models: Sequence[str]


@dataclass(frozen=True)
class Rollback:
    """What a rollback did."""

    publication_id: int
    restored: Publication | None
    """The publication that made the version brought back, if it is still on record."""
    schemas: Sequence[str]
    kept_as: Sequence[str]


def roll_back(connection: psycopg.Connection[Any], schemas: HubSchemas) -> Rollback:
    """Puts the version before the published one in its place, in one transaction.

    Whoever calls holds the build lock.
    """
    with connection.transaction():
        connection.execute("select set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
        number, earlier = _newest_earlier(connection, schemas)
        restored = _publication_before(connection, schemas, number)
        publication_id = _record(connection, schemas, restored)
        kept_as = []
        for schema in earlier:
            kept_as.append(f"{schema}__before_{publication_id}")
            _rename(connection, schema, kept_as[-1])
            _rename(connection, f"{schema}__before_{number}", schema)
            name_version(connection, schema, publication_id)
        for schema, aside in zip(earlier, kept_as, strict=True):
            _reset_views(connection, schemas.build, schema, aside)
    return Rollback(publication_id, restored, earlier, kept_as)


def name_version(connection: psycopg.Connection[Any], schema: str, publication_id: int) -> None:
    """Says on a published schema which publication it shows, for readers who look twice."""
    connection.execute(
        sql.SQL("comment on schema {} is {}").format(
            sql.Identifier(schema), sql.Literal(f"publication {publication_id}")
        )
    )


def _newest_earlier(
    connection: psycopg.Connection[Any], schemas: HubSchemas
) -> tuple[int, list[str]]:
    """The number of the newest version that is not published, and the schemas that it has."""
    published = [schemas.marts, schemas.outbound]
    rows = connection.execute(
        """
        select (regexp_match(nspname, '__before_([0-9]+)$'))[1]::bigint as number, published
        from pg_namespace
        inner join unnest(%s::text[]) as versions (published)
            on nspname ~ ('^' || published || '__before_[0-9]+$')
        order by number desc, published
        """,
        [published],
    ).fetchall()
    if not rows:
        raise UsageError(
            "there is no earlier version to go back to",
            where=", ".join(published),
            hint="one is kept from the second publication on",
        )
    newest = rows[0][0]
    return newest, [schema for number, schema in rows if number == newest]


def _publication_before(
    connection: psycopg.Connection[Any], schemas: HubSchemas, number: int
) -> Publication | None:
    """The build's publication that the version before publication `number` came from."""
    row = connection.execute(
        sql.SQL(
            """
            with before as (
                select publication_id, invocation_id
                from {publications}
                where publication_id < %(number)s
                order by publication_id desc
                limit 1
            )
            select made.publication_id, made.published_at, made.models
            from before
            inner join {publications} as made
                on made.publication_id = coalesce(
                    (regexp_match(before.invocation_id, %(rollback)s))[1]::bigint,
                    before.publication_id
                )
            """
        ).format(publications=schemas.publications.identifier),
        {"number": number, "rollback": f"^{ROLLBACK}([0-9]+)$"},
    ).fetchone()
    return Publication(*row) if row else None


def _record(
    connection: psycopg.Connection[Any], schemas: HubSchemas, restored: Publication | None
) -> int:
    told = f"{ROLLBACK}{restored.publication_id}" if restored else "rollback"
    row = connection.execute(
        sql.SQL(
            "insert into {} (invocation_id, models) values (%s, %s) returning publication_id"
        ).format(schemas.publications.identifier),
        [told, list(restored.models) if restored else []],
    ).fetchone()
    assert row
    return int(row[0])


def _rename(connection: psycopg.Connection[Any], schema: str, name: str) -> None:
    statement = sql.SQL("alter schema {} rename to {}")
    connection.execute(statement.format(sql.Identifier(schema), sql.Identifier(name)))


def _reset_views(
    connection: psycopg.Connection[Any], build: str, published: str, aside: str
) -> None:
    """Lets refs, tests and --defer read what is published now.

    A table in the build schema is what a failed build left; the next one deals with it.
    """
    connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(build)))
    built = _relations(connection, build)
    readable = _relations(connection, published)
    for name, view in built.items():
        if view and name in readable.keys() | _relations(connection, aside).keys():
            connection.execute(sql.SQL("drop view {}").format(sql.Identifier(build, name)))
    for name, view in readable.items():
        if name not in built or built[name]:
            # A carried-over mart's own query, as a publish gives it: views never stack.
            select = (
                sql.SQL(view)
                if view
                else sql.SQL("select * from {}").format(sql.Identifier(published, name))
            )
            connection.execute(
                sql.SQL("create view {} as {}").format(sql.Identifier(build, name), select)
            )


def _relations(connection: psycopg.Connection[Any], schema: str) -> dict[str, LiteralString | None]:
    """The tables of a schema, and its views with their queries."""
    rows = connection.execute(
        """
        select relname, case relkind when 'v' then rtrim(pg_get_viewdef(pg_class.oid), ';') end
        from pg_class
        inner join pg_namespace on relnamespace = pg_namespace.oid
        where nspname = %s and relkind in ('r', 'v')
        """,
        [schema],
    )
    return dict(rows.fetchall())

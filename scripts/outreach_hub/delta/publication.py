"""A publication that changes rows of the published tables, and the version before it as views."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from outreach_hub.catalog.promises import Relation
from outreach_hub.copies import ALL_ROWS
from outreach_hub.delta.merging import Part, show_before
from outreach_hub.rollback import LOCK_TIMEOUT, name_version

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.schemas import HubSchemas


def replaced(schema: str, number: int) -> str:
    """The schema that keeps what a publication takes from the tables of another."""
    return f"{schema}__replaced_{number}"


def before(schema: str, number: int) -> str:
    """The schema of the version that a publication put aside."""
    return f"{schema}__before_{number}"


def begin(
    connection: psycopg.Connection[Any],
    schemas: HubSchemas,
    invocation_id: str,
    manifest: Manifest,
) -> int:
    """Puts a publication on record, and makes its schemas; its number. Ends no transaction."""
    connection.execute("select set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
    models = sorted(
        node.name
        for node in manifest.nodes.values()
        if node.resource_type == "model" and node.config.meta.get("publish_to")
    )
    row = connection.execute(
        sql.SQL(
            "insert into {} (invocation_id, models) values (%s, %s) returning publication_id"
        ).format(schemas.publications.identifier),
        [invocation_id, models],
    ).fetchone()
    assert row
    for schema in (schemas.marts, schemas.outbound):
        for name in (replaced(schema, row[0]), before(schema, row[0])):
            connection.execute(sql.SQL("create schema {}").format(sql.Identifier(name)))
    return int(row[0])


def keep_before(
    connection: psycopg.Connection[Any], schemas: HubSchemas, parts: Iterable[Part], number: int
) -> None:
    """Shows the version before this publication.

    Views of earlier ones go at once: onto a table that has changed, they would show neither.
    """
    for schema in (schemas.marts, schemas.outbound):
        for earlier in _earlier(connection, schema, number):
            for name in _relations_of(connection, earlier, "v"):
                gone = sql.Identifier(earlier, name)
                connection.execute(sql.SQL("drop view {} cascade").format(gone))
        tables = {part.table: part for part in parts if part.table.schema == schema}
        for name in _relations_of(connection, schema, "r"):
            table = Relation(schema, name)
            unchanged = Part(table, table.identifier, ALL_ROWS)
            view = Relation(before(schema, number), name)
            show_before(connection, tables.get(table, unchanged), view)
        _grant_as(connection, schema, before(schema, number))
        name_version(connection, schema, number)


def drop_earlier(connection: psycopg.Connection[Any], schemas: HubSchemas, number: int) -> None:
    """Lets go of the versions before that one. What a reader holds is left for the next publish."""
    for schema in (schemas.marts, schemas.outbound):
        for earlier in _earlier(connection, schema, number):
            with suppress(psycopg.errors.LockNotAvailable), connection.transaction():
                connection.execute("select set_config('lock_timeout', '100ms', true)")
                connection.execute(
                    sql.SQL("drop schema {} cascade").format(sql.Identifier(earlier))
                )


def _earlier(connection: psycopg.Connection[Any], schema: str, number: int) -> list[str]:
    rows = connection.execute(
        """
        select nspname
        from pg_namespace
        where
            (regexp_match(nspname, '^' || %s || '__(?:before|replaced)_([0-9]+)$'))[1]::bigint
            < %s
        order by nspname
        """,
        [schema, number],
    )
    return [name for (name,) in rows.fetchall()]


def _relations_of(connection: psycopg.Connection[Any], schema: str, kind: str) -> list[str]:
    """The tables (`r`) or views (`v`) of a schema."""
    rows = connection.execute(
        "select relname from pg_class"
        " where relnamespace = to_regnamespace(%s) and relkind::text = %s order by relname",
        [sql.Identifier(schema).as_string(), kind],
    )
    return [name for (name,) in rows.fetchall()]


def _grant_as(connection: psycopg.Connection[Any], schema: str, to: str) -> None:
    """Whoever may read the one schema may read the other."""
    rows = connection.execute(
        """
        select distinct rolname
        from pg_namespace
        cross join lateral aclexplode(nspacl) as rights
        inner join pg_roles on rights.grantee = pg_roles.oid
        where nspname = %s and privilege_type = 'USAGE' and nspowner <> pg_roles.oid
        """,
        [schema],
    ).fetchall()
    for (role,) in rows:
        names = {"schema": sql.Identifier(to), "role": sql.Identifier(role)}
        for grant in (
            "grant usage on schema {schema} to {role}",
            "grant select on all tables in schema {schema} to {role}",
        ):
            connection.execute(sql.SQL(grant).format(**names))

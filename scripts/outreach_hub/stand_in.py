"""What a fresh embedded database holds before dbt ever runs: roles, a stand-in CL, a landing area.

The stand-in CL and the landing belong to the administrator; the build role reads them and can do
no more. The marker says that they are stand-ins, so that `outreach demo` and `outreach load cl.*`
may fill them. The build role cannot write the marker: dbt can never declare a real CL a stand-in.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from psycopg import sql

from outreach_hub.database import connect_to, exists
from outreach_hub.errors import UsageError

if TYPE_CHECKING:
    import psycopg

    from outreach_hub.profile import Target

MARKER = sql.Identifier("outreach_audit", "stand_in")
STAND_IN_SCHEMAS = ("cl", "outreach_raw")
READER_ROLES = ("outreach_bi", "outreach_cl")


def furnish(target: Target) -> bool:
    """Makes whatever is missing of the database that `target` names. True where something was."""
    made_database = _make_roles_and_database(target)
    with connect_to(target, role="admin") as connection:
        if exists(connection, MARKER):
            return made_database
        _require_empty(connection, target)
        for statement in _statements(target.user):
            connection.execute(statement)
    return True


def require_stand_ins(
    connection: psycopg.Connection[Any], schemas: Collection[str], hint: str
) -> None:
    """The landing too has to be a stand-in: invented people must not reach a real one."""
    marked: set[str] = set()
    if exists(connection, MARKER):
        rows = connection.execute(sql.SQL("select schema_name from {}").format(MARKER))
        marked = {name for (name,) in rows}
    connection.rollback()
    unmarked = set(schemas) - marked
    if unmarked:
        raise UsageError(
            f"not marked as stand-ins: {', '.join(sorted(unmarked))}", hint=hint, code="ID007"
        )


def _require_empty(connection: psycopg.Connection[Any], target: Target) -> None:
    """A CL that is there already may be the real one, and must never be marked as a stand-in."""
    rows = connection.execute(
        "select nspname from pg_namespace where nspname = any(%s) order by 1",
        [list(STAND_IN_SCHEMAS)],
    )
    found = [schema for (schema,) in rows]
    if found:
        raise UsageError(
            f"there is already: {', '.join(found)}",
            where=f"target {target.name}, {target.url()}",
            hint="stand-ins are made in a database that has none; this one may be real",
            code="ID007",
        )


def _make_roles_and_database(target: Target) -> bool:
    with connect_to(replace(target, dbname="postgres"), role="admin", autocommit=True) as server:
        existing = {name for (name,) in server.execute("select rolname from pg_roles")}
        for role in (target.user, *READER_ROLES):
            if role not in existing:
                server.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
        found = server.execute(
            "select 1 from pg_database where datname = %s", [target.dbname]
        ).fetchone()
        database = sql.Identifier(target.dbname)
        if found is None:
            server.execute(sql.SQL("create database {}").format(database))
        grant = sql.SQL("grant create on database {} to {}")
        server.execute(grant.format(database, sql.Identifier(target.user)))
        return found is None


def _statements(build_role: str) -> list[sql.Composed]:
    names: dict[str, sql.Composable] = {
        "build": sql.Identifier(build_role),
        "marker": MARKER,
    }
    templates = [
        "create schema if not exists outreach_audit",
        "grant usage, create on schema outreach_audit to {build}",
        """
        create table {marker} (
            schema_name text primary key,
            marked_at timestamptz not null default now()
        )
        """,
        """
        comment on table {marker} is
        'Schemas that stand in for a source: these, and no others, may be filled by the runner'
        """,
        "grant select on {marker} to {build}",
    ]
    statements = [sql.SQL(template).format(**names) for template in templates]
    for schema in STAND_IN_SCHEMAS:
        names["schema"], names["schema_name"] = sql.Identifier(schema), sql.Literal(schema)
        statements += [
            sql.SQL(template).format(**names)
            for template in (
                "create schema if not exists {schema}",
                "grant usage on schema {schema} to {build}",
                "grant select on all tables in schema {schema} to {build}",
                "alter default privileges in schema {schema} grant select on tables to {build}",
                "insert into {marker} (schema_name) values ({schema_name})",
            )
        ]
    return statements

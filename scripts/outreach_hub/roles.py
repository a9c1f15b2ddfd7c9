"""Who may do what: the least privileges of each role.

Privileges are granted on what is there and, for what CL and the landing add later, by default. What
a build publishes later, the publish itself grants (macros/publish), since every version is new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from outreach_hub.errors import UsageError
from outreach_hub.schemas import HubSchemas

if TYPE_CHECKING:
    import psycopg
    from typing_extensions import LiteralString


@dataclass(frozen=True)
class Roles:
    """The names of the three roles, and the schemas of the sources: CL's and the landing."""

    build: str
    bi: str
    cl: str
    sources: Sequence[str]


def grants(
    connection: psycopg.Connection[Any], roles: Roles, schemas: HubSchemas
) -> list[sql.Composed]:
    """The statements that set the roles up in this database, as it is now. Safe to run again."""
    if len({roles.build, roles.bi, roles.cl}) < 3:
        raise UsageError(
            f"one role cannot be two: {roles.build}, {roles.bi}, {roles.cl}",
            hint="--build-role, --bi-role and --cl-role name three",
        )
    owners = _schema_owners(connection)
    return [
        *_creations(connection, roles),
        *_sources(roles, owners),
        *_audit(roles, schemas, owners),
        *_reader(roles.bi, schemas.marts, schemas, owners),
        *_reader(roles.cl, schemas.outbound, schemas, owners),
    ]


def _creations(connection: psycopg.Connection[Any], roles: Roles) -> Iterator[sql.Composed]:
    names = [roles.build, roles.bi, roles.cl]
    rows = connection.execute("select rolname from pg_roles where rolname = any(%s)", [names])
    existing = {name for (name,) in rows}
    database = connection.info.dbname
    for name in names:
        if name not in existing:
            yield _statement("create role {role} login", role=name)
        yield _statement("grant connect on database {on} to {role}", on=database, role=name)
    yield _statement("grant create on database {on} to {role}", on=database, role=roles.build)


def _sources(roles: Roles, owners: Mapping[str, str]) -> Iterator[sql.Composed]:
    """The build role reads CL and the landing, and does nothing else there."""
    for schema in roles.sources:
        owner = owners.get(schema)
        if owner in (None, roles.build):
            # What the role owns cannot be kept from it; the preflight says so.
            continue
        for template in (
            "revoke all on schema {on} from {role}",
            "revoke all on all tables in schema {on} from {role}",
            "grant usage on schema {on} to {role}",
            "grant select on all tables in schema {on} to {role}",
            "alter default privileges for role {owner} in schema {on} "
            "grant select on tables to {role}",
        ):
            yield _statement(template, on=schema, role=roles.build, owner=str(owner))


def _audit(roles: Roles, schemas: HubSchemas, owners: Mapping[str, str]) -> Iterator[sql.Composed]:
    """The audit schema is the administrator's, as on the embedded server.

    The build role adds its evidence to it, and can neither rename nor drop it.
    """
    if schemas.audit not in owners:
        yield _statement("create schema {on}", on=schemas.audit)
    if owners.get(schemas.audit) != roles.build:
        template = "grant usage, create on schema {on} to {role}"
        yield _statement(template, on=schemas.audit, role=roles.build)


def _reader(
    role: str, readable: str, schemas: HubSchemas, owners: Mapping[str, str]
) -> Iterator[sql.Composed]:
    """A reader reads the versions of one published schema, and nothing else of the hub."""
    for schema in sorted(filter(schemas.owns, owners)):
        if schema.startswith(readable):
            yield _statement("grant usage on schema {on} to {role}", on=schema, role=role)
            template = "grant select on all tables in schema {on} to {role}"
        else:
            yield _statement("revoke all on schema {on} from {role}", on=schema, role=role)
            template = "revoke all on all tables in schema {on} from {role}"
        yield _statement(template, on=schema, role=role)


def _statement(template: LiteralString, **names: str) -> sql.Composed:
    return sql.SQL(template).format(**{key: sql.Identifier(name) for key, name in names.items()})


def absent(connection: psycopg.Connection[Any], schemas: Sequence[str]) -> list[str]:
    """Those of the schemas that this database does not have."""
    owners = _schema_owners(connection)
    return [schema for schema in schemas if schema not in owners]


def _schema_owners(connection: psycopg.Connection[Any]) -> dict[str, str]:
    rows = connection.execute(
        "select nspname, pg_get_userbyid(nspowner) from pg_namespace where nspname !~ '^pg_'"
    )
    return dict(rows.fetchall())

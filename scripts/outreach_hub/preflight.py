"""What is checked before a build touches anything: the database, the sources, the privileges.

dbt would find a missing source too, but one at a time, half-way, and as an SQL error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outreach_hub.console import some
from outreach_hub.database import connect_to
from outreach_hub.doctrine import CL
from outreach_hub.errors import EnvironmentFailure, IdentityFailure
from outreach_hub.privileges import build_role_can_write_to_cl

if TYPE_CHECKING:
    import psycopg
    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.profile import Target

PROD = "prod"
SHOWN_NAMES = 5

SAME_TYPES = {
    "varchar": "character varying",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "int": "integer",
    "int4": "integer",
    "int8": "bigint",
    "bool": "boolean",
    "float8": "double precision",
    "decimal": "numeric",
}

READ_AS = {
    "text": {"character varying", "uuid"},
    "numeric": {"smallint", "integer", "bigint", "double precision", "real"},
    "bigint": {"smallint", "integer"},
    "integer": {"smallint"},
}
"""Types that staging reads without loss as the one that the source declares."""


@dataclass(frozen=True)
class Expected:
    """A source table as the project declares it."""

    source: str
    schema: str
    name: str
    columns: dict[str, str]

    @property
    def relation(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Found:
    """A table as it is in the database, and whether the build role may read it."""

    columns: dict[str, str]
    readable: bool = True


def expected_tables(manifest: Manifest) -> list[Expected]:
    """Every source that dbt knows, with its schema as the vars of this run name it."""
    return [
        Expected(
            source=source.source_name,
            schema=source.schema,
            name=source.identifier,
            columns={
                c.name: normalised(c.data_type) for c in source.columns.values() if c.data_type
            },
        )
        for source in sorted(manifest.sources.values(), key=lambda source: source.unique_id)
    ]


def check_reachable(target: Target) -> None:
    """Raises what to do where the database does not answer, or cannot be built in. Quick, so that
    it can come first."""
    with connect_to(target) as connection:
        encoding = connection.info.parameter_status("server_encoding")
        is_read_only = connection.execute("show transaction_read_only").fetchone() == ("on",)
    where = f"target {target.name}, {target.url()}"
    if encoding != "UTF8":
        raise EnvironmentFailure(
            f"the database is encoded in {encoding}, which lacks letters that ids and names have",
            where=where,
            hint="make one by `create database ... encoding 'UTF8' template template0`",
        )
    if is_read_only:
        raise EnvironmentFailure(
            "this server can only be read from: a standby, or default_transaction_read_only",
            where=where,
            hint="build on the primary, by a role that may write",
        )


def check_sources(target: Target, expected: Sequence[Expected]) -> list[str]:
    """Raises one failure that lists every difference; returns warnings."""
    with connect_to(target) as connection:
        found = _found(connection, sorted({table.schema for table in expected}))
        problems = [
            problem
            for table in expected
            for problem in differences(table, found.get(table.relation))
        ]
        if problems:
            raise _failure(target, problems)
        cl_schemas = {table.schema for table in expected if table.source == CL}
        return _check_read_only(connection, target, sorted(cl_schemas))


def check_owners(target: Target, manifest: Manifest) -> None:
    """Raises where the build could not replace what another role has built."""
    models = [
        f"{node.schema}.{node.alias}"
        for node in manifest.nodes.values()
        if node.resource_type == "model"
    ]
    with connect_to(target) as connection:
        found = connection.execute(
            """
            select
                pg_get_userbyid(relowner),
                array_agg(nspname || '.' || relname order by nspname, relname)
            from pg_catalog.pg_class
            inner join pg_catalog.pg_namespace on relnamespace = pg_namespace.oid
            where nspname || '.' || relname = any(%s) and not pg_has_role(relowner, 'usage')
            group by relowner
            order by 1
            limit 1
            """,
            [models],
        ).fetchone()
    if found:
        role, names = found
        raise EnvironmentFailure(
            f"the build cannot replace what {role} has built: {some(names, SHOWN_NAMES)}",
            where=f"target {target.name}, {target.url()}",
            hint=f"as a superuser, in this database: `reassign owned by {role} to {target.user}`",
        )


def differences(table: Expected, found: Found | None) -> list[str]:
    """How a table in the database differs from what the project reads of it."""
    if found is None:
        return [f"{table.relation}: there is no such table"]
    if not found.readable:
        return [f"{table.relation}: the build role may not read it"]
    problems = []
    for column, wanted in table.columns.items():
        if column not in found.columns:
            problems.append(f"{table.relation}.{column}: there is no such column")
        elif not readable_as(found.columns[column], wanted):
            problems.append(f"{table.relation}.{column}: is {found.columns[column]}, not {wanted}")
    return problems


def readable_as(found: str, wanted: str) -> bool:
    """Whether a column of type `found` may stand where the source declares `wanted`."""
    return found == wanted or found in READ_AS.get(wanted, ())


def normalised(data_type: str) -> str:
    """A declared type as the catalog spells it, without length or precision."""
    name = data_type.lower().partition("(")[0].strip()
    return SAME_TYPES.get(name, name)


def _found(connection: psycopg.Connection[Any], schemas: Sequence[str]) -> dict[str, Found]:
    """What is there, by name. By oid, since asking for privileges by name needs some already."""
    rows = connection.execute(
        """
        select
            namespaces.nspname || '.' || relations.relname,
            has_schema_privilege(namespaces.oid, 'usage')
                and has_table_privilege(relations.oid, 'select'),
            array_agg(attributes.attname::text),
            array_agg(format_type(attributes.atttypid, null))
        from pg_catalog.pg_class as relations
        inner join pg_catalog.pg_namespace as namespaces
            on relations.relnamespace = namespaces.oid
        inner join pg_catalog.pg_attribute as attributes
            on
                relations.oid = attributes.attrelid
                and attributes.attnum > 0
                and not attributes.attisdropped
        where
            namespaces.nspname = any(%s)
            and relations.relkind in ('r', 'v', 'm', 'f', 'p')
        group by namespaces.oid, namespaces.nspname, relations.oid, relations.relname
        """,
        [list(schemas)],
    )
    return {
        relation: Found(dict(zip(names, types, strict=True)), readable)
        for relation, readable, names, types in rows
    }


def _check_read_only(
    connection: psycopg.Connection[Any], target: Target, cl_schemas: Sequence[str]
) -> list[str]:
    """CL is CL's: in prod a build role that could write to it does not build (ID007)."""
    ways = build_role_can_write_to_cl(connection, cl_schemas)
    if not ways:
        return []
    message = f"the build role could write to CL: {'; '.join(ways)}"
    if target.name == PROD:
        raise IdentityFailure(
            message,
            code="ID007",
            where=f"target {target.name}, {target.url()}",
            hint="Outreach only reads CL: revoke it, or build as the role of `outreach grant`",
        )
    return [f"{message}. Outreach only reads CL"]


def _failure(target: Target, problems: Sequence[str]) -> EnvironmentFailure:
    hint = (
        "`outreach demo` loads a demo world, `outreach load` your own files;"
        " `outreach load --make-tables` makes tables and columns that the landing lacks"
        if target.is_embedded
        else "the vars cl_schema and raw_schema name their schemas, `outreach load --make-tables`"
        " makes the landing, and `outreach grant --apply` lets the build role read"
    )
    return sources_differ(problems, f"target {target.name}, {target.url()}", hint)


def sources_differ(problems: Sequence[str], where: str, hint: str) -> EnvironmentFailure:
    """One failure that lists every difference."""
    count = f"{len(problems)} differences" if len(problems) > 1 else "a difference"
    return EnvironmentFailure(
        f"the sources are not as the project reads them, {count}:\n"
        + "\n".join(f"  - {problem}" for problem in problems),
        where=where,
        hint=hint,
    )

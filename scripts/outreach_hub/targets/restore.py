"""Bringing company_target back from a backup: all of it as it was, or nothing.

The backup is staged in a temporary table and compared with all that still stands: company_target
itself, the registry, every hub table that names a target, and CL. Only where nothing contradicts it
is the table made (by the macros that make it for a first build) and filled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from outreach_hub.catalog.keepers import check_keepers
from outreach_hub.catalog.tables import missing_references
from outreach_hub.errors import UsageError
from outreach_hub.refusals import said
from outreach_hub.targets.contradictions import INCOMING, refuse_contradictions
from outreach_hub.targets.standing import Standing

if TYPE_CHECKING:
    from outreach_hub.catalog.promises import Relation, TablePromise
    from outreach_hub.schemas import HubSchemas

INVOCATION = "outreach targets import"


@dataclass(frozen=True)
class Restored:
    """What an import did."""

    read: int
    restored: int
    """Targets put back into company_target."""
    registered: int
    guards: int
    """Foreign keys of other tables and triggers put back, which went with what was lost."""


@dataclass(frozen=True)
class Anchor:
    """How company_target is made: the statements of the macros, and what refers to it."""

    ddl: str
    audit_ddl: str
    promised: Sequence[TablePromise]
    companies: Relation
    """CL's table of companies."""


def restore_targets(
    connection: psycopg.Connection[Any],
    schemas: HubSchemas,
    anchor: Anchor,
    path: Path,
    rows: Iterable[tuple[str, str, str, str]],
) -> Restored:
    """Restores what the rows of a backup say, in one transaction.

    Raises an identity failure that names what contradicts it. Whoever calls holds the build lock.
    """
    with connection.transaction():
        read = _stage(connection, path, rows)
        standing = Standing.of(connection, schemas)
        refuse_contradictions(connection, schemas, standing, anchor.companies, path)
        connection.execute(sql.SQL(anchor.audit_ddl))
        if standing.target_count is None:
            connection.execute(sql.SQL(anchor.ddl))
        restored = _fill(connection, standing)
        registered = _register(connection, standing)
        lost = missing_references(connection, anchor.promised)
        lost += [finding.remedy for finding in check_keepers(connection, schemas)]
        for statement in lost:
            connection.execute(sql.SQL(statement))
    return Restored(read, restored, registered, len(lost))


def _stage(
    connection: psycopg.Connection[Any], path: Path, rows: Iterable[tuple[str, str, str, str]]
) -> int:
    connection.execute(
        """
        create temporary table incoming_targets (
            target_id text not null,
            company_unique_id text not null,
            sequence_num bigint not null,
            first_targeted_at timestamptz not null
        ) on commit drop
        """
    )
    copy = sql.SQL("copy {} from stdin").format(INCOMING.identifier)
    try:
        with connection.cursor() as cursor:
            with cursor.copy(copy) as into:
                for row in rows:
                    into.write_row(row)
            read = cursor.rowcount
    except psycopg.DataError as error:
        raise UsageError(f"the file holds a value that none can be: {said(error)}") from None
    if not read:
        raise UsageError("the file has a header and no targets", where=str(path))
    connection.execute(sql.SQL("analyze {}").format(INCOMING.identifier))
    return read


def _fill(connection: psycopg.Connection[Any], standing: Standing) -> int:
    """Puts back what is missing; the next build brings domain, BIT and status up to date."""
    statement = sql.SQL(
        """
        insert into {targets} (
            target_id, company_unique_id, sequence_num, first_targeted_at,
            outreach_status, last_changed_at
        )
        select target_id, company_unique_id, sequence_num, first_targeted_at, 'queued', now()
        from {incoming} as incoming
        where not exists (
            select from {targets} as targets
            where targets.company_unique_id = incoming.company_unique_id
        )
        """
    )
    return connection.execute(
        statement.format(targets=standing.targets.identifier, incoming=INCOMING.identifier)
    ).rowcount


def _register(connection: psycopg.Connection[Any], standing: Standing) -> int:
    statement = sql.SQL(
        """
        insert into {registry} (
            target_id, company_unique_id, sequence_num, first_targeted_at, invocation_id
        )
        select target_id, company_unique_id, sequence_num, first_targeted_at, {invocation}
        from {incoming} as incoming
        where not exists (
            select from {registry} as registry
            where registry.company_unique_id = incoming.company_unique_id
        )
        """
    )
    return connection.execute(
        statement.format(
            registry=standing.registry.identifier,
            incoming=INCOMING.identifier,
            invocation=sql.Literal(INVOCATION),
        )
    ).rowcount

"""The targets as a person looks them up."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import sql

from outreach_hub.errors import UsageError
from outreach_hub.targets.standing import Standing

if TYPE_CHECKING:
    import psycopg

    from outreach_hub.schemas import HubSchemas


class ListedTarget(NamedTuple):
    """A target, and the context that helps to recognise it."""

    target_id: str
    company_unique_id: str
    company_domain: str | None
    outreach_status: str
    bit_tier: str | None
    first_targeted_at: datetime


def list_targets(connection: psycopg.Connection[Any], schemas: HubSchemas) -> list[ListedTarget]:
    """Every row of company_target, in the order in which a prefix was counted up."""
    standing = Standing.of(connection, schemas)
    if standing.target_count is None:
        raise UsageError(
            f"there is no {standing.targets}",
            hint="the first `outreach build` makes it; a lost one is restored by "
            "`outreach targets import`",
        )
    statement = sql.SQL(
        'select {} from {} order by left(company_unique_id, 8) collate "C", sequence_num'
    )
    columns = sql.SQL(", ").join(map(sql.Identifier, ListedTarget._fields))
    rows = connection.execute(statement.format(columns, standing.targets.identifier))
    return [ListedTarget(*row) for row in rows]

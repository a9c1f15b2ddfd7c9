"""What stands in the database: company_target, the registry, or neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from outreach_hub.catalog.keepers import REGISTRY
from outreach_hub.catalog.promises import Relation
from outreach_hub.database import exists
from outreach_hub.doctrine import ANCHOR

if TYPE_CHECKING:
    import psycopg

    from outreach_hub.schemas import HubSchemas


@dataclass(frozen=True)
class Standing:
    """The two places that know the targets, each with its rows; None where the table is gone."""

    targets: Relation
    target_count: int | None
    registry: Relation
    registry_count: int | None

    @classmethod
    def of(cls, connection: psycopg.Connection[Any], schemas: HubSchemas) -> Standing:
        targets = Relation(schemas.hub, ANCHOR)
        registry = Relation(schemas.audit, REGISTRY)
        return cls(targets, _count(connection, targets), registry, _count(connection, registry))

    @property
    def is_whole(self) -> bool:
        """Whether company_target holds as many targets as are registered, and any at all."""
        return bool(self.target_count) and (self.target_count or 0) >= (self.registry_count or 0)


def _count(connection: psycopg.Connection[Any], table: Relation) -> int | None:
    if not exists(connection, table.identifier):
        return None
    counted = connection.execute(
        sql.SQL("select count(*) from {}").format(table.identifier)
    ).fetchone()
    assert counted
    return int(counted[0])

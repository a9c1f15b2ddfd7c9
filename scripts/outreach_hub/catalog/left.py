"""Columns that company_target has kept, though its model has them no longer.

It is never made anew, so that a column stays with its values when a later edit takes it out; SQL
that means another table's column of that name would find this one. A build does not ask: a pull
request that takes a column out works on a copy that still has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from outreach_hub.catalog import database
from outreach_hub.catalog.finding import Finding
from outreach_hub.catalog.promises import Relation, promises, schemas_of
from outreach_hub.catalog.repair import drop_column
from outreach_hub.doctrine import ANCHOR

if TYPE_CHECKING:
    import psycopg
    from dbt.contracts.graph.manifest import Manifest


def check_left_columns(
    connection: psycopg.Connection[Any], manifest: Manifest
) -> Iterator[Finding]:
    """Each column of company_target's table that its YAML does not declare."""
    anchor = Relation(schemas_of(manifest).hub, ANCHOR)
    promised = next(each.columns for each in promises(manifest) if each.relation == anchor)
    found = database.relations(connection, {anchor.schema}).get(anchor)
    if found and found.relation == anchor:
        there = database.nullability(connection, [found.oid])[found.oid]
        for column in sorted(there.keys() - set(promised)):
            yield Finding(
                "ID010",
                f"{anchor}.{column}",
                "its model has no such column, or no longer",
                drop_column(anchor, column),
            )

"""Copies of the production tables that a build beside production adds to, or refers to.

Targets are taken as given: company_target comes with its registry, and what is minted beside
production is minted in the copy alone. The copy also takes the foreign keys: one onto production's
own table would lock it while it is made, and afterwards keep production from being restored.

A copy is what production *has*, read from the catalog, and not what the models say: how they add to
it is what is to be tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from psycopg import sql

from outreach_hub.catalog import database
from outreach_hub.catalog.keepers import REGISTRY, keepers
from outreach_hub.catalog.promises import Relation
from outreach_hub.catalog.repair import add_constraint
from outreach_hub.database import trusted
from outreach_hub.doctrine import ANCHOR

if TYPE_CHECKING:
    import psycopg

    from outreach_hub.schemas import HubSchemas

ALL_ROWS = sql.SQL("")
TABLE_CODE = "table_code"
"""Which code has made the table of an incremental model: without it, it is made from nothing."""


def copy_tables(
    connection: psycopg.Connection[Any],
    production: HubSchemas,
    beside: HubSchemas,
    models: Sequence[str],
    rows: sql.Composable = ALL_ROWS,
) -> list[str]:
    """Copies what production has of the hub's tables `models`, and names them.

    `rows` is the where clause of the rows that are wanted. Called in a transaction that sees one
    moment. The registry comes first and in the same commit: schemas without one are nobody's hub,
    and another hub's `outreach verify` would say so.
    """
    codes = Relation(production.audit, TABLE_CODE)
    wanted = [Relation(production.audit, REGISTRY), codes]
    wanted += [Relation(production.hub, name) for name in models]
    for schema in (beside.audit, beside.hub):
        connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
    found = database.relations(connection, {production.hub, production.audit})
    there = {each: found[each] for each in wanted if each in found and found[each].is_table}
    moved = {each: _beside(each, production, beside) for each in there}
    for relation, copy in moved.items():
        wanted_rows = ALL_ROWS if relation == codes else rows
        _copy(connection, there[relation].oid, relation, copy, moved, wanted_rows)
        if codes in moved and relation.schema == production.hub:
            connection.execute(
                sql.SQL(
                    "update {} set table_id = to_regclass(%s)::oid::text where table_id = %s"
                ).format(moved[codes].identifier),
                [copy.identifier.as_string(), str(there[relation].oid)],
            )
    if Relation(production.hub, ANCHOR) in there:
        for keeper in keepers(beside):
            # the refusal is production's own function until dbt makes one here
            _execute(connection, keeper.statement.format(audit=production.audit))
    return [copy.name for relation, copy in moved.items() if relation.schema == production.hub]


def _beside(relation: Relation, production: HubSchemas, beside: HubSchemas) -> Relation:
    schema = beside.hub if relation.schema == production.hub else beside.audit
    return Relation(schema, relation.name)


def _copy(
    connection: psycopg.Connection[Any],
    oid: int,
    relation: Relation,
    copy: Relation,
    moved: dict[Relation, Relation],
    rows: sql.Composable,
) -> None:
    """Rows first and constraints after: a third of the time of the other way round."""
    names = {"copy": copy.identifier, "production": relation.identifier, "rows": rows}
    for statement in (
        "create table {copy} (like {production} including defaults including generated)",
        "insert into {copy} select * from {production} {rows}",
    ):
        connection.execute(sql.SQL(statement).format(**names))
    for found in database.constraints(connection, [oid])[oid]:
        to = found.constraint.to
        here = replace(found.constraint, to=moved.get(to, to)) if to else found.constraint
        _execute(connection, add_constraint(copy, here))
    connection.execute(sql.SQL("analyze {}").format(copy.identifier))


def _execute(connection: psycopg.Connection[Any], statement: str) -> None:
    """A statement made of the catalog's own names."""
    connection.execute(trusted(statement))

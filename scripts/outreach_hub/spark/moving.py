"""From Postgres to Spark: the sources as they are now, and the targets that were given.

A company keeps its target_id when a hub moves. The registry comes along, and where Spark has given
targets of its own already, no company and no target may mean something else there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from psycopg import sql

from outreach_hub.database import exists
from outreach_hub.errors import IdentityFailure
from outreach_hub.schemas import HubSchemas
from outreach_hub.sources import SourceColumn, SourceTable, read_sources
from outreach_hub.spark.landing import Row, insert, land

if TYPE_CHECKING:
    import psycopg
    from pyspark.sql import SparkSession

    from outreach_hub.project import Project

CONFLICTS = """
select incoming.company_unique_id from {incoming} as incoming
inner join {registry} as registry
    on incoming.company_unique_id = registry.company_unique_id
    or incoming.target_id = registry.target_id
where incoming.company_unique_id <> registry.company_unique_id
    or incoming.target_id <> registry.target_id
order by incoming.company_unique_id limit 6
"""


def copy_sources(
    project: Project, connection: psycopg.Connection[Any], session: SparkSession
) -> dict[str, int]:
    """Replaces every source table on Spark by that of the database; returns the rows of each."""
    with connection.transaction():
        _as_of_one_moment(connection)
        return {
            table.full_name: land(session, table, _rows(connection, table))
            for table in read_sources(project)
        }


def copy_targets(
    connection: psycopg.Connection[Any],
    session: SparkSession,
    source: HubSchemas,
    destination: HubSchemas,
) -> int:
    """Adds the targets of the database's registry to Spark's, which has to be there.

    Returns how many are new there. Raises where one company has two targets, or the other way.
    """
    table = _registry(source.audit)
    if not exists(connection, sql.Identifier(table.schema, table.name)):
        return 0
    registry = f"{destination.audit}.{table.name}"
    incoming = f"{registry}__incoming"
    session.sql(f"drop table if exists {incoming}")
    session.sql(f"create table {incoming} like {registry} using parquet")
    try:
        with connection.transaction():
            _as_of_one_moment(connection)
            insert(session, table, incoming, _rows(connection, table))
        conflicts = session.sql(CONFLICTS.format(incoming=incoming, registry=registry)).collect()
        if conflicts:
            named = ", ".join(repr(company) for (company,) in conflicts[:5])
            raise IdentityFailure(
                f"Spark has other targets than the database for {named}",
                code="ID009",
                where=registry,
                hint="targets never change: one of the two hubs was built without the other's",
            )
        new = session.table(incoming).join(session.table(registry), "target_id", "left_anti")
        columns = [column.name for column in table.columns]
        count = int(new.count())
        # one file, so that all of them are there or none
        new.select(*columns).coalesce(1).write.insertInto(registry)
    finally:
        session.sql(f"drop table if exists {incoming}")
    return count


def _registry(schema: str) -> SourceTable:
    texts = ("target_id", "company_unique_id")
    columns = (
        *(SourceColumn(name, "text") for name in texts),
        SourceColumn("sequence_num", "bigint"),
        SourceColumn("first_targeted_at", "timestamptz"),
        SourceColumn("invocation_id", "text"),
        SourceColumn("registered_at", "timestamptz"),
    )
    return SourceTable(schema, schema, "target_registry", columns, key=("target_id",))


def _as_of_one_moment(connection: psycopg.Connection[Any]) -> None:
    connection.execute("set transaction isolation level repeatable read, read only")


def _rows(connection: psycopg.Connection[Any], table: SourceTable) -> Iterator[Row]:
    """The rows of a table as texts, a thousand at a time."""
    columns = sql.SQL(", ").join(
        sql.SQL("cast({} as text)").format(sql.Identifier(column.name)) for column in table.columns
    )
    query = sql.SQL("select {} from {}").format(columns, sql.Identifier(table.schema, table.name))
    with connection.cursor(name="outreach_moving") as cursor:
        cursor.itersize = 1000
        cursor.execute(query)
        yield from cursor

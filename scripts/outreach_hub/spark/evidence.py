"""The evidence of failed builds, read from Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach_hub.evidence import TABLE, FailedRun, Failure, by_run

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from outreach_hub.schemas import HubSchemas


def failed_runs(
    session: SparkSession,
    schemas: HubSchemas,
    *,
    last: int = 1,
    invocation_id: str | None = None,
    code: str | None = None,
) -> list[FailedRun]:
    """As `evidence.failed_runs`, which asks Postgres."""
    table = f"{schemas.audit}.{TABLE}"
    if not session.catalog.tableExists(table):
        return []
    found = session.sql(
        f"""
        with runs as (
            select invocation_id, max(found_at) as ended_at
            from {table}
            where :invocation_id is null or invocation_id = :invocation_id
            group by invocation_id
            order by ended_at desc, invocation_id
            limit {last}
        )
        select {", ".join(f"failures.{name}" for name in Failure._fields)}
        from {table} as failures
        inner join runs on failures.invocation_id = runs.invocation_id
        where :code is null or failures.code = :code
        order by
            runs.ended_at desc, failures.invocation_id, failures.code, failures.source_table,
            failures.record_key nulls last, failures.column_name
        """,  # noqa: S608
        args={"invocation_id": invocation_id, "code": code},
    )
    return by_run(Failure(*row) for row in found.collect())

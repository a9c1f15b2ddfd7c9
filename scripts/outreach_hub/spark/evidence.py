"""The evidence of failed builds, read from Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach_hub.evidence import TABLE, FailedRun, Failure, by_run
from outreach_hub.spark.questions import exists, literal

if TYPE_CHECKING:
    from outreach_hub.schemas import HubSchemas
    from outreach_hub.spark.questions import Ask


def failed_runs(
    ask: Ask,
    schemas: HubSchemas,
    *,
    last: int = 1,
    invocation_id: str | None = None,
    code: str | None = None,
) -> list[FailedRun]:
    """As `evidence.failed_runs`, which asks Postgres."""
    if not exists(ask, schemas.audit, TABLE):
        return []
    table = f"{schemas.audit}.{TABLE}"
    asked, of_code = literal(invocation_id), literal(code)
    found = ask(
        f"""
        with runs as (
            select invocation_id, max(found_at) as ended_at
            from {table}
            where
                ({asked} is null or invocation_id = {asked})
                and ({of_code} is null or code = {of_code})
            group by invocation_id
            order by ended_at desc, invocation_id
            limit {last}
        )
        select {", ".join(f"failures.{name}" for name in Failure._fields)}
        from {table} as failures
        inner join runs on failures.invocation_id = runs.invocation_id
        where {of_code} is null or failures.code = {of_code}
        order by
            runs.ended_at desc, failures.invocation_id, failures.code, failures.source_table,
            failures.record_key nulls last, failures.column_name
        """  # noqa: S608
    )
    return by_run(Failure(*row) for row in found)

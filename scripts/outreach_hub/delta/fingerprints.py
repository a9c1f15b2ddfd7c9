"""Which companies have a row that was landed, changed or deleted since the last build.

Each company is known by a fingerprint of where its rows lie, in all sources, and of the
transactions that wrote them, as `last_build` knows a table. The build keeps them in
`outreach_audit.company_fingerprints`, one row a company.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from outreach_hub.catalog.promises import Relation
from outreach_hub.database import exists, speed_up
from outreach_hub.doctrine import COMPANY_ID
from outreach_hub.last_build import PLACE_OF_ROW

if TYPE_CHECKING:
    import psycopg

    from outreach_hub.schemas import HubSchemas

KEPT = "company_fingerprints"

NOW = sql.Identifier("pg_temp", "fingerprints_now")
"""The fingerprints, in a table of the session that took them."""


@dataclass(frozen=True)
class Extent:
    """How much changed, of how much."""

    companies: int
    rows: int
    all_rows: int
    without_company: int
    """Rows that name no company, in which no company can be built."""


def take(connection: psycopg.Connection[Any], sources: Sequence[Relation]) -> None:
    """Makes NOW: the fingerprint and the number of the rows of every company.

    Not where a source does not name companies, or there is none: then nothing is known of any.
    """
    if not sources or not _name_companies(connection, sources):
        return
    rows = sql.SQL(" union all ").join(
        sql.SQL("select {company}::text as {company}, {place} as place from {table}").format(
            company=sql.Identifier(COMPANY_ID),
            place=sql.SQL(PLACE_OF_ROW),
            table=source.identifier,
        )
        for source in sources
    )
    speed_up(connection)
    connection.execute(
        sql.SQL(
            """
            create table {now} as
            select {company}, bit_xor(place) as fingerprint, count(*) as row_count
            from ({rows}) as source_rows
            group by {company}
            """
        ).format(now=NOW, company=sql.Identifier(COMPANY_ID), rows=rows)
    )


def of_changed(changed: Relation) -> sql.Composed:
    """A where clause: rows of the companies that changed, also of a source that has ids as uuid."""
    return sql.SQL("where {company}::text in (select {company} from {changed})").format(
        company=sql.Identifier(COMPANY_ID), changed=changed.identifier
    )


def compare(connection: psycopg.Connection[Any], schemas: HubSchemas, changed: Relation) -> bool:
    """Makes `changed` out of NOW and what the last build kept; False where it kept nothing.

    No table of the session: workers of a parallel query could not read it.
    """
    kept = sql.Identifier(schemas.audit, KEPT)
    if not exists(connection, kept):
        return False
    connection.execute(
        sql.SQL(
            """
            create table {changed} as
            select
                coalesce(now.{company}, kept.{company}) as {company},
                coalesce(now.row_count, 0) as row_count
            from {now} as now
            full outer join {kept} as kept on now.{company} = kept.{company}
            where now.fingerprint is distinct from kept.fingerprint
            """
        ).format(
            changed=changed.identifier,
            company=sql.Identifier(COMPANY_ID),
            now=NOW,
            kept=kept,
        )
    )
    return True


def measure(connection: psycopg.Connection[Any], changed: Relation) -> Extent:
    """How much `changed` comes to."""
    row = connection.execute(
        sql.SQL(
            """
            select
                count(*),
                coalesce(sum(row_count), 0)::bigint,
                (select sum(row_count)::bigint from {now}),
                count(*) filter (where {company} is null)
            from {changed}
            """
        ).format(now=NOW, company=sql.Identifier(COMPANY_ID), changed=changed.identifier)
    ).fetchone()
    assert row
    return Extent(*row)


def keep_all(connection: psycopg.Connection[Any], schemas: HubSchemas) -> None:
    """Keeps NOW, after a build of everything, in place of what was kept."""
    names = {"kept": sql.Identifier(schemas.audit, KEPT), "now": NOW}
    with connection.transaction():
        connection.execute(sql.SQL("drop table if exists {kept}").format(**names))
        if exists(connection, NOW):
            connection.execute(
                sql.SQL("create table {kept} as select * from {now}").format(**names)
            )


def forget(connection: psycopg.Connection[Any], schemas: HubSchemas) -> None:
    """Keeps none, so that the next build is one of everything."""
    kept = sql.Identifier(schemas.audit, KEPT)
    with connection.transaction():
        connection.execute(sql.SQL("drop table if exists {}").format(kept))


def keep_changed(
    connection: psycopg.Connection[Any], schemas: HubSchemas, changed: Relation
) -> None:
    """Keeps NOW of the `changed` companies, in the transaction that publishes them."""
    names = {
        "kept": sql.Identifier(schemas.audit, KEPT),
        "now": NOW,
        "changed": changed.identifier,
        "company": sql.Identifier(COMPANY_ID),
    }
    for statement in (
        "delete from {kept} using {changed} as changed where {kept}.{company} = changed.{company}",
        "insert into {kept} select now.* from {now} as now inner join {changed} as changed"
        " on now.{company} = changed.{company}",
    ):
        connection.execute(sql.SQL(statement).format(**names))


def _name_companies(connection: psycopg.Connection[Any], sources: Sequence[Relation]) -> bool:
    row = connection.execute(
        """
        select count(*)
        from pg_attribute
        where attname = %s and attrelid = any(%s::regclass[]) and not attisdropped
        """,
        [COMPANY_ID, [source.identifier.as_string() for source in sources]],
    ).fetchone()
    return row == (len(sources),)

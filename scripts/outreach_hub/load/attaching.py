"""Landing official rows: each goes to the company that its feed's bridge names, or waits.

Landing is not inference. A filing is attached by CL's own EIN bridge, and what belongs to a filing
by that filing: by the exact id or not at all. Rows that nothing attaches yet are kept in a table
beside the landing, with the name of their file, until `outreach load --retry` finds that they can
be. A row that is sent again supersedes the earlier one, which is kept as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import Cursor, sql

from outreach_hub.database import exists
from outreach_hub.load.landing import (
    INCOMING,
    LINE,
    Destination,
    count,
    create_table,
    keeping,
    names,
    reconcile,
    relation_of,
)
from outreach_hub.load.official import (
    PENDING_NOTES,
    SUPERSEDED_NOTES,
    OfficialFeed,
    pending_of,
    superseded_of,
)
from outreach_hub.load.report import LoadReport
from outreach_hub.sources import Sources, SourceTable

if TYPE_CHECKING:
    from typing_extensions import LiteralString

_ATTACHED = sql.Identifier("pg_temp", "attached")
_UNATTACHED = sql.Identifier("pg_temp", "unattached")
_BRIDGE = sql.Identifier("pg_temp", "bridge")
_LANDED_EARLIER = "rows that landed earlier"


def make_superseded(cursor: Cursor[Any], table: SourceTable) -> sql.Identifier:
    """The table of rows as they were, made where it is missing."""
    create_table(cursor, table.schema, superseded_of(table), (*table.columns, *SUPERSEDED_NOTES))
    return sql.Identifier(table.schema, superseded_of(table))


class AttachedLanding:
    """One call's landing of one official feed. `incoming` holds a file's rows, as staged."""

    def __init__(
        self, cursor: Cursor[Any], sources: Sources, feed: OfficialFeed, report: LoadReport
    ) -> None:
        self.cursor = cursor
        self.feed = feed
        self.table = sources.find(feed.table)
        self.bridge = sources.find(feed.bridge.table)
        self.report = report
        (self.key,) = self.table.key
        columns = feed.columns(self.table)
        self.columns = tuple(column.name for column in columns)
        self.pending = sql.Identifier(self.table.schema, pending_of(self.table))
        self.superseded = make_superseded(cursor, self.table)
        create_table(cursor, self.table.schema, pending_of(self.table), (*columns, *PENDING_NOTES))
        if feed.bridge.is_a_feed:
            create_table(cursor, self.bridge.schema, self.bridge.name, self.bridge.columns)

    def land(self, path: str, given: Sequence[str]) -> None:
        """Land what the bridge attaches and set the rest aside, unless a line was refused.

        Only the columns `given` in the file are compared with what landed earlier: a year's layout
        that lacks one does not say that it is empty.
        """
        self._look_up(path)
        self._refuse_ambiguous(path)
        if self.report.refused:
            return
        self._warn_of_oddities()
        compared = tuple(name for name in given if name != self.key)
        landing = replace(
            Destination.of_table(self.table),
            compared=(*compared, "company_unique_id"),
            kept_in=self.superseded,
        )
        written = reconcile(self.cursor, _ATTACHED, landing)
        self.report.landed += written.landed
        self.report.replaced += written.replaced
        waiting = Destination(
            relation=self.pending,
            columns=(*self.columns, *(note.name for note in PENDING_NOTES)),
            key=(self.key,),
            compared=compared,
            kept_in=self.superseded,
        )
        self._move_on(waiting)
        self.report.pending += reconcile(self.cursor, _UNATTACHED, waiting).landed
        self.report.waiting = self._count("select count(*) from {pending}")

    def retry(self) -> None:
        """Land, file by file, the rows that wait and can be attached by now.

        What hangs on another feed also follows where that has moved since.
        """
        self._execute("select distinct source_file from {ready} order by source_file")
        for (file,) in self.cursor.fetchall():
            self._stage_again(
                """
                create temp table incoming on commit drop as
                select {line}, {columns} from {ready} and source_file = {file}
                """,
                file,
            )
        if self.feed.bridge.is_a_feed and self._count("select count(*) from {moved}"):
            self._stage_again(
                """
                create temp table incoming on commit drop as
                select 0::bigint as {line}, {of_landed} from {moved}
                """
            )
        self.report.waiting = self._count("select count(*) from {pending}")

    def count_ready(self) -> int:
        """How many rows a retry would land."""
        moved = self._count("select count(*) from {moved}")
        return self._count("select count(*) from {ready}") + moved

    def _stage_again(self, query: LiteralString, file: str = _LANDED_EARLIER) -> None:
        """Land rows that the database holds as those of a file."""
        self._execute("drop table if exists {incoming} cascade")
        self._execute(query, file=sql.Literal(file))
        self.land(file, self.columns)

    def _move_on(self, waiting: Destination) -> None:
        """What waited and lands now waits no more. Sent with other content, it was superseded.

        The key is compared by itself: Postgres can hash `=`, and not `is not distinct from`.
        """
        same = sql.SQL(" and ").join(
            sql.SQL("attached.{0} is not distinct from waiting.{0}").format(sql.Identifier(name))
            for name in waiting.compared
        )
        removal = sql.SQL(
            """
            delete from {pending} as waiting
            where
                {key} in (select {key} from {attached})
                and not exists (
                    select from {attached} as attached
                    where attached.{key} = waiting.{key} and {same}
                )
            """
        ).format(same=same, **self._names)
        self.cursor.execute(keeping(removal, self.superseded, waiting.columns))
        self._execute("delete from {pending} where {key} in (select {key} from {attached})")

    def _look_up(self, path: str) -> None:
        """Two views of `incoming`: what the bridge attaches, and what it does not know."""
        self._execute("drop table if exists {bridge} cascade")
        self._execute(
            """
            create temp table bridge on commit drop as
            select
                {bridged}::text as bridged_id,
                min(company_unique_id::text) as company_unique_id,
                count(distinct company_unique_id::text) as company_count,
                string_agg(
                    distinct company_unique_id::text, ', ' order by company_unique_id::text
                ) as companies
            from {owners}
            where {bridged}::text in (select {by} from {incoming})
            group by {bridged}::text
            having count(company_unique_id) > 0
            """
        )
        self._execute(
            """
            create temp view attached as
            select {columns}, company_unique_id, now() as loaded_at
            from {incoming} as incoming
            inner join {bridge} as bridge on bridge.bridged_id = incoming.{by}
            """
        )
        self._execute(
            """
            create temp view unattached as
            select {columns}, {file}::text as source_file, {line}, now() as pended_at
            from {incoming} as incoming
            where
                not exists (
                    select from {bridge} as bridge where bridge.bridged_id = incoming.{by}
                )
                and not exists (
                    select from {landing} as landed where landed.{key} = incoming.{key}
                )
            """,
            file=sql.Literal(Path(path).name),
        )

    def _refuse_ambiguous(self, path: str) -> None:
        """What is bridged to two companies attaches to neither."""
        self._execute(
            """
            select incoming.{line}, bridge.bridged_id, bridge.company_count, bridge.companies
            from {incoming} as incoming
            inner join {bridge} as bridge on bridge.bridged_id = incoming.{by}
            where bridge.company_count > 1
            order by incoming.{line}
            """
        )
        for line, id, companies, named in self.cursor:
            reason = self.feed.words.ambiguous.format(id=id, count=companies, companies=named)
            self.report.refuse(path, line, reason)

    def _warn_of_oddities(self) -> None:
        """What is taken as it is, and what somebody should look at."""
        unbridged = (_UNBRIDGED, f"{self.feed.words.unbridged}: they are left as they were")
        for query, warning in (*self.feed.oddities, unbridged):
            found = self._count(query)
            if found:
                self.report.warnings.append(f"{found:,} {warning}")

    def _execute(self, query: LiteralString, **extra: sql.Composable) -> None:
        self.cursor.execute(sql.SQL(query).format(**self._names, **extra))

    def _count(self, query: LiteralString) -> int:
        return count(self.cursor, sql.SQL(query).format(**self._names))

    @property
    def _names(self) -> dict[str, sql.Composable]:
        parts: dict[str, sql.Composable] = {
            "incoming": INCOMING,
            "attached": _ATTACHED,
            "bridge": _BRIDGE,
            "pending": self.pending,
            "landing": relation_of(self.table),
            "owners": relation_of(self.bridge),
            "bridged": sql.Identifier(self.feed.bridge.column),
            "by": sql.Identifier(self.feed.bridge.by),
            "key": sql.Identifier(self.key),
            "columns": names(self.columns),
            "of_landed": sql.SQL(", ").join(sql.Identifier("landed", n) for n in self.columns),
            "line": sql.Identifier(LINE),
        }
        ready, moved = (sql.SQL(part).format(**parts) for part in (_READY, _MOVED))
        return {**parts, "ready": ready, "moved": moved}


def warn_of_ready(
    cursor: Cursor[Any], sources: Sources, feeds: Sequence[OfficialFeed], report: LoadReport
) -> None:
    """Tell of rows that hang on what has just landed, and that a retry would land."""
    for feed in feeds:
        table = sources.find(feed.table)
        is_used = exists(cursor, sql.Identifier(table.schema, pending_of(table)))
        if feed.bridge.table != report.table or not is_used:
            continue
        ready = AttachedLanding(cursor, sources, feed, report).count_ready()
        if ready:
            report.warnings.append(
                f"{ready:,} {feed.words.rows} hang on what has landed now: "
                "`outreach load --retry` lands them"
            )


_READY: LiteralString = "{pending} where {by} in (select {bridged}::text from {owners})"
"""Rows that wait and can be attached by now."""

_MOVED: LiteralString = """
    {landing} as landed
    inner join (
        select {bridged}::text as id, min(company_unique_id::text) as company_unique_id
        from {owners}
        group by {bridged}::text
        having count(distinct company_unique_id::text) = 1
    ) as owner on owner.id = landed.{by}
    where landed.company_unique_id is distinct from owner.company_unique_id
"""
"""Rows that bear another company than what they hang on."""

_UNBRIDGED: LiteralString = """
    select count(*) from {incoming} as incoming
    where
        not exists (select from {bridge} as bridge where bridge.bridged_id = incoming.{by})
        and exists (select from {landing} as landed where landed.{key} = incoming.{key})
"""

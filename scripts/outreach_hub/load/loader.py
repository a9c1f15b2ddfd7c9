"""Loading files into a source table: all of them, or none.

Two designs were measured. COPY of the whole file into an all-text table, checked in SQL, stops at
the first ragged line without naming the others, numbers rows and not lines, and moves 140 columns
to keep 24. So Python reads the file (its csv module splits 100 MB/s), checks it cell by cell, and
streams the columns in use into a typed temporary table; what concerns sets of rows is left to SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import Connection, Cursor, sql

from outreach_hub.doctrine import CL
from outreach_hub.errors import EnvironmentFailure, UsageError
from outreach_hub.load.attaching import AttachedLanding, make_superseded, warn_of_ready
from outreach_hub.load.feeds import OFFICIAL_FEEDS, feed_of
from outreach_hub.load.files import inspect, open_text
from outreach_hub.load.landing import (
    INCOMING,
    Destination,
    add_columns,
    create_table,
    keys_with_several_rows,
    reconcile,
    relation_of,
    require_stand_in,
    settle_repeats,
    stage,
)
from outreach_hub.load.layouts import Header, Layout
from outreach_hub.load.official import OfficialFeed, is_official
from outreach_hub.load.report import FileReport, LoadReport, Refused
from outreach_hub.load.rows import RowReader
from outreach_hub.refusals import said
from outreach_hub.sources import Sources, SourceTable


class Progress(Protocol):
    """Told what goes on, and how many bytes of the files have been read."""

    def step(self, what: str) -> None: ...

    def advance(self, count: int) -> None: ...


class Silent:
    """Nobody is watching."""

    def step(self, what: str) -> None:
        pass

    def advance(self, count: int) -> None:
        pass


def load_files(
    connection: Connection[Any],
    sources: Sources,
    name: str,
    paths: Sequence[Path],
    *,
    check: bool = False,
    progress: Progress | None = None,
) -> LoadReport:
    """Load CSV files, in order, into the source table called `name`, in one transaction.

    With `check` the same statements run and are rolled back, so that the report is what a load
    would have said. Raises `Refused`, with the report, where any line cannot be loaded.
    """
    table = sources.find(name)
    report = LoadReport(table.full_name, check)
    with _transaction(connection, table, check) as cursor:
        if table.source == CL:
            require_stand_in(cursor, table.schema)
        report.created = create_table(cursor, table.schema, table.name, table.columns)
        _lock(cursor, table)
        for path in paths:
            _load_file(cursor, sources, table, path, report, progress or Silent())
        if report.refused:
            raise Refused(report)
        warn_of_ready(cursor, sources, OFFICIAL_FEEDS, report)
    return report


def make_landing(connection: Connection[Any], sources: Sources) -> list[str]:
    """Make the landing tables and columns that are missing, empty, all or none. Never CL's."""
    landing = [table for table in sources if table.source != CL]
    made = []
    with _transaction(connection, landing[0], check=False) as cursor:
        for table in landing:
            name = f"{table.schema}.{table.name}"
            columns = table.columns
            if create_table(cursor, table.schema, table.name, columns, may_make_schema=True):
                made.append(name)
            else:
                added = add_columns(cursor, table.schema, table.name, table.columns)
                made += [f"{name}.{column}" for column in added]
    return made


def retry_pending(
    connection: Connection[Any],
    sources: Sources,
    feeds: Sequence[OfficialFeed] = OFFICIAL_FEEDS,
    *,
    check: bool = False,
) -> list[LoadReport]:
    """Land the rows that wait and can be attached by now: filings, and then what hangs on them.

    One transaction, and a report a feed. Raises `Refused` with that of the feed at fault.
    """
    reports = []
    with _transaction(connection, sources.find(feeds[0].table), check) as cursor:
        for feed in feeds:
            table = sources.find(feed.table)
            report = LoadReport(table.full_name, check)
            report.created = create_table(cursor, table.schema, table.name, table.columns)
            _lock(cursor, table)
            AttachedLanding(cursor, sources, feed, report).retry()
            if report.refused:
                raise Refused(report)
            reports.append(report)
    return reports


def _load_file(
    cursor: Cursor[Any],
    sources: Sources,
    table: SourceTable,
    path: Path,
    report: LoadReport,
    progress: Progress,
) -> None:
    progress.step(f"inspecting {path.name}")
    file = inspect(path)
    if file.codec == "cp1252":
        report.warnings.append(f"{path} is not UTF-8: read as {file.encoding}")
    progress.step(f"reading {path.name}")
    with open_text(file, progress.advance) as text:
        reader = RowReader(file, text, partial(report.refuse, str(path)))
        feed = feed_of(table.full_name) if is_official(reader.heading) else None
        layout = feed.layout(table) if feed else Layout.of_table(table)
        header = Header.match(reader.heading, layout, path)
        columns = [column.name for column in layout.columns]
        given = [column.name for column in header.columns]
        joins_on = [*table.row_key, feed.bridge.by] if feed else table.row_key
        made = feed.made if feed else {}
        stage(cursor, relation_of(table), columns, reader.rows(header), given, joins_on, made)
    report.files.append(
        FileReport(
            str(path),
            file.encoding,
            reader.count,
            list(header.unknown),
            list(header.absent),
            dict(header.renamed),
        )
    )
    if not reader.count:
        raise UsageError("the file has a header and no rows", where=str(path))
    progress.step(f"landing {path.name}")
    repeats = settle_repeats(cursor, table.row_key, given)
    report.repeated += repeats.dropped
    if not table.version:
        report.warn_of_conflicts(table.row_key, repeats.conflicting)
    if feed:
        AttachedLanding(cursor, sources, feed, report).land(str(path), given)
    elif not report.refused:
        _land(cursor, table, report)


def _land(cursor: Cursor[Any], table: SourceTable, report: LoadReport) -> None:
    into = Destination.of_table(table)
    if feed_of(table.full_name):
        into = replace(into, kept_in=make_superseded(cursor, table))
    written = reconcile(cursor, INCOMING, into)
    report.landed += written.landed
    report.replaced += written.replaced
    if into.appends:
        # What is there stays, so that a row can contradict one of another file as well.
        conflicting = keys_with_several_rows(cursor, into.relation, into.key)
        report.warn_of_conflicts(into.key, conflicting)


def _lock(cursor: Cursor[Any], table: SourceTable) -> None:
    """Readers go on; a second load of the table waits, or both would land the same rows."""
    cursor.execute(sql.SQL("lock table {} in share row exclusive mode").format(relation_of(table)))


_OF_THE_TABLE = (
    psycopg.IntegrityError,
    psycopg.errors.GeneratedAlways,
    psycopg.errors.RaiseException,
    psycopg.errors.TriggeredActionException,
)
"""What somebody has put on a landing table keeps rows out of it."""


@contextmanager
def _transaction(
    connection: Connection[Any], table: SourceTable, check: bool
) -> Iterator[Cursor[Any]]:
    """One transaction whose database errors are told in plain words."""
    try:
        with connection.transaction(force_rollback=check), connection.cursor() as cursor:
            cursor.execute("set local work_mem to '64MB'")  # Hashes a national file's keys at once.
            yield cursor
    except (
        psycopg.errors.InsufficientPrivilege,
        psycopg.errors.ReadOnlySqlTransaction,
    ) as error:
        raise EnvironmentFailure(
            f"the database does not permit it: {said(error)}",
            where=table.full_name,
            hint="load as a role that may write to the landing (DBT_ADMIN_USER)",
        ) from None
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
        raise UsageError(
            f"the database is not as the source YAML says: {said(error)}",
            where=table.full_name,
            hint="add what is missing, or correct cl_schema and raw_schema",
        ) from None
    except _OF_THE_TABLE as error:
        if error.diag.schema_name == "pg_catalog":
            raise EnvironmentFailure(
                "another load has just made the table",
                where=table.full_name,
                hint="nothing was landed: run it again",
            ) from None
        raise UsageError(
            f"the table refuses the rows: {said(error)}",
            where=table.full_name,
            hint="a landing holds what a feed sends, for the identity gates to judge: take the"
            " constraint, trigger or generated column off it",
        ) from None
    except psycopg.DataError as error:
        raise UsageError(
            f"the database refuses a value: {said(error)}", where=table.full_name
        ) from None
    except psycopg.OperationalError as error:
        raise EnvironmentFailure(
            f"the database cannot do it: {said(error)}", where=table.full_name
        ) from None

"""Form 5500 filings as the Department of Labor publishes them, attached by CL's own EIN bridge.

Landing is not inference: CL made the bridge, and a filing is attached by its exact EIN or not at
all. Filings of companies that CL does not know are no concern of Outreach's yet. They wait, with
the name of their file, in a table beside the landing, until CL learns their EIN (`outreach load
--retry`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import Cursor, sql

from outreach_hub.load.landing import (
    INCOMING,
    LINE,
    SUPERSEDED_AT,
    Destination,
    count,
    create_table,
    keeping,
    names,
    reconcile,
    relation_of,
)
from outreach_hub.load.layouts import FeedColumn, Layout, type_check
from outreach_hub.load.report import LoadReport
from outreach_hub.sources import SourceColumn, Sources, SourceTable

if TYPE_CHECKING:
    from typing_extensions import LiteralString

FILINGS = "outreach_raw.dol_filings"
BRIDGE = "cl.company_eins"
PENDING = "pending_dol_filings"
SUPERSEDED = "superseded_dol_filings"
"""Filings as they were before they were sent again: the latest counts, and none is lost."""

KEY, KEY_HEADING = "filing_id", "ACK_ID"
EIN = "spons_dfe_ein"
NOT_IN_THE_FILE = ("company_unique_id", "loaded_at")
"""What a filing does not say about itself: CL's bridge and the loader do."""

IN_EVERY_LAYOUT = frozenset(
    {KEY, EIN, "spons_dfe_pn", "form_plan_year_begin_date", "form_tax_prd", "date_received"}
)
"""Without these a filing can be neither attached nor put in order. Others came over the years."""

PENDING_NOTES = (
    SourceColumn("source_file", "text"),
    SourceColumn(LINE, "bigint"),
    SourceColumn("pended_at", "timestamptz"),
)
SUPERSEDED_NOTES = (*PENDING_NOTES, SourceColumn(SUPERSEDED_AT, "timestamptz"))

_ATTACHED = sql.Identifier("pg_temp", "attached")
_UNATTACHED = sql.Identifier("pg_temp", "unattached")
_BRIDGE = sql.Identifier("pg_temp", "bridge")


def is_official(heading: Sequence[str]) -> bool:
    """Whether a header is the Department's, and not the landing table's own."""
    headings = {cell.strip().upper() for cell in heading}
    return KEY_HEADING in headings and KEY.upper() not in headings


def official_layout(table: SourceTable) -> Layout:
    """The columns in use of the official layout, of whichever year."""
    return Layout(
        tuple(
            FeedColumn(
                column,
                heading=KEY_HEADING if column.name == KEY else column.name.upper(),
                is_key=column.name == KEY,
                is_optional=column.name not in IN_EVERY_LAYOUT,
                check=ein_fault if column.name == EIN else type_check(column.data_type),
            )
            for column in filing_columns(table)
        )
    )


def filing_columns(table: SourceTable) -> tuple[SourceColumn, ...]:
    """The columns that come from the file."""
    return tuple(column for column in table.columns if column.name not in NOT_IN_THE_FILE)


def ein_fault(ein: str) -> str | None:
    """Why a text cannot be an EIN. Nine digits are never guessed from eight."""
    if not (ein.isascii() and ein.isdigit()):
        return "is not an EIN of 9 digits"
    if len(ein) == 9:
        return None
    digits = "1 digit" if len(ein) == 1 else f"{len(ein)} digits"
    if len(ein) > 9:
        return f"has {digits} instead of 9"
    return (
        f"has {digits} instead of 9: a spreadsheet drops leading zeros. "
        "Load the file as published; an EIN is never re-padded"
    )


def make_superseded(cursor: Cursor[Any], table: SourceTable) -> sql.Identifier:
    """The table of filings as they were, landed or waiting, made where it is missing."""
    create_table(cursor, table.schema, SUPERSEDED, (*table.columns, *SUPERSEDED_NOTES))
    return sql.Identifier(table.schema, SUPERSEDED)


class FilingsLanding:
    """One call's landing of official files. `incoming` holds a file's filings, as staged."""

    def __init__(self, cursor: Cursor[Any], sources: Sources, report: LoadReport) -> None:
        self.cursor = cursor
        self.table = sources.find(FILINGS)
        self.bridge = sources.find(BRIDGE)
        self.report = report
        self.filing = tuple(column.name for column in filing_columns(self.table))
        self.pending = sql.Identifier(self.table.schema, PENDING)
        self.superseded = make_superseded(cursor, self.table)
        create_table(
            cursor, self.table.schema, PENDING, (*filing_columns(self.table), *PENDING_NOTES)
        )

    def land(self, path: str, given: Sequence[str]) -> None:
        """Land what CL's bridge attaches and set the rest aside, unless a line was refused.

        Only the columns `given` in the file are compared with what landed earlier: a year's layout
        that lacks one does not say that it is empty.
        """
        self._look_up(path)
        self._refuse_ambiguous(path)
        if self.report.refused:
            return
        self._warn_of_oddities()
        compared = tuple(name for name in given if name != KEY)
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
            columns=(*self.filing, *(note.name for note in PENDING_NOTES)),
            key=(KEY,),
            compared=compared,
            kept_in=self.superseded,
        )
        self._move_on(waiting)
        self.report.pending += reconcile(self.cursor, _UNATTACHED, waiting).landed
        self.report.waiting = self._count("select count(*) from {pending}")

    def _move_on(self, waiting: Destination) -> None:
        """What waited and lands now waits no more. Sent with other content, it was superseded."""
        same = sql.SQL(" and ").join(
            sql.SQL("attached.{0} is not distinct from waiting.{0}").format(sql.Identifier(name))
            for name in (KEY, *waiting.compared)
        )
        removal = sql.SQL(
            """
            delete from {pending} as waiting
            where
                filing_id in (select filing_id from {attached})
                and not exists (select from {attached} as attached where {same})
            """
        ).format(same=same, **self._names)
        self.cursor.execute(keeping(removal, self.superseded, waiting.columns))
        self._execute("delete from {pending} where filing_id in (select filing_id from {attached})")

    def retry(self) -> None:
        """Land, file by file, the filings that wait and whose EIN CL has learned since."""
        self._execute(
            """
            select distinct source_file from {pending}
            where spons_dfe_ein in (select ein::text from {cl})
            order by source_file
            """
        )
        for (file,) in self.cursor.fetchall():
            self._execute("drop table if exists {incoming} cascade")
            self._execute(
                """
                create temp table incoming on commit drop as
                select {line}, {filing} from {pending}
                where source_file = {file} and spons_dfe_ein in (select ein::text from {cl})
                """,
                file=sql.Literal(file),
            )
            self.land(file, self.filing)
        self.report.waiting = self._count("select count(*) from {pending}")

    def _look_up(self, path: str) -> None:
        """Two views of `incoming`: what CL's bridge attaches, and what it does not know."""
        self._execute("drop table if exists {bridge} cascade")
        self._execute(
            """
            create temp table bridge on commit drop as
            select
                ein::text as ein,
                min(company_unique_id::text) as company_unique_id,
                count(distinct company_unique_id::text) as company_count,
                string_agg(
                    distinct company_unique_id::text, ', ' order by company_unique_id::text
                ) as companies
            from {cl}
            where ein::text in (select spons_dfe_ein from {incoming})
            group by ein::text
            having count(company_unique_id) > 0
            """
        )
        self._execute(
            """
            create temp view attached as
            select {filing}, company_unique_id, now() as loaded_at
            from {incoming} as incoming
            inner join {bridge} as bridge on bridge.ein = incoming.spons_dfe_ein
            """
        )
        self._execute(
            """
            create temp view unattached as
            select {filing}, {file}::text as source_file, {line}, now() as pended_at
            from {incoming} as incoming
            where
                not exists (
                    select from {bridge} as bridge where bridge.ein = incoming.spons_dfe_ein
                )
                and not exists (
                    select from {landing} as landed where landed.filing_id = incoming.filing_id
                )
            """,
            file=sql.Literal(Path(path).name),
        )

    def _refuse_ambiguous(self, path: str) -> None:
        """An EIN that CL bridges to two companies attaches to neither: only CL can tell which."""
        self._execute(
            """
            select incoming.{line}, bridge.ein, bridge.company_count, bridge.companies
            from {incoming} as incoming
            inner join {bridge} as bridge on bridge.ein = incoming.spons_dfe_ein
            where bridge.company_count > 1
            order by incoming.{line}
            """
        )
        for line, ein, companies, named in self.cursor:
            self.report.refuse(
                path,
                line,
                f"CL bridges the EIN {ein} to {companies} companies ({named}), "
                "and only CL can say which of them it is",
            )

    def _warn_of_oddities(self) -> None:
        """What is taken as it is, and what somebody should look at."""
        for query, warning in _ODDITIES:
            found = self._count(query)
            if found:
                self.report.warnings.append(f"{found:,} {warning}")

    def _execute(self, query: LiteralString, **extra: sql.Composable) -> None:
        self.cursor.execute(sql.SQL(query).format(**self._names, **extra))

    def _count(self, query: LiteralString) -> int:
        return count(self.cursor, sql.SQL(query).format(**self._names))

    @property
    def _names(self) -> dict[str, sql.Composable]:
        return {
            "incoming": INCOMING,
            "attached": _ATTACHED,
            "bridge": _BRIDGE,
            "pending": self.pending,
            "landing": relation_of(self.table),
            "cl": relation_of(self.bridge),
            "filing": names(self.filing),
            "line": sql.Identifier(LINE),
        }


_ODDITIES: tuple[tuple[LiteralString, str], ...] = (
    (
        "select count(*) from {incoming} where spons_dfe_ein is null",
        "filings have no EIN: they wait, and nothing can attach them",
    ),
    (
        "select count(*) from {incoming} where length(spons_dfe_pn) < 3",
        "filings have a plan number of fewer than 3 digits, as spreadsheets leave it: they count "
        "as other plans than those that kept their leading zeros",
    ),
    (
        """
        select count(*) from {incoming} as incoming
        where
            not exists (select from {bridge} as bridge where bridge.ein = incoming.spons_dfe_ein)
            and exists (
                select from {landing} as landed where landed.filing_id = incoming.filing_id
            )
        """,
        "filings landed earlier have an EIN that CL no longer bridges: they are left as they were",
    ),
    (
        "select count(*) from {cl} where ein::text !~ '^[0-9]{{9}}$'",
        "EINs of CL's bridge do not have 9 digits: no filing can match them",
    ),
)

"""What an official file of the Department of Labor is: its columns, and what its rows hang on.

A feed is data: which table it is for, how the Department calls the columns, and which one table
says whose a row is. How such rows land is the same for all of them (attaching.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from outreach_hub.console import counted
from outreach_hub.doctrine import COMPANY_ID
from outreach_hub.load.landing import LINE, SUPERSEDED_AT
from outreach_hub.load.layouts import Check, FeedColumn, Layout, type_check
from outreach_hub.sources import SourceColumn, SourceTable

if TYPE_CHECKING:
    from typing_extensions import LiteralString

FILING_ID, ACK_ID = "filing_id", "ACK_ID"
"""The Department's acknowledgement id of a filing. Schedules name their filing by it."""

NOT_IN_THE_FILE = (COMPANY_ID, "loaded_at")
"""What a row does not say about itself: its bridge and the loader do."""

PENDING_NOTES = (
    SourceColumn("source_file", "text"),
    SourceColumn(LINE, "bigint"),
    SourceColumn("pended_at", "timestamptz"),
)
SUPERSEDED_NOTES = (*PENDING_NOTES, SourceColumn(SUPERSEDED_AT, "timestamptz"))


@dataclass(frozen=True)
class Bridge:
    """The one table that says whose a row is: by an exact id, or not at all."""

    table: str
    column: str
    """The id in that table, and `by`, the same in the feed."""
    by: str
    is_a_feed: bool = False
    """Whether its rows land by themselves and may move, which what hangs on them follows."""


@dataclass(frozen=True)
class Words:
    """How rows of a feed are spoken of."""

    rows: str
    unattached: str
    """Why some of them wait."""
    unbridged: str
    """What has become of some that have landed."""
    ambiguous: str
    """Why a line is refused; {id}, {count} and {companies} are filled in."""


@dataclass(frozen=True)
class OfficialFeed:
    """One of the Department's files, and the landing table that takes it."""

    table: str
    bridge: Bridge
    words: Words
    required: frozenset[str]
    """Without these a row can be neither attached nor put in order. Others came over the years."""
    made: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Ids that no heading is: each is put together of columns that together are the key."""
    checks: Mapping[str, Check] = field(default_factory=dict)
    """Stricter checks than that of the column's type."""
    former: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What the Department called a column in earlier years."""
    oddities: tuple[tuple[LiteralString, str], ...] = ()
    """Queries that count what is taken as it is, and the warning that follows the number."""

    def layout(self, table: SourceTable) -> Layout:
        """The columns in use of the official layout, of whichever year."""
        (key,) = table.key
        key_columns = self.made.get(key, (key,))
        return Layout(
            tuple(
                FeedColumn(
                    column,
                    heading=ACK_ID if column.name == FILING_ID else column.name.upper(),
                    is_key=column.name in key_columns,
                    is_optional=column.name not in self.required,
                    check=self.checks.get(column.name) or type_check(column.data_type),
                    former=self.former.get(column.name, ()),
                )
                for column in self.columns(table)
                if column.name not in self.made
            )
        )

    def columns(self, table: SourceTable) -> tuple[SourceColumn, ...]:
        """The columns that come from the file, ids made of them included."""
        return tuple(column for column in table.columns if column.name not in NOT_IN_THE_FILE)


def is_official(heading: Sequence[str]) -> bool:
    """Whether a header is the Department's, and not the landing table's own."""
    headings = {cell.strip().upper() for cell in heading}
    return ACK_ID in headings and FILING_ID.upper() not in headings


def pending_of(table: SourceTable) -> str:
    """The table in which rows wait, with the name of their file, until they can be attached."""
    return f"pending_{table.name}"


def superseded_of(table: SourceTable) -> str:
    """The table of rows as they were before they were sent again, landed or waiting."""
    return f"superseded_{table.name}"


def ein_fault(ein: str) -> str | None:
    """Why a text cannot be an EIN. Nine digits are never guessed from eight."""
    if not (ein.isascii() and ein.isdigit()):
        return "is not an EIN of 9 digits"
    if len(ein) == 9:
        return None
    digits = counted(len(ein), "digit")
    if len(ein) > 9:
        return f"has {digits} instead of 9"
    return (
        f"has {digits} instead of 9: a spreadsheet drops leading zeros. "
        "Load the file as published; an EIN is never re-padded"
    )

"""How the header of a feed names the columns of a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from outreach_hub.errors import UsageError
from outreach_hub.load.cells import cell_type
from outreach_hub.sources import SourceColumn, SourceTable

Check = Callable[[str], str | None]
"""Why a filled cell is refused, or None."""


@dataclass(frozen=True)
class FeedColumn:
    """A column that a feed's files hold."""

    column: SourceColumn
    heading: str
    is_key: bool = False
    is_optional: bool = False
    """Whether a file may lack it: some years' layouts do. It is landed as NULL then."""
    check: Check | None = None

    @property
    def name(self) -> str:
        return self.column.name


@dataclass(frozen=True)
class Layout:
    """The columns of a feed, in the order in which they are landed."""

    columns: tuple[FeedColumn, ...]

    @classmethod
    def of_table(cls, table: SourceTable) -> Layout:
        """A file whose header is the table's own."""
        return cls(
            tuple(
                FeedColumn(
                    column,
                    heading=column.name,
                    is_key=column.name in table.row_key,
                    check=type_check(column.data_type),
                )
                for column in table.columns
            )
        )


@dataclass(frozen=True)
class Header:
    """A file's header, matched with a layout: which cells to take, and what else there is."""

    width: int
    columns: tuple[FeedColumn, ...]
    positions: tuple[int, ...]
    unknown: tuple[str, ...] = field(default=())
    absent: tuple[str, ...] = field(default=())

    @classmethod
    def match(cls, cells: Sequence[str], layout: Layout, path: Path) -> Header:
        """Headings are matched whatever their case and order: they are names, not data."""
        where = f"{path}:1"
        if any("\0" in cell for cell in cells):
            raise UsageError(
                "the header holds NUL bytes", where=where, hint="save the file as CSV in UTF-8"
            )
        headings = [cell.strip().lower() for cell in cells]
        repeated = sorted({name for name in headings if name and headings.count(name) > 1})
        if repeated:
            raise UsageError(f"the header repeats {', '.join(repeated)}", where=where)
        wanted = {column.heading.lower(): column for column in layout.columns}
        missing = [c for h, c in wanted.items() if h not in headings]
        required = [column.heading for column in missing if not column.is_optional]
        if required:
            noun = "column" if len(required) == 1 else "columns"
            raise UsageError(
                f"the file lacks the {noun} {', '.join(required)}",
                where=where,
                hint=_separator_hint(cells) or f"its header is: {', '.join(cells)}",
            )
        present = [(headings.index(h), c) for h, c in wanted.items() if h in headings]
        return cls(
            width=len(cells),
            columns=tuple(column for _, column in present),
            positions=tuple(position for position, _ in present),
            unknown=tuple(
                cell or f"(unnamed, column {number})"
                for number, (cell, name) in enumerate(zip(cells, headings, strict=True), start=1)
                if name not in wanted
            ),
            absent=tuple(column.heading for column in missing),
        )


def type_check(data_type: str) -> Check | None:
    """The check of a column's type. Any text is text, so that text needs none."""
    if data_type == "text":
        return None
    kind = cell_type(data_type)
    return lambda value: None if kind.accepts(value) else f"is not {kind.description}"


def _separator_hint(cells: Sequence[str]) -> str | None:
    if len(cells) == 1:
        for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if separator in cells[0]:
                return f"it looks separated by {name}: save it with commas"
    return None

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
    former: tuple[str, ...] = ()
    """Its headings in the layouts of earlier years."""

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
    renamed: tuple[tuple[str, str], ...] = field(default=())
    """Headings that are found by a former name, and that name."""
    doubled: tuple[tuple[int, str, int, str], ...] = field(default=())
    """Columns that are there twice, by position and heading: as now, and by a former name."""

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
        found = {column: _headings_of(column, headings) for column in layout.columns}
        taken = {name for names in found.values() for name in names}
        missing = [column for column, names in found.items() if not names]
        required = [column.heading for column in missing if not column.is_optional]
        if required:
            noun = "column" if len(required) == 1 else "columns"
            raise UsageError(
                f"the file lacks the {noun} {', '.join(required)}",
                where=where,
                hint=_separator_hint(cells) or f"its header is: {', '.join(cells)}",
            )
        present = {column: names[0] for column, names in found.items() if names}
        return cls(
            width=len(cells),
            columns=tuple(present),
            positions=tuple(headings.index(name) for name in present.values()),
            unknown=tuple(
                cell or f"(unnamed, column {number})"
                for number, (cell, name) in enumerate(zip(cells, headings, strict=True), start=1)
                if name not in taken
            ),
            absent=tuple(column.heading for column in missing),
            renamed=tuple(
                (column.heading, name.upper())
                for column, name in present.items()
                if name != column.heading.lower()
            ),
            doubled=tuple(
                (headings.index(names[0]), names[0].upper(), headings.index(name), name.upper())
                for names in found.values()
                for name in names[1:]
            ),
        )


def type_check(data_type: str) -> Check | None:
    """The check of a column's type. Any text is text, so that text needs none."""
    if data_type == "text":
        return None
    kind = cell_type(data_type)
    return lambda value: None if kind.accepts(value) else f"is not {kind.description}"


def _headings_of(column: FeedColumn, headings: Sequence[str]) -> list[str]:
    """The names under which a file has a column, that of today before former ones."""
    return [name for name in map(str.lower, (column.heading, *column.former)) if name in headings]


def _separator_hint(cells: Sequence[str]) -> str | None:
    if len(cells) == 1:
        for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if separator in cells[0]:
                return f"it looks separated by {name}: save it with commas"
    return None

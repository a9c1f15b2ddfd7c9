"""Reading a file's rows: streamed, checked cell by cell, every line at fault named."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import IO

from outreach_hub.errors import UsageError
from outreach_hub.load.files import CsvFile
from outreach_hub.load.layouts import FeedColumn, Header

NumberedRow = tuple[int, tuple[str, ...]]
"""The line on which a row begins, and its cells."""

Refuse = Callable[[int, str], None]
"""Told the number of a line, and why it cannot be loaded."""

_KNOWN_GOOD = 1 << 16
"""Values remembered a column: dates, counts and EINs recur, so most cells are but looked up."""

_NUL = "holds a NUL byte, which no text may"
_CSV_FAULTS = {
    "unexpected end of data": "a quote opened here is never closed",
    "field larger": "a cell is longer than 131,072 characters: a quote may never be closed",
    "expected after": "text follows a closing quote",
    "line contains NUL": _NUL,
}


class RowReader:
    """One open file: its heading, then its good rows."""

    def __init__(self, file: CsvFile, text: IO[str], refuse: Refuse) -> None:
        self._reader = csv.reader(text, strict=True)
        self._refuse = refuse
        self._has_nul = file.has_nul
        self.count = 0
        try:
            self.heading = next(self._reader)
        except csv.Error as error:
            raise UsageError(_plain(error), where=f"{file.path}:1") from None

    def rows(self, header: Header) -> Iterator[NumberedRow]:
        """The good rows, of the cells that the header takes, in its order.

        This loop is half of the time of a load: what only a bad line needs is done for it alone.
        """
        width, has_nul = header.width, self._has_nul
        pick = _picker(header.positions)
        placed = list(zip(header.positions, header.columns, strict=True))
        keys = [(at, column.heading) for at, column in placed if column.is_key]
        checks = [(at, column, {""}) for at, column in placed if column.check]
        reader = self._reader
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                self.count += 1
                self._refuse(line, _plain(error))
                continue
            if not row:
                continue  # An empty line is not a row; many editors leave one at the end.
            self.count += 1
            if len(row) != width:
                self._refuse(line, f"has {len(row)} cells where the header has {width}")
                continue
            faults: list[str] | None = None
            for at, name in keys:
                if not row[at]:
                    faults = [*(faults or ()), f"{name} is empty, and it is the key"]
            for at, column, good in checks:
                if row[at] in good:
                    continue
                fault = _fault(column, row[at])
                if fault:
                    faults = [*(faults or ()), fault]
                elif len(good) < _KNOWN_GOOD:
                    good.add(row[at])
            if has_nul and any("\0" in cell for cell in row):
                faults = [*(faults or ()), _NUL]
            if faults:
                self._refuse(line, "; ".join(faults))
            else:
                yield line, pick(row)


def _picker(positions: Sequence[int]) -> Callable[[list[str]], tuple[str, ...]]:
    if len(positions) == 1:  # itemgetter gives a lone item bare, and not in a tuple.
        return lambda row: (row[positions[0]],)
    return itemgetter(*positions)


def _fault(column: FeedColumn, value: str) -> str | None:
    reason = column.check(value) if column.check else None
    shown = repr(value if len(value) <= 40 else value[:37] + "...")
    return f"{column.heading} {shown} {reason}" if reason else None


def _plain(error: csv.Error) -> str:
    said = str(error)
    return next((words for sign, words in _CSV_FAULTS.items() if sign in said), said)

"""Reading a file's rows: streamed, checked cell by cell, every line at fault named."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import IO, Any

from outreach_hub.errors import UsageError
from outreach_hub.load.files import CsvFile
from outreach_hub.load.layouts import Header

Refuse = Callable[[int, str], None]
"""Told the number of a line, and why it cannot be loaded."""

_KNOWN_GOOD = 1 << 16
"""Values remembered a column: dates, counts and EINs recur, so most cells are but looked up."""

_CSV_FAULTS = {
    "unexpected end of data": "a quote opened here is never closed",
    "field larger": "a cell is longer than 131,072 characters: a quote may never be closed",
    "expected after": "text follows a closing quote",
    "line contains NUL": "holds a NUL byte, which no text may",
}


class RowReader:
    """One open file: its heading, then its good rows, each led by its line number."""

    def __init__(self, file: CsvFile, text: IO[str], refuse: Refuse) -> None:
        self._reader = csv.reader(text, strict=True)
        self._refuse = refuse
        self._has_nul = file.has_nul
        self.count = 0
        try:
            self.heading = next(self._reader)
        except csv.Error as error:
            raise UsageError(_plain(error), where=f"{file.path}:1") from None

    def rows(self, header: Header) -> Iterator[tuple[Any, ...]]:
        """The good rows, of the cells that the header takes, in its order."""
        width, has_nul = header.width, self._has_nul
        pick = itemgetter(*header.positions)
        placed = list(zip(header.positions, header.columns, strict=True))
        keys = [(position, column.heading) for position, column in placed if column.is_key]
        checks: list[tuple[int, Any, set[str]]] = [
            (position, column, {""}) for position, column in placed if column.check
        ]
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
            faults = [f"{name} is empty, and it is the key" for at, name in keys if not row[at]]
            for position, column, good in checks:
                value = row[position]
                if value in good:
                    continue
                reason = column.check(value)
                if reason:
                    faults.append(f"{column.heading} {_shown(value)} {reason}")
                elif len(good) < _KNOWN_GOOD:
                    good.add(value)
            if has_nul and any("\0" in cell for cell in row):
                faults.append("holds a NUL byte, which no text may")
            if faults:
                self._refuse(line, "; ".join(faults))
            else:
                yield line, *pick(row)


def _plain(error: csv.Error) -> str:
    said = str(error)
    return next((words for sign, words in _CSV_FAULTS.items() if sign in said), said)


def _shown(value: str) -> str:
    return repr(value if len(value) <= 40 else value[:37] + "...")

"""Columns and lists, as a terminal shows them."""

from __future__ import annotations

import os

import pytest
from rich.cells import cell_len

from outreach_hub.console import and_more, columns, counted, err, notice, some


def test_columns_stand_under_one_another_whatever_is_in_them() -> None:
    rows = [("name", "city"), ("Ann", "Oslo"), ("\u5f20\u4f1f", "Xi'an"), ("Jose\u0301", "")]
    lines = list(columns(rows, indent=2))
    assert lines[1] == "  Ann   Oslo"
    assert lines[3] == "  Jose\u0301"  # nothing behind the last that is there
    before = [line[: line.index(city)] for line, (_, city) in zip(lines, rows, strict=True) if city]
    assert {cell_len(text) for text in before} == {8}


def test_progress_that_nobody_reads_any_more_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else a thread of dbt would end, and the build would wait for it for ever."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        monkeypatch.setattr("sys.stderr", stream)
        screen = err()
        for line in ("one", "two"):
            screen.print(line)
            notice(line)


def test_no_rows_are_no_lines() -> None:
    assert list(columns([])) == []


@pytest.mark.parametrize(
    ("names", "said"),
    [([], ""), (["a"], "a"), (["a", "b"], "a, b"), (["a", "b", "c", "d"], "a, b and 2 more")],
)
def test_some_of_many(names: list[str], said: str) -> None:
    assert some(names, shown=2) == said


def test_how_many_more() -> None:
    assert (and_more(3, 3), and_more(2004, 3)) == ("", "and 2,001 more")


def test_one_is_not_counted_as_many() -> None:
    said = [counted(number, "row") for number in (0, 1, 2, 2000)]
    assert said == ["0 rows", "1 row", "2 rows", "2,000 rows"]

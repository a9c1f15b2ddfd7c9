"""The demo world on Spark: the same files, checked as the loader checks them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from outreach_hub.demo_world import demo_files
from outreach_hub.errors import UsageError
from outreach_hub.load.files import inspect, open_text
from outreach_hub.load.layouts import Header, Layout
from outreach_hub.load.rows import RowReader
from outreach_hub.sources import SourceTable, read_sources
from outreach_hub.spark.landing import Row, land

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from outreach_hub.project import Project


def load_demo(project: Project, session: SparkSession) -> dict[str, int]:
    """Lands every CSV of seeds/ and returns the rows of each table."""
    return {
        table.full_name: land(session, table, _rows(table, path))
        for table, path in demo_files(project, read_sources(project))
    }


def _rows(table: SourceTable, path: Path) -> Iterator[Row]:
    """The rows of a file in the order of the table's columns; an empty cell is null."""

    def refuse(line: int, why: str) -> None:
        raise UsageError(why, where=f"{path}:{line}")

    file = inspect(path)
    with open_text(file, lambda count: None) as text:
        reader = RowReader(file, text, refuse)
        header = Header.match(reader.heading, Layout.of_table(table), path)
        for _, cells in reader.rows(header):
            yield [cell or None for cell in cells]

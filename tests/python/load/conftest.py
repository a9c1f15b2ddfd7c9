"""A database with a stand-in CL and a landing, and a loader onto it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conftest import write_profile
from outreach_hub.database import connect_to
from outreach_hub.load import LoadReport, load_files, retry_pending
from outreach_hub.profile import Target
from outreach_hub.project import Project
from outreach_hub.sources import Sources, read_sources

CHECKOUT = Project(Path(__file__).resolve().parents[3])
OFFICIAL_FILES = CHECKOUT.root.parent / "shared" / "data" / "dol"


class Loading:
    """Loads files, written on the spot, as the administrator."""

    def __init__(self, connection: psycopg.Connection[Any], sources: Sources, folder: Path) -> None:
        self.connection = connection
        self.sources = sources
        self.folder = folder

    def file(self, name: str, *lines: str) -> Path:
        """A file of these lines."""
        path = self.folder / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    def table_file(self, table: str, *rows: dict[str, str], name: str | None = None) -> Path:
        """A file with a table's own header. What a row leaves out is empty."""
        columns = [column.name for column in self.sources.find(table).columns]
        return write_csv(self.folder / (name or f"{table}.csv"), columns, rows)

    def load(self, table: str, *paths: Path, check: bool = False) -> LoadReport:
        return load_files(self.connection, self.sources, table, paths, check=check)

    def retry(self, table: str = "dol_filings", check: bool = False) -> LoadReport:
        """What trying everything again did to a table."""
        reports = retry_pending(self.connection, self.sources, check=check)
        return next(each for each in reports if each.table.endswith(f".{table}"))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query answers, in a transaction of its own."""
        with self.connection.transaction():
            return self.connection.execute(query.encode()).fetchall()

    def tables(self) -> set[str]:
        """The tables that there are in the stand-in and the landing."""
        found = self.rows(
            "select schemaname || '.' || tablename from pg_tables "
            "where schemaname in ('cl', 'outreach_raw')"
        )
        return {name for (name,) in found}


def write_csv(path: Path, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> Path:
    """A CSV of these columns, in this order."""
    with path.open("w", encoding="utf-8", newline="") as file:
        # All quoted: left to itself, the writer leaves a lone carriage return bare.
        writer = csv.DictWriter(
            file, columns, restval="", lineterminator="\n", quoting=csv.QUOTE_ALL
        )
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="session")
def sources() -> Sources:
    return read_sources(CHECKOUT)


@pytest.fixture
def loading(database: Target, sources: Sources, tmp_path: Path) -> Iterator[Loading]:
    folder = tmp_path / "files"
    folder.mkdir()
    with connect_to(database, role="admin") as admin:  # loading must not depend on it
        admin.execute(
            f"alter database {database.dbname} set timezone to 'America/New_York'".encode()
        )
    with connect_to(database, role="admin") as connection:
        yield Loading(connection, sources, folder)


@pytest.fixture
def command_line(tmp_path: Path, database: Target, monkeypatch: pytest.MonkeyPatch) -> Project:
    """As much of the project as `outreach load` reads, entered, on a database of its own."""
    project = Project(tmp_path / "project")
    shutil.copytree(CHECKOUT.models_dir / "staging", project.models_dir / "staging")
    shutil.copy(CHECKOUT.root / "dbt_project.yml", project.root)
    write_profile(project, database)
    monkeypatch.setenv("OUTREACH_PROJECT_DIR", str(project.root))
    monkeypatch.chdir(project.root)
    return project


def official_path(name: str) -> Path:
    """The path of a real file; the test is skipped where it is not at hand."""
    if not (OFFICIAL_FILES / name).exists():
        pytest.skip(f"{name} is published data, which the project does not carry")
    return OFFICIAL_FILES / name


def official_rows(*names: str) -> list[dict[str, str]]:
    """All rows of real files, as they were published."""
    rows: list[dict[str, str]] = []
    for name in names:
        with official_path(name).open(encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file)
    return rows

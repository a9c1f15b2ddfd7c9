"""The demo world: invented companies, loaded where nothing real can be."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outreach_hub.errors import UsageError
from outreach_hub.load.loader import load_files, make_landing
from outreach_hub.sources import SourceTable, read_sources
from outreach_hub.stand_in import require_stand_ins

if TYPE_CHECKING:
    import psycopg

    from outreach_hub.project import Project

AS_OF = "2026-11-25"
"""The demo's own today. On the calendar's, its companies would fall silent within three months."""


def load_demo(project: Project, connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Loads every CSV of seeds/ and returns the rows of each table. Does nothing twice."""
    sources = read_sources(project)
    require_stand_ins(
        connection,
        {table.schema for table in sources},
        hint="the demo world is only for the embedded server: leave --target out",
    )
    make_landing(connection, sources)  # of a feed that the demo world has nothing of
    return {
        table.full_name: load_files(connection, sources, table.full_name, [path]).rows
        for table, path in demo_files(project, sources)
    }


def demo_files(project: Project, sources: Iterable[SourceTable]) -> list[tuple[SourceTable, Path]]:
    """The source tables that the demo world fills, each with its CSV of seeds/."""
    files = [(table, project.seeds_dir / table.source / f"{table.name}.csv") for table in sources]
    found = [(table, path) for table, path in files if path.exists()]
    if not found:
        raise UsageError("there is no demo world to load", where=str(project.seeds_dir))
    return found

"""A world of any size in the sources of a stand-in, made in Postgres by benchmarks/world.sql."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from outreach_hub.bench.checksum import checksum
from outreach_hub.database import connect_to, exists
from outreach_hub.errors import UsageError
from outreach_hub.load.landing import count, create_table, relation_of
from outreach_hub.refusals import in_plain_words
from outreach_hub.schemas import HubSchemas
from outreach_hub.sources import Sources, read_sources
from outreach_hub.stand_in import require_stand_ins

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

    from outreach_hub.profile import Target
    from outreach_hub.project import Project

MOST_COMPANIES = 100_000_000
"""Their sends can still be counted in an integer."""

A_DATABASE = (
    "a database of its own, here of the embedded server:"
    ' DBT_HOST="$PWD/.outreach/run" DBT_ADMIN_USER=postgres DBT_DBNAME=bench'
    " outreach db furnish --target dev"
)


@dataclass(frozen=True)
class Filled:
    """A source table of the world."""

    rows: int
    checksum: str


@dataclass(frozen=True)
class World:
    """What was generated."""

    companies: int
    seed: int
    seconds: float
    tables: dict[str, Filled]


def generate(project: Project, target: Target, companies: int, seed: int) -> World:
    """Fills the sources, which have to be empty stand-ins beside an empty hub. All or nothing."""
    started = time.monotonic()
    sources = read_sources(project)
    where = f"target {target.name}, {target.url()}"
    with in_plain_words(where, hint="generate as the administrator: DBT_ADMIN_USER"):
        with connect_to(target, role="admin") as connection:
            _require_empty(connection, target, sources, where)
            with connection.cursor() as cursor:
                for table in sources:
                    columns = table.columns
                    create_table(cursor, table.schema, table.name, columns, may_make_schema=True)
            run_script(connection, script(project, "world.sql"), companies=companies, seed=seed)
        with connect_to(target, role="admin", autocommit=True) as connection:
            vacuum(connection, sources)
            filled = {}
            for table in sources:
                found = checksum(connection, table.schema, table.name)
                filled[table.full_name] = Filled(int(found.partition(":")[0]), found)
    return World(companies, seed, time.monotonic() - started, filled)


def vacuum(connection: psycopg.Connection[Any], sources: Sources) -> None:
    """What a server does of itself, in time: the planner knows what is there now."""
    for table in sources:
        connection.execute(sql.SQL("vacuum analyze {}").format(relation_of(table)))


def script(project: Project, name: str) -> Path:
    """A file of benchmarks/."""
    return project.root / "benchmarks" / name


def run_script(connection: psycopg.Connection[Any], path: Path, **variables: object) -> None:
    """Runs a script whose variables are written as psql's, such as `:companies`."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot be read: {error.strerror}", where=str(path), hint="it is part of the checkout"
        ) from None
    for name, value in variables.items():
        text = re.sub(rf"(?<!:):{name}\b", str(value), text)
    connection.execute(text.encode())


def _require_empty(
    connection: psycopg.Connection[Any], target: Target, sources: Sources, where: str
) -> None:
    """An invented world is no company's, and must reach nothing that is somebody's."""
    schemas = {table.schema for table in sources}
    require_stand_ins(connection, schemas, hint=f"generate into {A_DATABASE}")
    registry = sql.Identifier(HubSchemas.of(target.schema).audit, "target_registry")
    relations = [registry, *map(relation_of, sources)]
    with connection.cursor() as cursor:
        filled = [
            relation.as_string().replace('"', "")
            for relation in relations
            if exists(cursor, relation)
            and count(
                cursor,
                sql.SQL("select count(*) from (select from {} limit 1) as _").format(relation),
            )
        ]
    if filled:
        raise UsageError(
            f"there are rows already: {', '.join(filled)}",
            where=where,
            hint=f"a world is generated into empty sources, beside an empty hub: use {A_DATABASE}",
        )

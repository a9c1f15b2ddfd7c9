"""A server of the race's own, thrown away afterwards, tuned and durable as `db start` makes it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import sql

from outreach_hub import console
from outreach_hub.bench.measuring import Server
from outreach_hub.bench.world import generate, run_script, script, vacuum
from outreach_hub.database import connect_to
from outreach_hub.profile import write_profile
from outreach_hub.server import EmbeddedServer
from outreach_hub.sources import read_sources
from outreach_hub.stand_in import furnish

if TYPE_CHECKING:
    import psycopg

    from outreach_hub.profile import Target
    from outreach_hub.project import Project

WORLD = "world"
THREADS = 4


@dataclass(frozen=True)
class Laboratory:
    """A folder, and the server in it. Each contender has a copy of the world, in a database."""

    project: Project
    folder: Path
    server: EmbeddedServer

    def fill(self, companies: int, seed: int) -> None:
        """The world that every repeat starts from."""
        furnish(self.server.target(WORLD))
        generate(self.project, self.server.target(WORLD), companies, seed)

    def copy_world(self, name: str) -> Target:
        """A database for one contender: a hub proves that no other table carries its identities."""
        with self._server_wide() as connection:
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            )
            create = sql.SQL("create database {} template {}")
            connection.execute(create.format(sql.Identifier(name), sql.Identifier(WORLD)))
        target = self.server.target(name)
        furnish(target)  # privileges do not come along
        return target

    def change(self, target: Target, name: str, **variables: object) -> None:
        """Runs a script of benchmarks/ on the sources, and has them as a nightly vacuum would."""
        with connect_to(target, role="admin") as connection:
            run_script(connection, script(self.project, name), **variables)
        with connect_to(target, role="admin", autocommit=True) as connection:
            vacuum(connection, read_sources(self.project))

    def settle(self) -> None:
        """Writes out what one contender has left, so that the next does not pay for it."""
        with self._server_wide() as connection:
            connection.execute("checkpoint")

    def environment(self, target: Target) -> dict[str, str]:
        """What a process needs to build in this database, and nothing else."""
        folder = self.folder / target.dbname
        settings = {
            "type": "postgres",
            "host": target.host,
            "port": target.port,
            "user": target.user,
            "password": "",
            "dbname": target.dbname,
            "schema": target.schema,
            "threads": THREADS,
        }
        write_profile(folder, target.name, settings)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DBT_", "PG", "OUTREACH_"))
        }
        return kept | {
            "OUTREACH_PROJECT_DIR": str(self.project.root),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "DBT_PROFILES_DIR": str(folder),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        }

    def watched(self) -> Server:
        """The server, to be measured."""
        return Server(self.server.status().pid or 0, self.server.data_dir)

    def _server_wide(self) -> psycopg.Connection[Any]:
        return connect_to(self.server.target("postgres"), role="admin", autocommit=True)


@contextlib.contextmanager
def laboratory(project: Project) -> Iterator[Laboratory]:
    """A running one. Nothing of it stays, whether the race ends well, badly, or is told to end."""
    folder = Path(tempfile.mkdtemp(prefix="outreach-bench-"))
    folder.chmod(0o755)  # root's server runs as a user of its own
    server = EmbeddedServer(folder / "server")
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.start(console.notice)
        yield Laboratory(project, folder, server)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
        signal.signal(signal.SIGTERM, before)

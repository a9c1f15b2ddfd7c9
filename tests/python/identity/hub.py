"""A hub to be built again and again: one project, one database that is put back between builds.

The database keeps its name and is cloned from a template, since dbt parses the whole project afresh
whenever its connection changes; so a build here costs what it does, and nothing else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import sql

from conftest import REPOSITORY, TEMPLATE, CliResult, copy_project, run_in_process, write_profile
from corpus import load, patched
from identity.worlds import AS_OF, World, land, make_tables
from outreach_hub.database import connect_to
from outreach_hub.profile import Target
from outreach_hub.project import Project
from outreach_hub.server import EmbeddedServer
from outreach_hub.stand_in import furnish

DATABASE = "identity_hub"
FURNISHED = "identity_furnished"
PUBLISHED = ("outreach_marts", "outreach_outbound")
SOURCES = ("cl", "outreach_raw")

ANCHOR_ONLY = ("--select", "+company_target", "--indirect-selection", "buildable")
"""Arguments of a build of company_target, what it reads, and the gates of all that."""

READS_NO_HUB = (
    *("--select", "path:models/staging", "+company_target"),
    *("--indirect-selection", "buildable"),
)
"""The same with all of staging, and so every gate of landed records."""


class Evidence(NamedTuple):
    """One row of outreach_audit.identity_failures."""

    source_table: str
    record_key: str | None
    code: str
    column_name: str
    offending_value: str
    expected: str
    failure_count: int


@dataclass(frozen=True)
class Build:
    """One command of the runner, and what it left in the database."""

    result: CliResult
    evidence: list[Evidence]
    before: dict[str, str]
    after: dict[str, str]
    """Checksums of every source and published table, around the command."""

    @property
    def exit_code(self) -> int:
        return self.result.exit_code

    def of(self, source_table: str, record_key: str | None) -> list[Evidence]:
        """The evidence against one record."""
        return [
            found
            for found in self.evidence
            if (found.source_table, found.record_key) == (source_table, record_key)
        ]

    @property
    def published_before(self) -> dict[str, str]:
        return _of(PUBLISHED, self.before)

    @property
    def published_after(self) -> dict[str, str]:
        return _of(PUBLISHED, self.after)

    @property
    def sources_before(self) -> dict[str, str]:
        return _of(SOURCES, self.before)

    @property
    def sources_after(self) -> dict[str, str]:
        return _of(SOURCES, self.after)


def on_the_clock(**variables: Any) -> str:
    """The vars of a run, as JSON."""
    return json.dumps({"as_of_date": AS_OF.isoformat(), **variables})


def dropping(table: str, kind: str) -> str:
    """Drops a constraint by what it does: its name differs from build to build."""
    return f"""
        do $$
        begin
            execute (
                select format('alter table {table} drop constraint %I', conname)
                from pg_constraint
                where conrelid = '{table}'::regclass and contype = '{kind}'
            );
        end $$;
    """


def _of(schemas: tuple[str, ...], checksums: dict[str, str]) -> dict[str, str]:
    return {
        name: checksum for name, checksum in checksums.items() if name.partition(".")[0] in schemas
    }


@dataclass
class Hub:
    """The project and its database."""

    server: EmbeddedServer
    project: Project

    @classmethod
    def make(cls, server: EmbeddedServer, folder: Path) -> Hub:
        hub = cls(server, copy_project(REPOSITORY.root, folder / "project"))
        write_profile(hub.project, hub.target)
        hub.keep_as(FURNISHED, of=TEMPLATE)
        with connect_to(server.target(FURNISHED), role="admin") as admin:
            make_tables(admin)
        return hub

    @property
    def target(self) -> Target:
        return self.server.target(DATABASE)

    def reset(self, template: str = FURNISHED) -> None:
        """Puts the database back to what it was when kept."""
        self._clone(template, DATABASE)

    def keep_as(self, template: str, of: str = DATABASE) -> None:
        """Keeps the database as it is, to be put back to."""
        self._clone(of, template)

    def land(self, world: World) -> None:
        with self.admin() as admin:
            land(admin, world)

    @contextmanager
    def admin(self) -> Iterator[psycopg.Connection[Any]]:
        """Who owns the sources. What is done is committed."""
        with connect_to(self.target, role="admin") as connection:
            yield connection

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.admin() as admin:
            return admin.execute(query).fetchall()

    def build(self, *arguments: str, **variables: Any) -> Build:
        return self.run("build", *arguments, **variables)

    def run(self, command: str, *arguments: str, **variables: Any) -> Build:
        """`outreach COMMAND ...`, in this process, on the clock of the worlds.

        Unit tests are left out: they say nothing about the rows of a world.
        """
        return self._around(
            lambda: run_in_process(
                *(command, *arguments, "--vars", on_the_clock(**variables)),
                *("--exclude-resource-type", "unit_test"),
            )
        )

    def bare_dbt(self, command: str, *arguments: str, **variables: Any) -> Build:
        """`dbt COMMAND ...` as a process of its own, without the runner."""

        def run_dbt() -> CliResult:
            done = subprocess.run(
                [
                    *(sys.executable, "-m", "dbt.cli.main", command, *arguments),
                    *("--vars", on_the_clock(**variables), "--profiles-dir", "."),
                ],
                capture_output=True,
                text=True,
                check=False,
            )
            return CliResult(done.returncode, done.stdout, done.stderr)

        return self._around(run_dbt)

    def _around(self, run: Callable[[], CliResult]) -> Build:
        before, known = self.checksums(), len(self.evidence())
        with self.entered():
            result = run()
        return Build(result, self.evidence()[known:], before, self.checksums())

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Works in the project, with nothing of the caller's settings."""
        with pytest.MonkeyPatch.context() as patch:
            for name in list(os.environ):
                if name.startswith(("DBT_", "PG", "OUTREACH_")):
                    patch.delenv(name)
            patch.setenv("OUTREACH_PROJECT_DIR", str(self.project.root))
            patch.chdir(self.project.root)
            yield

    @contextmanager
    def edited_by(self, case: str) -> Iterator[None]:
        """The project with the files that a case of the corpus changes."""
        (found,) = load(case)
        texts = {path: text for path, text in patched(found, self.project.root) if text}
        before = {path: path.read_text() for path in texts}
        try:
            for path, text in texts.items():
                path.write_text(text)
            yield
        finally:
            for path, text in before.items():
                path.write_text(text)

    def evidence(self) -> list[Evidence]:
        """All that was ever found in this database, oldest first."""
        with self.admin() as admin:
            there = admin.execute("select to_regclass('outreach_audit.identity_failures')")
            if there.fetchone() == (None,):
                return []
            columns = sql.SQL(", ").join(map(sql.Identifier, Evidence._fields))
            found = admin.execute(
                sql.SQL("select {} from outreach_audit.identity_failures order by ctid").format(
                    columns
                )
            )
            return [Evidence(*row) for row in found]

    def checksums(self, *schemas: str) -> dict[str, str]:
        """Rows and content of every table or view of the schemas, by name.

        Those of the sources and of what is published, where none is named.
        """
        found = self.rows(
            f"""
            select
                format('%s.%s', nspname, relname),
                format('select count(*) || '':'' || coalesce(md5(string_agg(t::text, chr(10)'
                    ' order by t::text)), '''') from %I.%I as t', nspname, relname)
            from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid
            where relkind in ('r', 'v') and nspname in {schemas or SOURCES + PUBLISHED}
            """
        )
        with self.admin() as admin:
            return {name: admin.execute(query).fetchall()[0][0] for name, query in found}

    def targets(self) -> dict[str, str]:
        """target_id of every company."""
        return dict(self.rows("select company_unique_id, target_id from outreach.company_target"))

    def _clone(self, template: str, name: str) -> None:
        with connect_to(self.server.target("postgres"), role="admin", autocommit=True) as admin:
            admin.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            )
            admin.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        furnish(self.server.target(name))  # a template's privileges do not come along

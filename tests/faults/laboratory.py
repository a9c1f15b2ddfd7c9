"""A hub to be broken: a durable server with the demo world, and what can be seen of it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from builds import Build, Builder
from conftest import REPOSITORY, copy_project, write_profile
from outreach_hub.bench.checksum import OF_THE_RUN
from outreach_hub.database import connect_to
from outreach_hub.demo_world import AS_OF, load_demo
from outreach_hub.errors import EnvironmentFailure
from outreach_hub.profile import Target
from outreach_hub.project import Project
from outreach_hub.server import EmbeddedServer
from outreach_hub.stand_in import READER_ROLES, furnish

DATABASE, LANDED, BROKEN = "outreach", "outreach_landed", "outreach_broken"
PUBLISHED = ("outreach_marts", "outreach_outbound")
SOURCES = ("cl", "outreach_raw")
VARIABLES = ("--vars", json.dumps({"as_of_date": AS_OF}))
NOT_NEEDED = [
    f"path:models/{folder},test_name:{test}"
    for folder in ("staging", "company_target", "people", "dol")
    for test in ("not_null", "unique", "relationships", "accepted_values")
]
PART = (
    *("--select", "+fct_dol_filings", "+rpt_renewal_calendar", "+fct_dol_insurance_contracts"),
    *("stg_execution__campaigns", "relationships_fct_dol_filings_*"),
    *("relationships_rpt_renewal_calendar_*", "relationships_fct_dol_insurance_contracts_*"),
    *("--indirect-selection", "buildable", "--exclude", *NOT_NEEDED),
)
"""The least that may be published by itself: three marts and all gates. Others are carried over.

The three refer to published marts, which do not know a new company before all is built.
"""

CHANGED = ("--changed-only",)
"""The companies of which something has changed, where the build before was one of everything."""

TABLESPACE = "small"
TABLESPACE_MB = 64


@dataclass(frozen=True)
class Sight:
    """All that must hold, as of one moment."""

    landing: dict[str, str]
    published: dict[str, str]
    publications: int
    targets: frozenset[tuple[Any, ...]]
    registry: frozenset[tuple[Any, ...]]
    readable: frozenset[str]
    """Schemas that a reader's role may enter."""
    unfinished: tuple[str, ...]
    """Schemas of a publish that did not end."""


@dataclass
class Laboratory:
    """One server, one database, and everything that was ever landed in it."""

    folder: Path
    server: EmbeddedServer
    project: Project
    builder: Builder
    landed: list[str]
    has_tablespace: bool = False

    @classmethod
    @contextmanager
    def open(
        cls, folder: Path, say: Callable[[str], None], *, durable: bool = True
    ) -> Iterator[Laboratory]:
        """Opens one whose demo world is landed and not built. Closes it, whatever becomes of it."""
        server = EmbeddedServer(folder / "server", durable=durable)
        project = copy_project(REPOSITORY.root, folder / "project")
        write_profile(project, server.target())
        laboratory = cls(folder, server, project, Builder(project, folder / "builds"), [])
        try:
            server.start()
            furnish(server.target())
            with laboratory.admin() as admin:
                load_demo(project, admin)
            with laboratory.admin("postgres") as admin:
                admin.execute(f"create database {LANDED} template {DATABASE}")
            laboratory.has_tablespace = laboratory._make_tablespace()
            say("reading the project once")
            laboratory.builder.prepare(VARIABLES)
            yield laboratory
        finally:
            server.stop()
            if laboratory.has_tablespace:
                subprocess.run(["umount", str(laboratory.tablespace)], check=False)

    @property
    def target(self) -> Target:
        return self.server.target(DATABASE)

    @property
    def tablespace(self) -> Path:
        return self.folder / TABLESPACE

    def admin(self, dbname: str = DATABASE) -> psycopg.Connection[Any]:
        return connect_to(self.server.target(dbname), role="admin", autocommit=True)

    # -- builds

    def start(self, *selection: str) -> Build:
        """`outreach build`, under way: of everything, of a part, or of what changed."""
        rebuild = () if selection == CHANGED else ("--rebuild",)
        return self.builder.start("outreach", "build", *rebuild, *VARIABLES, *selection)

    def start_bare(self, *selection: str) -> Build:
        """`dbt build`, under way."""
        part = () if selection == CHANGED else selection
        return self.builder.start("dbt", "build", *VARIABLES, *part)

    def calm_build(self) -> None:
        """A build that nothing disturbs. It has to go well."""
        build = self.start()
        exit_code = build.wait()
        if exit_code != 0:
            raise RuntimeError(f"an undisturbed build ends with {exit_code}:\n{build.said()}")

    def clean_build(self) -> dict[str, str]:
        """What a new hub publishes of all that was landed here."""
        with self.admin("postgres") as admin:
            admin.execute(f"alter database {DATABASE} rename to {BROKEN}")
            admin.execute(f"create database {DATABASE} template {LANDED}")
        furnish(self.target)
        with self.admin() as admin:
            for statement in self.landed:
                admin.execute(statement)
        self.calm_build()
        return self.published_but_for_the_clock()

    # -- landing

    def land_a_little(self, number: int, *, new_company: bool) -> None:
        """A filing, a person and a score; or those of a new company, so that a target is due."""
        company = "(select min(company_unique_id) from cl.company_identity)"
        statements = []
        if new_company:
            company = f"'FAULT-{number}'"
            statements.append(_copy_of("cl.company_identity", company_unique_id=company))
        statements += [
            _copy_of(
                "outreach_raw.dol_filings", filing_id=f"'FIL-{number}'", company_unique_id=company
            ),
            _copy_of(
                "outreach_raw.people",
                person_id=f"'PER-{number}'",
                company_unique_id=company,
                email=f"'person{number}@faults.example'",
            ),
            _copy_of(
                "cl.bit_scores",
                company_unique_id=company,
                scored_at=f"timestamptz '2026-01-01 00:00Z' + interval '{number} minutes'",
            ),
        ]
        with self.admin() as admin:
            for statement in statements:
                admin.execute(statement)
        self.landed += statements

    # -- what can be seen

    def sight(self) -> Sight:
        with self.admin() as admin, admin.transaction():
            admin.execute("set transaction isolation level repeatable read")
            schemas = [
                name
                for (name,) in admin.execute(
                    "select nspname from pg_namespace where nspname !~ '^(pg_|information_schema)'"
                )
            ]
            readable = {
                schema
                for role in READER_ROLES
                for schema in schemas
                if _answer(admin, f"select has_schema_privilege('{role}', '{schema}', 'usage')")
            }
            return Sight(
                landing=_checksums(admin, SOURCES),
                published=_checksums(admin, PUBLISHED),
                publications=_answer(admin, "select count(*) from outreach_audit.publications"),
                targets=_targets(admin, "outreach.company_target"),
                registry=_targets(admin, "outreach_audit.target_registry"),
                readable=frozenset(readable - {"public"}),
                unfinished=tuple(name for name in schemas if name.endswith("__next")),
            )

    def published_but_for_the_clock(self) -> dict[str, str]:
        """Without the times at which targets were given and changed: no two hubs share them."""
        with self.admin() as admin:
            return _checksums(admin, PUBLISHED, without=OF_THE_RUN)

    # -- the server

    def await_server(self, seconds: float = 120) -> None:
        """Starts the server where it does not run, and waits until it has recovered."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.server.start()
                with self.admin() as admin:
                    admin.execute("select 1")
                return
            except (EnvironmentFailure, psycopg.Error):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def _make_tablespace(self) -> bool:
        """A small file system of its own for all that a build writes; root alone can mount one."""
        if os.geteuid() != 0:
            return False
        self.tablespace.mkdir()
        size = f"size={TABLESPACE_MB}m,mode=0700"
        mount = ["mount", "-t", "tmpfs", "-o", size, "faults", str(self.tablespace)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            return False
        owner = self.server.data_dir.stat()
        os.chown(self.tablespace, owner.st_uid, owner.st_gid)
        with self.admin("postgres") as admin:
            admin.execute(f"create tablespace {TABLESPACE} location '{self.tablespace}'")
            build_role = self.target.user
            admin.execute(f"grant create on tablespace {TABLESPACE} to {build_role}")
            admin.execute(f"alter role {build_role} set default_tablespace = {TABLESPACE}")
        return True


def _copy_of(table: str, **changed: str) -> str:
    """A statement that adds a copy of the table's first row with some columns changed."""
    key = next(iter(changed))
    values = ", ".join(f"'{column}', {value}" for column, value in changed.items())
    return (
        f"insert into {table} select (jsonb_populate_record(model, jsonb_build_object({values}))).*"
        f" from {table} as model order by {key} limit 1"
    )


def _answer(connection: psycopg.Connection[Any], query: str) -> Any:
    row = connection.execute(query).fetchone()
    assert row
    return row[0]


def _targets(connection: psycopg.Connection[Any], table: str) -> frozenset[tuple[Any, ...]]:
    columns = "company_unique_id, target_id, sequence_num, first_targeted_at"
    return frozenset(connection.execute(f"select {columns} from {table}").fetchall())


def _checksums(
    connection: psycopg.Connection[Any], schemas: tuple[str, ...], without: tuple[str, ...] = ()
) -> dict[str, str]:
    """Rows and content of every table and view of the schemas, by name."""
    tables = connection.execute(
        """
        select nspname || '.' || relname
        from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid
        where relkind in ('r', 'v') and nspname = any(%s)
        """,
        [list(schemas)],
    ).fetchall()
    row = f"(to_jsonb(t) - '{{{','.join(without)}}}'::text[])::text"
    content = f"count(*) || ':' || coalesce(md5(string_agg({row}, chr(10) order by {row})), '')"
    return {
        table: _answer(connection, f"select {content} from {table} as t") for (table,) in tables
    }

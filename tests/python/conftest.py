"""What every Python test stands on: a throw-away Postgres, a copy of the project, the runner.

Each pytest worker has a server of its own (two seconds, once) and each test a database of its own
(cloned from a template, 50 ms), so that tests run side by side and leave nothing behind.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from outreach_hub.cli import run
from outreach_hub.database import connect_to
from outreach_hub.profile import Target
from outreach_hub.project import Project
from outreach_hub.server import EmbeddedServer
from outreach_hub.stand_in import furnish

REPOSITORY = Project(Path(__file__).resolve().parents[2])
TINY_PROJECT = Path(__file__).parent / "fixtures" / "tiny_project"
TEMPLATE = "outreach_template"

PROJECT_PARTS = (
    *("dbt_project.yml", "packages.yml", "profiles.example.yml", ".dbtignore"),
    *("models", "macros", "seeds", "tests", "vendor", "dbt_packages", "benchmarks"),
)
"""What dbt and the runner read of a checkout."""


HEEDS_CTRL_C = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
"""Before a script that is interrupted: what a shell starts in the background is deaf to Ctrl-C."""


@dataclass(frozen=True)
class CliResult:
    """One run of the command line."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the caller's dbt, libpq or runner settings reaches a test."""
    for name in list(os.environ):
        if name.startswith(("DBT_", "PG", "OUTREACH_")) or name == "SPARK_REMOTE":
            monkeypatch.delenv(name)
    monkeypatch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """A running server, durability off, gone when the worker ends."""
    folder = Path(tempfile.mkdtemp(prefix="outreach-test-", dir="/tmp"))
    server = EmbeddedServer(folder, durable=False)
    try:
        server.start()
        furnish(server.target(TEMPLATE))
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def cloned_database(server: EmbeddedServer, template: str = TEMPLATE) -> Iterator[Target]:
    """A database of its own on the server, a copy of a template that nobody is connected to."""
    name = f"test_{uuid.uuid4().hex}"
    with connect_to(server.target("postgres"), role="admin", autocommit=True) as admin:
        admin.execute(f"create database {name} template {template}")
    try:
        furnish(server.target(name))  # a template's privileges do not come along
        yield server.target(name)
    finally:
        with connect_to(server.target("postgres"), role="admin", autocommit=True) as admin:
            admin.execute(f"drop database if exists {name} with (force)")


@pytest.fixture
def database(server: EmbeddedServer) -> Iterator[Target]:
    """A furnished, empty database: roles, a marked stand-in CL and landing, no tables."""
    with cloned_database(server) as target:
        yield target


def write_profile(project: Project, target: Target) -> None:
    """Points the embedded target of a project at a database."""
    (project.root / "profiles.yml").write_text(
        f"""
outreach:
  target: embedded
  outputs:
    embedded:
      type: postgres
      host: "{target.host}"
      port: {target.port}
      user: {target.user}
      password: ""
      dbname: {target.dbname}
      schema: {target.schema}
      threads: 4
"""
    )


def copy_project(source: Path, destination: Path) -> Project:
    """A copy of what dbt and the runner read, to be edited at will."""
    there = [part for part in PROJECT_PARTS if (source / part).exists()]
    return Project(source).copy_to(destination, there)


@pytest.fixture
def project(tmp_path: Path, database: Target, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy of the real project, on a database of its own. `outreach` and dbt find it."""
    project = copy_project(REPOSITORY.root, tmp_path / "project")
    write_profile(project, database)
    _enter(project, monkeypatch)
    return project


@pytest.fixture
def tiny_project(tmp_path: Path, database: Target, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A dbt project of three models, for what has nothing to do with the real ones.

    It makes no promises of identity, so the proofs around a build are left out.
    """
    monkeypatch.setattr("outreach_hub.building.require_proof", lambda *_: None)
    monkeypatch.setattr("outreach_hub.building.JUDGED", ())
    monkeypatch.setattr("outreach_hub.building.verified", lambda done, *_: done)
    project = copy_project(TINY_PROJECT, tmp_path / "tiny")
    write_profile(project, database)
    _enter(project, monkeypatch)
    return project


def _enter(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTREACH_PROJECT_DIR", str(project.root))
    monkeypatch.chdir(project.root)


def run_in_process(*arguments: str) -> CliResult:
    """`outreach ...` in this process: dbt is imported once, so that a build takes half a second."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        exit_code = run(list(arguments))
    return CliResult(exit_code, stdout.getvalue(), stderr.getvalue())


@pytest.fixture
def outreach() -> Callable[..., CliResult]:
    """`outreach("build", "-s", "people")`, in this process."""
    return run_in_process


@pytest.fixture
def outreach_process() -> Callable[..., CliResult]:
    """`outreach ...` as a user runs it: a process of its own, piped."""

    def run_as_process(*arguments: str, timeout: float = 300) -> CliResult:
        done = subprocess.run(
            [sys.executable, "-m", "outreach_hub", *arguments],
            capture_output=True,
            text=True,
            timeout=timeout,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY.root / "scripts")},
            check=False,
        )
        return CliResult(done.returncode, done.stdout, done.stderr)

    return run_as_process

"""`outreach db`: the server's life, and ways into the database."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import REPOSITORY, TINY_PROJECT, CliResult, copy_project
from outreach_hub.exits import ExitCode
from outreach_hub.profile import Target
from outreach_hub.project import Project

Outreach = Callable[..., CliResult]


@pytest.fixture
def checkout(monkeypatch: pytest.MonkeyPatch, outreach: Outreach) -> Iterator[Project]:
    """A fresh checkout, with a server of its own to come."""
    project = copy_project(TINY_PROJECT, Path(tempfile.mkdtemp(prefix="outreach-db-", dir="/tmp")))
    shutil.copy(REPOSITORY.example_profiles, project.example_profiles)
    monkeypatch.setenv("OUTREACH_PROJECT_DIR", str(project.root))
    try:
        yield project
    finally:
        outreach("db", "stop")
        shutil.rmtree(project.root)


def test_a_servers_life(checkout: Project, outreach: Outreach) -> None:
    assert outreach("setup").exit_code == ExitCode.GOOD
    stopped = outreach("db", "status", "--json")
    assert stopped.exit_code == ExitCode.ENVIRONMENT
    assert json.loads(stopped.stdout)["state"] == "stopped"

    assert outreach("db", "start").stderr.endswith("the server is running\n")
    running = outreach("db", "status", "--json")
    assert running.exit_code == ExitCode.GOOD
    assert json.loads(running.stdout)["pid"] > 0
    assert "the server was running" in outreach("db", "start").stderr

    assert "is stopped" in outreach("db", "stop").stderr
    assert "was not running" in outreach("db", "stop").stderr


def test_psql_is_the_build_role_or_the_administrator(
    tiny_project: Project, outreach_process: Outreach
) -> None:
    query = ["-Atc", "select current_user"]
    assert outreach_process("db", "psql", *query).stdout == "outreach_build\n"
    assert outreach_process("db", "psql", "--admin", *query).stdout == "postgres\n"


OWN_PSQL = """#!/bin/sh
echo "own psql $* sslmode=$PGSSLMODE"
"""


@pytest.fixture
def own_psql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A psql of the user's own, first on the PATH."""
    program = tmp_path / "bin" / "psql"
    program.parent.mkdir()
    program.write_text(OWN_PSQL)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    return program


@pytest.fixture
def elsewhere(
    checkout: Project, outreach: Outreach, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Target], None]:
    """Lets `dev` and `prod` mean a database."""
    outreach("setup")

    def enter(target: Target) -> None:
        for name, value in {
            "DBT_HOST": target.host,
            "DBT_PORT": str(target.port),
            "DBT_USER": target.user,
            "DBT_DBNAME": target.dbname,
        }.items():
            monkeypatch.setenv(name, value)

    return enter


@pytest.mark.usefixtures("own_psql")
def test_the_embedded_server_has_its_own_psql(
    tiny_project: Project, outreach_process: Outreach, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLMODE", "require")  # which has no meaning on a socket
    assert outreach_process("db", "psql", "-Atc", "select 1").stdout == "1\n"


@pytest.mark.usefixtures("own_psql")
def test_elsewhere_psql_is_the_users_own(
    elsewhere: Callable[[Target], None], outreach_process: Outreach, database: Target
) -> None:
    elsewhere(database)
    done = outreach_process("db", "psql", "--target", "dev", "-c", "select 1")
    assert done.stdout.startswith(f"own psql {database.url()} -c select 1"), done.output


def test_elsewhere_the_embedded_servers_psql_stands_in(
    elsewhere: Callable[[Target], None],
    outreach_process: Outreach,
    database: Target,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    elsewhere(database)
    monkeypatch.setenv("PATH", "")
    for target in ("dev", "prod"):  # a socket has no TLS, whatever the target wants
        done = outreach_process("db", "psql", "--target", target, "-Atc", "select current_user")
        assert done.stdout == f"{database.user}\n", done.output


def test_a_psql_without_tls_is_not_tried_where_the_target_wants_it(
    elsewhere: Callable[[Target], None], outreach: Outreach, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere(Target("prod", "db.example", 5432, "me", "outreach", "outreach"))
    monkeypatch.setenv("PATH", "")
    done = outreach("db", "psql", "--target", "prod")
    assert done.exit_code == ExitCode.USAGE
    assert "sslmode require" in done.stderr
    assert "on the PATH" in done.stderr


def test_psql_where_no_server_answers(checkout: Project, outreach: Outreach) -> None:
    outreach("setup")
    done = outreach("db", "psql", "-c", "select 1")
    assert done.exit_code == ExitCode.ENVIRONMENT
    assert "run `outreach db start`" in done.stderr


def test_a_url_for_other_tools(tiny_project: Project, outreach: Outreach, database: Target) -> None:
    assert outreach("db", "url").stdout.strip() == database.url()
    assert outreach("db", "url", "--admin").stdout.startswith("postgresql://postgres@/")


def test_a_url_never_has_the_password(
    checkout: Project, outreach: Outreach, monkeypatch: pytest.MonkeyPatch
) -> None:
    outreach("setup")
    for name in ("DBT_HOST", "DBT_USER", "DBT_DBNAME"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("DBT_PASSWORD", "s3cr3t!")
    done = outreach("db", "url", "--target", "prod")
    assert done.stdout == "postgresql://x@x:5432/x\n"


def test_before_setup_it_says_what_to_do(checkout: Project, outreach: Outreach) -> None:
    done = outreach("db", "url")
    assert done.exit_code == ExitCode.USAGE
    assert "run `outreach setup`" in done.stderr

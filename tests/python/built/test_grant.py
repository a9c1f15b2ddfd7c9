"""Each role connects, and is refused what is not its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from conftest import CliResult
from identity.hub import Hub
from outreach_hub.database import connect_to
from outreach_hub.exits import ExitCode
from outreach_hub.privileges import build_role_can_write_to_cl

Run = Callable[..., CliResult]

ODD_ROLE = 'bi "reader"; drop schema outreach_marts; --'

READABLE = {
    "outreach_bi": "outreach_marts.dim_people",
    "outreach_cl": "outreach_outbound.sync_cl__engagement_signals",
}

RELATIONS = (
    "cl.company_identity",
    "outreach_raw.people",
    "outreach.company_target",
    "outreach.people",
    "outreach.stg_cl__companies",
    "outreach_audit.identity_failures",
    "outreach_audit.target_registry",
    "outreach_build.dim_people",
    "outreach_build.sync_cl__engagement_signals",
    "outreach_marts.dim_people",
    "outreach_marts.rpt_campaign_performance",
    "outreach_outbound.sync_cl__engagement_signals",
)


def may(hub: Hub, role: str, statement: str) -> bool:
    """Whether a role that connects may run a statement, nothing of which is kept."""
    with connect_to(hub.server.target(hub.target.dbname, role)) as connection:
        try:
            connection.execute(statement)
        except psycopg.errors.InsufficientPrivilege:
            return False
        finally:
            connection.rollback()
    return True


@pytest.fixture(params=["as published", "after outreach grant"])
def granted(request: pytest.FixtureRequest, twice: Hub, outreach: Run) -> Hub:
    """A publish grants what it publishes; the command, run later, must take nothing of it away."""
    if request.param == "after outreach grant":
        assert outreach("grant", "--apply").exit_code == ExitCode.GOOD
    return twice


@pytest.mark.parametrize("role", READABLE)
def test_a_reader_reads_its_own_schema_alone(granted: Hub, role: str) -> None:
    schema = READABLE[role].partition(".")[0]
    readable = {name for name in RELATIONS if may(granted, role, f"select 1 from {name}")}
    assert readable == {name for name in RELATIONS if name.startswith(f"{schema}.")}
    for statement in (
        f"delete from {READABLE[role]}",
        f"create table {schema}.mine (id text)",
        "create schema mine",
        "set role outreach_build",
    ):
        assert not may(granted, role, statement), statement


@pytest.mark.parametrize("schema", ["cl", "outreach_raw"])
def test_the_build_role_only_reads_the_sources(granted: Hub, schema: str) -> None:
    table = {"cl": "cl.company_identity", "outreach_raw": "outreach_raw.people"}[schema]
    role = "outreach_build"
    assert may(granted, role, f"select 1 from {table}")
    for statement in (
        f"insert into {table} (company_unique_id) values ('mine')",
        f"update {table} set company_unique_id = 'mine'",
        f"delete from {table}",
        f"truncate {table}",
        f"alter table {table} add column mine text",
        f"create table {schema}.mine (id text)",
        f"drop schema {schema} cascade",
        "drop table outreach_audit.stand_in",
        "set role postgres",
    ):
        assert not may(granted, role, statement), statement


def test_what_was_granted_too_much_is_taken_back(twice: Hub, outreach: Run) -> None:
    with twice.admin() as admin:
        admin.execute("grant usage on schema outreach, outreach_build to outreach_bi")
        admin.execute("grant select on all tables in schema outreach to outreach_bi")
        admin.execute("grant insert, delete on all tables in schema cl to outreach_build")
    assert may(twice, "outreach_bi", "select 1 from outreach.people")
    assert outreach("grant", "--apply").exit_code == ExitCode.GOOD
    assert not may(twice, "outreach_bi", "select 1 from outreach.people")
    assert not may(twice, "outreach_build", "delete from cl.company_identity")


@pytest.fixture
def odd_role(twice: Hub) -> Iterator[str]:
    """A role of an odd name, gone afterwards: roles are the server's, not the database's."""
    yield ODD_ROLE
    with twice.admin() as admin:
        name = psycopg.sql.Identifier(ODD_ROLE)
        for template in ("drop owned by {}", "drop role {}"):
            admin.execute(psycopg.sql.SQL(template).format(name))


def test_a_role_of_any_name_is_made_and_quoted(twice: Hub, outreach: Run, odd_role: str) -> None:
    done = outreach("grant", "--apply", "--bi-role", odd_role)
    assert done.exit_code == ExitCode.GOOD, done.output
    assert may(twice, odd_role, "select 1 from outreach_marts.dim_people")
    assert not may(twice, odd_role, "select 1 from outreach.people")


def test_printed_statements_change_nothing_and_can_be_run(twice: Hub, outreach: Run) -> None:
    done = outreach("grant", "--cl-role", "not_yet_there")
    assert done.exit_code == ExitCode.GOOD
    assert 'create role "not_yet_there" login;' in done.stdout
    assert not twice.rows("select 1 from pg_roles where rolname = 'not_yet_there'")
    with twice.admin() as admin:
        admin.execute(done.stdout)
        admin.rollback()


def test_one_name_for_two_roles_is_refused(twice: Hub, outreach: Run) -> None:
    done = outreach("grant", "--bi-role", "outreach_build")
    assert done.exit_code == ExitCode.USAGE


def test_an_administrator_who_may_not_is_told_so(
    twice: Hub, outreach: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach_hub.database.EMBEDDED_ADMIN", "outreach_bi")
    done = outreach("grant", "--apply")
    assert done.exit_code == ExitCode.ENVIRONMENT
    assert "the database does not permit it" in done.stderr
    assert "DBT_ADMIN_USER" in done.stderr


WAYS_TO_WRITE = {
    "grant insert on cl.company_identity to outreach_build": (
        "outreach_build may insert on cl.company_identity"
    ),
    "grant update (company_name) on cl.company_identity to outreach_build": (
        "outreach_build may update on cl.company_identity"
    ),
    "grant truncate, trigger on cl.bit_scores to public": (
        "outreach_build may truncate, trigger on cl.bit_scores"
    ),
    "grant references on cl.company_identity to outreach_build": (
        "outreach_build may references on cl.company_identity"
    ),
    "alter table cl.company_eins owner to outreach_build": ("outreach_build owns cl.company_eins"),
    "grant create on schema cl to outreach_build": "outreach_build may create in the schema cl",
    "alter schema cl owner to outreach_build": "outreach_build owns the schema cl",
    "create role clerk; grant delete on cl.company_identity to clerk; "
    "grant clerk to outreach_build with inherit false": "clerk may delete on cl.company_identity",
    "grant pg_execute_server_program to outreach_build": (
        "pg_execute_server_program may write files or run programs on the server"
    ),
    "alter role outreach_build superuser": "outreach_build is a superuser",
}


@pytest.mark.parametrize(("change", "way"), WAYS_TO_WRITE.items(), ids=WAYS_TO_WRITE.keys())
def test_every_way_to_write_to_cl_is_told(
    admin: psycopg.Connection[Any], change: str, way: str
) -> None:
    admin.execute(change)
    admin.execute("set session authorization outreach_build")
    assert way in build_role_can_write_to_cl(admin, ["cl"])


def test_a_role_that_only_reads_has_no_way(built: Hub) -> None:
    with connect_to(built.target) as connection:
        assert build_role_can_write_to_cl(connection, ["cl"]) == []

"""What a fresh embedded database holds, and who may do what in it."""

from dataclasses import replace

import psycopg
import pytest

from outreach_hub.database import connect_to
from outreach_hub.errors import UsageError
from outreach_hub.profile import Target
from outreach_hub.server import EmbeddedServer
from outreach_hub.stand_in import furnish


def test_furnishing_again_changes_nothing(database: Target) -> None:
    assert furnish(database) is False


def test_the_stand_ins_are_marked(database: Target) -> None:
    with connect_to(database) as connection:
        marked = connection.execute("select schema_name from outreach_audit.stand_in order by 1")
        assert marked.fetchall() == [("cl",), ("outreach_raw",)]


def test_the_build_role_reads_what_is_loaded_later(database: Target) -> None:
    with connect_to(database, role="admin") as admin:
        admin.execute("create table cl.company_identity as select 'x' as company_unique_id")
    with connect_to(database) as connection:
        assert connection.execute("select * from cl.company_identity").fetchall() == [("x",)]


def test_the_build_role_is_the_targets_user(server: EmbeddedServer) -> None:
    target = replace(server.target("builders"), user="builder")
    try:
        assert furnish(target) is True
        with connect_to(target) as connection:
            connection.execute("create schema outreach_marts")
            connection.execute("create table outreach_audit.mine (id text)")
    finally:
        with connect_to(server.target("postgres"), role="admin", autocommit=True) as admin:
            admin.execute("drop database if exists builders with (force)")
            admin.execute("drop role if exists builder")


def test_a_cl_that_may_be_real_is_never_marked(database: Target) -> None:
    with connect_to(database, role="admin") as admin:
        admin.execute("drop table outreach_audit.stand_in")
    with pytest.raises(UsageError, match="cl, outreach_raw") as refused:
        furnish(database)
    assert refused.value.code == "ID007"
    with connect_to(database) as connection:
        found = connection.execute("select to_regclass('outreach_audit.stand_in')").fetchone()
    assert found == (None,)


@pytest.mark.parametrize(
    "statement",
    [
        "create table cl.mine (id text)",
        "create table outreach_raw.mine (id text)",
        "insert into outreach_audit.stand_in (schema_name) values ('public')",
        "drop table outreach_audit.stand_in",
        "alter schema outreach_audit rename to elsewhere",
        "alter schema cl owner to outreach_build",
        "set role postgres",
    ],
)
def test_the_build_role_is_refused(database: Target, statement: str) -> None:
    with connect_to(database) as connection, pytest.raises(psycopg.Error):
        connection.execute(statement)


def test_the_build_role_makes_its_own_schemas_and_evidence(database: Target) -> None:
    with connect_to(database) as connection:
        connection.execute("create schema outreach_marts")
        connection.execute("create table outreach_audit.identity_failures (id text)")

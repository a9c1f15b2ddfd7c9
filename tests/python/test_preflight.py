"""What a build checks before it writes anything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from outreach_hub.database import connect_to
from outreach_hub.errors import EnvironmentFailure, IdentityFailure
from outreach_hub.preflight import (
    Expected,
    Found,
    check_reachable,
    check_sources,
    differences,
    normalised,
    readable_as,
)
from outreach_hub.profile import Target
from outreach_hub.server import EmbeddedServer

COMPANIES = Expected(
    source="cl",
    schema="cl",
    name="company_identity",
    columns={"company_unique_id": "text", "created_at": "timestamp with time zone"},
)
AS_DECLARED = "company_unique_id text, created_at timestamptz, extra integer"


LATIN1 = "encoding 'LATIN1' locale_provider libc locale 'C' template template0"


def create(target: Target, columns: str) -> None:
    with connect_to(target, role="admin") as admin:
        admin.execute(f"create table cl.company_identity ({columns})")


def refusal(target: Target, *tables: Expected) -> str:
    with pytest.raises(EnvironmentFailure) as raised:
        check_sources(target, tables or [COMPANIES])
    return raised.value.message


def test_a_database_to_build_in_passes(database: Target) -> None:
    check_reachable(database)


def test_letters_that_a_database_lacks_are_no_ids(server: EmbeddedServer) -> None:
    latin = server.target("latin")
    with connect_to(server.target("postgres"), role="admin", autocommit=True) as admin:
        admin.execute(f"create database latin {LATIN1}")
        try:
            with pytest.raises(EnvironmentFailure, match="is encoded in LATIN1") as raised:
                check_reachable(latin)
        finally:
            admin.execute("drop database latin with (force)")
    assert "encoding 'UTF8'" in (raised.value.hint or "")


def test_nothing_is_built_where_nothing_can_be_written(database: Target) -> None:
    with connect_to(database, role="admin", autocommit=True) as admin:
        admin.execute(f"alter database {database.dbname} set default_transaction_read_only = on")
    with pytest.raises(EnvironmentFailure, match="can only be read from") as raised:
        check_reachable(database)
    assert "on the primary" in (raised.value.hint or "")


def test_a_source_as_declared_passes(database: Target) -> None:
    create(database, AS_DECLARED)
    assert check_sources(database, [COMPANIES]) == []


@pytest.mark.parametrize("of_cl", ["uuid", "varchar(64)"])
def test_cl_may_keep_its_ids_as_it_likes(database: Target, of_cl: str) -> None:
    create(database, f"company_unique_id {of_cl}, created_at timestamptz")
    assert check_sources(database, [COMPANIES]) == []


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (None, "cl.company_identity: there is no such table"),
        ("created_at timestamptz", "company_unique_id: there is no such column"),
        (
            "company_unique_id int, created_at timestamptz",
            "company_unique_id: is integer, not text",
        ),
        (
            "company_unique_id text, created_at timestamp",
            "created_at: is timestamp without time zone, not timestamp with time zone",
        ),
        (
            # char(n) pads: 'a' and 'a ' would be one company
            "company_unique_id char(8), created_at timestamptz",
            "company_unique_id: is character, not text",
        ),
    ],
)
def test_a_difference_is_named(database: Target, columns: str | None, said: str) -> None:
    if columns:
        create(database, columns)
    assert said in refusal(database)


def test_all_differences_are_told_at_once(database: Target) -> None:
    create(database, "company_unique_id int")
    scores = replace(COMPANIES, name="bit_scores")
    message = refusal(database, COMPANIES, scores)
    assert "3 differences" in message
    assert message.count("\n  - ") == 3


def test_a_table_that_may_not_be_read_is_named(database: Target) -> None:
    create(database, AS_DECLARED)
    with connect_to(database, role="admin") as admin:
        admin.execute("revoke select on cl.company_identity from outreach_build")
    assert "the build role may not read it" in refusal(database)


def test_a_schema_that_may_not_be_used_is_named(database: Target) -> None:
    create(database, AS_DECLARED)
    with connect_to(database, role="admin") as admin:
        admin.execute("revoke usage on schema cl from outreach_build")
    assert "the build role may not read it" in refusal(database)


@pytest.mark.parametrize("privilege", ["insert", "update", "delete", "truncate"])
def test_a_role_that_could_write_to_cl_does_not_build_in_prod(
    database: Target, privilege: str
) -> None:
    create(database, AS_DECLARED)
    with connect_to(database, role="admin") as admin:
        admin.execute(f"grant {privilege} on cl.company_identity to outreach_build")
    (warning,) = check_sources(database, [COMPANIES])
    assert f"outreach_build may {privilege} on cl.company_identity" in warning
    with pytest.raises(IdentityFailure) as raised:
        check_sources(replace(database, name="prod"), [COMPANIES])
    assert raised.value.code == "ID007"


def test_a_column_that_nobody_reads_is_no_difference() -> None:
    found = Found({**COMPANIES.columns, "lifecycle_state": "text"})
    assert differences(COMPANIES, found) == []


@pytest.mark.parametrize(
    ("declared", "catalogs"),
    [
        ("TIMESTAMPTZ", "timestamp with time zone"),
        ("varchar(20)", "character varying"),
        ("numeric(5, 2)", "numeric"),
        ("double precision", "double precision"),
    ],
)
def test_types_are_compared_as_the_catalog_spells_them(declared: str, catalogs: str) -> None:
    assert normalised(declared) == catalogs


def test_only_what_loses_nothing_may_stand_in() -> None:
    assert readable_as("integer", "numeric")
    assert not readable_as("numeric", "integer")
    assert not readable_as("character varying", "uuid")

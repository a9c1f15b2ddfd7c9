"""What the database does not permit is an environment failure, whatever it is."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from typing_extensions import LiteralString

from load.conftest import Loading
from outreach_hub.database import connect_to
from outreach_hub.errors import EnvironmentFailure, UsageError
from outreach_hub.load import load_files
from outreach_hub.profile import Target

PERSON = {"person_id": "P1", "company_unique_id": "CL-1"}


def test_the_build_role_may_not_fill_the_landing(database: Target, loading: Loading) -> None:
    path = loading.table_file("people", PERSON)
    with connect_to(database) as connection, pytest.raises(EnvironmentFailure) as caught:
        load_files(connection, loading.sources, "people", [path])
    assert caught.value.message == (
        "the database does not permit it: permission denied for schema outreach_raw"
    )
    assert caught.value.hint == "load as a role that may write to the landing (DBT_ADMIN_USER)"


def test_a_read_only_database(loading: Loading) -> None:
    path = loading.table_file("people", PERSON)
    loading.connection.execute("set default_transaction_read_only to on")
    loading.connection.commit()
    with pytest.raises(EnvironmentFailure, match="read-only transaction"):
        loading.load("people", path)


def test_a_landing_without_a_column_is_said(loading: Loading) -> None:
    loading.connection.execute("create table outreach_raw.people (person_id text)")
    loading.connection.commit()
    with pytest.raises(UsageError, match='column "company_unique_id" does not exist'):
        loading.load("people", loading.table_file("people", PERSON))


@pytest.mark.parametrize(
    ("put_on_it", "refused"),
    [
        ("alter email set not null", 'null value in column "email"'),
        ("add check (person_id <> 'P1')", "violates check constraint"),
        ("drop email, add email text generated always as (person_id) stored", "non-DEFAULT value"),
    ],
)
def test_a_landing_that_keeps_rows_out_is_said(
    loading: Loading, put_on_it: LiteralString, refused: str
) -> None:
    path = loading.table_file("people", PERSON)
    loading.load("people", path)
    loading.connection.execute("truncate outreach_raw.people")
    loading.connection.execute(f"alter table outreach_raw.people {put_on_it}")
    loading.connection.commit()
    with pytest.raises(UsageError, match=f"the table refuses the rows: .*{refused}") as caught:
        loading.load("people", path)
    assert caught.value.where == "outreach_raw.people"
    assert loading.rows("select * from outreach_raw.people") == []


@pytest.mark.parametrize("end", [psycopg.Connection.close])
def test_a_lost_connection(loading: Loading, end: Callable[[psycopg.Connection], None]) -> None:
    path = loading.table_file("people", PERSON)
    end(loading.connection)
    with pytest.raises(EnvironmentFailure, match="the connection is closed"):
        loading.load("people", path)

"""A session that reads otherwise than the models mean, or in which no key holds, builds nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from psycopg import sql

from conftest import write_profile
from identity.hub import Hub
from outreach_hub.exits import ExitCode

GATE = "matches_target_people_person_id"
SCORES = "cl.bit_scores"

Set = Callable[[str, str], None]


@pytest.fixture
def set_for_all(built_hub: Hub) -> Iterator[Set]:
    """Gives a setting of the hub's database to every session to come, as long as the test runs."""
    database = sql.Identifier(built_hub.target.dbname)

    def give(name: str, value: str) -> None:
        values = sql.SQL(", ").join(map(sql.Identifier, value.split(", ")))
        with built_hub.admin() as admin:
            admin.execute(
                sql.SQL("alter database {} set {} = {}").format(
                    database, sql.Identifier(name), values
                )
            )

    yield give
    with built_hub.admin() as admin:
        admin.execute(sql.SQL("alter database {} reset all").format(database))


@pytest.mark.parametrize(
    ("name", "value", "rule", "said"),
    [
        ("search_path", "outreach, pg_catalog", "ID099", "into outreach before pg_catalog"),
        ("session_replication_role", "replica", "ID010", "no foreign key and no trigger"),
        ("standard_conforming_strings", "off", "ID099", "a text could mean another"),
        ("extra_float_digits", "0", "ID013", "two records that differ"),
    ],
)
def test_a_setting_that_changes_what_is_proved_is_refused(
    built_hub: Hub, set_for_all: Set, name: str, value: str, rule: str, said: str
) -> None:
    set_for_all(name, value)
    done = built_hub.run("test", "-s", GATE)
    assert done.exit_code == ExitCode.IDENTITY_FAILURE, done.result.output
    assert said in " ".join(done.result.output.split())
    assert f"error {rule}: " in done.result.output


def test_a_search_path_after_pg_catalog_is_none_of_our_business(
    built_hub: Hub, set_for_all: Set
) -> None:
    set_for_all("search_path", "outreach")
    done = built_hub.run("test", "-s", GATE)
    assert done.exit_code == ExitCode.GOOD, done.result.output
    assert "1 of 1 gates passed" in " ".join(done.result.output.split())


@pytest.mark.parametrize(
    ("made", "dropped", "named"),
    [
        (
            "create operator public.|| (leftarg = text, rightarg = text, function = textcat)",
            "operator public.|| (text, text)",
            "public.||",
        ),
        (
            "create function public.lower(varchar) returns text language sql as 'select $1::text'",
            "function public.lower(varchar)",
            "public.lower()",
        ),
    ],
)
def test_nothing_is_called_like_what_the_server_has(
    built_hub: Hub, made: str, dropped: str, named: str
) -> None:
    with built_hub.admin() as admin:
        admin.execute(made.encode())
    try:
        done = built_hub.run("test", "-s", GATE)
    finally:
        with built_hub.admin() as admin:
            admin.execute(f"drop {dropped}".encode())
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert f"error ID099: {named} may be taken for" in done.result.output


@pytest.mark.parametrize(
    "schema", ["outreach", pytest.param("outreach__changed", marks=pytest.mark.slow)]
)
def test_bare_dbt_may_not_write_to_cl_either(built_hub: Hub, schema: str) -> None:
    """Nor in a schema called like the copy from which changed companies are built."""
    role = sql.Identifier(built_hub.target.user)
    with built_hub.admin() as admin:
        admin.execute(sql.SQL(f"grant insert on {SCORES} to {{}}").format(role))
    write_profile(built_hub.project, replace(built_hub.target, schema=schema))
    try:
        done = built_hub.bare_dbt("test", "-s", GATE)
    finally:
        write_profile(built_hub.project, built_hub.target)
        with built_hub.admin() as admin:
            admin.execute(sql.SQL(f"revoke insert on {SCORES} from {{}}").format(role))
    assert done.exit_code != ExitCode.GOOD
    assert f"[ID007] The build role may write to {SCORES}." in done.result.output
    assert built_hub.bare_dbt("test", "-s", GATE).exit_code == ExitCode.GOOD

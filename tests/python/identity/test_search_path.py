"""Where functions of others come before Postgres's own, nobody can tell what a model says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg import sql

from identity.hub import Hub
from outreach_hub.exits import ExitCode

GATE = "matches_target_people_person_id"


@pytest.fixture
def set_path(built_hub: Hub) -> Iterator[sql.Composed]:
    """Of the hub's database, for every session to come."""
    database = sql.Identifier(built_hub.target.dbname)
    yield sql.SQL("alter database {} set search_path = ").format(database)
    with built_hub.admin() as admin:
        admin.execute(sql.SQL("alter database {} reset search_path").format(database))


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("outreach, pg_catalog", ExitCode.IDENTITY_FAILURE, "into outreach before pg_catalog"),
        ("outreach", ExitCode.GOOD, "1 of 1 gates passed"),
    ],
)
def test_nothing_is_found_before_pg_catalog(
    built_hub: Hub, set_path: sql.Composed, path: str, code: ExitCode, said: str
) -> None:
    with built_hub.admin() as admin:
        names = sql.SQL(", ").join(map(sql.Identifier, path.split(", ")))
        admin.execute(set_path + names)
    done = built_hub.run("test", "-s", GATE)
    assert done.exit_code == code, done.result.output
    assert said in " ".join(done.result.output.split())
    assert ("error ID099: " in done.result.output) == (code is ExitCode.IDENTITY_FAILURE)

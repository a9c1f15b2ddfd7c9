"""The role that pull requests are built by, and what it may still read after the next build."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from ci.production import Production, replaced
from conftest import write_profile
from outreach_hub.exits import ExitCode

ROLE = "outreach_ci"
READ = ("cl", "outreach_raw", "outreach", "outreach_audit", "outreach_marts", "outreach_outbound")
ON_WHAT_IS_THERE = (
    f"create role {ROLE} login",
    f"do $$ begin execute format('grant create on database %I to {ROLE}', current_database());"
    " end $$",
    f"grant usage on schema {', '.join(READ)} to {ROLE}",
    f"grant select on all tables in schema {', '.join(READ)} to {ROLE}",
)
OF_EVERYTHING = (f"grant pg_read_all_data to {ROLE}",)
BY_DEFAULT = (
    f"alter default privileges for role outreach_build grant usage on schemas to {ROLE}",
    f"alter default privileges for role outreach_build grant select on tables to {ROLE}",
)
CHANGE = replaced(
    "models/marts/rpt_slot_coverage.sql",
    "slots.candidate_count > 1 as is_contested",
    "slots.candidate_count > 0 as is_contested",
)


@pytest.fixture
def shared(throwaway: Production) -> Iterator[Production]:
    """Production, with a role of its own for pull requests that may read it as it is."""
    run(throwaway, *ON_WHAT_IS_THERE)
    yield throwaway
    run(throwaway, f"drop owned by {ROLE}", f"drop role {ROLE}")


def run(production: Production, *statements: str) -> None:
    with production.hub.admin() as admin:
        for statement in statements:
            admin.execute(statement.encode())


@contextmanager
def connected_as_the_role(production: Production) -> Iterator[None]:
    write_profile(production.hub.project, replace(production.hub.target, user=ROLE))
    try:
        yield
    finally:
        write_profile(production.hub.project, production.hub.target)


@pytest.mark.parametrize(
    ("granted", "exit_code"),
    [
        ((), ExitCode.ENVIRONMENT),
        (OF_EVERYTHING, ExitCode.GOOD),
        (BY_DEFAULT, ExitCode.GOOD),
    ],
    ids=["what was there", "everything", "by default"],
)
def test_a_build_of_production_leaves_the_role_what_is_granted_for_good(
    shared: Production, granted: tuple[str, ...], exit_code: ExitCode
) -> None:
    run(shared, *granted)
    assert shared.hub.build("--rebuild").exit_code == 0
    with shared.branch(CHANGE), connected_as_the_role(shared):
        done = shared.ci()
    assert done.exit_code == exit_code, done.result.output
    assert ("grant pg_read_all_data" in done.report) == (exit_code is ExitCode.ENVIRONMENT)

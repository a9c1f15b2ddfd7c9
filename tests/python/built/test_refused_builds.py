"""What keeps a build from being one, told as what it is, and nothing published meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conftest import CliResult
from identity.hub import Hub
from outreach_hub.exits import ExitCode

Run = Callable[..., CliResult]

UNKNOWN = (
    "insert into outreach_raw.people (person_id, company_unique_id, created_at)"
    " values ('PX-1', 'NOPE', now())"
)
NO_SCORE = "insert into cl.bit_scores select company_unique_id, 101, now() from cl.company_identity"
PUBLICATIONS = "select count(*) from outreach_audit.publications"


def change(hub: Hub, statement: str) -> None:
    with hub.admin() as admin:
        admin.execute(statement)


def test_identity_does_not_hide_behind_another_failure(once: Hub, outreach: Run) -> None:
    """A score that is none stops company_target, and so skips the gate that finds PX-1."""
    change(once, UNKNOWN)
    change(once, NO_SCORE)
    done = outreach("build")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE, done.output
    assert "identity failure: `outreach failures` lists the rows" in done.stdout
    assert "PX-1" in outreach("failures").stdout


def test_a_gate_that_fails_is_called_as_people_call_it(once: Hub, outreach: Run) -> None:
    change(once, UNKNOWN)
    done = outreach("build")
    assert "    fail  test identity_gate on stg_people__people\n" in done.stderr
    assert (
        "Not published: identity_gate on stg_people__people did not pass (fail).\n" in done.stderr
    )


def test_another_failure_alone_is_none_of_identity(once: Hub, outreach: Run) -> None:
    change(once, NO_SCORE)
    done = outreach("build")
    assert done.exit_code == ExitCode.DBT_FAILURE, done.output


def test_a_stray_table_is_told_before_anything_is_published(once: Hub, outreach: Run) -> None:
    change(once, "create table public.bak_send as select * from outreach_raw.send_log")
    before = once.rows(PUBLICATIONS)
    done = outreach("build", "--rebuild")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert "ID010  public.bak_send" in done.stdout
    assert "fix what is listed above" in done.stdout
    assert once.rows(PUBLICATIONS) == before


@pytest.mark.parametrize("policy", ["using (hashtext(signal_id) > 0)", None])
def test_rows_that_row_security_may_hide_are_not_taken_for_gone(
    once: Hub, outreach: Run, policy: str | None
) -> None:
    change(once, "alter table outreach_raw.blog_signals enable row level security")
    if policy:
        change(once, f"create policy part on outreach_raw.blog_signals {policy}")
    before = once.rows(PUBLICATIONS)
    for arguments in ([], ["--rebuild"], ["--changed-only"]):
        done = outreach("build", *arguments)
        assert done.exit_code != ExitCode.GOOD, (arguments, done.output)
        assert "blog_signals" in done.output
        assert "this is a bug" not in done.output
    assert "ID005: Row security may hide rows of outreach_raw.blog_signals" in done.output
    assert once.rows(PUBLICATIONS) == before


def test_a_null_company_in_what_cl_says_of_it_is_told_as_identity(once: Hub, outreach: Run) -> None:
    change(once, "insert into cl.bit_scores values (null, 50, now())")
    done = outreach("build")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert "ID001  test not_null on stg_cl__bit_scores.company_unique_id" in done.stdout

"""A record's key that staging calls otherwise is the same key to all that look it up."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from built.conftest import edited_file
from conftest import CliResult
from identity.hub import Hub
from outreach_hub.exits import ExitCode

pytestmark = pytest.mark.long

SOURCES = "models/staging/blog/_blog__sources.yml"
STAGING = "models/staging/blog/stg_blog__signals.sql"
LANDED = "outreach_raw.blog_signals"


@pytest.fixture
def renamed(once: Hub) -> Iterator[Hub]:
    """Signals that land as `id`."""
    with once.admin() as admin:
        admin.execute(f"alter table {LANDED} rename column signal_id to id")
    with (
        edited_file(once, SOURCES, "key: [signal_id]", "key: [id]"),
        edited_file(once, SOURCES, "- name: signal_id", "- name: id"),
        edited_file(once, STAGING, "        signal_id,", "        id as signal_id,"),
    ):
        yield once


def test_build_verify_and_trace_know_both_names(
    renamed: Hub, outreach: Callable[..., CliResult]
) -> None:
    ((record,),) = renamed.rows(f"select min(id) from {LANDED}")
    built = outreach("build")
    assert built.exit_code == ExitCode.GOOD, built.stderr

    traced = outreach("trace", record, "--json")
    assert traced.exit_code == ExitCode.GOOD, traced.stderr
    story = json.loads(traced.stdout)["story"]
    places = {step["table"]: [row["signal_id"] for row in step["rows"]] for step in story["way"]}
    assert places[LANDED] == places["outreach.blog_signals"] == [record]

    assert outreach("verify").exit_code == ExitCode.GOOD
    with renamed.admin() as admin:
        admin.execute(f"delete from {LANDED} where id = '{record}'")
    verified = outreach("verify")
    assert verified.exit_code == ExitCode.IDENTITY_FAILURE
    assert f"differs from {LANDED} by signal_id and company: {record} (1 in all)" in " ".join(
        verified.stdout.split()
    )

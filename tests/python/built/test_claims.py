"""A build's claim on the hub, and who may take one over that a killed build has left."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from built.conftest import build
from identity.hub import Hub
from outreach_hub.database import connect_to
from outreach_hub.errors import EnvironmentFailure

LEFT = "insert into outreach_audit.build_claims (hub, invocation_id) values ('outreach', 'killed')"
CLAIMS = "select invocation_id from outreach_audit.build_claims"
COMMENT = '/* {"app": "dbt", "node_id": "model.outreach.people"} */ select 1'


@contextmanager
def between_statements(hub: Hub, application_name: str) -> Iterator[None]:
    """Another dbt, which is connected now and then: a third of the time."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(0.2):
            with connect_to(hub.target) as connection:
                connection.execute(f"set application_name = '{application_name}'")
                connection.execute(COMMENT)
                ended.wait(0.1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def leave_a_claim(hub: Hub) -> None:
    with hub.admin() as admin:
        admin.execute(LEFT)


def test_a_claim_whose_maker_is_gone_is_taken_over(once: Hub) -> None:
    leave_a_claim(once)
    assert build(once, "--select", "dim_dates").exit_code == 0
    assert once.rows(CLAIMS) == []


@pytest.mark.parametrize("application_name", ["dbt", "airflow"])
def test_a_claim_stands_while_its_maker_works(once: Hub, application_name: str) -> None:
    leave_a_claim(once)
    with (
        between_statements(once, application_name),
        pytest.raises(EnvironmentFailure, match="Another build is on"),
    ):
        build(once, "--select", "dim_dates")
    assert once.rows(CLAIMS) == [("killed",)]

"""One build at a time: the second waits or refuses, and no lock outlives its holder."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from outreach_hub.build_lock import HOLDER, build_lock, holder, require_held
from outreach_hub.database import connect_to
from outreach_hub.errors import EnvironmentFailure
from outreach_hub.exits import ExitCode
from outreach_hub.profile import Target


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outreach_hub.build_lock.POLL_SECONDS", 0.02)
    monkeypatch.setattr("outreach_hub.build_lock.LOOK_SECONDS", 0.01)


def test_a_second_build_refuses_with_who_builds(database: Target) -> None:
    with build_lock(database):
        with pytest.raises(EnvironmentFailure) as refused, build_lock(database, wait=False):
            pass
        assert refused.value.exit_code == ExitCode.ENVIRONMENT
        assert str(refused.value).startswith("another build is on: outreach_build since ")
        assert os.environ[HOLDER] in str(refused.value)


def test_a_second_build_waits_says_so_once_and_goes_on(database: Target) -> None:
    order: list[str] = []
    waiting = threading.Event()

    def notify(message: str) -> None:
        order.append(message)
        waiting.set()

    def second() -> None:
        with build_lock(database, notify=notify):
            order.append("second")

    thread = threading.Thread(target=second)
    with build_lock(database):
        thread.start()
        assert waiting.wait(timeout=20)
        order.append("first")
    thread.join(timeout=20)
    assert order[0].endswith(": waiting for it to end")
    assert order[1:] == ["first", "second"]


CLAIMED = """
    create table outreach_audit.build_claims (hub text, invocation_id text);
    insert into outreach_audit.build_claims values ('outreach', 'bare')
"""


@pytest.fixture
def bare_dbt(database: Target) -> Iterator[int]:
    """A dbt without the runner, which has put its claim on the hub."""
    with connect_to(database, autocommit=True) as connection:
        connection.execute("set application_name = 'dbt'")
        connection.execute(CLAIMED)
        yield connection.info.backend_pid


def test_a_bare_dbt_is_waited_for_like_another_build(database: Target, bare_dbt: int) -> None:
    with pytest.raises(EnvironmentFailure) as refused, build_lock(database, wait=False):
        pass
    assert str(refused.value).endswith(f", server process {bare_dbt}")
    told: list[str] = []

    def end_it(message: str) -> None:
        told.append(message)
        with connect_to(database, autocommit=True) as connection:
            connection.execute("delete from outreach_audit.build_claims")

    with build_lock(database, notify=end_it):
        pass
    assert told == [f"{refused.value}: waiting for it to end"]


def test_a_claim_that_a_killed_dbt_left_is_nobodys(database: Target) -> None:
    with connect_to(database) as connection:
        connection.execute(CLAIMED)
    with build_lock(database, wait=False):
        pass


def test_the_lock_goes_with_its_holder_however_that_ends(database: Target) -> None:
    with connect_to(database, role="admin", autocommit=True) as admin, build_lock(database):
        admin.execute("select pg_terminate_backend(%s)", [int(os.environ[HOLDER])])
        with build_lock(database):
            pass


def test_a_lock_that_was_lost_is_told_before_anything_is_published(database: Target) -> None:
    with connect_to(database, role="admin", autocommit=True) as admin, build_lock(database):
        require_held(admin, "outreach")
        admin.execute("select pg_terminate_backend(%s)", [int(os.environ[HOLDER])])
        with build_lock(database), pytest.MonkeyPatch.context() as patch:
            patch.setenv(HOLDER, "1")  # as it is for the process whose lock was lost
            with pytest.raises(EnvironmentFailure, match="the build lock was lost") as lost:
                require_held(admin, "outreach")
    assert lost.value.exit_code == ExitCode.ENVIRONMENT


def test_a_block_that_fails_lets_go(database: Target) -> None:
    with pytest.raises(ZeroDivisionError), build_lock(database):
        _ = 1 / 0
    assert HOLDER not in os.environ
    with build_lock(database, wait=False):
        pass


def test_hubs_of_other_targets_are_not_in_the_way(database: Target) -> None:
    with build_lock(database), build_lock(replace(database, schema="dev_ann"), wait=False):
        pass


def test_the_holder_is_known_by_its_backend(database: Target) -> None:
    with connect_to(database) as connection:
        assert holder(connection, "outreach") is None
        with build_lock(database):
            found = holder(connection, "outreach")
            assert found and str(found.pid) == os.environ[HOLDER]
            assert holder(connection, "dev_ann_outreach") is None

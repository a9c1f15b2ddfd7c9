"""Who keeps dbt waiting is told, once, and dbt's own sessions are not."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from outreach_hub.database import connect_to
from outreach_hub.lock_waits import blockers, lock_waits_told
from outreach_hub.profile import Target

EVERY = 0.02


def test_an_open_transaction_that_holds_dbt_up_is_named_once(database: Target) -> None:
    told: list[str] = []
    heard = threading.Event()

    def notify(message: str) -> None:
        told.append(message)
        heard.set()

    with (
        connect_to(database) as reader,
        connect_to(database, autocommit=True) as dbt,
        ThreadPoolExecutor() as threads,
    ):
        pid = reader.info.backend_pid
        dbt.execute("create table outreach_audit.read_by_somebody (n int)")
        dbt.execute("set application_name = 'dbt'")
        reader.execute("set application_name = 'a notebook'")
        reader.execute("select * from outreach_audit.read_by_somebody")
        with lock_waits_told(database, notify, EVERY):
            replaced = threads.submit(dbt.execute, "drop table outreach_audit.read_by_somebody")
            assert heard.wait(timeout=20)
            reader.rollback()
            replaced.result(timeout=20)
        since = reader.execute("select to_char(now() at time zone 'UTC', 'YYYY-MM-DD')").fetchone()
    assert since is not None
    assert len(told) == 1
    assert told[0].startswith(
        f"dbt waits for a transaction of outreach_build (a notebook), open since {since[0]}"
    )
    assert f"`select pg_terminate_backend({pid})`" in told[0]


def test_threads_of_dbt_may_wait_for_each_other(database: Target) -> None:
    with (
        connect_to(database, autocommit=True) as looking,
        connect_to(database) as holding,
        connect_to(database, autocommit=True) as waiting,
        ThreadPoolExecutor() as threads,
    ):
        waiting.execute("set application_name = 'dbt'")
        holding.execute("set application_name = 'dbt'")
        holding.commit()
        holding.execute("select pg_advisory_xact_lock(4711)")
        waits = threads.submit(waiting.execute, "select pg_advisory_lock(4711)")
        while looking.execute("select from pg_locks where not granted").fetchone() is None:
            pass
        assert blockers(looking) == []
        holding.execute("set application_name = 'a notebook'")
        assert [each.pid for each in blockers(looking)] == [holding.info.backend_pid]
        holding.rollback()
        waits.result(timeout=20)

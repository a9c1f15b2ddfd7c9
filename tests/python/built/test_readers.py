"""Readers beside a publish: they see whole versions, wait for nobody, and nobody waits for them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from built.conftest import build, publish
from identity.hub import Hub
from identity.worlds import World
from outreach_hub.database import connect_to
from outreach_hub.errors import DbtFailure

NEWCOMER = "New-1"
SHORT = "set lock_timeout = '100ms'"
KNOWN = """
    select array[
        exists (select from outreach_marts.dim_company_targets where company_unique_id = %(id)s),
        exists (select from outreach_marts.dim_people where company_unique_id = %(id)s),
        exists (select from outreach_marts.fct_sends where company_unique_id = %(id)s),
        exists (select from outreach_marts.rpt_slot_coverage where company_unique_id = %(id)s)
    ]
"""
"""In which marts the newcomer is: in all of a version or in none."""


def land_newcomer(hub: Hub, *, is_right: bool = True) -> None:
    world = World(prefix="NEW")
    world.company(NEWCOMER)
    world.outreach_to(NEWCOMER)
    if not is_right:
        world.record("people", "no such company")
    hub.land(world)


@contextmanager
def reader(hub: Hub, **options: Any) -> Iterator[psycopg.Connection[Any]]:
    target = hub.server.target(hub.target.dbname, "outreach_bi")
    with connect_to(target, **options) as connection:
        yield connection


class Poll(threading.Thread):
    """A reader that asks again and again, and waits for no lock."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self.hub = hub
        self.seen: set[tuple[bool, ...]] = set()
        self.answers = 0
        self.failure: Exception | None = None
        self._over = threading.Event()

    def run(self) -> None:
        try:
            with reader(self.hub, autocommit=True) as connection:
                connection.execute(SHORT)
                while not self._over.wait(0.01):
                    self._ask(connection)
                self._ask(connection)
        except psycopg.Error as error:
            self.failure = error

    def _ask(self, connection: psycopg.Connection[Any]) -> None:
        row = connection.execute(KNOWN, {"id": NEWCOMER}).fetchone()
        assert row
        self.seen.add(tuple(row[0]))
        self.answers += 1

    def __enter__(self) -> Poll:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()


NOWHERE, EVERYWHERE = (False,) * 4, (True,) * 4


def test_polled_through_a_build_versions_are_whole(once: Hub) -> None:
    land_newcomer(once)
    with Poll(once) as poll:
        publish(once)
    assert poll.failure is None
    assert poll.seen == {NOWHERE, EVERYWHERE}, poll.answers


def test_polled_through_a_failed_build_the_old_version_stays(once: Hub) -> None:
    land_newcomer(once, is_right=False)
    with Poll(once) as poll:
        assert build(once).exit_code == 1
    assert poll.failure is None
    assert poll.seen == {NOWHERE}, poll.answers


@pytest.fixture
def nobody_waits(once: Hub) -> Hub:
    """A hub where who waits ten seconds for a lock fails: dbt too."""
    with once.admin() as admin:
        admin.execute(f"alter database {once.target.dbname} set lock_timeout = '10s'")
    return once


@pytest.mark.long
def test_a_long_query_goes_on_and_holds_nobody_up(nobody_waits: Hub) -> None:
    """Two publishes: the second would drop the version that the query reads."""
    hub = nobody_waits
    everything = "select send_id from outreach_marts.fct_sends order by 1"
    before = hub.rows(everything)
    with reader(hub) as connection:
        cursor = connection.cursor(name="long")
        cursor.execute(everything)
        read = cursor.fetchmany(1)
        land_newcomer(hub)
        publish(hub)
        publish(hub)
        with reader(hub) as other:
            other.execute(SHORT)
            assert other.execute(KNOWN, {"id": NEWCOMER}).fetchone() == ([*EVERYWHERE],)
        read += cursor.fetchall()
    assert read == before
    assert len(hub.rows(everything)) > len(before)


@pytest.mark.long
def test_what_a_long_query_kept_goes_with_a_later_publish(once: Hub) -> None:
    def kept() -> list[str]:
        query = (
            "select nspname from pg_namespace where nspname ~ '^outreach_marts__before_'"
            " order by length(nspname), nspname"
        )
        return [name for (name,) in once.rows(query)]

    with reader(once) as connection:
        connection.execute("select count(*) from outreach_marts.fct_sends")
        publish(once)
        publish(once)
        assert kept() == ["outreach_marts__before_2", "outreach_marts__before_3"]
    publish(once)
    assert kept() == ["outreach_marts__before_4"]


@pytest.mark.long
def test_the_limit_a_snapshot_from_before_a_publish_finds_the_new_tables_empty(once: Hub) -> None:
    """By name, whether or not it has read the mart before; the old version has another name."""
    counts = "select count(*) from outreach_marts.{}"
    [(people,)] = once.rows(counts.format("dim_people"))
    with reader(once) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        assert connection.execute(counts.format("dim_people")).fetchone() == (people,)
        land_newcomer(once)
        publish(once)
        for mart in ("dim_people", "fct_sends"):
            assert connection.execute(counts.format(mart)).fetchone() == (0,), mart
        old = connection.execute("select count(*) from outreach_marts__before_2.dim_people")
        assert old.fetchone() == (people,)
        connection.commit()
        assert connection.execute(counts.format("dim_people")).fetchone() == (people + 1,)


@pytest.mark.long
def test_the_limit_spares_a_statement_begun_before(once: Hub) -> None:
    """A cursor of such a transaction is bound to the old tables, and reads them to the end."""
    with reader(once) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        cursor = connection.cursor(name="begun")
        cursor.execute("select person_id from outreach_marts.dim_people order by 1")
        publish(once)
        assert len(cursor.fetchall()) == len(once.rows("select 1 from outreach_marts.dim_people"))


@pytest.mark.long
def test_a_publish_that_fails_half_way_changes_nothing(once: Hub) -> None:
    """The last version's schema cannot be put aside, after the other's was."""
    land_newcomer(once)
    publications = (
        "select publication_id, invocation_id from outreach_audit.publications order by 1"
    )
    versions = "select nspname from pg_namespace where nspname ~ '__(before_|next)' order by 1"
    before = once.rows(publications), once.rows(versions), once.checksums()
    with once.admin() as admin:
        taken = "outreach_marts__before_" + str(once.rows(publications)[-1][0] + 1)
        admin.execute(f"create schema {taken}")
    with pytest.raises(DbtFailure, match=f'schema "{taken}" already exists'):
        build(once)
    with once.admin() as admin:
        admin.execute(f"drop schema {taken}")
    after = once.rows(publications), once.rows(versions), once.checksums()
    assert after == before
    publish(once)
    assert once.rows(publications)[-1][0] > before[0][-1][0]

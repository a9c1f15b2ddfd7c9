"""Tells who keeps dbt waiting: a transaction that somebody left open after it read a table.

Postgres lets nobody take a table away that an open transaction has read, for as long as it is open:
a notebook that was left in the evening holds the night's build up, and all that would read after
it. It is not for the build to end somebody's session, but it can be told whose it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from outreach_hub.build_lock import IS_DBT
from outreach_hub.database import connect_to
from outreach_hub.errors import OutreachError

if TYPE_CHECKING:
    import psycopg

    from outreach_hub.profile import Target

POLL_SECONDS = 5.0

# What is known of another role's session depends on the rights of the one that asks: its process
# and role always, the rest by pg_read_all_stats.
_BLOCKERS = f"""
with sessions as (
    select
        *,
        {IS_DBT} and usename = current_user and datname = current_database() as is_own_dbt,
        application_name = 'outreach' and usename = current_user as is_runner
    from pg_stat_activity
)

select distinct
    other.pid,
    coalesce(other.usename, 'another role'),
    nullif(other.application_name, ''),
    to_char(other.xact_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI UTC')
from sessions as waiting
cross join lateral unnest(pg_blocking_pids(waiting.pid)) as blocking (pid)
inner join sessions as other on blocking.pid = other.pid
where
    waiting.is_own_dbt
    and waiting.wait_event_type = 'Lock'
    and not coalesce(other.is_own_dbt or other.is_runner, false)
order by other.pid
"""  # noqa: S608  the only part put in is a constant


class Blocker(NamedTuple):
    """A session that holds what dbt waits for."""

    pid: int
    role: str
    program: str | None
    since: str | None

    def __str__(self) -> str:
        by = f" ({self.program})" if self.program else ""
        since = f", open since {self.since}" if self.since else ""
        return (
            f"dbt waits for a transaction of {self.role}{by}{since}, which has read or written what"
            f" is replaced now. It goes on when that ends: by its owner, or by"
            f" `select pg_terminate_backend({self.pid})`"
        )


@contextmanager
def lock_waits_told(
    target: Target, notify: Callable[[str], None], every: float = POLL_SECONDS
) -> Iterator[None]:
    """Tells `notify` of each session that keeps dbt waiting during the block, once."""
    ended = threading.Event()
    looking = threading.Thread(target=_look, args=(target, notify, every, ended), daemon=True)
    looking.start()
    try:
        yield
    finally:
        ended.set()
        looking.join()


def blockers(connection: psycopg.Connection[Any]) -> list[Blocker]:
    """Whose sessions keep this role's dbt waiting in this database; not those of dbt itself."""
    return [Blocker(*row) for row in connection.execute(_BLOCKERS)]


def _look(
    target: Target, notify: Callable[[str], None], every: float, ended: threading.Event
) -> None:
    import psycopg

    told = set[int]()
    while not ended.wait(every):
        try:
            with connect_to(target, autocommit=True) as connection:
                found = blockers(connection)
        except (psycopg.Error, OutreachError):  # dbt meets it too, and it is told by that
            continue
        for blocker in found:
            if blocker.pid not in told:
                told.add(blocker.pid)
                notify(str(blocker))

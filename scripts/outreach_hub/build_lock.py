"""One build at a time for each target: two at once would swap each other's tables away.

The lock is a Postgres advisory lock on a connection of its own, so that it lasts as long as the
build, on every machine, and no longer: when the holder dies, however it dies, Postgres lets it go.
(It needs a session of its own: behind a pooler, connect to the server itself.)

dbt finds the lock too, in macros/audit/refuse_concurrent_build.sql: a bare `dbt build` refuses
while it is held, and the holder's own dbt knows by `HOLDER` that it is not meant. The other way
round, a bare dbt puts a claim on the hub, which is waited for like the lock.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
from psycopg import sql

from outreach_hub.database import connect_to, exists
from outreach_hub.errors import EnvironmentFailure
from outreach_hub.refusals import in_plain_words
from outreach_hub.schemas import HubSchemas

if TYPE_CHECKING:
    from outreach_hub.profile import Target

HOLDER = "OUTREACH_BUILD_LOCK_HOLDER"
"""The environment variable that names the backend which holds the lock for this process."""

POLL_SECONDS = 0.5
LOOKS, LOOK_SECONDS = 10, 0.1
"""dbt has no connection between two statements: it is gone once so many looks have not seen it."""

_KEY = "hashtextextended('outreach build of ' || %(hub)s, 0)"

_HOLDER_QUERY = f"""
with lock as (select {_KEY} as key)
select
    pg_locks.pid,
    coalesce(usename, 'another role'),
    to_char(backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI UTC')
from pg_locks
inner join lock
    on pg_locks.classid = ((lock.key >> 32) & 4294967295)::bigint::oid
    and pg_locks.objid = (lock.key & 4294967295)::bigint::oid
    and pg_locks.objsubid = 1
left join pg_stat_activity on pg_locks.pid = pg_stat_activity.pid
where
    pg_locks.locktype = 'advisory'
    and pg_locks.granted
    and pg_locks.database = (select oid from pg_database where datname = current_database())
"""  # noqa: S608  the only part put in is a constant


# As macros/audit/claim_build.sql has it.
IS_DBT = """(application_name = 'dbt' or query like '/* {"app": "dbt"%')"""
"""Of a session in pg_stat_activity."""

_DBT_QUERY = f"""
select
    pid,
    usename,
    to_char(backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI UTC')
from pg_stat_activity
where
    {IS_DBT}
    and datname = current_database()
    and pg_has_role(usesysid, current_user, 'member')
    and pid <> pg_backend_pid()
order by backend_start
limit 1
"""  # noqa: S608  the only part put in is a constant


class Holder(NamedTuple):
    """Who builds right now."""

    pid: int
    role: str
    since: str | None

    def __str__(self) -> str:
        since = f" since {self.since}" if self.since else ""
        return f"another build is on: {self.role}{since}, server process {self.pid}"


@contextmanager
def build_lock(
    target: Target, *, wait: bool = True, notify: Callable[[str], None] = lambda _: None
) -> Iterator[None]:
    """Holds the target's lock for the block.

    Where another build is on, waits for its end and tells `notify` so, once, or refuses if `wait`
    is False.
    """
    schemas = HubSchemas.of(target.schema)

    def is_taken() -> bool:
        return _taken(connection, schemas.hub)

    with connect_to(target, autocommit=True) as connection:
        if not is_taken():
            other = holder(connection, schemas.hub)
            _await(is_taken, other, target, wait, notify)
        if other := bare_dbt(connection, schemas):
            _await(lambda: not bare_dbt(connection, schemas), other, target, wait, notify)
        os.environ[HOLDER] = str(connection.info.backend_pid)
        try:
            yield
        finally:
            os.environ.pop(HOLDER, None)
            # A connection that is closed here ends a moment later there. A lost one has let go.
            with suppress(psycopg.Error):
                connection.execute("select pg_advisory_unlock_all()")


def holder(connection: psycopg.Connection[Any], hub: str) -> Holder | None:
    """Who holds the lock of a hub, by the name of its schema."""
    row = connection.execute(_HOLDER_QUERY, {"hub": hub}).fetchone()
    return Holder(*row) if row else None


def require_held(connection: psycopg.Connection[Any], hub: str) -> None:
    """Raises where this process' lock is lost, as when somebody ended the session that held it:
    another build may be on."""
    found = holder(connection, hub)
    if found is None or str(found.pid) != os.environ.get(HOLDER):
        raise EnvironmentFailure(
            "the build lock was lost, so that nothing was published",
            where=f"the session {os.environ.get(HOLDER)} of the server has ended",
            hint="run it again",
        )


def bare_dbt(connection: psycopg.Connection[Any], schemas: HubSchemas) -> Holder | None:
    """A dbt that works while a claim is on the hub. A claim that a killed one left is nobody's."""
    claims = sql.Identifier(schemas.audit, "build_claims")
    with in_plain_words(f"{schemas.audit}.build_claims"):
        if not exists(connection, claims):
            return None
        claimed = sql.SQL("select from {} where hub = {}").format(claims, schemas.hub)
        for _ in range(LOOKS):
            if connection.execute(claimed).fetchone() is None:
                return None
            if row := connection.execute(_DBT_QUERY).fetchone():
                return Holder(*row)
            time.sleep(LOOK_SECONDS)
    return None


def is_building(target: Target, hub: str) -> bool:
    """Whether anybody builds a hub just now."""
    with connect_to(target, autocommit=True) as connection:
        return holder(connection, hub) is not None


def wait_for_end(target: Target, hub: str, notify: Callable[[str], None]) -> bool:
    """Returns once nobody builds a hub, without keeping anybody from it: whether it has waited."""
    with connect_to(target, autocommit=True) as connection:
        other = holder(connection, hub)
        if other:
            notify(f"{other}: waiting for it to end")
        while holder(connection, hub):
            time.sleep(POLL_SECONDS)
        return other is not None


def _await(
    is_free: Callable[[], bool],
    other: Holder | None,
    target: Target,
    wait: bool,
    notify: Callable[[str], None],
) -> None:
    if not wait:
        raise EnvironmentFailure(
            str(other or "another build is on"),
            where=f"target {target.name}, {target.url()}",
            hint="try again when it has ended, or leave --no-wait out to wait for it",
        )
    if other:
        notify(f"{other}: waiting for it to end")
    while not is_free():
        # Asking now and then, not waiting inside Postgres: Ctrl-C works, and no deadlock can.
        time.sleep(POLL_SECONDS)


def _taken(connection: psycopg.Connection[Any], hub: str) -> bool:
    row = connection.execute(f"select pg_try_advisory_lock({_KEY})", {"hub": hub}).fetchone()
    return row == (True,)

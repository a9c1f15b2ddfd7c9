"""The state of the sources as a build of everything finds them, taken while it runs.

One transaction sees one moment, before dbt reads anything; the scans then go beside dbt's own
start, when a core is idle. What is landed meanwhile may have been read or not: a source that is
another one at the end counts as changed for the next build, whatever it is by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from outreach_hub import last_build
from outreach_hub.ci.state import source_writes
from outreach_hub.database import connect_to
from outreach_hub.delta import fingerprints

if TYPE_CHECKING:
    from outreach_hub.last_build import State
    from outreach_hub.profile import Target
    from outreach_hub.schemas import HubSchemas


@dataclass(frozen=True)
class Landed:
    """The sources, and their state once it has been read."""

    connection: psycopg.Connection[Any]
    reading: Future[State]
    writes: Mapping[str, int]
    """Rows ever written to each, as the build began: what came and went in it is in no state."""

    def keep(self, schemas: HubSchemas) -> State:
        """Keeps the companies' fingerprints for the next build; the state of the sources."""
        state, moved = self.reading.result(), self.moved()
        if moved:
            fingerprints.forget(self.connection, schemas)
        else:
            fingerprints.keep_all(self.connection, schemas)
        return state | dict.fromkeys(moved, last_build.UNKNOWABLE)

    def moved(self) -> list[str]:
        """The sources that have been written to since the build began."""
        state = self.reading.result()
        now = last_build.of_relations(self.connection, list(state))
        writes = source_writes(self.connection, list(state))
        self.connection.commit()
        return [
            name
            for name in state
            if state[name] != now.get(name) or self.writes.get(name) != writes.get(name)
        ]


@contextmanager
def landed(target: Target, names: Sequence[str]) -> Iterator[Landed]:
    """The sources of these names as they are now."""
    with connect_to(target) as connection, ThreadPoolExecutor(1) as executor:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        writes = source_writes(connection, names)  # the moment
        yield Landed(connection, executor.submit(_read, connection, names), writes)


def _read(connection: psycopg.Connection[Any], names: Sequence[str]) -> State:
    state = last_build.of_relations(connection, names)
    fingerprints.take(connection, last_build.tables_of(state))
    connection.commit()  # a build is long, and whoever holds a moment keeps vacuum from its work
    return state

"""Compares each mart with production's as soon as it is built, while dbt goes on to its tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from outreach_hub.ci.difference import Difference, compare_rows
from outreach_hub.database import connect_to

if TYPE_CHECKING:
    import psycopg

    from outreach_hub.catalog.promises import Relation
    from outreach_hub.profile import Target

Pair = tuple["Relation", "Relation"]
"""A mart as production has it, and as it is built here."""


class Comparing:
    """Follows dbt's events. One comparison at a time: each takes memory and cores."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        pool: ThreadPoolExecutor,
        pairs: Mapping[str, Pair],
        sample: int,
    ) -> None:
        self._connection = connection
        self._pool = pool
        self._pairs = pairs
        self._sample = sample
        self._begun: dict[str, Future[Difference]] = {}

    def __call__(self, event: Any) -> None:
        if event.info.name != "NodeFinished":
            return
        node = event.data.node_info
        if node.node_status == "success" and node.unique_id in self._pairs:
            pair = self._pairs[node.unique_id]
            self._begun[node.unique_id] = self._pool.submit(self._compare, pair)

    def differences(self) -> tuple[Difference, ...]:
        """Of all that were built, in the order of the pairs. Waits for them."""
        return tuple(self._begun[ident].result() for ident in self._pairs if ident in self._begun)

    def _compare(self, pair: Pair) -> Difference:
        with self._connection.transaction():
            return compare_rows(self._connection, *pair, self._sample)


@contextmanager
def comparing(target: Target, pairs: Mapping[str, Pair], sample: int) -> Iterator[Comparing]:
    """To be given to dbt as a callback. Whoever leaves early waits for no comparison."""
    with (
        connect_to(target, autocommit=True) as connection,
        ThreadPoolExecutor(max_workers=1, thread_name_prefix="comparing") as pool,
    ):
        try:
            yield Comparing(connection, pool, pairs, sample)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            connection.cancel_safe()
            raise

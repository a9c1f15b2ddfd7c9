"""Parents before children: of nodes of dbt's graph, of the proof's, of any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter


def parents_first(parents: Mapping[str, Iterable[str]]) -> list[str]:
    """The keys, each behind those of its parents that are keys too.

    What is in a circle, or reads one, comes last: it has no order.
    """
    sorter = TopologicalSorter(
        {
            name: sorted(each for each in of if each in parents and each != name)
            for name, of in parents.items()
        }
    )
    with suppress(CycleError):  # it goes as far as it can
        sorter.prepare()
    order: list[str] = []
    while sorter.is_active():
        ready = sorter.get_ready()
        order += ready
        sorter.done(*ready)
    placed = set(order)
    return order + [name for name in parents if name not in placed]

"""The path of one column, across models, down to the column of CL that it is."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.proof.path import Column, Hop
from outreach_hub.proof.scope import Item
from outreach_hub.proof.subject import World, shown


class Explainer:
    """Explains the columns of one proved project; what two paths share is worked out once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.known: dict[tuple[str, str], tuple[list[str], tuple[str, str] | None]] = {}

    def path(self, node_id: str, name: str) -> list[str]:
        """Lines that lead from `node.column` to its source, one hop a line."""
        lines: list[str] = []
        seen: set[tuple[str, str]] = set()
        step: tuple[str, str] | None = (node_id, name)
        while step is not None and step not in seen:
            seen.add(step)
            if step not in self.known:
                self.known[step] = self._within(*step)
            said, step = self.known[step]
            lines += said
        return lines

    def _within(self, node_id: str, name: str) -> tuple[list[str], tuple[str, str] | None]:
        """The part of a path that is one model's own, and the column that it leads to."""
        column = self.world.made((node_id, name))
        if column is None:
            return [], None
        node = self.world.graph.nodes[node_id]
        hops = list(_way_down(column, node_id))
        lines = [f"{node.name}.{name}  ({node.path})", *(f"  {_said(hop)}" for hop in hops)]
        return lines, hops[-1].leaf


def _way_down(column: Column, own: str) -> Iterator[Column]:
    """The hops of one column; at a union, the branch that leads out of the model itself."""
    while True:
        yield column
        if not column.inputs:
            return
        options = [c for c in column.inputs if not _ends_in(c, own)]
        column = (options or list(column.inputs))[0]


def _ends_in(column: Column, own: str) -> bool:
    while column.inputs:
        column = column.inputs[0]
    return column.leaf is not None and column.leaf[0] == own


def _said(hop: Column) -> str:
    if hop.hop is Hop.LEAF:
        return f"= {hop.shown}.{hop.name}"
    if hop.hop is Hop.COPY:
        return f"copy from {hop.item.alias}{_joined(hop.item)}" if hop.item else "copy"
    if hop.hop is Hop.UNION:
        return f"{hop.how}: each branch proved"
    return f"{hop.hop.value}: {shown(hop.node.unalias() if hop.node is not None else None)}"


def _joined(item: Item) -> str:
    if not item.on:
        return ""
    return f", {item.side} join on {' and '.join(shown(test.node) for test in item.on)}"

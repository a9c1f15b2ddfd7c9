"""Which nodes a pull request's build runs, and what has to be there before it.

The choice is `state:modified+` with every test that touches any of it, made here once: what the
report says is reached is what dbt is handed, by a tag that only this process ever sees.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outreach_hub.catalog.promises import TABLE_MATERIALIZATIONS, referenced
from outreach_hub.dbt import NO_ARTIFACTS
from outreach_hub.doctrine import ANCHOR
from outreach_hub.ordering import parents_first
from outreach_hub.verdict import is_gate

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.ci.changes import Changes

TAG = "outreach_ci"
DBT_ARGUMENTS = ("--select", f"tag:{TAG}", "--indirect-selection", "empty", NO_ARTIFACTS)
"""Exactly what was chosen: names would select the folder `people` with the model `people`."""


@dataclass(frozen=True)
class Selection:
    """What is built and tested."""

    chosen: frozenset[str]
    """Every node that dbt runs, by unique id."""
    models: tuple[str, ...] = ()
    """The models among them that changed, or read one that did, parents first."""
    marts: tuple[str, ...] = ()
    exposures: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    """Models that start as a copy of production's table."""
    spared: tuple[str, ...] = ()
    """Marts that read a changed one, but nothing of what differs in it; they are not built."""
    catches_up: bool = False
    """Whether targets are brought up to what has landed since production's build."""

    @property
    def is_empty(self) -> bool:
        return not self.chosen


def select(manifest: Manifest, changes: Changes, spared: Collection[str] = ()) -> Selection:
    """What a set of changes calls for, but for the models that are spared."""
    models = {i: n for i, n in manifest.nodes.items() if n.resource_type in _REFABLE}
    modified = {each.unique_id for each in changes.modified}
    reached = set(models) if changes.everything else _downstream(models, modified)
    reached -= set(spared)
    chosen = reached | _tests(manifest, reached, modified, changes.everything is not None)
    live = _Live(manifest)
    chosen |= _gates_before(manifest, reached, live)
    anchor = next(unique_id for unique_id, node in models.items() if node.name == ANCHOR)
    catches_up = anchor not in reached and any(map(live.is_read_by, chosen))
    if catches_up:
        chosen.add(anchor)
    return Selection(
        chosen=frozenset(chosen),
        models=tuple(_in_order(models, reached)),
        marts=tuple(models[i].name for i in _in_order(models, reached) if is_mart(models[i])),
        exposures=tuple(sorted(_exposures(manifest, reached, modified))),
        copies=tuple(_copies(models, anchor, chosen)) if chosen else (),
        spared=tuple(models[i].name for i in _in_order(models, spared)),
        catches_up=catches_up,
    )


def mark(manifest: Manifest, chosen: Collection[str]) -> None:
    """Tags what was chosen, for `DBT_ARGUMENTS`."""
    for nodes in (manifest.nodes, manifest.unit_tests):
        for unique_id, node in nodes.items():
            if unique_id in chosen:
                node.tags.append(TAG)


def is_mart(node: Any) -> bool:
    """Whether readers outside the hub see a model."""
    return bool((node.config.meta or {}).get("publish_to"))


_REFABLE = ("model", "seed", "snapshot")
INCREMENTAL = "incremental"


def _downstream(models: dict[str, Any], modified: Collection[str]) -> set[str]:
    """The models among the modified, and all that read them, or a modified source."""
    readers: dict[str, list[str]] = {}
    for unique_id, node in models.items():
        for parent in node.depends_on_nodes:
            readers.setdefault(parent, []).append(unique_id)
    found: set[str] = set()
    waiting = list(modified)
    seen = set(waiting)
    while waiting:
        unique_id = waiting.pop()
        if unique_id in models:
            found.add(unique_id)
        new = [reader for reader in readers.get(unique_id, ()) if reader not in seen]
        seen.update(new)
        waiting += new
    return found


def _tests(manifest: Manifest, reached: set[str], modified: set[str], everything: bool) -> set[str]:
    """Every test of what is reached, and every changed one.

    A unit test brings rows of its own, so that only a change of its model, or of itself, can change
    what it finds; a changed source calls for that source's tests.
    """
    sources = {each for each in modified if each in manifest.sources}
    found = {
        unique_id
        for unique_id, node in manifest.nodes.items()
        if node.resource_type == "test"
        and (unique_id in modified or not {*reached, *sources}.isdisjoint(node.depends_on_nodes))
    }
    for unique_id, test in manifest.unit_tests.items():
        if everything or unique_id in modified or not modified.isdisjoint(test.depends_on.nodes):
            found.add(unique_id)
    return found


class _Live:
    """What is read from the sources as they are now, through views alone.

    The sources may know companies that production's targets, of its last build, do not.
    """

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self.known: dict[str, bool] = {}

    def __contains__(self, unique_id: str) -> bool:
        if unique_id in self.manifest.sources:
            return True
        node = self.manifest.nodes.get(unique_id)
        if node is None or node.config.materialized not in ("view", "ephemeral"):
            return False
        if unique_id not in self.known:
            self.known[unique_id] = any(parent in self for parent in node.depends_on_nodes)
        return self.known[unique_id]

    def is_read_by(self, unique_id: str) -> bool:
        node = self.manifest.nodes.get(unique_id)
        return node is not None and any(parent in self for parent in node.depends_on_nodes)


def _gates_before(manifest: Manifest, reached: set[str], live: _Live) -> set[str]:
    """The gates of the landed records that a rebuilt hub reads.

    Without them a wrong record would be met by a constraint of the hub, which names one row.
    """
    landed = {
        parent
        for unique_id in reached
        for parent in manifest.nodes[unique_id].depends_on_nodes
        if parent in live
    }
    return {
        unique_id
        for unique_id, node in manifest.nodes.items()
        if node.resource_type == "test"
        and is_gate(node.config.meta or {})
        and getattr(node, "attached_node", None) in landed
    }


def _in_order(models: dict[str, Any], chosen: Collection[str]) -> list[str]:
    """Parents first, and by name where neither is the other's."""
    parents = {name: models[name].depends_on_nodes for name in sorted(models)}
    return [unique_id for unique_id in parents_first(parents) if unique_id in chosen]


def _exposures(
    manifest: Manifest, reached: Collection[str], modified: Collection[str]
) -> Iterable[str]:
    for unique_id, exposure in manifest.exposures.items():
        if unique_id in modified or not set(reached).isdisjoint(exposure.depends_on.nodes):
            yield exposure.label or exposure.name


def _copies(models: dict[str, Any], anchor: str, chosen: Collection[str]) -> Iterable[str]:
    """What only ever grows, and what foreign keys refer to: the anchor first of all."""
    by_name = {node.name: unique_id for unique_id, node in models.items()}
    tables = [models[i] for i in chosen if i in models and _is_table(models[i])]
    parents = {by_name[to] for node in tables for to in _foreign_keys(node) if to in by_name}
    growing = {i for i in chosen if i in models and models[i].config.materialized == INCREMENTAL}
    for unique_id in sorted({anchor} | (parents - set(chosen)) | growing):
        yield models[unique_id].name


def _is_table(node: Any) -> bool:
    return node.config.materialized in TABLE_MATERIALIZATIONS


def _foreign_keys(node: Any) -> Iterable[str]:
    for constraint in getattr(node, "constraints", ()):
        parent = referenced(constraint.to or "")
        if parent:
            yield parent

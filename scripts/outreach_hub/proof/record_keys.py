"""The keys of landed records, what staging calls them, and which columns refer to a record of the
same company.

That two columns are called alike ties nothing: two feeds may both call their key `id`. What ties
them is a gate: `belongs_to` of an `identity_gate` asks of each row whether the record that it names
has landed, for the same company.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from outreach_hub.doctrine import GATE, IDENTITY_COLUMNS
from outreach_hub.proof.graph import Graph, Layer, Node, TestSpec, refers_to
from outreach_hub.proof.rows import Root


@dataclass(frozen=True)
class RecordKeys:
    """Columns of sources: those that alone are a record's key, and those that belong to one."""

    own: frozenset[Root] = frozenset()
    parents: dict[Root, set[Root]] = field(default_factory=dict)
    """By the gates: the column of a source, and the columns of those that it belongs to."""

    @classmethod
    def of(cls, graph: Graph) -> RecordKeys:
        parents: dict[Root, set[Root]] = {}
        for child, parent in _belongings(graph):
            parents.setdefault(child, set()).add(parent)
        return cls(frozenset(_own(graph)), parents)

    def are_of_one_company(self, one: Root, two: Root) -> bool:
        """Whether rows in which these two columns agree are of the same company."""
        return bool(self.records(one) & self.records(two))

    def records(self, column: Root) -> frozenset[Root]:
        """The keys of the records that it names; none where no gate asks whose they are."""
        found, waiting = {column}, [column]
        while waiting:
            above = self.parents.get(waiting.pop(), set()) - found
            found |= above
            waiting.extend(above)
        return self.own & found


def source_key(staging: Node, graph: Graph) -> tuple[Root, ...]:
    """The key of a staging model's source, which the source's YAML names in meta.key."""
    sources = [graph.nodes[p] for p in staging.reads if graph.nodes[p].layer is Layer.SOURCE]
    if len(sources) != 1:
        return ()
    key = (sources[0].config.get("meta") or {}).get("key") or ()
    return tuple((sources[0].id, name) for name in key)


def key_name(staging: Node, graph: Graph) -> str | None:
    """What staging calls the key of its records: its gate says so, else it is called as it landed.

    Whether the gate says true is for a rule that knows where columns are from (ID010).
    """
    key = source_key(staging, graph)
    if len(key) != 1:
        return None
    named = (test.given.get("key") for test in graph.tests_of(staging) if test.name == GATE)
    return next((str(name) for name in named if name), key[0][1])


def staged_key_names(graph: Graph) -> set[str | None]:
    """What the keys of records are called once they are staged."""
    staged = (Layer.STAGING, Layer.STAGING_CL)
    return {key_name(node, graph) for node in graph.nodes.values() if node.layer in staged}


def references(staging: Node, graph: Graph) -> set[str]:
    """The columns by which its gates look up the records that its own belong to."""
    return {name for test in graph.tests_of(staging) for name, _ in _belongs_to(test)}


def landed_column(staging: Node, name: str, graph: Graph) -> Root | None:
    """The column of its source that a gate means by a column of staging; None if unclear."""
    sources = [read for read in staging.reads if graph.nodes[read].layer is Layer.SOURCE]
    if len(sources) != 1:
        return None
    key = source_key(staging, graph)
    if len(key) == 1 and name == key_name(staging, graph):
        return key[0]
    # what is called as the key was may be another column by now
    return None if (sources[0], name) in key else (sources[0], name)


def _own(graph: Graph) -> Iterator[Root]:
    """A model's primary key is none by being one: a text that the model computed, such as a domain,
    would lead to a company by inference. What copies a landed key has the source as its root.
    """
    for node in graph.nodes.values():
        if node.layer is not Layer.SOURCE:
            continue
        meta = (node.config.get("meta") or {}).get("key")
        key = tuple(meta) if isinstance(meta, list) else node.primary_key()
        if len(key) == 1 and key[0] not in IDENTITY_COLUMNS:
            yield node.id, key[0]


def _belongings(graph: Graph) -> Iterator[tuple[Root, Root]]:
    staging = {node.name: node for node in graph.nodes.values() if node.layer is Layer.STAGING}
    for test in graph.tests:
        node = graph.nodes.get(test.attached or "")
        if node is None:
            continue
        for name, relation in _belongs_to(test):
            for other in (each for each in staging.values() if refers_to(relation, each.name)):
                child = landed_column(node, name, graph)
                parent = landed_column(other, name, graph)
                if child and parent and child[0] != parent[0]:
                    yield child, parent


def _belongs_to(test: TestSpec) -> Iterator[tuple[str, object]]:
    listed = test.given.get("belongs_to") if test.name == GATE else None
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict):
            yield str(each.get("column")), each.get("relation")

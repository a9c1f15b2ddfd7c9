"""The keys of landed records, and which columns refer to a record of the same company.

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
    """By the gates: the column of a source, and the same column of those that it belongs to."""

    @classmethod
    def of(cls, graph: Graph) -> RecordKeys:
        parents: dict[Root, set[Root]] = {}
        for child, parent in _belongings(graph):
            parents.setdefault(child, set()).add(parent)
        return cls(frozenset(_own(graph)), parents)

    def are_of_one_company(self, one: Root, two: Root) -> bool:
        """Whether rows in which these two columns agree are of the same company."""
        return one[1] == two[1] and bool(self.records(one) & self.records(two))

    def records(self, column: Root) -> frozenset[Root]:
        """The keys of the records that it names; none where no gate asks whose they are."""
        found, waiting = {column}, [column]
        while waiting:
            above = self.parents.get(waiting.pop(), set()) - found
            found |= above
            waiting.extend(above)
        return self.own & found


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
                child, parent = _source_of(node, graph), _source_of(other, graph)
                if child and parent and child != parent:
                    yield (child, name), (parent, name)


def _belongs_to(test: TestSpec) -> Iterator[tuple[str, object]]:
    given = {**test.arguments, **(test.arguments.get("arguments") or {})}
    listed = given.get("belongs_to") if test.name == GATE else None
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict):
            yield str(each.get("column")), each.get("relation")


def _source_of(staging: Node, graph: Graph) -> str | None:
    sources = [read for read in staging.reads if graph.nodes[read].layer is Layer.SOURCE]
    return sources[0] if len(sources) == 1 else None

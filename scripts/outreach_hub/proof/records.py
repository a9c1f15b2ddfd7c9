"""What a landed record is: which relations carry them, and what tells one from another."""

from __future__ import annotations

from outreach_hub.proof.graph import Graph, Layer, Node
from outreach_hub.proof.path import Origin
from outreach_hub.proof.record_keys import source_key
from outreach_hub.proof.rows import IsRecord, Root
from outreach_hub.proof.scope import Leaf
from outreach_hub.proof.subject import Subject


def is_record_of(subject: Subject, key: tuple[Root, ...]) -> IsRecord:
    """Tells the relations from which this node's records come, with their key, from all others.

    For staging its source; for a hub staging, or an intermediate of its own that has not met its
    target yet (only an ephemeral may be that, see ID012).
    """

    def is_record(leaf: Leaf) -> bool:
        node = subject.graph.nodes[leaf.node_id]
        carried = {column.root or column.leaf for column in leaf.columns.values()}
        if subject.layer in (Layer.STAGING, Layer.STAGING_CL):
            holds = node.layer is Layer.SOURCE
        else:
            holds = node.layer is Layer.STAGING or _is_unattached(node, subject)
        return holds and set(key) <= carried

    return is_record


def _is_unattached(node: Node, subject: Subject) -> bool:
    """A step of a hub that still carries the record's own claim."""
    outputs = subject.world.outputs.get(node.id, {})
    return (
        node.layer is Layer.HUB
        and node.materialized == "ephemeral"
        and any(
            column.identity and Origin.LANDED in column.identity.origins
            for column in outputs.values()
        )
    )


def record_key(subject: Subject) -> tuple[Root, ...]:
    """The key of the records that a node reads, as columns of their source; () if unclear."""
    found = {
        key
        for node in staging_of(subject.node, subject.graph)
        if (key := source_key(node, subject.graph))
    }
    keys = [key for key in found if _reaches_output(subject, key)]
    return keys[0] if len(keys) == 1 else ()


def staging_of(node: Node, graph: Graph) -> list[Node]:
    """The staging models a hub model reads, through its own ephemerals."""
    found: list[Node] = []
    for parent in sorted(node.reads):
        read = graph.nodes.get(parent)
        if read is None:
            continue
        if read.layer is Layer.STAGING:
            found.append(read)
        elif read.layer is Layer.HUB and read.materialized == "ephemeral":
            found += staging_of(read, graph)
    return found


def _reaches_output(subject: Subject, key: tuple[Root, ...]) -> bool:
    """A hub's record is the one whose key is a column of the hub."""
    carried = {column.source() for column in subject.query.order}
    return set(key) <= carried

"""What a rule is shown: a node in one of its faces, with its scopes, and the project around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from sqlglot import exp

from outreach_hub.proof.dialect import REFERRED, spoken
from outreach_hub.proof.faces import Face
from outreach_hub.proof.graph import Graph, Layer, Node
from outreach_hub.proof.names import is_called
from outreach_hub.proof.path import Column, Hop, Kind, chain
from outreach_hub.proof.record_keys import RecordKeys
from outreach_hub.proof.scope import Leaf, Query
from outreach_hub.proof.verdict import Finding


@dataclass
class World:
    """The project, and what is known of the columns of each node so far."""

    graph: Graph
    keys: RecordKeys = field(default_factory=RecordKeys)
    outputs: dict[str, dict[str, Column]] = field(default_factory=dict)
    steps: dict[str, list[Query]] = field(default_factory=dict)
    """The queries of each ephemeral model, which are parts of those that read it."""
    words: dict[Column, bool] = field(default_factory=dict)
    """Of each column that was asked after, whether it has words (`words.has_words`)."""

    def made(self, leaf: tuple[str, str] | None) -> Column | None:
        """The column of a model as its SQL makes it; None where a table has it of itself."""
        node_id, name = leaf or ("", "")
        return self.outputs.get(node_id, {}).get(name)

    @cached_property
    def record_keys(self) -> frozenset[str]:
        """What `Column.contents` has of the key of a landed record."""
        nodes = self.graph.nodes
        return frozenset(f"{nodes[node_id].source_name}.{name}" for node_id, name in self.keys.own)


@dataclass
class Subject:
    """One face of one node."""

    node: Node
    face: Face
    query: Query
    world: World
    tree: exp.Expr | None = None
    touched: list[tuple[Column, exp.Expr]] = field(default_factory=list)

    @property
    def graph(self) -> Graph:
        return self.world.graph

    @property
    def layer(self) -> Layer:
        return self.node.layer

    @property
    def reads_itself(self) -> bool:
        return any(
            isinstance(item.relation, Leaf) and item.relation.is_this
            for query in self.query.walk()
            for item in query.items
        )

    @property
    def is_of_somebody(self) -> bool:
        """Its rows are a company's or a record's, by an id or key on them, however it is called and
        whatever it is a part of."""
        keys = self.world.record_keys
        return any(any(self.outputs(kind)) for kind in Kind) or any(
            column.contents & keys or column.parts for column in self.query.order
        )

    def outputs(self, kind: Kind) -> Iterator[Column]:
        """The output columns that are this identity, by what they are or are called."""
        for column in self.query.order:
            identity = column.identity
            kinds = identity.kinds if identity is not None else ()
            if kind in kinds or is_called(column.name, kind.value):
                if column.name in (k.value for k in Kind if k is not kind):
                    continue  # the other identity's name: that rule speaks
                yield column

    def finding(
        self,
        code: str,
        reason: str,
        fix: str,
        *,
        column: Column | None = None,
        at: exp.Expr | None = None,
        line: int = 0,
    ) -> Finding:
        """A refusal at a piece of the SQL, at that of a column, or at a line of the template."""
        at = at if at is not None else (column.node if column is not None else self.query.node)
        return Finding(
            code=code,
            node=self.node.name,
            path=self.node.path,
            line=line or self.face.line(offset(at)),
            reason=reason,
            fix=fix,
            column=column.name if column is not None else "",
            sql=shown(at),
            hops=tuple(describe(column)) if column is not None else (),
            face=self.face.assumes,
        )


def offset(node: exp.Expr | None) -> int:
    """Where in the text a piece of SQL begins: at the first of its names that knows."""
    while node is not None:
        starts = [int(part.meta["start"]) for part in node.walk() if "start" in part.meta]
        if starts:
            return min(starts)
        node = node.parent
    return 0


def shown(node: exp.Expr | None) -> str:
    """SQL short enough for a message."""
    if node is None:
        return ""
    try:
        text = node.sql(dialect=spoken(), normalize_functions="lower")
    except Exception:  # what no dialect can write, a finding has to show all the same
        text = repr(node)
    text = " ".join(text.split())
    text = text.replace(f"{REFERRED}.", "")
    return text if len(text) <= 160 else text[:157] + "..."


def describe(column: Column) -> Iterator[str]:
    """The path, hop by hop, from the output down to the leaf."""
    for hop in chain(column):
        place = hop.query.name if hop.query is not None and hop.query.name else ""
        if hop.hop is Hop.LEAF:
            yield f"{hop.shown}.{hop.name}"
        elif hop.hop is Hop.COPY:
            yield f"{place}.{hop.name}: copy" if place else f"{hop.name}: copy"
        else:
            sql = shown(hop.node.unalias() if hop.node is not None else None)
            name = f"{place}.{hop.name}" if place and hop.name else hop.name or "value"
            yield f"{name}: {hop.hop.value}" + (f" {sql}" if sql else "")

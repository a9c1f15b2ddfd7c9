"""Whether an output column is the identity it claims to be: for the rules of both identities."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from outreach_hub.doctrine import ANCHOR, COMPANIES
from outreach_hub.proof.graph import Layer, Node
from outreach_hub.proof.path import Column, Hop, Kind, Origin, altered
from outreach_hub.proof.subject import Subject, shown

_WORDS = {
    Hop.CAST: "is cast",
    Hop.CHOICE: "is chosen among values",
    Hop.COMBINED: "is computed",
    Hop.AGGREGATE: "is picked by an aggregate",
    Hop.WINDOW: "is picked from another row by a window function",
    Hop.SUBQUERY: "is fetched by a subquery",
    Hop.CONSTANT: "is written out as a literal",
    Hop.GENERATED: "is generated",
    Hop.CONDITION: "is the result of a condition",
    Hop.SWITCH: "is whatever a var, env_var or target says",
    Hop.WHOLE_ROW: "is a whole row",
    Hop.PREFIX: "is only a part of an id",
}


def right_origins(node: Node) -> set[Origin]:
    """Where an identity of this node may have been picked up."""
    layer = node.layer
    if node.is_anchor:
        return {Origin.CL, Origin.TARGET}  # what CL minted, or what was given before
    if layer is Layer.HUB and node.materialized == "ephemeral":
        return {Origin.TARGET, Origin.LANDED}  # a step on the way, seen by its readers alone
    if layer in (
        Layer.HUB,
        Layer.MART,
        Layer.OUTBOUND,
        Layer.SNAPSHOT,
        Layer.ANALYSIS,
        Layer.UNKNOWN,
    ):
        return {Origin.TARGET}
    return set(Origin)


def copies(column: Column) -> Iterator[Column]:
    """Every COPY hop on every way down, for as long as the value is left alone."""
    if column.hop in (Hop.COPY, Hop.UNION):
        if column.hop is Hop.COPY:
            yield column
        for below in column.inputs:
            yield from copies(below)


def leaves(column: Column) -> Iterator[Column]:
    """The leaves that a column copies."""
    if column.hop is Hop.LEAF:
        yield column
    elif column.hop in (Hop.COPY, Hop.UNION):
        for below in column.inputs:
            yield from leaves(below)


def faults(subject: Subject, column: Column, kind: Kind) -> Iterator[tuple[str, exp.Expr | None]]:
    """Why `column` is not proved to be `kind`: a reason and the SQL that it is about."""
    for hop in altered(column):
        if not (subject.layer in (Layer.STAGING, Layer.STAGING_CL) and is_identity_text(hop)):
            yield f"`{kind.value}` {_WORDS[hop.hop]}: {shown(_bare(hop))}", hop.node
    allowed = right_origins(subject.node)
    for leaf in leaves(column):
        if leaf.known is None or kind not in leaf.known.kinds:
            yield (
                f"`{kind.value}` is taken from {leaf.shown}.{leaf.name}, which is no {kind.value}",
                column.node,
            )
        elif not leaf.known.origins <= allowed:
            right = COMPANIES if subject.node.is_anchor else ANCHOR
            yield f"`{kind.value}` is taken from {leaf.shown}, not from {right}", column.node


def is_identity_text(hop: Column) -> bool:
    """The one permitted cast: a source's own id to text, as identity_text() writes it."""
    node = hop.node.unalias() if hop.node is not None else None
    if hop.hop is not Hop.CAST or not isinstance(node, exp.Cast) or len(hop.inputs) != 1:
        return False
    plain = node.to.this is exp.DType.TEXT and not node.to.expressions
    return plain and hop.inputs[0].exact and hop.inputs[0].hop is Hop.COPY


def _bare(hop: Column) -> exp.Expr | None:
    return hop.node.unalias() if hop.node is not None else None

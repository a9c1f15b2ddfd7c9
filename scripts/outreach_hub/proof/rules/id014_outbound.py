"""Nothing local leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from outreach_hub.proof.examples import Example
from outreach_hub.proof.graph import Layer
from outreach_hub.proof.path import Column, Hop, Kind, hops, told_by
from outreach_hub.proof.subject import Subject
from outreach_hub.proof.verdict import Finding

CODE = "ID014"
TITLE = "outbound carries no target_id, sequence_num, campaign_id, sequence_id or outreach_status"
WHY = "Outside Outreach these mean nothing, and somebody would build on them all the same."

LOCAL = {"target_id", "sequence_num", "campaign_id", "sequence_id", "outreach_status"}
"""As macros/graph/forbidden_columns.sql has them."""
_STATUS = "company_target.outreach_status"
_FIX = "Take it out: CL is told about its own company_unique_id, and about nothing of ours."


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below."""
    if not subject.graph.is_read_by_cl(subject.node):
        return
    if Kind.COMPANY.value not in subject.query.columns:
        yield subject.finding(
            CODE,
            "has no company_unique_id: CL could not tell whom it is about",
            "Select company_unique_id.",
        )
    for column in subject.query.order:
        local = _local(told_by(column))
        if column.identity is not None and Kind.TARGET in column.identity.kinds:
            local.add("target_id")
        local |= _local(column.marks) - {"target_id"}
        if _is_decided_by_target(column, subject):
            local.add("target_id")
        if column.name in LOCAL or local:
            what = ", ".join(sorted(local)) or column.name
            yield subject.finding(CODE, f"something local leaves: {what}", _FIX, column=column)
    if subject.layer is not Layer.OUTBOUND:
        return
    for column, node in subject.touched:
        found = {"outreach_status"} if _STATUS in column.marks else set()
        if not (_is_passed(node) or _is_join(node, subject)):
            found |= _local(column.contents)
        if found:
            what = f"something local decides what leaves: {', '.join(sorted(found))}"
            yield subject.finding(CODE, what, _FIX, at=node)


def _local(contents: Iterable[str]) -> set[str]:
    return {name.split(".", 1)[1] for name in contents} & LOCAL


def _is_decided_by_target(column: Column, subject: Subject) -> bool:
    """A target_id is held against something else than another one, in some model on the way."""

    def further(part: Column) -> list[Column]:
        made = subject.world.made(part.leaf)
        return [*part.controls, *([made] if made is not None else ())]

    return any(
        hop.hop is Hop.CONDITION
        and not isinstance(hop.node, exp.Is)
        and "target_id" in _local(hop.contents)
        and not all("target_id" in _local(part.contents) for part in hop.inputs)
        for hop in hops(column, further)
    )


def _is_passed(node: exp.Expr) -> bool:
    """A column of a SELECT or of a GROUP BY on the way, counted, or asked whether it is there."""
    around = node.parent
    while isinstance(around, (exp.Alias, exp.Distinct, exp.Paren, exp.Tuple)):
        around = around.parent
    passing = (exp.Select, exp.Group, exp.Count, exp.Is)
    if not isinstance(around, passing) or isinstance(node, exp.Join):
        return False
    return not _is_in_value(around)


_RELATIONS = (exp.CTE, exp.From, exp.Join, exp.Lateral, exp.SetOperation, exp.Subquery)


def _is_in_value(node: exp.Expr | None) -> bool:
    """It is within a subquery whose value or rows something asks, and no relation of a FROM."""
    while node is not None and node.parent is not None:
        if isinstance(node, exp.Query) and not isinstance(node.parent, _RELATIONS):
            return True
        node = node.parent
    return False


def _is_join(node: exp.Expr, subject: Subject) -> bool:
    """It is held against the same local id of another row, and nothing else."""
    found = node if isinstance(node, exp.Join) else node.parent
    return any(
        test.node is found or test.value.node is found
        for query in subject.query.walk()
        for test in query.tests()
        if test.is_equality and test.sides
        if len({frozenset(_local(side.contents)) for side in test.sides}) == 1
    )


REFUSED = (
    Example(
        "by name",
        "sync_cl__engagement_signals",
        """
        select company_unique_id, target_id from {{ ref('company_target') }}
    """,
    ),
    Example(
        "in a mart that is published to CL",
        "dim_people",
        "select person_id, target_id, company_unique_id from {{ ref('people') }}",
        config={
            "dim_people": {"meta": {"doctrine_id": "04.04.04", "publish_to": "outreach_outbound"}}
        },
    ),
    Example(
        "by provenance, under another name",
        "sync_cl__engagement_signals",
        """
        select company_unique_id, target_id as reference from {{ ref('company_target') }}
    """,
    ),
    Example(
        "told by the rows that do not leave",
        "sync_cl__engagement_signals",
        """
        select company_unique_id from {{ ref('company_target') }} where outreach_status <> 'paused'
    """,
    ),
    Example(
        "told by the rows that have one",
        "sync_cl__engagement_signals",
        """
        select company_unique_id from {{ ref('company_target') }} where outreach_status is not null
    """,
    ),
    Example(
        "told by a CASE",
        "sync_cl__engagement_signals",
        """
        select company_unique_id, case when outreach_status = 'paused' then 1 else 0 end as quiet
        from {{ ref('company_target') }}
    """,
    ),
)
ACCEPTED = (
    Example(
        "counts of local things",
        "sync_cl__engagement_signals",
        """
        select company_unique_id, count(distinct send_id) as sends from {{ ref('send_log') }}
        group by 1
    """,
    ),
    Example(
        "joined by target_id on the way",
        "sync_cl__engagement_signals",
        """
        select t.company_unique_id, max(s.loaded_at) as last_sent_at
        from {{ ref('company_target') }} as t
        left join {{ ref('send_log') }} as s on t.target_id = s.target_id
        group by 1
    """,
    ),
)

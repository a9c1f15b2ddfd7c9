"""A landed record meets its target by one equality, and nothing beside it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from outreach_hub.proof.claims import copies
from outreach_hub.proof.examples import Example
from outreach_hub.proof.graph import Layer
from outreach_hub.proof.joins import Link, is_landed, is_target, link_of
from outreach_hub.proof.path import Kind, Origin
from outreach_hub.proof.records import is_record_of, record_key
from outreach_hub.proof.rows import IsRecord, reaches
from outreach_hub.proof.scope import Item
from outreach_hub.proof.subject import Subject
from outreach_hub.proof.verdict import Finding

CODE = "ID003"
TITLE = "a landed record meets its target by one equality on company_unique_id"
WHY = "A second condition decides which of a company's records count; that is a filter on identity."

_FIX = "on landed.company_unique_id = targets.company_unique_id, and nothing else."


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below."""
    if subject.layer is not Layer.HUB:
        return
    is_record = is_record_of(subject, record_key(subject))
    for query in subject.query.walk():
        for index, item in enumerate(query.items):
            before = query.items[:index]
            others = [o for o in before if is_landed(o)] if is_target(item) else []
            if is_landed(item) and not _is_context(item, before, subject):
                others = [o for o in before if is_target(o)]
            if others and not any(_attached(item, other, subject) for other in others):
                yield subject.finding(
                    CODE,
                    "a landed record meets its target by more, or by other, than company_unique_id",
                    _FIX,
                    at=_place(item),
                )
            elif others and not _is_by_own_claim(item, is_record):
                yield subject.finding(
                    CODE,
                    "a landed record meets its target by another record's company_unique_id",
                    _FIX,
                    at=_place(item),
                )


def _is_by_own_claim(item: Item, is_record: IsRecord) -> bool:
    """The landed side of the join is the record's own id, and not one that it was joined to."""
    sides = item.on[0].sides or ()
    claims = [side for side in sides if side.identity and Origin.LANDED in side.identity.origins]
    return all(
        reaches(hop.item.relation, is_record)
        for claim in claims
        for hop in copies(claim)
        if hop.item is not None
    )


def _is_context(item: Item, before: list[Item], subject: Subject) -> bool:
    """Another landed record that this one names by its key: no second way to the target."""
    landed = [other for other in before if is_landed(other)]
    return any(link_of(c, item, landed, subject.world.keys) is Link.KEY for c in item.on)


def _attached(item: Item, other: Item, subject: Subject) -> bool:
    if len(item.on) != 1:
        return False
    only = item.on[0]
    if link_of(only, item, [other], subject.world.keys) is not Link.IDENTITY:
        return False
    return (
        only.left is not None
        and only.left.identity is not None
        and (only.left.identity.kinds == {Kind.COMPANY})
    )


def _place(item: Item) -> exp.Expr:
    on = item.on[0].node if item.on else item.node
    return on.parent if len(item.on) > 1 and on.parent is not None else on


REFUSED = (
    Example(
        "a condition beside the id",
        "people",
        """
        select landed.person_id, targets.target_id, targets.company_unique_id
        from {{ one_record('stg_people__people') }} as landed
        left join {{ ref('company_target') }} as targets
            on landed.company_unique_id = targets.company_unique_id
            and targets.outreach_status <> 'paused'
    """,
    ),
    Example(
        "the landed target_id as the way",
        "send_log",
        """
        select landed.send_id, targets.target_id, targets.company_unique_id, landed.loaded_at
        from {{ one_record('stg_execution__sends') }} as landed
        left join {{ ref('company_target') }} as targets on landed.target_id = targets.target_id
    """,
    ),
)
ACCEPTED = (
    Example(
        "the one equality",
        "people",
        """
        select landed.person_id, targets.target_id, targets.company_unique_id
        from {{ one_record('stg_people__people') }} as landed
        left join {{ ref('company_target') }} as targets
            on (targets.company_unique_id = landed.company_unique_id)
    """,
    ),
    Example(
        "using() says the same",
        "people",
        """
        select landed.person_id, targets.target_id, targets.company_unique_id
        from {{ one_record('stg_people__people') }} as landed
        left join {{ ref('company_target') }} as targets using (company_unique_id)
    """,
    ),
)

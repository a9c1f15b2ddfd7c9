"""A placeholder where an id belongs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from outreach_hub.proof.claims import copies
from outreach_hub.proof.examples import Example
from outreach_hub.proof.graph import Layer
from outreach_hub.proof.missing_rows import may_be_missing
from outreach_hub.proof.path import Column, Hop, Kind
from outreach_hub.proof.subject import Subject
from outreach_hub.proof.verdict import Finding

CODE = "ID001"
TITLE = "company_unique_id is never null, blank or a placeholder"
WHY = "A placeholder joins all records that have none to one company that does not exist."

_PLACEHOLDER = re.compile(
    r"\W*|unknown|pending.*|n/?a|none|null|nil|tbd|missing|default|unassigned|0+|-+\d*|x+", re.I
)


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below."""
    if subject.layer is Layer.TEST:
        return
    for kind in Kind:
        for column in subject.outputs(kind):
            for literal in _literals(column):
                yield subject.finding(
                    CODE,
                    f"a placeholder can take the place of {kind.value}",
                    "Leave it out: a record without an identity must fail, not be filled.",
                    column=column,
                    at=literal,
                )
            for hop in copies(column):
                if hop.item is not None and may_be_missing(hop.item, subject.world):
                    yield subject.finding(
                        CODE,
                        f"`{kind.value}` is null where the outer join finds no {hop.item.alias}",
                        "Take it from the side of the join that is kept.",
                        column=column,
                        at=hop.node,
                    )


def _literals(column: Column) -> Iterator[exp.Expr]:
    if column.hop is Hop.CONSTANT and column.node is not None:
        node = column.node.unalias()
        while isinstance(node, (exp.Cast, exp.Paren)):
            node = node.this
        if isinstance(node, exp.Null) or (
            isinstance(node, exp.Literal) and _PLACEHOLDER.fullmatch(str(node.this))
        ):
            yield node
    if column.hop in (Hop.COPY, Hop.UNION, Hop.CHOICE):
        for below in column.inputs:
            yield from _literals(below)


REFUSED = (
    Example(
        "the side that an outer join may not find",
        "people_slots",
        """
        select t.target_id, p.company_unique_id, 'CEO' as slot_type
        from {{ ref('company_target') }} as t
        left join {{ ref('people') }} as p on t.target_id = p.target_id
    """,
    ),
    Example(
        "null where a full join finds nothing",
        "dim_people",
        """
        select p.person_id, t.target_id, t.company_unique_id
        from {{ ref('company_target') }} as t
        full join {{ ref('people') }} as p on t.target_id = p.target_id
    """,
    ),
    Example(
        "a placeholder for what is missing",
        "people",
        """
        select landed.person_id, targets.target_id,
            coalesce(targets.company_unique_id, 'UNKNOWN') as company_unique_id
        from {{ one_record('stg_people__people') }} as landed
        left join {{ ref('company_target') }} as targets
            on landed.company_unique_id = targets.company_unique_id
    """,
    ),
    Example(
        "no identity at all",
        "people",
        """
        select landed.person_id, targets.target_id, null as company_unique_id
        from {{ one_record('stg_people__people') }} as landed
        left join {{ ref('company_target') }} as targets
            on landed.company_unique_id = targets.company_unique_id
    """,
    ),
)
ACCEPTED = (
    Example(
        "a placeholder in a column that is no identity",
        "people",
        """
        select landed.person_id, targets.target_id, targets.company_unique_id,
            coalesce(landed.email, 'UNKNOWN') as email
        from {{ one_record('stg_people__people') }} as landed
        left join {{ ref('company_target') }} as targets
            on landed.company_unique_id = targets.company_unique_id
    """,
    ),
    Example(
        "null where a slot is empty",
        "people_slots",
        """
        select targets.target_id, targets.company_unique_id, 'CEO' as slot_type,
            cast(null as text) as person_id
        from {{ ref('company_target') }} as targets
    """,
    ),
)

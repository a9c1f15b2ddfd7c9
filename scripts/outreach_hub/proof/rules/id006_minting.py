"""target_id is minted in company_target, by one expression, and copied everywhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from outreach_hub.proof.claims import faults
from outreach_hub.proof.examples import Example, minting
from outreach_hub.proof.graph import Layer
from outreach_hub.proof.minting import minting_faults
from outreach_hub.proof.path import Column, Hop, Kind, hops
from outreach_hub.proof.subject import Subject
from outreach_hub.proof.verdict import Finding
from outreach_hub.proof.written import written_in

CODE = "ID006"
TITLE = "target_id is minted once, in company_target, by the one permitted expression"
WHY = "An id that two places can make means two things; nothing outside could tell which."

_BEGINS = re.compile(r"(^|\W)tgt-", re.IGNORECASE)
_COPY = "Copy target_id, unaltered, from the company_target that the record was joined to."
_MINT = "'TGT-' || left(company_unique_id, 8) || '-' || sequence_num, or a copy of the one given."


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below."""
    if subject.node.is_anchor:
        for code, reason, node in minting_faults(subject):
            column = subject.query.columns.get(Kind.TARGET.value)
            yield subject.finding(code, reason, _MINT, column=column, at=node)
        return
    for column in subject.query.order if subject.layer is not Layer.TEST else ():
        for node in _written(column):
            reason = f"`{column.name}` is written as a target_id is, and was given to nobody"
            yield subject.finding(CODE, reason, _COPY, column=column, at=node)
    for column in subject.outputs(Kind.TARGET):
        for reason, node in faults(subject, column, Kind.TARGET):
            yield subject.finding(CODE, reason, _COPY, column=column, at=node)


def _written(column: Column) -> Iterator[exp.Expr]:
    """Where a text begins as a target_id does, however the rest of it is put to it."""
    for hop in hops(column, without=Hop.CONDITION):
        node = hop.node.unalias() if hop.node is not None else None
        if node is None or hop.hop not in (Hop.CONSTANT, Hop.COMBINED):
            continue
        if any(map(_BEGINS.search, written_in(node))):
            yield node
            return


REFUSED = (
    Example(
        "a number that was not given, under another name",
        "dim_people",
        """
        select person_id, target_id, company_unique_id,
            'TGT-' || left(company_unique_id, 8) || '-2' as account_reference
        from {{ ref('people') }}
    """,
    ),
    Example(
        "minted a second time",
        "people",
        """
        select landed.person_id, targets.company_unique_id,
            'TGT-' || left(targets.company_unique_id, 8) || '-' || targets.sequence_num as target_id
        from {{ one_record('stg_people__people') }} as landed
        left join {{ ref('company_target') }} as targets
            on landed.company_unique_id = targets.company_unique_id
    """,
    ),
    Example(
        "minted another way",
        "company_target",
        minting("'TGT-' || left(company_domain, 8) || '-' || sequence_num"),
    ),
    Example(
        "minted again for those that have one",
        "company_target",
        minting(
            given_id="'TGT-' || left(company_unique_id, 8) || '-' || sequence_num as target_id"
        ),
    ),
    Example(
        "from a shorter prefix",
        "company_target",
        minting("'TGT-' || left(company_unique_id, 4) || '-' || sequence_num"),
    ),
    Example(
        "the landed one, unchecked",
        "send_log",
        """
        select landed.send_id, landed.target_id, targets.company_unique_id, landed.loaded_at
        from {{ one_record('stg_execution__sends') }} as landed
        left join {{ ref('company_target') }} as targets
            on landed.company_unique_id = targets.company_unique_id
    """,
    ),
)
ACCEPTED = (
    Example(
        "minted here, with a cast of the number",
        "company_target",
        minting("'TGT-' || left(company_unique_id, 8) || '-' || cast(sequence_num as text)"),
    ),
    Example(
        "copied",
        "dim_people",
        """
        select person_id, target_id, company_unique_id from {{ ref('people') }}
    """,
    ),
)

"""No company that CL minted is passed over: each one reaches company_target."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from outreach_hub.doctrine import CL, COMPANIES
from outreach_hub.proof.examples import Example, minting
from outreach_hub.proof.expressions import SWITCH
from outreach_hub.proof.minting import is_given
from outreach_hub.proof.rows import finds_nothing, first_drop, reaches
from outreach_hub.proof.scope import Conjunct, Leaf, Query, said
from outreach_hub.proof.subject import Subject
from outreach_hub.proof.verdict import Finding

CODE = "ID005"
TITLE = "no company that CL minted is passed over"
WHY = "A company without a target is missed by no test: nothing of it is anywhere in Outreach."

_FIX = (
    "Leave out only what has a target already (left join the targets given, where"
    " given.company_unique_id is null); narrow by identity_status with and_admitted() alone."
)
_STATUS = frozenset({f"{CL}.identity_status"})
_VAR = re.compile(rf"{SWITCH}\d+__")


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below."""
    if not subject.node.is_anchor:
        return

    def is_company(leaf: Leaf) -> bool:
        return subject.graph.nodes[leaf.node_id].name == COMPANIES

    if not reaches(subject.query, is_company):
        return
    drop = first_drop(subject.query, is_company, _passes_none_over)
    if drop is not None:
        yield subject.finding(
            CODE, f"companies of CL can be passed over here: {drop.what}", _FIX, at=drop.node
        )


def _passes_none_over(query: Query) -> bool:
    """Whom the filter drops has a target already, or a status that is not admitted."""
    return all(
        _is_admitted(part)
        or any(_has_no_target(one, query) for one in part.alternatives or (part,))
        for part in query.where
    )


def _is_admitted(part: Conjunct) -> bool:
    """What and_admitted() writes, and nothing else that could be said of a status."""
    values = part.node.args.get("expressions") or ()
    return (
        type(part.node) is exp.In
        and said(part.node) == {"this", "expressions"}
        and isinstance(part.node.this, exp.Column)
        and part.value.marks == _STATUS
        and all(isinstance(value, exp.Literal) and _VAR.fullmatch(value.name) for value in values)
    )


def _has_no_target(part: Conjunct, query: Query) -> bool:
    return any(finds_nothing(part, item) for item in query.items if is_given(item.relation))


_CHANGED = """
    select targets.* from ({targets}) as targets
    left join {{{{ this }}}} as known on targets.company_unique_id = known.company_unique_id
    where known.company_unique_id is null
        or targets.company_domain is distinct from known.company_domain
"""
REFUSED = (
    Example(
        "only companies with a domain",
        "company_target",
        minting(missing="is null and c.company_domain is not null"),
    ),
    Example(
        "a batch of them",
        "company_target",
        minting(missing="is null limit 1000"),
    ),
    Example(
        "only those whose prefix was given before",
        "company_target",
        minting().replace("left join highest", "inner join highest"),
    ),
)
ACCEPTED = (
    Example("all that have no target yet", "company_target", minting()),
    Example(
        "of those that have one, only whose context changed",
        "company_target",
        _CHANGED.format(targets=minting()),
    ),
)

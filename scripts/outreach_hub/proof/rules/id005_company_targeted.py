"""No company that CL minted is passed over: each one reaches company_target."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from sqlglot import exp

from outreach_hub.doctrine import CL, COMPANIES
from outreach_hub.proof.examples import Example, minting
from outreach_hub.proof.expressions import SWITCH
from outreach_hub.proof.minting import is_given
from outreach_hub.proof.path import Column, Hop
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
    drop = first_drop(subject.query, is_company, partial(_passes_none_over, subject=subject))
    if drop is not None:
        yield subject.finding(
            CODE, f"companies of CL can be passed over here: {drop.what}", _FIX, at=drop.node
        )


def _passes_none_over(query: Query, subject: Subject) -> bool:
    """Whom the filter drops has a target already, or a status that is not admitted."""
    return all(
        _is_admitted(part, subject)
        or any(_has_no_target(one, query) for one in part.alternatives or (part,))
        for part in query.where
    )


def _is_admitted(part: Conjunct, subject: Subject) -> bool:
    """What and_admitted() writes, and nothing else that could be said of CL's own status.

    In a text that is to be run the var's values stand, of which the file's proof has seen the var.
    """
    values = part.node.args.get("expressions") or ()
    is_var = subject.face.is_live or all(_VAR.fullmatch(value.name) for value in values)
    return (
        type(part.node) is exp.In
        and said(part.node) == {"this", "expressions"}
        and isinstance(part.node.this, exp.Column)
        and part.value.marks == _STATUS
        and _is_as_cl_has_it(part.value.inputs[0], subject)
        and all(isinstance(value, exp.Literal) for value in values)
        and is_var
    )


def _is_as_cl_has_it(column: Column, subject: Subject) -> bool:
    """A copy, or the same as text, in each model on its way."""
    column = column.origin
    if column.hop is Hop.LEAF:
        made = subject.world.made(column.leaf)
        return made is None or _is_as_cl_has_it(made, subject)
    cast = column.node.unalias() if column.node is not None else None
    is_text = isinstance(cast, exp.Cast) and cast.is_type("text") and not cast.to.expressions
    return column.hop is Hop.CAST and is_text and _is_as_cl_has_it(column.inputs[0], subject)


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

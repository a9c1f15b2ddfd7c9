"""The context of a target is what this build found: nothing of it is left from another one.

What stays behind when a record moves to another company is that company's.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from outreach_hub.doctrine import ANCHOR, MINTED, TARGET_ID
from outreach_hub.proof.examples import Example, minting
from outreach_hub.proof.minting import is_given, is_same_copy
from outreach_hub.proof.path import Column, Hop, Origin, hops
from outreach_hub.proof.scope import Conjunct, Query
from outreach_hub.proof.subject import Subject
from outreach_hub.proof.verdict import Finding

CODE = "ID013"
TITLE = "the context of a target is that of this build"
WHY = "What is not brought up to date says of a company what was another's before."

_FIX = (
    "Make it from what there is now, put it into merge_update_columns, and let the WHERE keep the"
    " target where it `is distinct from` the one given."
)


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below."""
    if not subject.node.is_anchor:
        return
    updated = {str(name).lower() for name in subject.node.config.get("merge_update_columns") or ()}
    context = [column for column in subject.query.order if column.name not in MINTED]
    for column in context:
        if column.name not in updated:
            reason = "stays for good as it was when the target was given"
            yield subject.finding(CODE, reason, _FIX, column=column)
        elif any(_is_context_of(subject, p) or _is_with_given(p) for p in _parts(column)):
            reason = "is taken over from the target given"
            yield subject.finding(CODE, reason, _FIX, column=column)
    for query, filtered in _filters(subject.query):
        compared = {name for part in filtered.alternatives for name in _compared(part, query)}
        for column in context:
            if column.name not in compared and _varies(column):
                reason = "may change without the target being written"
                yield subject.finding(CODE, reason, _FIX, column=column, at=filtered.node)


def _filters(query: Query) -> Iterator[tuple[Query, Conjunct]]:
    """What decides which of the targets given are written: every WHERE on their way."""
    for part in query.where:
        yield query, part
    target = query.columns.get(TARGET_ID)
    if target is not None and target.hop is Hop.UNION:
        for branch in query.branches:
            yield from _filters(branch)
    elif target is not None and target.hop is Hop.COPY and target.item is not None:
        relation = target.item.relation
        if isinstance(relation, Query):
            yield from _filters(relation)


def _compared(part: Conjunct, query: Query) -> Iterator[str]:
    """The column of which a row is kept if it differs from that of the target given."""
    if part.sides is None or not part.compares(exp.NullSafeNEQ):
        return
    new, given = part.sides
    if _of_given(new):
        new, given = given, new
    own = query.columns.get(given.name)
    if _of_given(given) and own is not None and is_same_copy(own, new):
        yield given.name


def _of_given(column: Column) -> bool:
    return (
        column.hop is Hop.COPY
        and column.item is not None
        and is_given(column.item.relation)
        and column.inputs[0].name == column.name
    )


def _parts(column: Column) -> Iterator[Column]:
    """A column, and all that its value is made from or decided by."""
    return hops(column, lambda part: part.controls)


def _is_context_of(subject: Subject, part: Column) -> bool:
    node_id, name = part.leaf or ("", "")
    return node_id == subject.node.id and name not in MINTED


def _is_with_given(part: Column) -> bool:
    """It is said of targets given alone: of some of them, and so by what they were."""
    relation = part.item.relation if part.hop is Hop.COPY and part.item is not None else None
    if not isinstance(relation, Query) or part.name in MINTED or is_given(relation):
        return False
    ids = [column.origin for column in relation.columns.values() if column.exact]
    return bool(ids) and all(_is_of_given_target(each) for each in ids)


def _is_of_given_target(column: Column) -> bool:
    known = column.known if column.hop is Hop.LEAF else None
    return known is not None and known.origins == {Origin.TARGET}


def _varies(column: Column) -> bool:
    """It is made from rows, and no time or word of the build itself."""
    return any(part.hop is Hop.LEAF for part in _parts(column))


def _context(shows: str, text: str, updated: tuple[str, ...] = ("company_domain",)) -> Example:
    config = {ANCHOR: {"merge_update_columns": [*updated, "bit_score", "outreach_status"]}}
    return Example(shows, ANCHOR, text, config=config)


_CHANGED = """
    with targets as ({targets})
    select targets.* from targets
    left join {{{{ this }}}} as known on targets.company_unique_id = known.company_unique_id
    where known.company_unique_id is null or {condition}
"""


def _changed(condition: str) -> str:
    return _CHANGED.format(targets=minting(), condition=condition)


REFUSED = (
    _context("a column that no merge brings up to date", minting(), updated=()),
    _context(
        "what is known already goes before what is there now",
        minting(context="coalesce(given.company_domain, companies.company_domain)"),
    ),
    _context(
        "what is known already decides",
        minting(context="case when given.company_domain is null then companies.company_domain end"),
    ),
    _context("a change that nobody looks for", _changed("false")),
    _context(
        "a change to or from nothing is none",
        _changed("targets.company_domain <> known.company_domain"),
    ),
    _context(
        "another column is looked at",
        _changed("targets.company_unique_id is distinct from known.company_domain"),
    ),
    _context(
        "only new targets",
        _CHANGED.format(targets=minting(), condition="false").replace(" or false", ""),
    ),
)
ACCEPTED = (
    _context("whatever it is", minting()),
    _context(
        "what differs", _changed("targets.company_domain is distinct from known.company_domain")
    ),
    _context(
        "the other way round",
        _changed("known.company_domain is distinct from targets.company_domain"),
    ),
)

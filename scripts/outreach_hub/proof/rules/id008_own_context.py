"""What company_target says of a company is made of that company's records."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.proof.examples import Example
from outreach_hub.proof.graph import Layer
from outreach_hub.proof.joins import is_correlated, is_own
from outreach_hub.proof.minting import is_highest
from outreach_hub.proof.missing_rows import may_be_null
from outreach_hub.proof.path import Column, Hop, made_here
from outreach_hub.proof.scope import Query
from outreach_hub.proof.subject import Subject, World
from outreach_hub.proof.verdict import Finding

CODE = "ID008"
TITLE = "the context of a target is made of its own company's records"
WHY = "A status or a score that rows of several companies decide is said of the wrong one."

_FIX = (
    "Group, or partition, by company_unique_id or by the key of a record, which is one company's."
    " Only the last number of a prefix, max(sequence_num), is looked up for several."
)


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below."""
    if subject.layer is not Layer.TARGET:
        return
    for query in subject.query.walk():
        if query.kind != "select":
            continue
        if (query.group or query.aggregated) and not _is_of_one(query, subject.world):
            reason = "folds rows of several companies into what is said of one"
            yield subject.finding(CODE, reason, _FIX, at=query.node)
        for window in _windows(query):
            if not (_numbers(window) or _is_within_one(window, subject.world)):
                reason = "a window over rows of several companies decides what is said of one"
                yield subject.finding(CODE, reason, _FIX, at=window.node)
        for inner in query.nested:
            if not is_correlated(inner):
                reason = "a subquery that is the same for every company decides what is said of one"
                yield subject.finding(CODE, reason, _FIX, at=inner.node)


def _windows(query: Query) -> Iterator[Column]:
    return (
        hop for value in query.expressions() for hop in made_here(value) if hop.hop is Hop.WINDOW
    )


def _is_within_one(window: Column, world: World) -> bool:
    return any(_is_one(key, world) and not may_be_null(key, world) for key in window.partition)


def _numbers(window: Column) -> bool:
    """New targets are numbered within a prefix (ID006)."""
    return window.how == "row_number" and [key.hop for key in window.partition] == [Hop.PREFIX]


def _is_of_one(query: Query, world: World) -> bool:
    """Each of its groups is of one company, or it tells how far the targets of a prefix are
    numbered, and nothing else."""
    if any(_is_one(key, world) for key in query.group):
        return True
    return bool(query.group) and all(
        column.hop is Hop.PREFIX or is_highest(column) for column in query.order
    )


def _is_one(key: Column, world: World) -> bool:
    """An id, or the key of a record, which is one company's."""
    is_key = key.source() is not None and bool(key.contents & world.record_keys)
    return (key.exact or is_key) and is_own(key)


_PATH = "models/company_target/int_company_target__ages.sql"


_TEXT = """
    select companies.company_unique_id, {age} as since
    from {{{{ ref('stg_cl__companies') }}}} as companies {more}
"""


def _ages(shows: str, age: str, more: str = "") -> Example:
    text = _TEXT.format(age=age, more=more)
    return Example(shows, "int_company_target__ages", text, path=_PATH)


REFUSED = (
    _ages("that of whoever comes before", "lag(created_at) over (order by company_unique_id)"),
    _ages("the first of all", "(select min(created_at) from {{ ref('stg_cl__companies') }})"),
    Example(
        "one for all that a prefix has",
        "int_company_target__ages",
        """
        select left(company_unique_id, 8) as id_prefix, min(created_at) as since
        from {{ ref('stg_cl__companies') }} group by 1
    """,
        path=_PATH,
    ),
)
ACCEPTED = (
    _ages("the first of its own", "min(created_at)", "group by company_unique_id"),
    _ages(
        "its own, one after the other",
        "lag(created_at) over (partition by company_unique_id order by created_at)",
    ),
)

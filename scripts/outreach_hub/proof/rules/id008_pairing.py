"""company_unique_id and target_id on one row are of one row of company_target."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.proof.examples import Example
from outreach_hub.proof.graph import Layer
from outreach_hub.proof.joins import is_of_two_rows, is_own, same_identity
from outreach_hub.proof.missing_rows import may_be_null
from outreach_hub.proof.path import Column, Hop, Kind, hops
from outreach_hub.proof.scope import Item, Query
from outreach_hub.proof.subject import Subject, World
from outreach_hub.proof.verdict import Finding
from outreach_hub.proof.words import has_words

CODE = "ID008"
TITLE = "company_unique_id and target_id on one row agree with company_target"
WHY = "Two ids that are each real but of different companies are a fabrication made of true parts."

_STATUS = frozenset({"company_target.outreach_status"})
"""A code, and yet a decision about one company."""
_FIX = "Take both ids from the same relation."
_OF_ITS_ROW = (
    "Take it from the row that the ids are of, or partition the window by target_id too: where a"
    " key is null, rows of all companies are together. What is a code and tells of nobody, give an"
    " accepted_values test where it lands."
)


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below."""
    if subject.layer is Layer.TEST:
        return
    if subject.is_of_somebody:
        yield from _strangers(subject)
    if subject.layer in (Layer.STAGING, Layer.STAGING_CL) or subject.node.is_anchor:
        return
    company = subject.query.columns.get(Kind.COMPANY.value)
    target = subject.query.columns.get(Kind.TARGET.value)
    if company is None or target is None or not (company.exact and target.exact):
        return
    parted = _parted(company, target)
    if parted is not None:
        yield subject.finding(
            CODE,
            "`target_id` and `company_unique_id` are taken from different rows",
            _FIX,
            column=target,
            at=parted.node,
        )


def _strangers(subject: Subject) -> Iterator[Finding]:
    """Records that may be of any company, named beside the ids of one."""
    has_ids = any(column.exact for column in subject.query.order)
    for column in subject.query.order:
        is_id = column.identity is not None  # of an id, ID002 speaks
        taken = next(
            (
                hop
                for hop in hops(column, without=Hop.CONDITION)  # of which only shows if it holds
                if not (is_id and hop.identity) and _is_of_any(hop, subject.world, has_ids)
            ),
            None,
        )
        if taken is not None:
            yield subject.finding(
                CODE,
                f"`{column.name}` may belong to another company: it is taken from another row",
                _OF_ITS_ROW,
                column=column,
                at=taken.node,
            )


def _is_of_any(hop: Column, world: World, has_ids: bool) -> bool:
    if hop.hop is Hop.AGGREGATE:
        # Where rows carry an id of their own, ID002 sees to it that it is not picked.
        return not has_ids and has_words(hop, world) and not _is_of_one_group(hop, world)
    if hop.hop not in (Hop.WINDOW, Hop.SUBQUERY):
        return False
    told = hop.contents & (world.record_keys | _STATUS)
    if not (hop.identity or told or has_words(hop, world)):
        return False
    if hop.hop is Hop.WINDOW:
        return not any(_is_of_one_company(part, hop, world) for part in hop.partition)
    # One that looks out of itself has to be tied to the company there (ID003).
    return not any(part.query is not None and part.query.correlated for part in hop.inputs)


def _is_of_one_group(hop: Column, world: World) -> bool:
    """It is grouped by an id, or by the key of a record."""
    queries = {part.item.query for part in hops(hop) if part.item is not None}
    return any(
        key.exact or key.contents & world.record_keys for query in queries for key in query.group
    )


def _is_of_one_company(column: Column, window: Column, world: World) -> bool:
    """An id, the key of a record, or a landed column that refers to one: the gates see to it.

    Where it is null, or of a row around the query, rows of all companies are together.
    """
    if column.item is None or column.item.query is not window.query or not is_own(column):
        return False
    source = column.source()
    is_key = source is not None and bool(world.keys.records(source))
    return (column.exact or is_key) and not may_be_null(column, world)


def _parted(company: Column, target: Column) -> Column | None:
    """Follow both down together; where their ways part, identity has to tie the two relations."""
    while True:
        if company.hop is Hop.LEAF or target.hop is Hop.LEAF:
            same = company.leaf is not None and target.leaf is not None
            return None if same and company.leaf[0] == target.leaf[0] else target  # type: ignore[index]
        if company.hop is Hop.UNION and target.hop is Hop.UNION:
            if company.node is not target.node:
                return target
            pairs = zip(company.inputs, target.inputs, strict=True)
            return next((p for one, two in pairs if (p := _parted(one, two)) is not None), None)
        if company.hop is not Hop.COPY or target.hop is not Hop.COPY:
            return target
        if company.item is not target.item:
            return None if _tied(company.item, target.item) else target
        company, target = company.inputs[0], target.inputs[0]


def _tied(one: Item | None, two: Item | None) -> bool:
    """An unbroken chain of equalities on identity leads from one relation to the other."""
    if one is None or two is None or one.query is not two.query:
        return False
    reached = {id(one)}
    pairs = list(_equalities(one.query))
    for _ in pairs:
        for left, right in pairs:
            if id(left) in reached or id(right) in reached:
                reached |= {id(left), id(right)}
    return id(two) in reached


def _equalities(query: Query) -> Iterator[tuple[Item, Item]]:
    tests = query.tests()
    for test in tests:
        if test.is_equality and test.sides and same_identity(*test.sides):
            left, right = test.sides
            if not is_of_two_rows(left, right):
                continue
            if left.item is not None and right.item is not None:
                yield left.item, right.item


REFUSED = (
    Example(
        "each real, of different rows",
        "dim_people",
        """
        select p.person_id, s.target_id, p.company_unique_id
        from {{ ref('people') }} as p
        left join {{ ref('send_log') }} as s on p.person_id = s.person_id
    """,
    ),
    Example(
        "the record before it, whoever's that is",
        "dim_people",
        """
        select coalesce(lag(person_id) over (order by person_id), person_id) as person_id,
            target_id, company_unique_id
        from {{ ref('people') }}
    """,
    ),
    Example(
        "any record",
        "dim_people",
        """
        select (select max(person_id) from {{ ref('people') }}) as person_id,
            target_id, company_unique_id
        from {{ ref('company_target') }}
    """,
    ),
    Example(
        "the same table, taken twice",
        "dim_people",
        """
        select a.target_id, b.company_unique_id
        from {{ ref('company_target') }} as a
        inner join {{ ref('people') }} as p on a.target_id = p.target_id
        inner join {{ ref('send_log') }} as b on p.person_id = b.person_id
    """,
    ),
)
ACCEPTED = (
    Example(
        "from two relations that identity ties",
        "dim_people",
        """
        select p.person_id, p.target_id, t.company_unique_id
        from {{ ref('people') }} as p
        inner join {{ ref('company_target') }} as t on p.target_id = t.target_id
    """,
    ),
    Example(
        "the record before it of the same company",
        "fct_sends",
        """
        select send_id, target_id, company_unique_id,
            lag(send_id) over (partition by target_id order by send_id) as previous_send_id
        from {{ ref('send_log') }}
    """,
    ),
    Example(
        "a union, branch by branch",
        "dim_people",
        """
        select target_id, company_unique_id from {{ ref('people') }}
        union all
        select target_id, company_unique_id from {{ ref('send_log') }}
    """,
    ),
)

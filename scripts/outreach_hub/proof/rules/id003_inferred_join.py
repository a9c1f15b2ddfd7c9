"""Identity is never inferred: the only way to a target is its id."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.proof.claims import copies
from outreach_hub.proof.examples import Example
from outreach_hub.proof.graph import Layer
from outreach_hub.proof.joins import (
    conditions,
    is_correlated,
    is_made_of,
    is_of_somebody,
    links,
    tied_to_first,
    ties_inside,
)
from outreach_hub.proof.path import Kind
from outreach_hub.proof.scope import Item, Query
from outreach_hub.proof.subject import Subject, shown
from outreach_hub.proof.verdict import Finding

CODE = "ID003"
TITLE = "a target is reached by company_unique_id, never inferred"
WHY = (
    "Whoever joins by domain, e-mail or name decides which company it is, and only CL decides that."
)

_FIX = (
    "Identity is CL's to resolve. Join on company_unique_id (or, between models already attached,"
    " on target_id), with other conditions beside it as you like; if the landed record has none,"
    " CL must mint it first. A record's key will do, as it is, where an identity_gate's belongs_to"
    " says whose record it is."
)


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below."""
    if subject.layer is Layer.TEST:
        return
    for query in subject.query.walk():
        bearing = [
            i
            for i in query.items
            if i.bears_identity or is_of_somebody(i, subject.world.record_keys)
        ]
        for item in bearing[1:]:
            before = query.items[: query.items.index(item)]
            if not links(query, item, subject.world.keys) and not is_made_of(item, before):
                yield _untied(subject, query, item)
        laterals = [i.relation for i in query.items if not i.bears_identity]
        for inner in (*query.nested, *laterals):
            if is_correlated(inner) and bearing and not _tied_inside(inner, bearing, subject):
                yield subject.finding(
                    CODE,
                    "a subquery looks up another company's row without its id",
                    _FIX,
                    at=inner.node,
                )
    yield from _carried(subject)


def _untied(subject: Subject, query: Query, item: Item) -> Finding:
    tests = [shown(c.node) for c in (item.on or conditions(query, item))]
    if not tests:
        return subject.finding(
            CODE, f"`{item.alias}` is joined to every row, whatever its company", _FIX, at=item.node
        )
    at = item.on[0].node.parent if item.on and item.on[0].node.parent else item.node
    return subject.finding(
        CODE,
        f"`{item.alias}` is joined on something other than identity: on {' and '.join(tests)}",
        _FIX,
        at=at if item.on else item.node,
    )


def _tied_inside(inner: Query, outside: list[Item], subject: Subject) -> bool:
    """What it looks up stands for no company, or is of the one outside, row by row.

    Not asked is what lies below a query that has taken all ids off.
    """
    if any(is_of_somebody(item, subject.world.record_keys) for item in inner.items):
        return bool(ties_inside(inner, outside, subject.world.keys))
    laterals = [item.relation for item in inner.items if is_correlated(item.relation)]
    below = (*inner.branches, *inner.nested, *laterals)
    return all(_tied_inside(query, outside, subject) for query in below)


def _carried(subject: Subject) -> Iterator[Finding]:
    """An id may not arrive from a relation that was found by a record's key or a condition."""
    for kind in Kind:
        for column in subject.outputs(kind):
            for hop in copies(column):
                item = hop.item
                if item is None:
                    continue
                bearing = [i for i in item.query.items if i.bears_identity]
                if item in bearing[1:] and not tied_to_first(item.query, item, subject.world.keys):
                    yield subject.finding(
                        CODE,
                        f"`{kind.value}` is taken from {item.alias}, which was not joined by"
                        " identity",
                        f"Take both ids from {bearing[0].alias}, the first of the FROM. {_FIX}",
                        column=column,
                        at=hop.node,
                    )


REFUSED = (
    Example(
        "by e-mail domain",
        "people",
        """
        select landed.person_id, targets.target_id, targets.company_unique_id
        from {{ one_record('stg_people__people') }} as landed
        left join {{ ref('company_target') }} as targets
            on split_part(landed.email, '@', 2) = targets.company_domain
    """,
    ),
    Example(
        "by identity or something else",
        "people",
        """
        select landed.person_id, targets.target_id, targets.company_unique_id
        from {{ one_record('stg_people__people') }} as landed
        left join {{ ref('company_target') }} as targets
            on landed.company_unique_id = targets.company_unique_id
            or landed.email = targets.company_domain
    """,
    ),
    Example(
        "to everybody",
        "dim_people",
        """
        select people.person_id, targets.target_id, targets.company_unique_id
        from {{ ref('people') }} as people cross join {{ ref('company_target') }} as targets
    """,
    ),
    Example(
        "a look-up by domain",
        "dim_people",
        """
        select people.person_id, people.target_id, people.company_unique_id,
            (select max(t.bit_score) from {{ ref('company_target') }} as t
             where people.email like '%' || t.company_domain) as bit_score
        from {{ ref('people') }} as people
    """,
    ),
    Example(
        "an id that arrives by the key of another record",
        "dim_people",
        """
        select people.person_id, other.target_id, other.company_unique_id
        from {{ ref('people') }} as people
        left join {{ ref('send_log') }} as other on people.person_id = other.person_id
    """,
    ),
)
ACCEPTED = (
    Example(
        "models already attached, by target_id",
        "dim_people",
        """
        select p.person_id, t.target_id, t.company_unique_id, t.company_domain
        from {{ ref('people') }} as p
        inner join {{ ref('company_target') }} as t on p.target_id = t.target_id
    """,
    ),
    Example(
        "context by the key of a record",
        "fct_sends",
        """
        select s.send_id, s.target_id, s.company_unique_id, p.email
        from {{ ref('send_log') }} as s left join {{ ref('people') }} as p
            on s.person_id = p.person_id
    """,
    ),
    Example(
        "a cross join to constants",
        "people_slots",
        """
        select t.target_id, t.company_unique_id, slots.slot_type
        from {{ ref('company_target') }} as t
        cross join (values ('CEO'), ('CFO'), ('HR')) as slots (slot_type)
    """,
    ),
    Example(
        "a count for the same target",
        "dim_people",
        """
        select t.target_id, t.company_unique_id,
            (select count(*) from {{ ref('people') }} as p where p.target_id = t.target_id) as n
        from {{ ref('company_target') }} as t
    """,
    ),
)

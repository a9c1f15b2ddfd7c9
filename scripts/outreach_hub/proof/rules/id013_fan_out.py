"""A landed record is one row: no join multiplies it."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.proof.examples import Example
from outreach_hub.proof.graph import Layer
from outreach_hub.proof.multiplicity import at_most_one
from outreach_hub.proof.records import holds_records
from outreach_hub.proof.rows import reaches
from outreach_hub.proof.scope import Leaf
from outreach_hub.proof.subject import Subject
from outreach_hub.proof.verdict import Finding

CODE = "ID013"
TITLE = "no join multiplies a landed record"
WHY = "A record that is there twice is counted twice, and one of the two is nobody's."


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below."""
    if subject.layer is not Layer.HUB:
        return

    def is_record(leaf: Leaf) -> bool:
        return holds_records(leaf, subject)

    for query in subject.query.walk():
        records = [item for item in query.items if reaches(item.relation, is_record)]
        for item in query.items[1:]:
            first = records[:1] == [item] or (item.side == "right" and item in records)
            if records and not first and not at_most_one(item, subject.graph):
                yield subject.finding(
                    CODE,
                    f"a record can meet several rows of {item.alias}",
                    "Join by a key of it, or fold it to one row a key before the join.",
                    at=item.node,
                )


_JOINED = """
    select landed.person_id, targets.target_id, targets.company_unique_id
    from {{{{ ref('stg_people__people') }}}} as landed
    left join {{{{ ref('company_target') }}}} as targets
        on landed.company_unique_id = targets.company_unique_id
    left join {other}
"""
REFUSED = (
    Example(
        "all of a company's people for each of them",
        "people",
        _JOINED.format(
            other="""{{ ref('stg_people__people') }} as colleagues
                on landed.company_unique_id = colleagues.company_unique_id"""
        ),
    ),
    Example(
        "a list that names a word twice",
        "people",
        _JOINED.format(
            other="(values ('a', 1), ('a', 2)) as words (word, rank) on landed.email = words.word"
        ),
    ),
    Example(
        "a list of two words",
        "people",
        _JOINED.format(other="(values ('a'), ('b')) as words (word) on true"),
    ),
)
ACCEPTED = (
    Example(
        "one row, counted before the join",
        "people",
        _JOINED.format(
            other="""(
                select email, count(*) as holders
                from {{ ref('stg_people__people') }} group by email
            ) as addresses on landed.email = addresses.email"""
        ),
    ),
    Example(
        "a list of words, each once",
        "people",
        _JOINED.format(
            other="(values ('a', 1), ('b', 2)) as words (word, rank) on landed.email = words.word"
        ),
    ),
    Example(
        "one row of an aggregate over everything",
        "people",
        _JOINED.format(
            other="(select max(email) as e from {{ ref('stg_people__people') }}) as last on true"
        ),
    ),
)

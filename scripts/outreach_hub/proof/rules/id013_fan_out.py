"""A landed record is one row: no join multiplies it."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.proof.examples import Example
from outreach_hub.proof.graph import Layer
from outreach_hub.proof.multiplicity import Records
from outreach_hub.proof.records import is_record_of, record_key
from outreach_hub.proof.rows import reaches
from outreach_hub.proof.subject import Subject
from outreach_hub.proof.verdict import Finding

CODE = "ID013"
TITLE = "a landed record is one row of its hub"
WHY = "A record that is there twice is counted twice, and one of the two is nobody's."

_FIX = (
    "Fold it with one_record() by its key, and join by a key of the other relation, or fold that"
    " one to one row a key before the join."
)


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below."""
    if subject.layer is not Layer.HUB or subject.node.materialized == "ephemeral":
        return
    key = record_key(subject)
    is_record = is_record_of(subject, key)
    if not key or not reaches(subject.query, is_record):
        return
    repeat = Records(is_record, key, subject.world).first_repeat(subject.query)
    if repeat is not None:
        yield subject.finding(CODE, repeat.what, _FIX, at=repeat.node)


_JOINED = """
    select landed.person_id, targets.target_id, targets.company_unique_id
    from {{{{ one_record('stg_people__people') }}}} as landed
    left join {{{{ ref('company_target') }}}} as targets
        on landed.company_unique_id = targets.company_unique_id
    left join {other}
"""
_RANKED = """
    with ranked as (
        select *, row_number() over (partition by person_id order by email) as version
        from {{{{ ref('stg_people__people') }}}}
    ),
    landed as (select ranked.* from ranked {between} where version = 1)
    select landed.person_id, targets.target_id, targets.company_unique_id
    from {record} as landed
    left join {{{{ ref('company_target') }}}} as targets
        on landed.company_unique_id = targets.company_unique_id
"""
REFUSED = (
    Example(
        "the rows of landing as they are",
        "people",
        _RANKED.format(between="", record="{{ ref('stg_people__people') }}"),
    ),
    Example(
        "each record twice",
        "people",
        _RANKED.format(between="", record="(select * from landed union all select * from landed)"),
    ),
    Example(
        "multiplied between the ranking and its filter",
        "people",
        _RANKED.format(between="cross join (values (1), (2)) as two (n)", record="landed"),
    ),
    Example(
        "all of a company's people, on the other side of the join",
        "people",
        _RANKED.format(
            between="",
            record="""(
                select landed.* from {{ ref('stg_people__people') }} as colleagues
                right join landed on colleagues.company_unique_id = landed.company_unique_id
            )""",
        ),
    ),
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
        "multiplied before the ranking, which folds it again",
        "people",
        _RANKED.format(between="", record="landed").replace(
            "{{ ref('stg_people__people') }}",
            "{{ ref('stg_people__people') }} cross join (values (1), (2)) as two (n)",
        ),
    ),
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
        "a constant",
        "people",
        _JOINED.format(other="(select 1 as one, 'a' as letter) as constants on true"),
    ),
    Example(
        "one row of an aggregate over everything",
        "people",
        _JOINED.format(
            other="(select max(email) as e from {{ ref('stg_people__people') }}) as last on true"
        ),
    ),
)

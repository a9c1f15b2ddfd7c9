"""No skip-and-continue: every landed record reaches its hub."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.proof.examples import Example
from outreach_hub.proof.graph import Layer
from outreach_hub.proof.records import is_record_of, record_key
from outreach_hub.proof.rows import Root, first_drop, folds_versions, reaches
from outreach_hub.proof.subject import Subject
from outreach_hub.proof.verdict import Finding

CODE = "ID005"
TITLE = "no landed record is dropped on the way to its hub"
WHY = "A record that cannot be attached must fail where it is seen, not vanish where it is not."

_FIX = (
    "Keep every record: left join company_target, and let the constraint fail the build. Filters"
    " belong in marts; duplicates go through one_record(), arrivals through new_rows()."
)


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below."""
    if subject.layer in (Layer.STAGING, Layer.STAGING_CL):
        key: tuple[Root, ...] = ()
    elif subject.layer is Layer.HUB:
        key = record_key(subject)
    else:
        return
    is_record = is_record_of(subject, key)
    if not reaches(subject.query, is_record):
        return
    drop = first_drop(subject.query, is_record, folds_versions(key))
    if drop is not None:
        yield subject.finding(
            CODE, f"landed records can be lost here: {drop.what}", _FIX, at=drop.node
        )


_ARRIVED = """
    with arrived as (
        select landed.* from {{{{ ref('stg_execution__sends') }}}} as landed
        left join {{{{ this }}}} as known on landed.send_id = known.send_id
        where {new} or landed.loaded_at > known.loaded_at
    ),
    ranked as (
        select *, row_number() over (partition by send_id order by loaded_at desc) as version
        from arrived
    ),
    landed as (select * from ranked where version = 1)
    select landed.send_id, landed.person_id, targets.target_id, targets.company_unique_id,
        landed.loaded_at
    from landed left join {{{{ ref('company_target') }}}} as targets
        on landed.company_unique_id = targets.company_unique_id
"""
REFUSED = (
    Example(
        "an inner join",
        "people",
        """
        select landed.person_id, targets.target_id, targets.company_unique_id
        from {{ one_record('stg_people__people') }} as landed
        inner join {{ ref('company_target') }} as targets
            on landed.company_unique_id = targets.company_unique_id
    """,
    ),
    Example(
        "a filter three CTEs away",
        "people",
        """
        with raw as (select * from {{ ref('stg_people__people') }}),
        landed as (select * from raw where email is not null),
        targets as (select * from {{ ref('company_target') }})
        select landed.person_id, targets.target_id, targets.company_unique_id
        from landed left join targets
            on landed.company_unique_id = targets.company_unique_id
    """,
    ),
    Example(
        "the wrong side kept",
        "people",
        """
        select landed.person_id, targets.target_id, targets.company_unique_id
        from {{ ref('company_target') }} as targets
        left join {{ one_record('stg_people__people') }} as landed
            on landed.company_unique_id = targets.company_unique_id
    """,
    ),
    Example(
        "one record for each e-mail address",
        "people",
        """
        with ranked as (
            select *, row_number() over (partition by email order by person_id) as rank
            from {{ ref('stg_people__people') }}
        )
        select ranked.person_id, targets.target_id, targets.company_unique_id
        from ranked left join {{ ref('company_target') }} as targets
            on ranked.company_unique_id = targets.company_unique_id
        where rank = 1
    """,
    ),
    Example(
        "a filter in staging",
        "stg_people__people",
        """
        select person_id, company_unique_id, email from {{ source('outreach_raw', 'people') }}
        where company_unique_id is not null
    """,
    ),
    Example(
        "a list without a row",
        "people",
        """
        select landed.person_id, targets.target_id, targets.company_unique_id
        from {{ one_record('stg_people__people') }} as landed
        left join {{ ref('company_target') }} as targets
            on landed.company_unique_id = targets.company_unique_id
        cross join (
            select 1 as one from (select 1 as a) as x inner join (select 2 as b) as y on x.a = y.b
        ) as nothing
    """,
    ),
    Example(
        "only what is known already, in an incremental",
        "send_log",
        _ARRIVED.format(new="known.send_id is not null"),
    ),
    Example(
        "only the new records of some companies, in an incremental",
        "send_log",
        _ARRIVED.format(new="landed.company_unique_id is not null"),
    ),
)
ACCEPTED = (
    Example(
        "versions of one record, folded by its key",
        "people",
        """
        with ranked as (
            select *, row_number() over (partition by person_id order by email) as rank
            from {{ ref('stg_people__people') }}
        ),
        landed as (select * from ranked where rank = 1)
        select landed.person_id, targets.target_id, targets.company_unique_id
        from landed left join {{ ref('company_target') }} as targets
            on landed.company_unique_id = targets.company_unique_id
    """,
    ),
    Example(
        "only what is new, in an incremental",
        "send_log",
        _ARRIVED.format(new="known.send_id is null"),
    ),
    Example(
        "a filter in a mart",
        "dim_people",
        """
        select person_id, target_id, company_unique_id from {{ ref('people') }}
        where email is not null
    """,
    ),
)

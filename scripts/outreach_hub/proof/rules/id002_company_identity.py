"""Every company_unique_id is CL's, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.proof.claims import faults
from outreach_hub.proof.examples import Example, minting
from outreach_hub.proof.graph import Layer
from outreach_hub.proof.path import Kind
from outreach_hub.proof.subject import Subject
from outreach_hub.proof.verdict import Finding

CODE = "ID002"
TITLE = "company_unique_id is CL's own value, byte for byte"
WHY = "An id that was computed, cleaned, picked or filled in names a company that CL never named."

_FIXES = {
    Layer.STAGING: "Copy it from the source, or write {{ identity_text('company_unique_id') }}.",
    Layer.STAGING_CL: "Copy it from the source, or write {{ identity_text('company_unique_id') }}.",
    Layer.TARGET: "Copy it from stg_cl__companies, or from the targets already given.",
}
_FIX = (
    "Copy company_unique_id, unaltered, from the company_target that the record was joined to. To"
    " put several together, begin with company_target and left join each."
)


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below."""
    for column in subject.outputs(Kind.COMPANY):
        for reason, node in faults(subject, column, Kind.COMPANY):
            yield subject.finding(
                CODE, reason, _FIXES.get(subject.layer, _FIX), column=column, at=node
            )


REFUSED = (
    Example(
        "trimmed on the way",
        "people",
        """
        select landed.person_id, targets.target_id,
            trim(targets.company_unique_id) as company_unique_id
        from {{ one_record('stg_people__people') }} as landed
        left join {{ ref('company_target') }} as targets
            on landed.company_unique_id = targets.company_unique_id
    """,
    ),
    Example(
        "the record's own claim instead of the target's",
        "people",
        """
        select landed.person_id, targets.target_id, landed.company_unique_id
        from {{ one_record('stg_people__people') }} as landed
        left join {{ ref('company_target') }} as targets
            on landed.company_unique_id = targets.company_unique_id
    """,
    ),
    Example(
        "renamed, so that no name gives it away",
        "dim_people",
        """
        with renamed as (
            select person_id, target_id, company_unique_id as account from {{ ref('people') }}
        )
        select person_id, target_id, max(account) as owner from renamed group by 1, 2
    """,
    ),
    Example(
        "a union with a branch of somebody else's",
        "dim_people",
        """
        select person_id, target_id, company_unique_id from {{ ref('people') }}
        union all
        select person_id, target_id, person_id from {{ ref('people') }}
    """,
    ),
    Example(
        "a company that only landing knows, given a target",
        "company_target",
        minting(source="stg_people__people", domain="email", created="person_id"),
    ),
    Example(
        "folded in staging",
        "stg_people__people",
        """
        select person_id, lower(company_unique_id) as company_unique_id, email
        from {{ source('outreach_raw', 'people') }}
    """,
    ),
)
ACCEPTED = (
    Example(
        "through CTEs, stars and a new name",
        "dim_people",
        """
        with everyone as (select * from {{ ref('people') }}),
        renamed as (select everyone.*, company_unique_id as account from everyone)
        select person_id, target_id, account as company_unique_id from renamed
    """,
    ),
    Example(
        "the one cast, in staging",
        "stg_people__people",
        """
        select person_id, cast(company_unique_id as text) as company_unique_id, email
        from {{ source('outreach_raw', 'people') }}
    """,
    ),
    Example(
        "grouped by, counted, and part of a key of something else",
        "rpt_people",
        """
        select target_id, company_unique_id, count(*) as people,
            count(distinct company_unique_id) as companies,
            md5(company_unique_id || '-' || min(email)) as row_key
        from {{ ref('people') }}
        group by 1, 2
    """,
    ),
)

"""Form 5500 filings as the Department of Labor publishes them, attached by CL's own EIN bridge.

CL made the bridge. Filings of companies that CL does not know are no concern of Outreach's yet:
they wait until CL learns their EIN.
"""

from __future__ import annotations

from outreach_hub.load.official import FILING_ID, Bridge, OfficialFeed, Words, ein_fault

EIN = "spons_dfe_ein"

FILINGS = OfficialFeed(
    table="outreach_raw.dol_filings",
    bridge=Bridge(table="cl.company_eins", column="ein", by=EIN),
    words=Words(
        rows="filings",
        unattached="belong to no company that CL knows",
        unbridged="filings landed earlier have an EIN that CL no longer bridges",
        ambiguous=(
            "CL bridges the EIN {id} to {count} companies ({companies}), "
            "and only CL can say which of them it is"
        ),
    ),
    required=frozenset(
        [
            *(FILING_ID, EIN, "spons_dfe_pn", "date_received"),
            *("form_plan_year_begin_date", "form_tax_prd"),
        ]
    ),
    checks={EIN: ein_fault},
    # The files of 1999 to 2008 (EFAST) call these so; those of 2009 and later (EFAST2) as we do.
    # From 2009 to 2025 every layout file that the Department publishes has them, and no column of
    # the form, of Schedule A or of its Part 1 was renamed: some were only added.
    former={
        "spons_dfe_mail_us_city": ("SPONS_DFE_CITY",),
        "spons_dfe_mail_us_state": ("SPONS_DFE_STATE",),
        "type_plan_entity_cd": ("TYPE_PLAN_ENTITY_IND",),
    },
    oddities=(
        (
            "select count(*) from {incoming} where spons_dfe_ein is null",
            "filings have no EIN: they wait, and nothing can attach them",
        ),
        (
            "select count(*) from {incoming} where length(spons_dfe_pn) < 3",
            "filings have a plan number of fewer than 3 digits, as spreadsheets leave it: they "
            "count as other plans than those that kept their leading zeros",
        ),
        (
            "select count(*) from {owners} where ein::text !~ '^[0-9]{{9}}$'",
            "EINs of CL's bridge do not have 9 digits: no filing can match them",
        ),
    ),
)

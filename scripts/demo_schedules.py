"""The demo world's Schedules A: what carriers insure under the filings that say they have some.

As many as a filing states (NUM_SCH_A_ATTACHED_CNT), of the benefits that its codes name. A plan
stays with its carriers from year to year, so that its contract numbers recur. EINs begin with 00,
which is never assigned, and so do the NAIC codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

Row = dict[str, Any]

DAY = timedelta(days=1)
BENEFITS = (
    *("health", "dental", "vision", "life_insur", "temp_disab", "long_term_disab"),
    *("drug", "stop_loss", "hmo", "ppo"),
)
"""As the official columns WLFR_BNFT_..._IND have them."""

LINES: dict[str, tuple[tuple[str, ...], ...]] = {
    "4A": (("health", "drug", "ppo"), ("dental",), ("vision",), ("temp_disab", "long_term_disab")),
    "4B": (("life_insur",), ("life_insur", "temp_disab"), ("long_term_disab",), ("stop_loss",)),
}
"""What each schedule of a filing insures, by the first benefit code of its plan."""

CARRIERS = {
    "health": "MERIDIAN VALE HEALTH PLAN, INC.",
    "dental": "BRIGHTWICK DENTAL",
    "vision": "CLEARMARSH VISION SERVICE",
    "temp_disab": "STONEHAVEN MUTUAL",
    "life_insur": "ELDERGROVE LIFE INSURANCE COMPANY",
    "long_term_disab": "STONEHAVEN MUTUAL",
    "stop_loss": "HIGHFELL REINSURANCE",
}
BROKERS = (
    ("TARRINGDALE BENEFITS, LLC", "FAIRVIEW", "OH"),
    ("PENNYWORT & SONS INSURANCE SERVICES", "RIVERTON", "WY"),
    ("COBBLEMERE ADVISORS", "GREENVILLE", "SC"),
)


def schedules_of(filing: Row) -> Iterator[tuple[Row, list[Row]]]:
    """Each Schedule A of a filing, and its brokers; none where the filing says that it has none."""
    if filing["sch_a_attached_ind"] != "1":
        return
    lines = LINES[filing["type_welfare_bnft_code"][:2]]
    for form_id in range(1, filing["num_sch_a_attached_cnt"] + 1):
        yield _schedule(filing, form_id, lines[form_id - 1])


def _schedule(filing: Row, form_id: int, insures: Sequence[str]) -> tuple[Row, list[Row]]:
    begin, end = _policy_year(filing, form_id)
    carrier = list(CARRIERS).index(insures[0])
    covered = filing["tot_active_partcp_cnt"] // form_id + 1
    premium = covered * (6_000 if insures[0] == "health" else 400)
    own = {
        "schedule_a_id": f"{filing['filing_id']}:{form_id}",
        "filing_id": filing["filing_id"],
        "company_unique_id": filing["company_unique_id"],
        "form_id": form_id,
    }
    brokers = list(_brokers(filing, own, premium))
    schedule = {
        **own,
        "sch_a_plan_year_begin_date": filing["form_plan_year_begin_date"],
        "sch_a_plan_year_end_date": filing["form_tax_prd"],
        "sch_a_plan_num": filing["spons_dfe_pn"],
        "sch_a_ein": filing["spons_dfe_ein"],
        "ins_carrier_name": CARRIERS[insures[0]],
        "ins_carrier_ein": f"00{7_000_000 + carrier * 4_201}",
        "ins_carrier_naic_code": f"00{310 + carrier * 7}",
        "ins_contract_num": f"0{filing['spons_dfe_ein'][-5:]}-{filing['spons_dfe_pn']}{form_id}",
        "ins_prsn_covered_eoy_cnt": covered,
        "ins_policy_from_date": begin,
        "ins_policy_to_date": end,
        "ins_broker_comm_tot_amt": _sum(brokers, "ins_broker_comm_pd_amt"),
        "ins_broker_fees_tot_amt": _sum(brokers, "ins_broker_fees_pd_amt"),
        **{f"wlfr_bnft_{name}_ind": "1" if name in insures else "0" for name in BENEFITS},
        "wlfr_tot_earned_prem_amt": premium if "ppo" in insures else None,
        "wlfr_tot_charges_paid_amt": None if "ppo" in insures else premium,
        "loaded_at": filing["loaded_at"],
    }
    return schedule, brokers


def _policy_year(filing: Row, form_id: int) -> tuple[date, date]:
    """The plan year, but for vision care: its policies run three months ahead of it."""
    begin, end = filing["form_plan_year_begin_date"], filing["form_tax_prd"]
    ahead = 92 * DAY if form_id == 3 else 0 * DAY
    return begin - ahead, end - ahead


def _brokers(filing: Row, own: Row, premium: int) -> Iterator[Row]:
    """By turns none, one, or two, the second of whom is paid fees alone."""
    turn = int(filing["spons_dfe_ein"]) + own["form_id"]
    for row_order in range(1, turn % 3 + 1):
        name, city, state = BROKERS[(turn // 3 + row_order) % len(BROKERS)]
        is_paid_fees = row_order == 2
        yield {
            "schedule_a_broker_id": f"{own['schedule_a_id']}:{row_order}",
            "schedule_a_id": own["schedule_a_id"],
            "filing_id": own["filing_id"],
            "company_unique_id": own["company_unique_id"],
            "form_id": own["form_id"],
            "row_order": row_order,
            "ins_broker_name": name,
            "ins_broker_us_city": city,
            "ins_broker_us_state": state,
            "ins_broker_comm_pd_amt": None if is_paid_fees else premium * 4 // 100,
            "ins_broker_fees_pd_amt": premium // 100 if is_paid_fees else None,
            "ins_broker_fees_pd_text": "SERVICE FEES" if is_paid_fees else None,
            "ins_broker_code": "3",
            "loaded_at": filing["loaded_at"],
        }


def _sum(brokers: Sequence[Row], column: str) -> int | None:
    """What a schedule states of its brokers together; blank where there is nothing to state."""
    paid = [row[column] for row in brokers if row[column] is not None]
    return sum(paid) if paid else None

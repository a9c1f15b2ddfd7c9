"""Schedule A (insurance contracts) and its Part 1 (brokers), attached by their filing.

A schedule says nothing of a company. It has EINs, of the sponsor and of the carrier, and neither
ever attaches anything: a Schedule A goes where the filing of its ACK_ID has gone, and a broker
where the Schedule A has. Both EINs have to be whole all the same, where they are given. A
spreadsheet that drops their leading zeros drops those of plan numbers, contract numbers and NAIC
codes as well, where nobody can see it, and in these two columns it shows.
"""

from __future__ import annotations

from outreach_hub.load.filings import FILINGS
from outreach_hub.load.official import FILING_ID, Bridge, OfficialFeed, Words, ein_fault

SCHEDULE_ID, BROKER_ID = "schedule_a_id", "schedule_a_broker_id"
_SCHEDULE = (FILING_ID, "form_id")
_OTHERWISE = "and they have to be settled first (ID013)"

SCHEDULES = OfficialFeed(
    table="outreach_raw.dol_schedule_a",
    bridge=Bridge(table=FILINGS.table, column=FILING_ID, by=FILING_ID, is_a_feed=True),
    words=Words(
        rows="Schedules A",
        unattached="belong to no filing that has landed",
        unbridged="Schedules A landed earlier have a filing that is no longer there",
        ambiguous=("the filing {id} has landed for {count} companies ({companies}), " + _OTHERWISE),
    ),
    required=frozenset({*_SCHEDULE, "sch_a_ein", "ins_carrier_ein"}),
    made={SCHEDULE_ID: _SCHEDULE},
    checks={"sch_a_ein": ein_fault, "ins_carrier_ein": ein_fault},
    oddities=(
        (
            "select count(*) from {incoming} where length(sch_a_plan_num) < 3",
            "Schedules A have a plan number of fewer than 3 digits, as spreadsheets leave it",
        ),
        (
            "select count(*) from {incoming} where length(ins_carrier_naic_code) < 5",
            "Schedules A have a NAIC code of fewer than 5 digits, as spreadsheets leave it",
        ),
    ),
)

BROKERS = OfficialFeed(
    table="outreach_raw.dol_schedule_a_brokers",
    bridge=Bridge(table=SCHEDULES.table, column=SCHEDULE_ID, by=SCHEDULE_ID, is_a_feed=True),
    words=Words(
        rows="brokers",
        unattached="belong to no Schedule A that has landed",
        unbridged="brokers landed earlier have a Schedule A that is no longer there",
        ambiguous=(
            "the Schedule A {id} has landed for {count} companies ({companies}), " + _OTHERWISE
        ),
    ),
    required=frozenset({*_SCHEDULE, "row_order"}),
    made={SCHEDULE_ID: _SCHEDULE, BROKER_ID: (*_SCHEDULE, "row_order")},
)

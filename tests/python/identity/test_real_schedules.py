"""The official Schedule A and broker files, from what was published to what BI reads.

The filings that they belong to are not among those at hand, so that stand-ins of these land here;
brokers and schedules are of different filings, as they were taken.
"""

from __future__ import annotations

from datetime import date

import pytest

from conftest import run_in_process
from identity.hub import Build, Hub
from identity.worlds import World
from load.conftest import official_path, official_rows
from outreach_hub.exits import ExitCode

pytestmark = pytest.mark.slow

SCHEDULES = "F_SCH_A_2024_sample_repadded.csv"
BROKERS = "F_SCH_A_PART1_2024_sample_repadded.csv"
OF_THE_BROKERS = "20250226083450NAL0000845201001"
Row = dict[str, str]


@pytest.fixture(scope="module")
def published() -> list[Row]:
    return official_rows(SCHEDULES)


@pytest.fixture(scope="module")
def built(empty_hub: Hub, published: list[Row]) -> Build:
    """Both files loaded in the wrong order, then tried again, and built."""
    world = World()
    filings = {row["ACK_ID"]: f"CL-{row['SCH_A_EIN']}" for row in published}
    filings[OF_THE_BROKERS] = "CL-brokers"
    world.companies(sorted(set(filings.values())))
    for filing_id, company in filings.items():
        world.record("dol_filings", company, filing_id=filing_id)
    for number in (2, 3, 4, 6, 7, 8, 9, 10):
        world.record(
            "dol_schedule_a",
            "CL-brokers",
            schedule_a_id=f"{OF_THE_BROKERS}:{number}",
            filing_id=OF_THE_BROKERS,
            form_id=number,
        )
    empty_hub.land(world)
    with empty_hub.entered():
        for table, name in (("dol_schedule_a_brokers", BROKERS), ("dol_schedule_a", SCHEDULES)):
            loaded = run_in_process("load", table, str(official_path(name)))
            assert loaded.exit_code == ExitCode.GOOD, loaded.output
    return empty_hub.build()


def test_it_builds(built: Build) -> None:
    assert built.exit_code == ExitCode.GOOD, built.result.output
    assert built.evidence == []


def test_every_schedule_is_published_under_its_filings_company(
    built: Build, empty_hub: Hub, published: list[Row]
) -> None:
    found = empty_hub.rows(
        f"""
        select
            filing_id, company_unique_id, carrier_name, carrier_ein, contract_number, plan_number,
            persons_covered_count, policy_begin_date, policy_end_date,
            coalesce(stated_commission_amount::text, ''), has_health, has_vision
        from outreach_marts.fct_dol_insurance_contracts
        where filing_id <> '{OF_THE_BROKERS}'
        """
    )
    assert len(found) == 8
    assert sorted(found) == sorted(
        (
            row["ACK_ID"],
            f"CL-{row['SCH_A_EIN']}",
            row["INS_CARRIER_NAME"],
            row["INS_CARRIER_EIN"],
            row["INS_CONTRACT_NUM"],
            row["SCH_A_PLAN_NUM"],
            int(row["INS_PRSN_COVERED_EOY_CNT"]),
            date.fromisoformat(row["INS_POLICY_FROM_DATE"]),
            date.fromisoformat(row["INS_POLICY_TO_DATE"]),
            row["INS_BROKER_COMM_TOT_AMT"] and f"{row['INS_BROKER_COMM_TOT_AMT']}.00",
            row["WLFR_BNFT_HEALTH_IND"] == "1",
            row["WLFR_BNFT_VISION_IND"] == "1",
        )
        for row in published
    )


def test_a_contract_has_what_its_brokers_were_paid(built: Build, empty_hub: Hub) -> None:
    found = empty_hub.rows(
        f"""
        select schedule_a_id, broker_count, commission_amount::integer, fee_amount::integer
        from outreach_marts.fct_dol_insurance_contracts where filing_id = '{OF_THE_BROKERS}'
        """
    )
    assert sorted(found) == sorted(
        (f"{OF_THE_BROKERS}:{number}", 1, commission, fee)
        for number, commission, fee in (
            *((2, None, 8799), (3, None, 11295), (4, None, 1856), (6, 28784, 6556)),
            *((7, 14683, 3010), (8, 2981, None), (9, 2268, None), (10, 3169, None)),
        )
    )


def test_a_contract_renews_as_worked_out_by_hand(built: Build, empty_hub: Hub) -> None:
    """On 31 January 2026: the policy of 1 April to 30 June 2024 renews on 1 July."""
    assert empty_hub.rows(
        """
        select next_policy_renewal_date, days_until_policy_renewal
        from outreach_marts.fct_dol_insurance_contracts where contract_number = '31000347'
        """
    ) == [(date(2026, 7, 1), 151)]

"""The official Form 5500 files of two years, from what was published to what BI reads."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import pytest

from conftest import run_in_process
from identity.hub import Build, Hub
from identity.worlds import World
from load.conftest import official_path, official_rows
from outreach_hub.exits import ExitCode

pytestmark = pytest.mark.slow

FILES = [f"F_5500_{year}_db_plans_sample.csv" for year in (2023, 2024)]
Row = dict[str, str]


class Renewal(NamedTuple):
    """A line of the calendar, worked out by hand for 31 January 2026."""

    filing_id: str
    plan_name: str
    participants: int
    begins: date
    renews: date
    days: int
    outreach: date
    days_until_outreach: int
    is_outreach_open: bool
    is_renewing_in_90_days: bool
    is_short: bool = False
    is_final: bool = False


RENEWALS = {
    # Two filings, one a year: the later one counts. Its anniversary of this year has just passed.
    ("010024370", "001"): Renewal(
        "20250731080103NAL0005714449001",
        "BANGOR HYDRO ELECTRIC COMPANY PENSION PLAN",
        *(596, date(2024, 1, 1), date(2027, 1, 1), 335, date(2026, 8, 1), 182, False, False),
    ),
    ("041663150", "003"): Renewal(
        "20251014151619NAL0003139585001",
        "NATIONAL GRID USA COMPANIES FINAL AVERAGE PAY PENSION PLAN",
        *(6132, date(2024, 4, 1), date(2026, 4, 1), 60, date(2025, 11, 1), -91, True, True),
    ),
    # Renews tomorrow.
    ("560375140", "004"): Renewal(
        "20251106075432NAL0006255523001",
        "RENFRO CHARLESTON, LLC DEFINED BENEFIT PENSION PLAN",
        *(665, date(2024, 2, 1), date(2026, 2, 1), 1, date(2025, 9, 1), -152, True, True),
    ),
    # An amended filing of 2020 came in after that of 2022, and before that of 2023, which counts.
    ("221296609", "001"): Renewal(
        "20250814100413NAL0009522305001",
        "SPENCER SAVINGS BANK, SLA EMPLOYEES' PENSION PLAN",
        *(328, date(2023, 10, 9), date(2026, 10, 9), 251, date(2026, 5, 9), 98, False, False),
    ),
    # Filed for the last time, for a short year: it has an anniversary, but does not renew.
    ("832477963", "004"): Renewal(
        "20250721145621NAL0000756035003",
        "RSR HOURLY PENSION - CALIFORNIA",
        *(339, date(2024, 1, 1), date(2027, 1, 1), 335, date(2026, 8, 1), 182, False, False),
        is_short=True,
        is_final=True,
    ),
}
"""By EIN and plan number."""


def company_of(ein: str) -> str:
    return f"CL-{ein}"


@pytest.fixture(scope="module")
def published() -> list[Row]:
    """All rows of the files as they were published."""
    return official_rows(*FILES)


@pytest.fixture(scope="module")
def built(empty_hub: Hub, published: list[Row]) -> Build:
    """Both files landed by `outreach load`, against a CL that knows their sponsors, and built."""
    world = World()
    for ein in sorted({row["SPONS_DFE_EIN"] for row in published}):
        world.company(company_of(ein))
        world.add("company_eins", company_unique_id=company_of(ein), ein=ein)
    empty_hub.land(world)
    with empty_hub.entered():
        loaded = run_in_process(
            "load", "dol_filings", *(str(official_path(name)) for name in FILES)
        )
    assert loaded.exit_code == ExitCode.GOOD, loaded.output
    return empty_hub.build()


def test_it_builds(built: Build) -> None:
    assert built.exit_code == ExitCode.GOOD, built.result.output
    assert built.evidence == []


def test_every_filing_is_published_under_its_company_as_it_was_filed(
    built: Build, empty_hub: Hub, published: list[Row]
) -> None:
    found = empty_hub.rows(
        """
        select
            filing_id, fct.company_unique_id, targets.company_unique_id,
            plan_number, plan_name, sponsor_ein, plan_year,
            participant_count_at_start, active_participant_count_at_end,
            is_amended, is_final_filing, is_short_plan_year,
            plan_year_begin_date, plan_year_end_date, received_date, is_latest_of_plan
        from outreach_marts.fct_dol_filings as fct
        left join outreach.company_target as targets on fct.target_id = targets.target_id
        """
    )
    latest = latest_of_plans(published)
    assert len(found) == 2 * 359
    assert sorted(found) == sorted(
        (
            row["ACK_ID"],
            company_of(row["SPONS_DFE_EIN"]),
            company_of(row["SPONS_DFE_EIN"]),
            row["SPONS_DFE_PN"],
            row["PLAN_NAME"],
            row["SPONS_DFE_EIN"],
            int(row["FORM_PLAN_YEAR_BEGIN_DATE"][:4]),
            number(row["TOT_PARTCP_BOY_CNT"]),
            number(row["TOT_ACTIVE_PARTCP_CNT"]),
            row["AMENDED_IND"] == "1",
            row["FINAL_FILING_IND"] == "1",
            row["SHORT_PLAN_YR_IND"] == "1",
            date.fromisoformat(row["FORM_PLAN_YEAR_BEGIN_DATE"]),
            date.fromisoformat(row["FORM_TAX_PRD"]),
            date.fromisoformat(row["DATE_RECEIVED"]),
            row["ACK_ID"] in latest,
        )
        for row in published
    )


def latest_of_plans(published: list[Row]) -> set[str]:
    """The filing of each plan for its latest year, and of these the one received last."""
    latest: dict[tuple[str, str], Row] = {}
    order = ("FORM_PLAN_YEAR_BEGIN_DATE", "DATE_RECEIVED", "ACK_ID")
    for row in sorted(published, key=lambda row: [row[name] for name in order]):
        latest[row["SPONS_DFE_EIN"], row["SPONS_DFE_PN"]] = row
    return {row["ACK_ID"] for row in latest.values()}


def number(text: str) -> int | None:
    return int(text) if text else None


@pytest.mark.parametrize("plan", RENEWALS, ids=":".join)
def test_the_calendar_has_it_as_worked_out_by_hand(
    plan: tuple[str, str], built: Build, empty_hub: Hub
) -> None:
    ein, plan_number = plan
    found: list[Any] = empty_hub.rows(
        f"""
        select
            filing_id, plan_name, participant_count_at_start, plan_year_begin_date,
            next_renewal_date, days_until_renewal, outreach_start_date, days_until_outreach,
            is_outreach_open, is_renewing_in_90_days, is_short_plan_year, is_final_filing
        from outreach_marts.rpt_renewal_calendar
        where company_unique_id = '{company_of(ein)}' and plan_number = '{plan_number}'
        """
    )
    assert found == [tuple(RENEWALS[plan])]


def test_every_plan_is_in_the_calendar_once(
    built: Build, empty_hub: Hub, published: list[Row]
) -> None:
    plans = {(company_of(row["SPONS_DFE_EIN"]), row["SPONS_DFE_PN"]) for row in published}
    assert len(plans) == 359
    query = "select company_unique_id, plan_number from outreach_marts.rpt_renewal_calendar"
    assert sorted(empty_hub.rows(query)) == sorted(plans)

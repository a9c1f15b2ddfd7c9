"""Schedule A and its brokers: attached by their filing's ACK_ID alone, none lost."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from load.conftest import Loading, official_path, official_rows, write_csv
from load.test_filings import ACME, ZENITH, bridge, counts, filings
from outreach_hub.errors import UsageError
from outreach_hub.load import Refused

SCHEDULES, BROKERS = "dol_schedule_a", "dol_schedule_a_brokers"
LANDED = f"select schedule_a_id, company_unique_id from outreach_raw.{SCHEDULES} order by 1, 2"
BROKERS_LANDED = (
    f"select schedule_a_broker_id, company_unique_id from outreach_raw.{BROKERS} order by 1, 2"
)
WAITING = (
    "select schedule_a_id, source_file, line_number "
    f"from outreach_raw.pending_{SCHEDULES} order by 1"
)
SUPERSEDED = (
    "select schedule_a_id, company_unique_id, ins_carrier_name, superseded_at is not null "
    f"from outreach_raw.superseded_{SCHEDULES} order by 1, 3"
)
KEYS = {SCHEDULES: ["ACK_ID", "FORM_ID"], BROKERS: ["ACK_ID", "FORM_ID", "ROW_ORDER"]}
NOT_IN_THE_FILE = {
    *("schedule_a_id", "schedule_a_broker_id", "filing_id"),
    *("company_unique_id", "loaded_at", "form_id", "row_order"),
}

HEALTH = {
    "ACK_ID": ACME["ACK_ID"],
    "FORM_ID": "1",
    "SCH_A_PLAN_NUM": "501",
    "SCH_A_EIN": "012345678",
    "INS_CARRIER_NAME": "NORTHERN LIGHTS, INC",
    "INS_CARRIER_EIN": "061227840",
    "INS_CARRIER_NAIC_CODE": "00123",
    "INS_CONTRACT_NUM": "007",
    "INS_PRSN_COVERED_EOY_CNT": "96",
    "INS_POLICY_FROM_DATE": "2023-01-01",
    "INS_POLICY_TO_DATE": "2023-12-31",
    "INS_BROKER_COMM_TOT_AMT": "37043.5",
    "WLFR_BNFT_HEALTH_IND": "1",
    "WLFR_BNFT_DENTAL_IND": "",
}
DENTAL = HEALTH | {"FORM_ID": "2", "INS_CARRIER_NAME": "DENTAL CO"}
OF_ZENITH = HEALTH | {"ACK_ID": ZENITH["ACK_ID"]}
BROKER = {
    "ACK_ID": ACME["ACK_ID"],
    "FORM_ID": "1",
    "ROW_ORDER": "1",
    "INS_BROKER_NAME": "WELLS & SONS",
    "INS_BROKER_COMM_PD_AMT": "37043.5",
    "INS_BROKER_CODE": "3",
}


def headings(loading: Loading, table: str) -> list[str]:
    """The official headings in use, and one that is not."""
    ours = [column.name for column in loading.sources.find(table).columns]
    in_use = [name.upper() for name in ours if name not in NOT_IN_THE_FILE]
    return [*KEYS[table], *in_use, "PENSION_BASIS_RATES_TEXT"]


def schedules(loading: Loading, *rows: dict[str, str], name: str = "F_SCH_A_2023.csv") -> Path:
    return write_csv(loading.folder / name, headings(loading, SCHEDULES), rows)


def brokers(loading: Loading, *rows: dict[str, str], name: str = "F_SCH_A_PART1.csv") -> Path:
    return write_csv(loading.folder / name, headings(loading, BROKERS), rows)


@pytest.fixture(autouse=True)
def _filings(loading: Loading) -> None:
    """ACME's filing has landed, and ZENITH's waits."""
    bridge(loading, CL_1="012345678")
    loading.load("dol_filings", filings(loading, ACME, ZENITH))


def test_a_schedule_is_attached_by_its_filing_alone(loading: Loading) -> None:
    """By neither EIN: one that CL bridges, of the sponsor or the carrier, attaches nothing."""
    bridge(loading, CL_9="061227840")
    unknown = HEALTH | {"ACK_ID": "20240101000000NAL0000000009001"}
    report = loading.load(SCHEDULES, schedules(loading, HEALTH, OF_ZENITH, unknown))
    assert counts(report) == (1, 0, 0, 2, 2)
    assert report.files[0].unknown_columns == ["PENSION_BASIS_RATES_TEXT"]
    assert loading.rows(LANDED) == [(f"{ACME['ACK_ID']}:1", "CL-1")]
    assert loading.rows(WAITING) == [
        (f"{ZENITH['ACK_ID']}:1", "F_SCH_A_2023.csv", 3),
        (f"{unknown['ACK_ID']}:1", "F_SCH_A_2023.csv", 4),
    ]


def test_values_are_landed_as_published(loading: Loading) -> None:
    loading.load(SCHEDULES, schedules(loading, HEALTH))
    loading.load(BROKERS, brokers(loading, BROKER))
    assert loading.rows(
        "select filing_id, form_id, ins_carrier_name, ins_carrier_ein, ins_carrier_naic_code, "
        "ins_contract_num, ins_prsn_covered_eoy_cnt, ins_policy_to_date::text, "
        "ins_broker_comm_tot_amt::text, wlfr_bnft_health_ind, wlfr_bnft_dental_ind, "
        f"loaded_at is not null from outreach_raw.{SCHEDULES}"
    ) == [
        (
            *(ACME["ACK_ID"], 1, "NORTHERN LIGHTS, INC", "061227840", "00123", "007", 96),
            *("2023-12-31", "37043.5", "1", None, True),
        )
    ]
    assert loading.rows(
        "select schedule_a_id, filing_id, form_id, row_order, ins_broker_name, ins_broker_code "
        f"from outreach_raw.{BROKERS}"
    ) == [(f"{ACME['ACK_ID']}:1", ACME["ACK_ID"], 1, 1, "WELLS & SONS", "3")]


def test_a_broker_goes_where_its_schedule_has_gone(loading: Loading) -> None:
    """And waits for it, though its filing has landed: the schedule may be in another file."""
    path = brokers(loading, BROKER, BROKER | {"FORM_ID": "2"}, BROKER | {"ROW_ORDER": "2"})
    assert counts(loading.load(BROKERS, path)) == (0, 0, 0, 3, 3)
    report = loading.load(SCHEDULES, schedules(loading, HEALTH))
    assert report.warnings == [
        "2 brokers hang on what has landed now: `outreach load --retry` lands them"
    ]
    assert counts(loading.retry(BROKERS)) == (2, 0, 0, 0, 1)
    assert loading.rows(BROKERS_LANDED) == [
        (f"{ACME['ACK_ID']}:1:1", "CL-1"),
        (f"{ACME['ACK_ID']}:1:2", "CL-1"),
    ]


def test_one_retry_lands_a_filing_and_all_that_waits_for_it(loading: Loading) -> None:
    loading.load(SCHEDULES, schedules(loading, OF_ZENITH))
    loading.load(BROKERS, brokers(loading, BROKER | {"ACK_ID": ZENITH["ACK_ID"]}))
    assert counts(loading.retry(SCHEDULES)) == (0, 0, 0, 0, 1)
    bridge(loading, CL_2="990000001")
    assert counts(loading.retry(BROKERS, check=True)) == (1, 0, 0, 0, 0)
    assert loading.rows(LANDED) == []
    assert counts(loading.retry(BROKERS)) == (1, 0, 0, 0, 0)
    assert loading.rows(LANDED) == [(f"{ZENITH['ACK_ID']}:1", "CL-2")]
    assert loading.rows(BROKERS_LANDED) == [(f"{ZENITH['ACK_ID']}:1:1", "CL-2")]
    assert loading.rows(WAITING) == []


def test_many_rows_that_wait_land_in_time_that_grows_with_their_number(loading: Loading) -> None:
    """Not with the square of it, as when each row was compared with every other."""
    many = [OF_ZENITH | {"FORM_ID": str(number)} for number in range(12_000)]
    loading.load(SCHEDULES, schedules(loading, *many))
    bridge(loading, CL_2="990000001")
    loading.connection.execute("set statement_timeout to '5s'")
    loading.connection.commit()
    assert counts(loading.retry(SCHEDULES)) == (12_000, 0, 0, 0, 0)


def test_a_filing_that_lands_names_what_waits_for_it(loading: Loading) -> None:
    loading.load(SCHEDULES, schedules(loading, OF_ZENITH))
    bridge(loading, CL_2="990000001")
    report = loading.load("dol_filings", filings(loading, ACME, ZENITH))
    assert report.warnings == [
        "1 Schedules A hang on what has landed now: `outreach load --retry` lands them"
    ]
    loading.retry()
    assert loading.load("dol_filings", filings(loading, ACME, ZENITH)).warnings == []


def test_schedules_follow_a_filing_that_moves(loading: Loading) -> None:
    """CL moves an EIN; the filing follows when it is loaded, and the rest with a retry."""
    loading.load(SCHEDULES, schedules(loading, HEALTH))
    loading.load(BROKERS, brokers(loading, BROKER))
    loading.connection.execute("update cl.company_eins set company_unique_id = 'CL-7'")
    loading.connection.commit()
    report = loading.load("dol_filings", filings(loading, ACME))
    assert report.warnings == [
        "1 Schedules A hang on what has landed now: `outreach load --retry` lands them"
    ]
    assert counts(loading.retry(BROKERS)) == (1, 1, 0, 0, 0)
    assert loading.rows(LANDED) == [(f"{ACME['ACK_ID']}:1", "CL-7")]
    assert loading.rows(BROKERS_LANDED) == [(f"{ACME['ACK_ID']}:1:1", "CL-7")]
    assert loading.rows(SUPERSEDED) == [
        (f"{ACME['ACK_ID']}:1", "CL-1", "NORTHERN LIGHTS, INC", True)
    ]
    assert counts(loading.retry(SCHEDULES)) == (0, 0, 0, 0, 0)


def test_loading_again_changes_nothing(loading: Loading) -> None:
    path = schedules(loading, HEALTH, DENTAL, OF_ZENITH, HEALTH)
    assert loading.load(SCHEDULES, path).repeated == 1
    state = (
        f"select xmin::text from outreach_raw.{SCHEDULES} "
        f"union all select xmin::text from outreach_raw.pending_{SCHEDULES}"
    )
    before = loading.rows(state)
    assert counts(loading.load(SCHEDULES, path)) == (0, 0, 3, 0, 1)
    assert loading.rows(state) == before


def test_a_schedule_sent_again_supersedes_and_loses_nothing(loading: Loading) -> None:
    for name in ("FIRST", "SECOND"):
        carrier = {"INS_CARRIER_NAME": name}
        path = schedules(loading, HEALTH | carrier, OF_ZENITH | carrier)
        report = loading.load(SCHEDULES, path)
    assert counts(report) == (1, 1, 0, 1, 1)
    assert loading.rows(f"select ins_carrier_name from outreach_raw.{SCHEDULES}") == [("SECOND",)]
    assert loading.rows(SUPERSEDED) == [
        (f"{ACME['ACK_ID']}:1", "CL-1", "FIRST", True),
        (f"{ZENITH['ACK_ID']}:1", None, "FIRST", True),
    ]


def test_one_key_twice_with_other_content_is_landed_for_the_gates(loading: Loading) -> None:
    report = loading.load(SCHEDULES, schedules(loading, HEALTH, DENTAL | {"FORM_ID": "1"}))
    assert len(loading.rows(LANDED)) == 2
    assert report.warnings == [
        "1 of schedule_a_id have several rows that differ: all are kept, for the identity gates "
        f"to judge (ID013): {ACME['ACK_ID']}:1"
    ]


@pytest.mark.parametrize("heading", ["SCH_A_EIN", "INS_CARRIER_EIN"])
def test_an_ein_that_lost_its_zero_is_refused_never_repadded(
    loading: Loading, heading: str
) -> None:
    """Neither attaches anything: a short one says that the file went through a spreadsheet."""
    with pytest.raises(Refused) as caught:
        loading.load(SCHEDULES, schedules(loading, HEALTH, DENTAL | {heading: "61227840"}))
    (refusal,) = caught.value.report.refused
    assert (refusal.line, refusal.reason) == (
        3,
        f"{heading} '61227840' has 8 digits instead of 9: a spreadsheet drops leading zeros. "
        "Load the file as published; an EIN is never re-padded",
    )
    assert f"outreach_raw.{SCHEDULES}" not in loading.tables()


def test_every_line_at_fault_is_listed(loading: Loading) -> None:
    with pytest.raises(Refused) as caught:
        loading.load(
            SCHEDULES,
            schedules(
                loading,
                HEALTH | {"FORM_ID": "", "INS_POLICY_TO_DATE": "12/31/2023"},
                HEALTH,
                HEALTH | {"ACK_ID": "", "INS_PRSN_COVERED_EOY_CNT": "about 90"},
            ),
        )
    assert [refusal[1:] for refusal in caught.value.report.refused] == [
        (
            2,
            "FORM_ID is empty, and it is the key; "
            "INS_POLICY_TO_DATE '12/31/2023' is not a date such as 2024-01-31",
        ),
        (
            4,
            "ACK_ID is empty, and it is the key; "
            "INS_PRSN_COVERED_EOY_CNT 'about 90' is not a whole number",
        ),
    ]
    with pytest.raises(Refused) as caught:
        loading.load(BROKERS, brokers(loading, BROKER | {"ROW_ORDER": ""}))
    assert caught.value.report.refused[0].reason == "ROW_ORDER is empty, and it is the key"


def test_a_filing_of_two_companies_attaches_nothing(loading: Loading) -> None:
    loading.connection.execute(
        "insert into outreach_raw.dol_filings (filing_id, company_unique_id) "
        f"values ('{ACME['ACK_ID']}', 'CL-2')"
    )
    loading.connection.commit()
    with pytest.raises(Refused) as caught:
        loading.load(SCHEDULES, schedules(loading, OF_ZENITH, HEALTH))
    assert caught.value.report.refused[0][1:] == (
        3,
        f"the filing {ACME['ACK_ID']} has landed for 2 companies (CL-1, CL-2), "
        "and they have to be settled first (ID013)",
    )


def test_oddities_are_taken_as_they_are_and_warned_of(loading: Loading) -> None:
    short = DENTAL | {"SCH_A_PLAN_NUM": "1", "INS_CARRIER_NAIC_CODE": "123", "SCH_A_EIN": ""}
    report = loading.load(SCHEDULES, schedules(loading, HEALTH, short))
    assert counts(report) == (2, 0, 0, 0, 0)
    assert report.warnings == [
        "1 Schedules A have a plan number of fewer than 3 digits, as spreadsheets leave it",
        "1 Schedules A have a NAIC code of fewer than 5 digits, as spreadsheets leave it",
    ]


def test_a_schedule_stays_landed_when_its_filing_goes(loading: Loading) -> None:
    path = schedules(loading, HEALTH)
    loading.load(SCHEDULES, path)
    loading.connection.execute("delete from outreach_raw.dol_filings")
    loading.connection.commit()
    report = loading.load(SCHEDULES, path)
    assert counts(report) == (0, 0, 1, 0, 0)
    assert report.warnings == [
        "1 Schedules A landed earlier have a filing that is no longer there: "
        "they are left as they were"
    ]


def test_schedules_can_come_before_any_filing(loading: Loading) -> None:
    loading.connection.execute("drop table outreach_raw.dol_filings")
    loading.connection.commit()
    assert counts(loading.load(SCHEDULES, schedules(loading, HEALTH))) == (0, 0, 0, 1, 1)


def test_checking_changes_nothing(loading: Loading) -> None:
    report = loading.load(SCHEDULES, schedules(loading, HEALTH, OF_ZENITH), check=True)
    assert counts(report) == (1, 0, 0, 1, 1)
    assert not {name for name in loading.tables() if SCHEDULES in name}


@pytest.mark.parametrize(
    ("table", "lacking"), [(SCHEDULES, "INS_CARRIER_EIN"), (BROKERS, "ROW_ORDER")]
)
def test_columns_on_which_a_row_rests_are_never_optional(
    loading: Loading, table: str, lacking: str
) -> None:
    columns = [name for name in headings(loading, table) if name != lacking]
    with pytest.raises(UsageError) as caught:
        loading.load(table, write_csv(loading.folder / "a.csv", columns, []))
    assert caught.value.message == f"the file lacks the column {lacking}"


def test_another_years_layout(loading: Loading) -> None:
    """In any order; what a year lacks is NULL, and is not taken for emptied cells."""
    loading.load(SCHEDULES, schedules(loading, HEALTH))
    older = [name for name in reversed(headings(loading, SCHEDULES)) if "DRUG" not in name]
    report = loading.load(SCHEDULES, write_csv(loading.folder / "old.csv", older, [HEALTH, DENTAL]))
    assert report.files[0].absent_columns == ["WLFR_BNFT_DRUG_IND"]
    assert counts(report) == (1, 0, 1, 0, 0)


@pytest.mark.parametrize("packing", ["gz", "zip"])
def test_files_are_read_as_published(loading: Loading, packing: str) -> None:
    content = schedules(loading, HEALTH | {"INS_CARRIER_NAME": "A\nB"}).read_bytes()
    path = loading.folder / f"F_SCH_A_2023_latest.{packing}"
    if packing == "gz":
        path.write_bytes(gzip.compress(content))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("f_sch_a_2023_latest.csv", content)
    assert counts(loading.load(SCHEDULES, path)) == (1, 0, 0, 0, 0)


def test_the_landing_tables_own_header_is_taken_too(loading: Loading) -> None:
    row = {"schedule_a_id": "F-1:1", "filing_id": "F-1", "company_unique_id": "CL-1"}
    for carrier in ("OLD", "NEW"):
        path = loading.table_file(SCHEDULES, row | {"ins_carrier_name": carrier})
        report = loading.load(SCHEDULES, path)
    assert counts(report) == (1, 1, 0, 0, None)
    assert loading.rows(SUPERSEDED) == [("F-1:1", "CL-1", "OLD", True)]


def test_the_real_schedules_are_landed_whole(loading: Loading) -> None:
    path = official_path("F_SCH_A_2024_sample_repadded.csv")
    rows = official_rows(path.name)
    report = loading.load(SCHEDULES, path)
    assert counts(report) == (0, 0, 0, 8, 8)
    assert report.files[0].absent_columns == []
    # Their filings land, two of one company: the EINs are the schedules', and attach the filings.
    eins = {row["ACK_ID"]: row["SCH_A_EIN"] for row in rows}
    bridge(loading, **{f"CO_{ein}": ein for ein in set(eins.values())})
    landed = [ACME | {"ACK_ID": ack_id, "SPONS_DFE_EIN": ein} for ack_id, ein in eins.items()]
    loading.load("dol_filings", filings(loading, *landed))
    assert counts(loading.retry(SCHEDULES)) == (8, 0, 0, 0, 0)
    found = loading.rows(
        "select filing_id, form_id::text, company_unique_id, ins_carrier_name, ins_carrier_ein, "
        "ins_contract_num, ins_prsn_covered_eoy_cnt::text, ins_policy_from_date::text, "
        f"ins_broker_comm_tot_amt::text from outreach_raw.{SCHEDULES}"
    )
    assert sorted(found) == sorted(
        (
            *(row["ACK_ID"], row["FORM_ID"], f"CO-{row['SCH_A_EIN']}"),
            *(row["INS_CARRIER_NAME"], row["INS_CARRIER_EIN"], row["INS_CONTRACT_NUM"]),
            *(row["INS_PRSN_COVERED_EOY_CNT"], row["INS_POLICY_FROM_DATE"]),
            row["INS_BROKER_COMM_TOT_AMT"] or None,
        )
        for row in rows
    )


def test_what_a_spreadsheet_did_to_a_real_file_is_refused(loading: Loading) -> None:
    with pytest.raises(Refused) as caught:
        loading.load(SCHEDULES, official_path("F_SCH_A_2024_sample_asfound.csv"))
    assert [(each.line, each.reason[:50]) for each in caught.value.report.refused] == [
        (line, "INS_CARRIER_EIN '61227840' has 8 digits instead of") for line in (7, 9)
    ]


def test_the_real_brokers_wait_for_their_schedules(loading: Loading) -> None:
    path = official_path("F_SCH_A_PART1_2024_sample_repadded.csv")
    report = loading.load(BROKERS, path)
    assert counts(report) == (0, 0, 0, 8, 8)
    filing = ACME | {"ACK_ID": "20250226083450NAL0000845201001"}
    loading.load("dol_filings", filings(loading, filing))
    sent = [HEALTH | {"ACK_ID": filing["ACK_ID"], "FORM_ID": str(form)} for form in (2, 3, 4, 6)]
    loading.load(SCHEDULES, schedules(loading, *sent))
    assert counts(loading.retry(BROKERS)) == (4, 0, 0, 0, 4)
    assert loading.rows(
        "select form_id, ins_broker_comm_pd_amt::text, ins_broker_fees_pd_amt::text, "
        f"company_unique_id from outreach_raw.{BROKERS} order by 1"
    ) == [
        (2, None, "8799", "CL-1"),
        (3, None, "11295", "CL-1"),
        (4, None, "1856", "CL-1"),
        (6, "28784", "6556", "CL-1"),
    ]

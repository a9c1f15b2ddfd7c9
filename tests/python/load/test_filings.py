"""The official Form 5500 files: read as published, attached by CL's own bridge, none lost."""

from __future__ import annotations

import codecs
import gzip
import zipfile
from pathlib import Path

import pytest

from load.conftest import Loading, official_path, official_rows, write_csv
from outreach_hub.errors import UsageError
from outreach_hub.load import LoadReport, Refused
from outreach_hub.load.official import ein_fault

LANDED = "select filing_id, company_unique_id from outreach_raw.dol_filings order by 1, 2"
WAITING = (
    "select filing_id, source_file, line_number from outreach_raw.pending_dol_filings order by 1"
)

ACME = {
    "ACK_ID": "20240101000000NAL0000000001001",
    "FORM_PLAN_YEAR_BEGIN_DATE": "2023-01-01",
    "FORM_TAX_PRD": "2023-12-31",
    "PLAN_NAME": "ACME 401(K), PLAN",
    "SPONS_DFE_PN": "001",
    "SPONS_DFE_EIN": "012345678",
    "DATE_RECEIVED": "2024-01-01",
    "TYPE_WELFARE_BNFT_CODE": "4A4B4D",
    "AMENDED_IND": "",
    "TOT_PARTCP_BOY_CNT": "0614",
}
ZENITH = ACME | {"ACK_ID": "20240101000000NAL0000000002001", "SPONS_DFE_EIN": "990000001"}


def bridge(loading: Loading, **eins: str) -> None:
    rows = [{"company_unique_id": k.replace("_", "-"), "ein": ein} for k, ein in eins.items()]
    loading.load("company_eins", loading.table_file("company_eins", *rows))


def headings(loading: Loading) -> list[str]:
    """The official headings in use, and two that are not."""
    ours = [column.name for column in loading.sources.find("dol_filings").columns]
    ours = [name for name in ours if name not in ("filing_id", "company_unique_id", "loaded_at")]
    return ["ACK_ID", *(name.upper() for name in ours), "ADMIN_NAME", "SCH_MEP_ATTACHED_IND"]


def filings(loading: Loading, *rows: dict[str, str], name: str = "F_5500_2023.csv") -> Path:
    return write_csv(loading.folder / name, headings(loading), rows)


def counts(report: LoadReport) -> tuple[int, int, int, int, int | None]:
    return report.landed, report.replaced, report.unchanged, report.pending, report.waiting


@pytest.fixture(autouse=True)
def _bridge(loading: Loading) -> None:
    bridge(loading, CL_1="012345678")


def test_a_filing_is_attached_by_its_exact_ein(loading: Loading) -> None:
    report = loading.load("dol_filings", filings(loading, ACME, ZENITH))
    assert counts(report) == (1, 0, 0, 1, 1)
    assert loading.rows(LANDED) == [(ACME["ACK_ID"], "CL-1")]
    assert loading.rows(WAITING) == [(ZENITH["ACK_ID"], "F_5500_2023.csv", 3)]


def test_values_are_landed_as_published(loading: Loading) -> None:
    loading.load("dol_filings", filings(loading, ACME))
    assert loading.rows(
        "select plan_name, spons_dfe_pn, spons_dfe_ein, type_welfare_bnft_code, amended_ind, "
        "tot_partcp_boy_cnt, date_received::text, loaded_at is not null "
        "from outreach_raw.dol_filings"
    ) == [("ACME 401(K), PLAN", "001", "012345678", "4A4B4D", None, 614, "2024-01-01", True)]


def test_loading_again_changes_nothing(loading: Loading) -> None:
    path = filings(loading, ACME, ZENITH)
    loading.load("dol_filings", path)
    state = (
        "select xmin::text from outreach_raw.dol_filings "
        "union all select xmin::text from outreach_raw.pending_dol_filings"
    )
    before = loading.rows(state)
    assert counts(loading.load("dol_filings", path)) == (0, 0, 2, 0, 1)
    assert loading.rows(state) == before


def test_what_waits_is_landed_when_cl_learns_the_ein(loading: Loading) -> None:
    other = ZENITH | {"ACK_ID": "3", "SPONS_DFE_EIN": "990000002"}
    loading.load("dol_filings", filings(loading, ACME, ZENITH, other))
    assert counts(loading.retry()) == (0, 0, 0, 0, 2)
    bridge(loading, CL_2="990000001")
    assert counts(loading.retry(check=True)) == (1, 0, 0, 0, 1)
    assert counts(loading.retry()) == (1, 0, 0, 0, 1)
    assert loading.rows(LANDED) == [(ACME["ACK_ID"], "CL-1"), (ZENITH["ACK_ID"], "CL-2")]
    assert loading.rows(WAITING) == [("3", "F_5500_2023.csv", 4)]


def test_loading_the_file_again_lands_what_waited_too(loading: Loading) -> None:
    path = filings(loading, ACME, ZENITH)
    loading.load("dol_filings", path)
    bridge(loading, CL_2="990000001")
    assert counts(loading.load("dol_filings", path)) == (1, 0, 1, 0, 0)
    assert loading.rows(WAITING) == []


def test_retrying_before_anything_was_loaded(loading: Loading) -> None:
    assert counts(loading.retry()) == (0, 0, 0, 0, 0)


def test_an_ein_of_two_companies_is_refused(loading: Loading) -> None:
    bridge(loading, CL_2="990000001", CL_3="990000001")
    with pytest.raises(Refused) as caught:
        loading.load("dol_filings", filings(loading, ACME, ZENITH))
    (refusal,) = caught.value.report.refused
    assert (refusal.line, refusal.reason) == (
        3,
        "CL bridges the EIN 990000001 to 2 companies (CL-2, CL-3), "
        "and only CL can say which of them it is",
    )
    assert "outreach_raw.dol_filings" not in loading.tables()


def test_retrying_refuses_an_ein_of_two_companies(loading: Loading) -> None:
    loading.load("dol_filings", filings(loading, ZENITH))
    bridge(loading, CL_2="990000001", CL_3="990000001")
    with pytest.raises(Refused) as caught:
        loading.retry()
    assert caught.value.report.refused[0][:2] == ("F_5500_2023.csv", 2)
    assert len(loading.rows(WAITING)) == 1


def test_a_bridge_row_sent_twice_is_no_second_company(loading: Loading) -> None:
    loading.rows("select 1")
    loading.connection.execute("insert into cl.company_eins select * from cl.company_eins")
    loading.connection.commit()
    assert loading.load("dol_filings", filings(loading, ACME)).landed == 1
    assert len(loading.rows(LANDED)) == 1


@pytest.mark.parametrize(
    ("ein", "fault"),
    [
        ("012345678", None),
        (
            "12345678",
            "has 8 digits instead of 9: a spreadsheet drops leading zeros. "
            "Load the file as published; an EIN is never re-padded",
        ),
        ("0123456781", "has 10 digits instead of 9"),
        ("01-2345678", "is not an EIN of 9 digits"),
        ("1.2346E+07", "is not an EIN of 9 digits"),
        ("٠١٢٣٤٥٦٧٨", "is not an EIN of 9 digits"),
        (" 12345678", "is not an EIN of 9 digits"),
    ],
)
def test_an_ein_has_nine_digits(ein: str, fault: str | None) -> None:
    assert ein_fault(ein) == fault


def test_an_ein_that_lost_its_zero_is_refused_never_repadded(loading: Loading) -> None:
    damaged = ACME | {"ACK_ID": "2", "SPONS_DFE_EIN": "12345678"}
    with pytest.raises(Refused) as caught:
        loading.load("dol_filings", filings(loading, ACME, damaged))
    (refusal,) = caught.value.report.refused
    assert refusal.line == 3
    assert refusal.reason.startswith("SPONS_DFE_EIN '12345678' has 8 digits instead of 9")
    assert "outreach_raw.dol_filings" not in loading.tables()


def test_bad_and_ambiguous_lines_are_listed_together(loading: Loading) -> None:
    bridge(loading, CL_2="990000001", CL_3="990000001")
    undated = ACME | {"ACK_ID": "3", "DATE_RECEIVED": "1/2/2024"}
    with pytest.raises(Refused) as caught:
        loading.load("dol_filings", filings(loading, undated, ZENITH))
    assert [refusal.line for refusal in caught.value.report.refused] == [2, 3]


def test_oddities_are_taken_as_they_are_and_warned_of(loading: Loading) -> None:
    bridge(loading, CL_9="1234")
    nameless = ACME | {"ACK_ID": "2", "SPONS_DFE_EIN": ""}
    short = ACME | {"ACK_ID": "3", "SPONS_DFE_PN": "1"}
    report = loading.load("dol_filings", filings(loading, ACME, nameless, short))
    assert counts(report) == (2, 0, 0, 1, 1)
    assert report.warnings == [
        "1 filings have no EIN: they wait, and nothing can attach them",
        "1 filings have a plan number of fewer than 3 digits, as spreadsheets leave it: they count "
        "as other plans than those that kept their leading zeros",
        "1 EINs of CL's bridge do not have 9 digits: no filing can match them",
    ]


def test_an_amended_filing_keeps_its_own_id(loading: Loading) -> None:
    amended = ACME | {"ACK_ID": "20240601000000NAL0000000009001", "AMENDED_IND": "1"}
    loading.load("dol_filings", filings(loading, ACME, amended))
    assert len(loading.rows(LANDED)) == 2


def test_one_id_twice_with_the_same_content_is_one(loading: Loading) -> None:
    report = loading.load("dol_filings", filings(loading, ACME, ZENITH, ACME, ZENITH))
    assert (report.landed, report.pending, report.repeated, report.warnings) == (1, 1, 2, [])


def test_one_id_twice_with_other_content_is_landed_for_the_gates(loading: Loading) -> None:
    other = ACME | {"PLAN_NAME": "ANOTHER PLAN"}
    report = loading.load("dol_filings", filings(loading, ACME, other))
    assert len(loading.rows(LANDED)) == 2
    assert report.warnings == [
        "1 of filing_id have several rows that differ: all are kept, for the identity gates "
        f"to judge (ID013): {ACME['ACK_ID']}"
    ]


def test_a_filing_sent_again_replaces_itself(loading: Loading) -> None:
    loading.load("dol_filings", filings(loading, ACME, ZENITH))
    renamed = {"PLAN_NAME": "A NEW NAME"}
    report = loading.load("dol_filings", filings(loading, ACME | renamed, ZENITH | renamed))
    assert counts(report) == (1, 1, 0, 1, 1)
    assert loading.rows("select plan_name from outreach_raw.dol_filings") == [("A NEW NAME",)]
    assert loading.rows("select plan_name from outreach_raw.pending_dol_filings") == [
        ("A NEW NAME",)
    ]


SUPERSEDED = (
    "select filing_id, company_unique_id, plan_name, superseded_at is not null "
    "from outreach_raw.superseded_dol_filings order by 1, 3"
)


def test_what_is_sent_again_supersedes_and_loses_nothing(loading: Loading) -> None:
    """The latest counts, landed or waiting, and every earlier content is kept."""
    for name in ("FIRST", "SECOND", "THIRD"):
        version = {"PLAN_NAME": name}
        loading.load("dol_filings", filings(loading, ACME | version, ZENITH | version))
    assert loading.rows("select plan_name from outreach_raw.dol_filings") == [("THIRD",)]
    assert loading.rows(SUPERSEDED) == [
        (ACME["ACK_ID"], "CL-1", "FIRST", True),
        (ACME["ACK_ID"], "CL-1", "SECOND", True),
        (ZENITH["ACK_ID"], None, "FIRST", True),
        (ZENITH["ACK_ID"], None, "SECOND", True),
    ]


def test_what_waited_is_kept_if_it_lands_with_other_content(loading: Loading) -> None:
    loading.load("dol_filings", filings(loading, ZENITH | {"PLAN_NAME": "WAITED"}))
    bridge(loading, CL_2="990000001")
    loading.load("dol_filings", filings(loading, ZENITH | {"PLAN_NAME": "LANDED"}))
    assert loading.rows("select plan_name from outreach_raw.dol_filings") == [("LANDED",)]
    assert loading.rows(WAITING) == []
    assert loading.rows(SUPERSEDED) == [(ZENITH["ACK_ID"], None, "WAITED", True)]


def test_what_waited_and_lands_as_it_was_is_superseded_by_nothing(loading: Loading) -> None:
    loading.load("dol_filings", filings(loading, ZENITH))
    bridge(loading, CL_2="990000001")
    loading.retry()
    assert loading.rows(SUPERSEDED) == []


def test_checking_supersedes_nothing(loading: Loading) -> None:
    loading.load("dol_filings", filings(loading, ACME))
    loading.load("dol_filings", filings(loading, ACME | {"PLAN_NAME": "X"}), check=True)
    assert loading.rows(SUPERSEDED) == []


def test_the_landing_tables_own_header_supersedes_too(loading: Loading) -> None:
    row = {"filing_id": "1", "company_unique_id": "CL-1", "plan_name": "OLD"}
    for name in ("OLD", "NEW"):
        loading.load("dol_filings", loading.table_file("dol_filings", row | {"plan_name": name}))
    assert loading.rows(SUPERSEDED) == [("1", "CL-1", "OLD", True)]


def test_a_filing_follows_cls_bridge_when_that_moves(loading: Loading) -> None:
    path = filings(loading, ACME)
    loading.load("dol_filings", path)
    loading.connection.execute("update cl.company_eins set company_unique_id = 'CL-7'")
    loading.connection.commit()
    assert counts(loading.load("dol_filings", path)) == (1, 1, 0, 0, 0)
    assert loading.rows(LANDED) == [(ACME["ACK_ID"], "CL-7")]


def test_a_filing_stays_landed_when_cl_forgets_its_ein(loading: Loading) -> None:
    path = filings(loading, ACME)
    loading.load("dol_filings", path)
    loading.connection.execute("delete from cl.company_eins")
    loading.connection.commit()
    report = loading.load("dol_filings", path)
    assert counts(report) == (0, 0, 1, 0, 0)
    assert report.warnings == [
        "1 filings landed earlier have an EIN that CL no longer bridges: they are left as they were"
    ]
    assert loading.rows(LANDED) == [(ACME["ACK_ID"], "CL-1")]


def test_another_years_layout(loading: Loading) -> None:
    """Columns that a year does not have are NULL, and are not taken for emptied cells."""
    loading.load("dol_filings", filings(loading, ACME))
    older = [h for h in reversed(headings(loading)) if h not in ("PLAN_NAME", "ADMIN_NAME")]
    older.insert(3, "BROUGHT_IN_LATER_IND")
    rows = [
        {k: v for k, v in row.items() if k != "PLAN_NAME"} for row in (ACME, ACME | {"ACK_ID": "2"})
    ]
    report = loading.load("dol_filings", write_csv(loading.folder / "old.csv", older, rows))
    assert report.files[0].absent_columns == ["PLAN_NAME"]
    assert report.files[0].unknown_columns == ["SCH_MEP_ATTACHED_IND", "BROUGHT_IN_LATER_IND"]
    assert counts(report) == (1, 0, 1, 0, 0)
    assert loading.rows("select filing_id, plan_name from outreach_raw.dol_filings order by 1") == [
        ("2", None) if row == "2" else (row, ACME["PLAN_NAME"])
        for row in sorted([ACME["ACK_ID"], "2"])
    ]


def test_columns_on_which_a_filing_rests_are_never_optional(loading: Loading) -> None:
    names = [name for name in headings(loading) if name not in ("SPONS_DFE_EIN", "DATE_RECEIVED")]
    with pytest.raises(UsageError) as caught:
        loading.load("dol_filings", write_csv(loading.folder / "a.csv", names, []))
    assert caught.value.message == "the file lacks the columns SPONS_DFE_EIN, DATE_RECEIVED"


@pytest.mark.parametrize("packing", ["csv", "gz", "zip", "bom", "latin-1", "crlf"])
def test_files_are_read_as_published(loading: Loading, packing: str) -> None:
    plain = filings(loading, ACME | {"PLAN_NAME": 'CAFÉ "ÉTÉ",\nSECOND LINE'}, ZENITH)
    content = plain.read_text(encoding="utf-8")
    path = loading.folder / f"F_5500_2023.csv.{packing}"
    if packing == "csv":
        path = plain
    elif packing == "gz":
        path.write_bytes(gzip.compress(content.encode()))
    elif packing == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("f_5500_2023_latest.csv", content)
            archive.writestr("f_5500_2023_layout.txt", "1,ACK_ID,TEXT,30")
    elif packing == "bom":
        path.write_bytes(codecs.BOM_UTF8 + content.encode())
    elif packing == "latin-1":
        path.write_bytes(content.encode("latin-1"))
    else:
        rows = content.replace("\n", "\r\n").replace(",\r\nSECOND", ",\nSECOND")
        path.write_bytes(rows.encode())
    report = loading.load("dol_filings", path)
    assert counts(report) == (1, 0, 0, 1, 1)
    assert loading.rows("select plan_name from outreach_raw.dol_filings") == [
        ('CAFÉ "ÉTÉ",\nSECOND LINE',)
    ]
    assert loading.rows(WAITING)[0][2] == 4


def test_the_landing_tables_own_header_is_taken_too(loading: Loading) -> None:
    row = {"filing_id": "F-1", "company_unique_id": "CL-1", "loaded_at": "2026-01-01T00:00:00Z"}
    report = loading.load("dol_filings", loading.table_file("dol_filings", row))
    assert counts(report) == (1, 0, 0, 0, None)
    assert loading.rows(LANDED) == [("F-1", "CL-1")]


@pytest.mark.parametrize("year", [2023, 2024])
def test_the_real_files_are_landed_whole(loading: Loading, year: int) -> None:
    path = official_path(f"F_5500_{year}_db_plans_sample.csv")
    rows = official_rows(path.name)
    eins = sorted({row["SPONS_DFE_EIN"] for row in rows})
    bridge(loading, **{f"CO_{ein}": ein for ein in eins})
    report = loading.load("dol_filings", path)
    assert counts(report) == (359, 0, 0, 0, 0)
    assert report.warnings == []
    assert len(report.files[0].unknown_columns) == 140 - 24
    assert loading.rows(LANDED) == sorted(
        (row["ACK_ID"], f"CO-{row['SPONS_DFE_EIN']}") for row in rows
    )
    compared = ["plan_name", "spons_dfe_pn", "form_plan_year_begin_date", "tot_partcp_boy_cnt"]
    landed = loading.rows(
        f"select filing_id, {', '.join(f'{name}::text' for name in compared)} "
        "from outreach_raw.dol_filings order by 1"
    )
    assert landed == sorted(
        (row["ACK_ID"], *(row[name.upper()] or None for name in compared)) for row in rows
    )


def test_what_a_spreadsheet_did_to_a_real_file_is_refused(loading: Loading) -> None:
    with pytest.raises(Refused) as caught:
        loading.load("dol_filings", official_path("F_5500_2024_sample_asfound.csv"))
    (refusal,) = caught.value.report.refused
    assert refusal.line == 2
    assert refusal.reason.startswith("SPONS_DFE_EIN '30224910' has 8 digits instead of 9")
    mended = official_path("F_5500_2024_sample_repadded.csv")
    assert counts(loading.load("dol_filings", mended)) == (0, 0, 0, 9, 9)

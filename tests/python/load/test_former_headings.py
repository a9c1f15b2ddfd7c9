"""Columns that the Department called otherwise in earlier years are recognised, and said."""

from __future__ import annotations

from pathlib import Path

import pytest

from load.conftest import Loading, write_csv
from load.test_filings import ACME, bridge, counts, headings
from outreach_hub.load import Refused
from outreach_hub.load.feeds import OFFICIAL_FEEDS

CITY, FORMER_CITY = "SPONS_DFE_MAIL_US_CITY", "SPONS_DFE_CITY"
FORMER = {CITY: FORMER_CITY, "SPONS_DFE_MAIL_US_STATE": "SPONS_DFE_STATE"}
FORMER |= {"TYPE_PLAN_ENTITY_CD": "TYPE_PLAN_ENTITY_IND"}
FILING = ACME | {"TYPE_PLAN_ENTITY_CD": "2", CITY: "SALEM", "SPONS_DFE_MAIL_US_STATE": "OR"}
LANDED = (
    "select type_plan_entity_cd, spons_dfe_mail_us_city, spons_dfe_mail_us_state "
    "from outreach_raw.dol_filings"
)


@pytest.fixture(autouse=True)
def _bridge(loading: Loading) -> None:
    bridge(loading, CL_1="012345678")


def of_2008(loading: Loading) -> Path:
    """A filing under the headings of before 2009."""
    names = [FORMER.get(name, name) for name in headings(loading)]
    row = {FORMER.get(name, name): value for name, value in FILING.items()}
    return write_csv(loading.folder / "F_5500_2008.csv", names, [row])


def doubled(loading: Loading, *cities: tuple[str, str]) -> Path:
    """Filings in a file that has the city under both names."""
    rows = [
        FILING | {"ACK_ID": f"F-{number}", CITY: city, FORMER_CITY: former}
        for number, (city, former) in enumerate(cities)
    ]
    return write_csv(loading.folder / "a.csv", [FORMER_CITY, *headings(loading)], rows)


def test_former_headings_are_those_columns(loading: Loading) -> None:
    report = loading.load("dol_filings", of_2008(loading))
    assert loading.rows(LANDED) == [("2", "SALEM", "OR")]
    (file,) = report.files
    assert file.renamed_columns == FORMER
    assert file.absent_columns == []
    assert file.unknown_columns == ["ADMIN_NAME", "SCH_MEP_ATTACHED_IND"]


def test_a_file_under_the_headings_of_today_says_the_same(loading: Loading) -> None:
    loading.load("dol_filings", of_2008(loading))
    today = write_csv(loading.folder / "F_5500_2009.csv", headings(loading), [FILING])
    report = loading.load("dol_filings", today)
    assert counts(report) == (0, 0, 1, 0, 0)
    assert report.files[0].renamed_columns == {}


def test_both_names_with_the_same_content_are_one_column(loading: Loading) -> None:
    report = loading.load("dol_filings", doubled(loading, ("SALEM", "SALEM"), ("", "")))
    assert counts(report) == (2, 0, 0, 0, 0)
    assert report.files[0].renamed_columns == {}
    assert FORMER_CITY not in report.files[0].unknown_columns


def test_both_names_with_different_content_are_refused(loading: Loading) -> None:
    path = doubled(loading, ("SALEM", "SALEM"), ("SALEM", "Salem"), ("", "SALEM"))
    with pytest.raises(Refused) as caught:
        loading.load("dol_filings", path)
    assert [refusal[1:] for refusal in caught.value.report.refused] == [
        (3, "SPONS_DFE_MAIL_US_CITY 'SALEM' contradicts its former name SPONS_DFE_CITY 'Salem'"),
        (4, "SPONS_DFE_MAIL_US_CITY '' contradicts its former name SPONS_DFE_CITY 'SALEM'"),
    ]
    assert "outreach_raw.dol_filings" not in loading.tables()


def test_no_heading_means_two_columns(loading: Loading) -> None:
    for feed in OFFICIAL_FEEDS:
        columns = feed.layout(loading.sources.find(feed.table)).columns
        names = [name for column in columns for name in (column.heading, *column.former)]
        assert len(set(names)) == len(names)

"""Loading a table by its own header: what is landed, replaced, kept and reported."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from load.conftest import Loading, write_csv
from outreach_hub.errors import UsageError
from outreach_hub.load import LoadReport, Refused, make_landing

ADA = {
    "person_id": "P-1",
    "company_unique_id": "CL-1",
    "full_name": "Ada",
    "email_verified": "true",
    "created_at": "2026-01-01T09:30:00",
}
BOB = {"person_id": "P-2", "company_unique_id": "CL-1", "full_name": "Bob"}
NAMES = "select person_id, full_name from outreach_raw.people order by 1, 2"


def counts(report: LoadReport) -> tuple[int, int, int, int]:
    return report.landed, report.replaced, report.unchanged, report.repeated


def test_a_missing_table_is_made_as_the_yaml_says(loading: Loading) -> None:
    report = loading.load("people", loading.table_file("people", ADA))
    assert report.created
    made = loading.rows(
        "select column_name, data_type from information_schema.columns "
        "where table_name = 'people' order by ordinal_position"
    )
    spelled = {"timestamptz": "timestamp with time zone"}
    assert made == [
        (column.name, spelled.get(column.data_type, column.data_type))
        for column in loading.sources.find("people").columns
    ]


def test_a_schema_that_is_not_there_is_made_where_that_is_asked_for(loading: Loading) -> None:
    loading.rows("select 1")
    loading.connection.execute("drop schema outreach_raw cascade")
    loading.connection.commit()
    file = loading.table_file("people", ADA)
    with pytest.raises(UsageError, match="there is no schema outreach_raw") as refused:
        loading.load("people", file)
    assert "--make-tables" in str(refused.value.hint)
    make_landing(loading.connection, loading.sources)
    assert loading.load("people", file).landed == 1


def test_times_without_a_zone_are_utc(loading: Loading) -> None:
    loading.load("people", loading.table_file("people", ADA))
    assert loading.rows("select created_at from outreach_raw.people") == [
        (datetime(2026, 1, 1, 9, 30, tzinfo=timezone.utc),)
    ]


def test_an_empty_cell_is_null_and_nothing_else_is(loading: Loading) -> None:
    names = ["null", "NULL", "\\N", "\\.", " ", '"', "a\tb", "a\nb", "a\r\nb", "\\t", "Ŀ", "😀"]
    rows = [BOB | {"person_id": f"P{n:02}", "full_name": name} for n, name in enumerate(names)]
    loading.load("people", loading.table_file("people", *rows, BOB | {"full_name": ""}))
    landed = loading.rows(
        "select full_name, title, email from outreach_raw.people order by person_id"
    )
    assert landed == [(None, None, None), *((name, None, None) for name in names)]


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    keys=st.lists(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1),
        min_size=1,
        max_size=5,
        unique=True,
    )
)
def test_ids_are_landed_byte_for_byte(loading: Loading, keys: list[str]) -> None:
    rows = [{"company_unique_id": key, "ein": key} for key in keys]
    loading.connection.execute("drop table if exists cl.company_eins")
    loading.connection.commit()
    loading.load("cl.company_eins", loading.table_file("company_eins", *rows))
    landed = loading.rows("select company_unique_id from cl.company_eins")
    assert sorted(key for (key,) in landed) == sorted(keys)


def test_loading_again_changes_nothing(loading: Loading) -> None:
    path = loading.table_file("people", ADA, BOB)
    assert counts(loading.load("people", path)) == (2, 0, 0, 0)
    before = loading.rows("select xmin::text, ctid::text from outreach_raw.people")
    assert counts(loading.load("people", path)) == (0, 0, 2, 0)
    assert loading.rows("select xmin::text, ctid::text from outreach_raw.people") == before


def test_a_record_that_is_sent_again_replaces_the_one_there(loading: Loading) -> None:
    loading.load("people", loading.table_file("people", ADA, BOB))
    report = loading.load(
        "people", loading.table_file("people", ADA | {"full_name": "Ada L."}, BOB)
    )
    assert counts(report) == (1, 1, 1, 0)
    assert loading.rows(NAMES) == [("P-1", "Ada L."), ("P-2", "Bob")]


def test_a_cell_that_becomes_empty_is_a_change(loading: Loading) -> None:
    loading.load("people", loading.table_file("people", ADA))
    report = loading.load("people", loading.table_file("people", ADA | {"full_name": ""}))
    assert counts(report) == (1, 1, 0, 0)
    assert loading.rows(NAMES) == [("P-1", None)]


def test_equal_rows_of_a_file_are_one(loading: Loading) -> None:
    report = loading.load("people", loading.table_file("people", ADA, BOB, ADA, ADA))
    assert counts(report) == (2, 0, 0, 2)
    assert report.warnings == []


def test_rows_of_a_file_that_differ_under_one_key_are_both_landed(loading: Loading) -> None:
    other = ADA | {"company_unique_id": "CL-2"}
    path = loading.table_file("people", ADA, other, BOB, other)
    report = loading.load("people", path)
    assert counts(report) == (3, 0, 0, 1)
    assert report.warnings == [
        "1 of person_id have several rows that differ: all are kept, for the identity gates "
        "to judge (ID013): P-1"
    ]
    again = loading.load("people", path)
    assert counts(again) == (0, 0, 3, 1)
    assert again.warnings == report.warnings


def test_a_later_file_settles_such_rows(loading: Loading) -> None:
    loading.load("people", loading.table_file("people", ADA, ADA | {"full_name": "Eda"}))
    report = loading.load("people", loading.table_file("people", ADA))
    assert (report.landed, report.replaced, report.warnings) == (0, 1, [])
    assert loading.rows(NAMES) == [("P-1", "Ada")]


def test_several_files_are_loaded_in_order(loading: Loading) -> None:
    first = loading.table_file("people", ADA, name="a.csv")
    second = loading.table_file("people", ADA | {"full_name": "Ada L."}, name="b.csv")
    report = loading.load("people", first, second)
    assert (report.rows, report.landed, report.replaced) == (2, 2, 1)
    assert loading.rows(NAMES) == [("P-1", "Ada L.")]


SEND = {"send_id": "S-1", "send_status": "pending", "loaded_at": "2026-01-01T00:00:00Z"}
STATES = "select send_id, send_status from outreach_raw.send_log order by loaded_at, send_status"


def test_versions_are_kept(loading: Loading) -> None:
    sent = SEND | {"send_status": "sent", "loaded_at": "2026-01-02T00:00:00Z"}
    loading.load("send_log", loading.table_file("send_log", SEND))
    path = loading.table_file("send_log", SEND, sent)
    assert counts(loading.load("send_log", path)) == (1, 0, 1, 0)
    assert counts(loading.load("send_log", path)) == (0, 0, 2, 0)
    assert loading.rows(STATES) == [("S-1", "pending"), ("S-1", "sent")]


def test_a_version_that_contradicts_one_there_is_landed_beside_it(loading: Loading) -> None:
    loading.load("send_log", loading.table_file("send_log", SEND))
    report = loading.load(
        "send_log", loading.table_file("send_log", SEND | {"send_status": "sent"})
    )
    assert counts(report) == (1, 0, 0, 0)
    assert report.warnings == [
        "1 of send_id, loaded_at have several rows that differ: all are kept, for the identity "
        "gates to judge (ID013): S-1, 2026-01-01 00:00:00+00"
    ]
    assert loading.rows(STATES) == [("S-1", "pending"), ("S-1", "sent")]


def test_a_version_that_contradicts_itself_is_warned_of_once(loading: Loading) -> None:
    path = loading.table_file("send_log", SEND, SEND | {"send_status": "sent"}, SEND)
    report = loading.load("send_log", path)
    assert (counts(report), len(report.warnings)) == ((2, 0, 0, 1), 1)


def test_a_version_needs_its_time(loading: Loading) -> None:
    with pytest.raises(Refused) as caught:
        loading.load("send_log", loading.table_file("send_log", SEND | {"loaded_at": ""}))
    assert caught.value.report.refused[0].reason == "loaded_at is empty, and it is the key"


def test_columns_come_in_any_order_and_case_and_unknown_ones_are_reported(loading: Loading) -> None:
    names = [column.name for column in loading.sources.find("people").columns]
    columns = ["Shoe size", *(name.upper() for name in reversed(names)), ""]
    row = {name.upper(): value for name, value in ADA.items()} | {"Shoe size": "9"}
    report = loading.load("people", write_csv(loading.folder / "p.csv", columns, [row]))
    assert report.files[0].unknown_columns == ["Shoe size", f"(unnamed, column {len(columns)})"]
    assert loading.rows(NAMES) == [("P-1", "Ada")]


def test_a_line_is_numbered_where_it_begins(loading: Loading) -> None:
    rows = [ADA | {"full_name": "A\nd\na"}, BOB | {"created_at": "soon"}]
    with pytest.raises(Refused) as caught:
        loading.load("people", loading.table_file("people", *rows))
    assert [refusal.line for refusal in caught.value.report.refused] == [5]


def test_checking_says_what_loading_would_and_does_nothing(loading: Loading) -> None:
    path = loading.table_file("people", ADA, BOB, BOB)
    checked = loading.load("people", path, check=True)
    assert loading.tables() == set()
    loaded = loading.load("people", path)
    assert checked.as_dict() | {"check": False} == loaded.as_dict()


def test_one_table_is_loaded_by_one_at_a_time(loading: Loading) -> None:
    path = loading.table_file("people", ADA)
    with loading.connection.transaction():
        loading.load("people", path)
        locks = loading.connection.execute(
            "select mode from pg_locks where relation = 'outreach_raw.people'::regclass"
        )
        assert ("ShareRowExclusiveLock",) in locks.fetchall()


def test_another_type_than_text_as_key(loading: Loading) -> None:
    score = {"company_unique_id": "CL-1", "bit_score": "72.5", "scored_at": "2026-01-01"}
    loading.load("bit_scores", loading.table_file("bit_scores", score))
    same_time = score | {"scored_at": "2026-01-01T01:00:00+01:00", "bit_score": "72.50"}
    report = loading.load("bit_scores", loading.table_file("bit_scores", same_time))
    assert counts(report) == (0, 0, 1, 0)

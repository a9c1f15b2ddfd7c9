"""Every wrong company_unique_id, and every other wrong record, is named by one failed build.

One build over all of them, each in a record of its own: a build takes long, and a gate that named
the wrong rows only when they come alone would be none.
"""

from __future__ import annotations

import pytest

from identity import wrong_records
from identity.hub import Build, Evidence, Hub
from identity.worlds import KEYS, LANDED
from identity.wrong_ids import WRONG_IDS, WrongId
from identity.wrong_records import BLANK_KEYS, LONG_KEY, WRONG_RECORDS, Found
from identity.wrong_world import key_of, wrong_world
from outreach_hub.exits import ExitCode


@pytest.fixture(scope="module")
def refused(built_hub: Hub) -> Build:
    built_hub.land(wrong_world())
    return built_hub.build()


def test_the_build_fails_for_identity(refused: Build) -> None:
    assert refused.exit_code == ExitCode.IDENTITY_FAILURE


@pytest.mark.parametrize("table", LANDED)
@pytest.mark.parametrize("name", WRONG_IDS)
def test_a_wrong_id_is_named(name: str, table: str, refused: Build) -> None:
    wrong = WRONG_IDS[name]
    assert refused.of(f"outreach_raw.{table}", key_of(table, name)) == [
        Evidence(
            source_table=f"outreach_raw.{table}",
            record_key=key_of(table, name),
            code=wrong.code,
            column_name="company_unique_id",
            offending_value=wrong.shown,
            expected=expected(wrong),
            failure_count=records_of(wrong.code, table),
        )
    ]


def expected(wrong: WrongId) -> str:
    if wrong.code == "ID001":
        return "an identity minted by CL"
    if wrong.resembles:
        shown = wrong.resembles.replace("\u00e9", r"\u00e9")
        return "CL's id, byte for byte: " + f'"{shown}"'
    return "a company that CL has minted and company_target admits"


def records_of(code: str, table: str) -> int:
    """How many records of a table the gate of company_unique_id refuses with a code."""
    return sum(wrong.code == code for wrong in WRONG_IDS.values()) + sum(
        found.code == code and case.table == table and found.column_name == "company_unique_id"
        for case in WRONG_RECORDS.values()
        for found in case.found
    )


@pytest.mark.parametrize("name", WRONG_RECORDS)
def test_a_wrong_record_is_named(name: str, refused: Build) -> None:
    case, key = WRONG_RECORDS[name], wrong_records.key_of(name)
    found = refused.of(f"outreach_raw.{case.table}", key)
    assert sorted(Found(*row[2:6]) for row in found) == sorted(
        wanted._replace(offending_value=f'"{key}"')
        if wanted.offending_value == "the key"
        else wanted
        for wanted in case.found
    )


@pytest.mark.parametrize("table", LANDED)
def test_a_record_without_an_id_is_named(table: str, refused: Build) -> None:
    (found,) = refused.of(f"outreach_raw.{table}", None)
    assert found[2:5] == ("ID013", KEYS[table], "NULL")


@pytest.mark.parametrize("blank", BLANK_KEYS)
@pytest.mark.parametrize("table", LANDED)
def test_a_record_whose_id_is_blank_is_named(table: str, blank: str, refused: Build) -> None:
    (found,) = refused.of(f"outreach_raw.{table}", blank)
    assert found[2:5] == ("ID013", KEYS[table], BLANK_KEYS[blank])


@pytest.mark.parametrize("table", LANDED)
def test_an_id_longer_than_any_key_is_named(table: str, refused: Build) -> None:
    (found,) = refused.of(f"outreach_raw.{table}", LONG_KEY)
    assert found[2:5] == ("ID099", KEYS[table], f'"{"K" * 200}"...')


def test_nothing_else_is_named(refused: Build) -> None:
    """Neither the standard world, with all its odd ids, nor a record landed twice as it was."""
    wrong_ids = len(LANDED) * len(WRONG_IDS)
    wrong = sum(len(case.found) for case in WRONG_RECORDS.values())
    assert len(refused.evidence) == wrong_ids + wrong + (2 + len(BLANK_KEYS)) * len(LANDED)


def test_readers_see_the_last_good_version(refused: Build) -> None:
    assert refused.published_before
    assert refused.published_after == refused.published_before


def test_nothing_landed_was_dropped_or_altered(refused: Build) -> None:
    assert refused.sources_after == refused.sources_before

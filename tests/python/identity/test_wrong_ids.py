"""Every form of a wrong company_unique_id, in every landed table, is named by a failed build."""

from __future__ import annotations

import pytest

from identity.hub import Build, Evidence, Hub
from identity.worlds import KEYS, LANDED, World
from identity.wrong_ids import WRONG_IDS, WrongId
from outreach_hub.exits import ExitCode


def key_of(table: str, name: str) -> str:
    return f"{table}: {name}"


@pytest.fixture(scope="module")
def refused(built_hub: Hub) -> Build:
    """One build over all of them, each in a record of its own in each landed table."""
    world = World()
    for table in LANDED:
        for name, wrong in WRONG_IDS.items():
            world.record(table, wrong.value, **{KEYS[table]: key_of(table, name)})
    built_hub.land(world)
    return built_hub.build()


def test_the_build_fails_for_identity(refused: Build) -> None:
    assert refused.exit_code == ExitCode.IDENTITY_FAILURE


@pytest.mark.parametrize("table", LANDED)
@pytest.mark.parametrize("name", WRONG_IDS)
def test_the_record_is_named(name: str, table: str, refused: Build) -> None:
    wrong = WRONG_IDS[name]
    assert refused.of(f"outreach_raw.{table}", key_of(table, name)) == [
        Evidence(
            source_table=f"outreach_raw.{table}",
            record_key=key_of(table, name),
            code=wrong.code,
            column_name="company_unique_id",
            offending_value=wrong.shown,
            expected=expected(wrong),
            failure_count=sum(other.code == wrong.code for other in WRONG_IDS.values()),
        )
    ]


def expected(wrong: WrongId) -> str:
    if wrong.code == "ID001":
        return "an identity minted by CL"
    if wrong.resembles:
        shown = wrong.resembles.replace("\u00e9", r"\u00e9")
        return "CL's id, byte for byte: " + f'"{shown}"'
    return "a company that CL has minted and company_target admits"


def test_nothing_else_is_named(refused: Build) -> None:
    """The standard world beside them, with all its odd ids, is beyond reproach."""
    assert len(refused.evidence) == len(LANDED) * len(WRONG_IDS)


def test_readers_see_the_last_good_version(refused: Build) -> None:
    assert refused.published_before
    assert refused.published_after == refused.published_before


def test_nothing_landed_was_dropped_or_altered(refused: Build) -> None:
    assert refused.sources_after == refused.sources_before

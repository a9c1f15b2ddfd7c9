"""Where CL itself is wrong, or has changed its mind: named, with all that is wrong in landing too.

company_target is not built then, and dbt skips every gate that waits for it; what is wrong in
landing has to be listed all the same, at once, and on a first build as well.
"""

from __future__ import annotations

import pytest

from identity.hub import READS_NO_HUB, Build, Hub
from identity.worlds import KEYS, LANDED, World, moment
from outreach_hub.exits import ExitCode

LONG = "".join(chr(0x4E00 + number) for number in range(1000))
"""Three thousand bytes that do not compress: Postgres has no index entry as long."""


def wrong_landing() -> World:
    """In each landed table a record without company, of a stranger, and of a look-alike."""
    world = World()
    for table in LANDED:
        for name, company in {"nobody": None, "a stranger": "CL-999", "alike": "cl-2"}.items():
            world.record(table, company, **{KEYS[table]: f"{table}: {name}"})
    return world


BUILDABLE = ("--indirect-selection", "buildable")

WRONG_IN_LANDING = {"nobody": "ID001", "a stranger": "ID011", "alike": "ID002"}


def named(build: Build) -> set[tuple[str, str | None, str, str]]:
    """Where, under which key, by which code, and how shown."""
    return {
        (found.source_table, found.record_key, found.code, found.offending_value)
        for found in build.evidence
    }


def landing_named(build: Build) -> dict[str, dict[str, str]]:
    """By landed table: the code of each record."""
    return {
        table: {
            (found.record_key or "").partition(": ")[2]: found.code
            for found in build.evidence
            if found.source_table == f"outreach_raw.{table}"
        }
        for table in LANDED
    }


class TestCorruptCl:
    """A first build, on a CL that holds rows without identity, twice, and beyond any key."""

    @pytest.fixture(scope="class")
    @classmethod
    def refused(cls, any_hub: Hub) -> Build:
        world = wrong_landing()
        world.companies(["CL-2", "Twice-1", "Twice-1", LONG, "UNKNOWN", " \u200b", "PENDING-7"])
        world.company(None)
        world.company("Twice-1", company_name="Another name")
        world.outreach_to("CL-2")
        any_hub.reset()
        any_hub.land(world)
        return any_hub.build()

    def test_each_row_of_cl_is_named(self, refused: Build) -> None:
        table = "cl.company_identity"
        assert {found for found in named(refused) if found[0] == table} == {
            (table, None, "ID001", "NULL"),
            (table, "UNKNOWN", "ID001", '"UNKNOWN"'),
            (table, "PENDING-7", "ID001", '"PENDING-7"'),
            (table, " \u200b", "ID001", r'" \u200b"'),
            (table, "Twice-1", "ID009", '"Twice-1"'),
            (table, LONG, "ID099", '"' + "".join(rf"\u{ord(c):04x}" for c in LONG[:200]) + '"...'),
        }

    def test_what_is_wrong_in_landing_is_named_as_well(self, refused: Build) -> None:
        assert landing_named(refused) == dict.fromkeys(LANDED, WRONG_IN_LANDING)

    def test_the_build_fails_for_identity(self, refused: Build) -> None:
        assert refused.exit_code == ExitCode.IDENTITY_FAILURE

    def test_no_target_is_given(self, refused: Build, any_hub: Hub) -> None:
        assert any_hub.targets() == {}

    def test_nothing_is_published(self, refused: Build) -> None:
        assert refused.published_after == {}

    def test_the_sources_are_as_they_were(self, refused: Build) -> None:
        assert refused.sources_after == refused.sources_before


@pytest.mark.slow
class TestVanishedCompany:
    """CL no longer has two companies that were given targets, one of them under another id now."""

    @pytest.fixture(scope="class")
    @classmethod
    def refused(cls, any_hub: Hub, standard_template: str) -> Build:
        any_hub.reset(standard_template)
        with any_hub.admin() as admin:
            admin.execute("delete from cl.company_identity where company_unique_id = 'QUIET-1'")
            admin.execute(
                "update cl.company_identity set company_unique_id = 'Other-1b'"
                " where company_unique_id = 'Other-1'"
            )
        any_hub.land(wrong_landing())
        return any_hub.build()

    def test_the_companies_are_named(self, refused: Build) -> None:
        assert {found for found in named(refused) if found[0] == "outreach.company_target"} == {
            ("outreach.company_target", "QUIET-1", "ID011", '"QUIET-1"'),
            ("outreach.company_target", "Other-1", "ID011", '"Other-1"'),
        }

    def test_the_failure_says_so(self, refused: Build) -> None:
        assert "[ID011]" in refused.result.output
        assert '"Other-1", "QUIET-1"' in refused.result.output

    def test_what_is_wrong_in_landing_is_named_as_well(self, refused: Build) -> None:
        assert landing_named(refused) == dict.fromkeys(LANDED, WRONG_IN_LANDING)

    def test_the_build_fails_for_identity(self, refused: Build) -> None:
        assert refused.exit_code == ExitCode.IDENTITY_FAILURE

    def test_no_target_is_added_or_taken(
        self, refused: Build, any_hub: Hub, standard_template: str
    ) -> None:
        targets = any_hub.targets()
        assert {"QUIET-1", "Other-1"} <= set(targets)
        assert "Other-1b" not in targets

    def test_readers_see_the_last_good_version(self, refused: Build) -> None:
        assert refused.published_before
        assert refused.published_after == refused.published_before


@pytest.mark.slow
class TestIdentityStatus:
    """By default all that CL minted is admitted; a var narrows it, for new targets only."""

    @pytest.fixture(scope="class")
    @classmethod
    def hub(cls, any_hub: Hub) -> Hub:
        world = World(prefix="OLD")
        world.company("Given-1", identity_status="PENDING", created_at=moment(1))
        world.record("people", "Given-1", person_id="OLD-person")
        any_hub.reset()
        any_hub.land(world)
        assert any_hub.build("--select", "+people", *BUILDABLE).exit_code == ExitCode.GOOD
        world = World(prefix="NEW")
        for status in ("PASS", "PENDING", "FAIL"):
            world.company(f"New-{status}", identity_status=status)
        world.company("Idle-FAIL", identity_status="FAIL")
        world.outreach_to("New-PASS")
        any_hub.land(world)
        return any_hub

    @pytest.fixture(scope="class")
    @classmethod
    def narrowed(cls, hub: Hub) -> Build:
        return hub.build("--select", "+people", *BUILDABLE, admitted_identity_statuses=["PASS"])

    @pytest.fixture(scope="class")
    @classmethod
    def refused(cls, narrowed: Build, hub: Hub) -> Build:
        world = World(prefix="BAD")
        for table in LANDED:
            for status in ("PENDING", "FAIL"):
                key = {KEYS[table]: f"{table}: {status}"}
                world.record(table, f"New-{status}", **key)
        hub.land(world)
        return hub.build(*READS_NO_HUB, admitted_identity_statuses=["PASS"])

    def test_a_company_that_is_not_admitted_receives_no_target(
        self, narrowed: Build, hub: Hub
    ) -> None:
        assert (narrowed.exit_code, narrowed.evidence) == (ExitCode.GOOD, [])
        assert set(hub.targets()) == {"Given-1", "New-PASS"}

    def test_a_record_of_one_fails_the_build_and_is_not_skipped(self, refused: Build) -> None:
        assert refused.exit_code == ExitCode.IDENTITY_FAILURE
        assert landing_named(refused) == {
            table: {"PENDING": "ID011", "FAIL": "ID011"} for table in LANDED
        }

    def test_admitted_again_all_is_well(self, refused: Build, hub: Hub) -> None:
        built = hub.build("--select", "+people", *BUILDABLE)
        assert (built.exit_code, built.evidence) == (ExitCode.GOOD, [])
        assert len(hub.rows("select from outreach.people")) == 2 + 2

    def test_the_evidence_outlives_the_good_build(self, refused: Build, hub: Hub) -> None:
        assert hub.evidence() == refused.evidence


@pytest.mark.slow
class TestBareDbt:
    """`dbt build` without the runner refuses, names and withholds just the same."""

    @pytest.fixture(scope="class")
    @classmethod
    def refused(cls, any_hub: Hub, standard_template: str) -> Build:
        any_hub.reset(standard_template)
        any_hub.land(wrong_landing())
        return any_hub.bare_dbt("build")

    def test_it_fails(self, refused: Build) -> None:
        assert refused.exit_code == 1

    def test_the_records_are_named(self, refused: Build) -> None:
        assert landing_named(refused) == dict.fromkeys(LANDED, WRONG_IN_LANDING)

    def test_readers_see_the_last_good_version(self, refused: Build) -> None:
        assert refused.published_before
        assert refused.published_after == refused.published_before

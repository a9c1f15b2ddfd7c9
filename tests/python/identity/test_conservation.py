"""Rows in are rows out, by key and both ways, and a hub that was tampered with is caught."""

from __future__ import annotations

import pytest

from identity.hub import Build, Hub
from identity.standard import standard_world
from identity.worlds import HUBS, KEYS, World, moment
from outreach_hub.exits import ExitCode

OWN = "CL-2"
AFTER_AS_OF = moment(1, year=2026, month=3)


@pytest.mark.slow
class TestSecondBuild:
    """What arrives late, twice, in a newer state, or from the future passes and is counted."""

    @pytest.fixture(scope="class")
    @classmethod
    def built(cls, any_hub: Hub, standard_template: str) -> Build:
        any_hub.reset(standard_template)
        any_hub.land(arrivals())
        built = any_hub.build()
        assert (built.exit_code, built.evidence) == (ExitCode.GOOD, []), built.result.output
        return built

    @pytest.mark.parametrize("table", HUBS)
    def test_every_record_and_no_other_is_in_its_hub(
        self, table: str, built: Build, any_hub: Hub
    ) -> None:
        key, hub = KEYS[table], HUBS[table]
        landed = any_hub.rows(f"select distinct {key}, company_unique_id from outreach_raw.{table}")
        kept = any_hub.rows(f"select {key}, company_unique_id from outreach.{hub}")
        assert sorted(kept) == sorted(landed)

    def test_a_late_row_is_kept(self, built: Build, any_hub: Hub) -> None:
        found = any_hub.rows("select loaded_at from outreach.send_log where send_id = 'late'")
        assert found == [(moment(2),)]

    def test_the_latest_state_wins_in_whatever_order_it_came(
        self, built: Build, any_hub: Hub
    ) -> None:
        states = any_hub.rows(
            "select send_id, send_status from outreach.send_log where send_id like 'state-%'"
        )
        assert dict(states) == {"state-new-last": "bounced", "state-new-first": "bounced"}

    def test_a_newer_state_replaces_the_one_of_the_build_before(
        self, built: Build, any_hub: Hub
    ) -> None:
        send = first_send()["send_id"]
        found = any_hub.rows(f"select send_status from outreach.send_log where send_id = '{send}'")
        assert found == [("failed",)]

    @pytest.mark.parametrize("hub", ["people", "dol_filings", "blog_signals", "campaigns"])
    def test_a_row_from_the_future_is_flagged(self, hub: str, built: Build, any_hub: Hub) -> None:
        flagged = any_hub.rows(f"select {KEYS[hub]} from outreach.{hub} where is_future_dated")
        assert flagged == [("future",)]

    def test_it_is_published(self, built: Build) -> None:
        assert built.published_after != built.published_before
        assert built.sources_after == built.sources_before


def first_send() -> dict[str, str]:
    return standard_world().rows["send_log"][0]


def arrivals() -> World:
    world = World(prefix="ARR")
    for table, rows in standard_world().rows.items():
        if table in KEYS and table not in ("company_identity", "bit_scores", "company_eins"):
            world.add(table, **rows[0])
            world.add(table, **rows[0])
    send = {"company_unique_id": OWN}
    world.add("send_log", send_id="late", loaded_at=moment(2), **send)
    world.add("send_log", **{**first_send(), "loaded_at": moment(30), "send_status": "failed"})
    for name, days in {"state-new-last": (10, 12), "state-new-first": (12, 10)}.items():
        for day in days:
            status = "sent" if day == 10 else "bounced"
            world.add("send_log", send_id=name, loaded_at=moment(day), send_status=status, **send)
    future = {
        "people": "created_at",
        "blog_signals": "detected_at",
        "campaigns": "created_at",
        "engagement_events": "event_at",
    }
    for table, column in future.items():
        world.record(table, OWN, **{KEYS[table]: "future", column: AFTER_AS_OF})
    world.record("dol_filings", OWN, filing_id="future", date_received=AFTER_AS_OF.date())
    return world


@pytest.mark.slow
class TestTamperedHub:
    """Each hub by hand: a record out, one in, one of another company's target, one of another."""

    @pytest.fixture(scope="class")
    @classmethod
    def tested(cls, any_hub: Hub, standard_template: str) -> Build:
        any_hub.reset(standard_template)
        with any_hub.admin() as admin:
            admin.execute("set session_replication_role = replica")
            for table, hub in HUBS.items():
                key = KEYS[table]
                (gone,), (copied,), (swapped,), (moved,) = admin.execute(
                    f"select {key} from outreach.{hub} where company_unique_id"
                    " in ('A', '7', '1E5', '007') order by company_unique_id desc"
                ).fetchall()
                admin.execute(f"create temp table copied as select * from outreach.{hub}"
                              f" where {key} = '{copied}'")  # fmt: skip
                admin.execute(f"update copied set {key} = 'put in'")
                admin.execute(f"insert into outreach.{hub} select * from copied")
                admin.execute("drop table copied")
                admin.execute(f"delete from outreach.{hub} where {key} = '{gone}'")
                admin.execute(f"update outreach.{hub} set target_id = 'TGT-CL-2-1'"
                              f" where {key} = '{moved}'")  # fmt: skip
                admin.execute(f"update outreach.{hub} set target_id = 'TGT-CL-2-1',"
                              f" company_unique_id = 'CL-2' where {key} = '{swapped}'")  # fmt: skip
        return any_hub.run("test", "--select", *HUBS.values())

    def test_it_fails_for_identity(self, tested: Build) -> None:
        assert tested.exit_code == ExitCode.IDENTITY_FAILURE

    @pytest.mark.parametrize("table", HUBS)
    def test_each_is_named(self, table: str, tested: Build) -> None:
        world = standard_world()
        own = {row["company_unique_id"]: row[KEYS[table]] for row in world.rows[table]}
        hub = f"outreach.{HUBS[table]}"
        found = {
            (row.record_key, row.code, row.expected)
            for row in tested.evidence
            if row.source_table == hub
        }
        assert found == {
            (own["A"], "ID005", "every landed record in the hub"),
            ("put in", "ID005", "no record in the hub that has not landed"),
            (own["007"], "ID008", "the target of company 007"),
            (own["1E5"], "ID008", "the company that the record landed with, 1E5"),
        }

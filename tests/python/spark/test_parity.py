"""Spark builds what Postgres builds: every hub and mart, row by row, over generations of changes.

The tests follow one another: each is a day in the life of one hub on both engines.
"""

from __future__ import annotations

import json

from identity.standard import LEGITIMATE, standard_world
from identity.worlds import KEYS, LANDED, World, moment
from identity.wrong_records import LONG_KEY
from identity.wrong_world import wrong_world
from outreach_hub.exits import ExitCode
from spark.engines import FIRST_DAY, Engines

LATER_DAY = ("--vars", json.dumps({"as_of_date": "2027-01-04"}))
TWO_WORLDS_ONE_ID = """
delete from cl.company_identity as doubled
using cl.company_identity as first
where doubled.company_unique_id = first.company_unique_id and doubled.ctid > first.ctid
"""


def test_the_first_build_is_the_same(demo: Engines) -> None:
    assert demo.differences() == {}
    assert demo.targets_on_spark() == demo.hub.targets()


def test_so_is_one_after_changes_and_late_records(demo: Engines) -> None:
    engines = demo
    given = engines.targets_on_spark()
    engines.hub.land(standard_world())
    engines.hub.land(_changes())
    with engines.hub.admin() as admin:
        admin.execute(TWO_WORLDS_ONE_ID)
        admin.execute(
            "update cl.company_identity set company_domain = 'moved.example'"
            " where company_unique_id = 'CL-1'"
        )
        admin.execute(
            "update outreach_raw.people set contact_status = 'left' where person_id = 'PER-000001'"
        )
    engines.copy_sources()
    engines.build_on_both(*FIRST_DAY)
    assert engines.differences() == {}
    now = engines.targets_on_spark()
    assert {company: now[company] for company in given} == given
    assert len(now) > len(given) + len(LEGITIMATE)


def test_wrong_rows_are_refused_alike(engines: Engines) -> None:
    """The same rows by the same codes, said in the same words; what was published stands."""
    published, given = engines.published_on_spark(), engines.targets_on_spark()
    known = len(engines.hub.evidence()), len(engines.evidence_on_spark())
    engines.hub.land(wrong_world())
    engines.copy_sources()
    on_postgres = engines.build_on_postgres(*FIRST_DAY)
    on_spark = engines.build_on_spark(*FIRST_DAY)
    assert on_postgres.exit_code == on_spark.exit_code == ExitCode.IDENTITY_FAILURE
    expected = engines.hub.evidence()[known[0] :]
    found = engines.evidence_on_spark()[known[1] :]
    assert expected
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert engines.published_on_spark() == published
    assert engines.targets_on_spark() == given


def test_once_they_are_corrected_both_go_on(engines: Engines) -> None:
    with engines.hub.admin() as admin:
        for table in LANDED:
            key = KEYS[table]
            admin.execute(
                f"delete from outreach_raw.{table} where {key} is null or {key} = %s"
                f" or {key} like 'REC: %%' or {key} like '{table}: %%'",
                [LONG_KEY],
            )
    engines.copy_sources()
    engines.build_on_both(*LATER_DAY)
    assert engines.differences() == {}
    assert engines.targets_on_spark() == engines.hub.targets()


def _changes() -> World:
    """Companies of known and new prefixes, later versions of sends, late and early records."""
    world = World(prefix="CHG")
    for company in ("04.04.01.74.42049.051", "NEW-1", "CL-1 "):
        world.company(company, created_at=moment(5))
        world.outreach_to(company)
    sent = standard_world().rows["send_log"][0]
    world.add(
        "send_log",
        **{**sent, "send_status": "bounced", "bounced_at": moment(12), "loaded_at": moment(12)},
    )
    world.record("bit_scores", LEGITIMATE["a UUID"], bit_score=74.5, scored_at=moment(9))
    world.record("target_status_changes", "CL-1", outreach_status="opted_out")
    world.record("target_status_changes", "007", outreach_status="queued", changed_at=moment(4))
    event = standard_world().rows["engagement_events"][3]
    for number, event_type in enumerate(("unsubscribe", "reply", "click", "meeting_booked")):
        world.add(
            "engagement_events",
            **{
                **event,
                "event_id": f"CHG-event-{number}",
                "event_type": event_type,
                "event_at": moment(20, month=11),
                "loaded_at": moment(1, year=2024),
            },
        )
    return world

"""Where CL itself is wrong, Spark names what Postgres names, and what is wrong in landing too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from identity.test_wrong_cl import LONG, wrong_landing
from identity.worlds import KEYS, LANDED
from outreach_hub.exits import ExitCode
from spark.engines import FIRST_DAY, Engines

VANISHED = "e6b55145-7290-5ca0-9ceb-e0301b3119e6"


@pytest.fixture
def corrupt(demo: Engines) -> Iterator[Engines]:
    """CL with rows without identity, twice, and beyond any key, and without one that it had."""
    with demo.hub.admin() as admin:
        admin.execute("create table public.kept as table cl.company_identity")
    world = wrong_landing()
    world.companies(["CL-2", "Twice-1", "Twice-1", LONG, "UNKNOWN", " \u200b", "PENDING-7"])
    world.company(None)
    world.company("Twice-1", company_name="Another name")
    demo.hub.land(world)
    with demo.hub.admin() as admin:
        admin.execute("delete from cl.company_identity where company_unique_id = %s", [VANISHED])
    demo.copy_sources()
    try:
        yield demo
    finally:
        with demo.hub.admin() as admin:
            admin.execute("truncate cl.company_identity")
            admin.execute("insert into cl.company_identity table public.kept")
            admin.execute("drop table public.kept")
            for table in LANDED:
                key = KEYS[table]
                admin.execute(f"delete from outreach_raw.{table} where {key} like '{table}: %%'")
        demo.copy_sources()


def test_it_is_refused_alike(corrupt: Engines) -> None:
    given, published = corrupt.targets_on_spark(), corrupt.published_on_spark()
    known = len(corrupt.hub.evidence()), len(corrupt.evidence_on_spark())
    on_postgres = corrupt.build_on_postgres(*FIRST_DAY)
    on_spark = corrupt.build_on_spark(*FIRST_DAY)
    assert on_postgres.exit_code == on_spark.exit_code == ExitCode.IDENTITY_FAILURE
    expected = corrupt.hub.evidence()[known[0] :]
    found = corrupt.evidence_on_spark()[known[1] :]
    assert sorted(found, key=str) == sorted(expected, key=str)
    named = {(row.source_table, row.record_key, row.code) for row in found}
    assert {
        ("outreach.company_target", VANISHED, "ID011"),
        ("cl.company_identity", None, "ID001"),
        ("cl.company_identity", "UNKNOWN", "ID001"),
        ("cl.company_identity", "Twice-1", "ID009"),
        ("cl.company_identity", LONG, "ID099"),
    } <= named
    assert {(f"outreach_raw.{table}", f"{table}: alike", "ID002") for table in LANDED} <= named
    assert corrupt.targets_on_spark() == given
    assert corrupt.published_on_spark() == published

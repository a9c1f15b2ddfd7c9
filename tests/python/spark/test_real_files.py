"""The official DOL files, loaded on Postgres and brought along: the same rows on Spark."""

from __future__ import annotations

from conftest import run_in_process
from identity.worlds import World
from load.conftest import official_path, official_rows
from outreach_hub.exits import ExitCode
from spark.engines import FIRST_DAY, MODELS_ALONE, Engines

FILINGS = [f"F_5500_{year}_db_plans_sample.csv" for year in (2023, 2024)]
SCHEDULES = "F_SCH_A_2024_sample_repadded.csv"


def test_they_are_built_alike(demo: Engines) -> None:
    world = World(prefix="DOL")
    for ein in sorted({row["SPONS_DFE_EIN"] for row in official_rows(*FILINGS)}):
        world.company(f"DOL-{ein}")
        world.add("company_eins", company_unique_id=f"DOL-{ein}", ein=ein)
    for row in official_rows(SCHEDULES):
        company = f"DOL-A-{row['SCH_A_EIN']}"
        if company not in {known["company_unique_id"] for known in world.rows["company_identity"]}:
            world.company(company)
        world.record("dol_filings", company, filing_id=row["ACK_ID"])
    demo.hub.land(world)
    with demo.hub.entered():
        for table, names in (("dol_filings", FILINGS), ("dol_schedule_a", [SCHEDULES])):
            loaded = run_in_process("load", table, *(str(official_path(name)) for name in names))
            assert loaded.exit_code == ExitCode.GOOD, loaded.output
    demo.copy_sources()
    demo.build_on_both(*MODELS_ALONE, *FIRST_DAY)
    assert demo.differences() == {}
    real = demo.hub.rows(
        "select count(*) from outreach.dol_filings where target_id like 'TGT-DOL-%'"
    )
    assert real[0][0] > 100

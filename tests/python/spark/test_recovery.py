"""A run that was killed leaves things half done; the next one ends them, with the same targets."""

from __future__ import annotations

from outreach_hub.exits import ExitCode
from spark.engines import FIRST_DAY, MODELS_ALONE, Engines

OLDER, OTHER = "v00000000000000000007", "v00000000000000000008"
NO_MODEL = ("-s", "stg_cl__companies", *MODELS_ALONE, *FIRST_DAY)


def test_targets_that_were_registered_are_given(demo: Engines) -> None:
    """As a run leaves it that was killed after it had registered, before company_target showed."""
    given = demo.targets_on_spark()
    older = f"outreach.company_target__{OLDER}"
    demo.session.sql(
        f"create table {older} as select * from outreach.company_target"
        " where target_id not like 'TGT-NW%'"
    )
    demo.session.sql(f"create or replace view outreach.company_target as select * from {older}")
    assert demo.targets_on_spark() != given
    done = demo.build_on_spark(*NO_MODEL)
    assert done.exit_code == ExitCode.GOOD, done.output
    assert demo.targets_on_spark() == given


def test_a_lost_company_target_is_what_the_registry_says(demo: Engines) -> None:
    given = demo.targets_on_spark()
    demo.session.sql("drop view outreach.company_target")
    done = demo.build_on_spark(*NO_MODEL)
    assert done.exit_code == ExitCode.GOOD, done.output
    assert demo.targets_on_spark() == given


def test_a_target_that_was_changed_is_refused(demo: Engines) -> None:
    shown = demo.version_shown("outreach.company_target")
    older = f"outreach.company_target__{OTHER}"
    names = [field.name for field in demo.session.table("outreach.company_target").schema.fields]
    columns = ", ".join(
        "replace(target_id, 'TGT-NW-77-1', 'TGT-NW-77-9') as target_id" if n == "target_id" else n
        for n in names
    )
    demo.session.sql(f"create table {older} as select {columns} from outreach.company_target")
    demo.session.sql(f"create or replace view outreach.company_target as select * from {older}")
    done = demo.build_on_spark(*NO_MODEL)
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert "ID009" in done.output
    demo.session.sql(f"create or replace view outreach.company_target as {shown}")


def test_without_a_registry_nothing_is_minted_afresh(demo: Engines) -> None:
    """Records that carry targets would silently mean other companies."""
    registry = "outreach_audit.target_registry"
    shown = demo.version_shown("outreach.company_target")
    kept = demo.session.table(registry).collect()
    schema = demo.session.table(registry).schema
    demo.session.sql(f"truncate table {registry}")
    demo.session.sql("drop view outreach.company_target")
    done = demo.build_on_spark(*NO_MODEL)
    demo.session.createDataFrame(kept, schema).coalesce(1).write.insertInto(registry)
    demo.session.sql(f"create or replace view outreach.company_target as {shown}")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert "Targets are never minted afresh" in done.output


def test_company_target_gains_a_column_where_it_stands(demo: Engines) -> None:
    given = demo.targets_on_spark()
    with demo.hub.edited_by("accepted/target_gains_context"):
        done = demo.build_on_spark("-s", "+company_target", *MODELS_ALONE, *FIRST_DAY)
    assert done.exit_code == ExitCode.GOOD, done.output
    named = demo.session.table("outreach.company_target").where("company_name is not null")
    assert named.count() == len(given)
    assert demo.targets_on_spark() == given

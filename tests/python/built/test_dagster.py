"""The project under Dagster, unchanged: hubs are groups, gates are checks, and they block."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from conftest import REPOSITORY
from identity.hub import Hub
from identity.standard import standard_world
from identity.worlds import LANDED, World

dagster = pytest.importorskip("dagster", reason="pip install -c constraints.txt -e '.[dagster]'")
pytest.importorskip("dagster_dbt", reason="pip install -c constraints.txt -e '.[dagster]'")

pytestmark = pytest.mark.long

EXAMPLE = REPOSITORY.root / "examples" / "dagster" / "outreach_dagster.py"
HUBS = {"company_target", "people", "dol", "blog", "execution", "marts", "outbound"}
NOBODY = "No-such-company"


@pytest.fixture
def landed(any_hub: Hub) -> Hub:
    """Sources, and nothing built."""
    any_hub.reset()
    any_hub.land(standard_world())
    return any_hub


@pytest.fixture
def definitions(landed: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """What the example defines, in the hub's project."""
    with landed.entered():
        monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
        monkeypatch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
        spec = spec_from_file_location("outreach_dagster", EXAMPLE)
        assert spec and spec.loader
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module.defs


def checks(run: Any) -> dict[str, bool]:
    """What became of each check."""
    return {each.check_name: each.passed for each in run.get_asset_check_evaluations()}


def gates(run: Any) -> dict[str, bool]:
    return {name: ok for name, ok in checks(run).items() if name.startswith("identity_gate")}


def test_every_hub_is_a_group_and_the_schedule_builds_everything(definitions: Any) -> None:
    graph = definitions.resolve_asset_graph()
    groups = {graph.get(key).group_name for key in graph.materializable_asset_keys}
    assert groups == HUBS
    assert graph.get(dagster.AssetKey(["outreach", "stg_people__people"])).group_name == "people"
    [schedule] = definitions.schedules
    assert schedule.job_name == "build"


def test_a_run_publishes_and_a_wrong_row_stops_the_next(landed: Hub, definitions: Any) -> None:
    job = definitions.resolve_job_def("build")
    run = job.execute_in_process(raise_on_error=False)
    assert run.success
    assert len(gates(run)) == len(LANDED) and all(gates(run).values())
    [(people,)] = landed.rows("select count(*) from outreach_marts.dim_people")
    assert people

    wrong = World(prefix="WRONG")
    wrong.record("people", NOBODY)
    landed.land(wrong)
    run = job.execute_in_process(raise_on_error=False)
    assert not run.success
    assert [name for name, ok in gates(run).items() if not ok] == [
        "identity_gate_stg_people__people_person_id__people"
    ]
    assert landed.rows("select count(*) from outreach_marts.dim_people") == [(people,)]
    assert {found.code for found in landed.evidence()} == {"ID011"}

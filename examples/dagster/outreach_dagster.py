"""The hub under Dagster: every model an asset, every hub a group, every gate a check.

    pip install -c constraints.txt -e '.[dagster]' dagster-webserver
    dagster dev -f examples/dagster/outreach_dagster.py

The project is as it is: Dagster runs dbt in it, between the proofs that `outreach build` has around
it too. Its tests are Dagster's asset checks. Those of tests/generic, `identity_gate` above all, are
the gates, and block what is downstream of them. Wrong rows are named by `outreach failures`.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, dbt_assets

from outreach_hub.building import require_proof
from outreach_hub.catalog import verify
from outreach_hub.database import connect_to
from outreach_hub.dbt import parse
from outreach_hub.dbt_options import NO_UNIT_TESTS
from outreach_hub.errors import OutreachError
from outreach_hub.profile import load_target
from outreach_hub.project import Project

PROJECT = Project.find(Path(__file__).parent)
MANIFEST = parse(PROJECT)
HUB_OF_STAGING = {"cl": "company_target"}
"""Staging belongs to the hub that reads it: by the same name, but for what CL mints."""


class Hubs(DagsterDbtTranslator):
    """Assets by hub: the folder that a model is in, and for staging that of its reader."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        _, folder, *rest = dbt_resource_props["fqn"]
        if folder == "staging":
            return HUB_OF_STAGING.get(rest[0], rest[0])
        return str(folder)


@dbt_assets(
    manifest=MANIFEST.writable_manifest().to_dict(omit_none=False),
    dagster_dbt_translator=Hubs(),
    name="outreach",
)
def outreach(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """Proves the SQL, builds with gates and tests, then compares the catalog with its promises."""
    try:
        require_proof(PROJECT)
    except OutreachError as refused:
        raise dg.Failure(f"{refused.message}: {refused.hint}", allow_retries=False) from None
    yield from dbt.cli(["build", *NO_UNIT_TESTS], context=context).stream()
    with connect_to(load_target(PROJECT)) as connection:
        findings = verify(connection, MANIFEST)
    if findings:
        told = "\n".join(map(str, findings))
        raise dg.Failure(f"the catalog does not keep what the models promise:\n{told}")


build = dg.define_asset_job(
    "build", dg.AssetSelection.assets(outreach), description="Build, test and publish everything."
)

defs = dg.Definitions(
    assets=[outreach],
    jobs=[build],
    schedules=[dg.ScheduleDefinition(name="nightly", job=build, cron_schedule="0 3 * * *")],
    resources={
        "dbt": DbtCliResource(
            project_dir=str(PROJECT.root),
            profiles_dir=str(PROJECT.profiles_dir),
            dbt_executable=str(Path(sys.executable).with_name("dbt")),
        )
    },
)

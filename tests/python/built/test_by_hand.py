"""What dbt's own commands, and code that nobody has proved, may not do to a hub."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from built.conftest import build, edited_file
from conftest import CliResult
from identity.hub import Hub
from outreach_hub.exits import ExitCode

Run = Callable[..., CliResult]

COMPANIES = "models/staging/cl/stg_cl__companies.sql"
FROM_CL = "select * from {{ source('cl', 'company_identity') }}"
MADE_UP = (
    f"{FROM_CL} union all select 'INVENTED-1', 'Never minted', null, null, null, null, null,"
    " now(), now()"
)
STATE = (
    "select (select count(*) from outreach.company_target),"
    " (select count(*) from outreach_audit.target_registry),"
    " (select count(*) from outreach_audit.publications)"
)


def test_nobody_whom_cl_has_not_minted_gets_a_target(once: Hub) -> None:
    before = once.rows(STATE)
    with edited_file(once, COMPANIES, FROM_CL, MADE_UP):
        done = build(once)
    refused = [each.message for each in done.failures if each.name == "company_target"]
    assert "[ID011] " in refused[0] and "INVENTED-1" in refused[0]
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert once.rows(STATE) == before


def test_publishing_is_no_operation_of_its_own(once: Hub) -> None:
    before = once.rows(STATE)
    built = {"model.outreach.fct_blog_signals": {"name": "fct_blog_signals"}}
    done = once.bare_dbt("run-operation", "publish_version", "--args", json.dumps({"built": built}))
    assert done.exit_code != ExitCode.GOOD
    assert "[ID010] publish_version is part of a build" in done.result.output
    assert once.rows(STATE) == before


@pytest.mark.parametrize("model", ["company_target", "people"])
def test_a_hub_is_no_clone_of_another(once: Hub, tmp_path: Path, model: str) -> None:
    parsed = once.bare_dbt("parse", "--target-path", str(tmp_path))
    assert parsed.exit_code == ExitCode.GOOD
    manifest = tmp_path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"outreach_build"', '"other_build"'))
    manifest.write_text(manifest.read_text().replace('"schema": "outreach"', '"schema": "other"'))
    kind = f"select relkind from pg_class where oid = 'outreach.{model}'::regclass"
    done = once.bare_dbt("clone", "--full-refresh", "--select", model, "--state", str(tmp_path))
    assert done.exit_code != ExitCode.GOOD
    assert "[ID009] dbt clone would show the targets of another hub" in done.result.output
    assert once.rows(kind) == [("r",)]

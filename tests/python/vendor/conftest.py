"""A small dbt project of its own for the tests of the stand-in.

Not this project: the tests here say what dbt-utils' documentation says, so they hold for the
stand-in and for dbt-utils alike. To run them on another copy, name its folder in
OUTREACH_DBT_UTILS.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from dbt.cli.main import dbtRunner, dbtRunnerResult

from outreach_hub.server import EmbeddedServer

STAND_IN = Path(__file__).resolve().parents[3] / "vendor" / "dbt_utils"
PACKAGE = Path(os.environ.get("OUTREACH_DBT_UTILS", STAND_IN))


@pytest.fixture(scope="session")
def run_dbt(
    server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., dbtRunnerResult]:
    """Runs a dbt command on a new project of the given models (SQL by name) and properties."""
    target = server.target("postgres", user="postgres")

    def run(command: str, models: dict[str, str], properties: dict[str, Any]) -> dbtRunnerResult:
        root = tmp_path_factory.mktemp("examples")
        output = {
            "type": "postgres",
            "host": target.host,
            "port": target.port,
            "user": target.user,
            "password": "",
            "dbname": target.dbname,
            "schema": root.name,
            "threads": 4,
        }
        profiles = {"examples": {"target": "server", "outputs": {"server": output}}}
        (root / "models").mkdir()
        write_yaml(root / "dbt_project.yml", {"name": "examples", "profile": "examples"})
        write_yaml(root / "profiles.yml", profiles)
        write_yaml(root / "models" / "properties.yml", properties)
        for name, sql in models.items():
            (root / "models" / f"{name}.sql").write_text(sql)
        shutil.copytree(PACKAGE, root / "dbt_packages" / "dbt_utils")

        return dbtRunner().invoke(
            [command, "--quiet", "--project-dir", str(root), "--profiles-dir", str(root)]
        )

    return run


def write_yaml(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False))

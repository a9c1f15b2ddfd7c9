"""A hub on Spark whose builds are killed: each command is a process of its own, as a user runs it.

Its catalog serves one process at a time, so that to look and to land are as well: this file, run
with `look` or `land`.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "scripts"), str(REPOSITORY / "tests" / "python")]

from conftest import PROJECT_PARTS  # noqa: E402
from outreach_hub.demo_world import AS_OF  # noqa: E402
from outreach_hub.profile import load_spark_target  # noqa: E402
from outreach_hub.project import Project  # noqa: E402
from outreach_hub.setup_profiles import write_profiles  # noqa: E402
from outreach_hub.spark.session import open_session  # noqa: E402

TARGETS = "select company_unique_id || ' ' || target_id as pair from {}"
YOUNG = "2026-11-24T08:00:00+00:00"
VERSION = re.compile("__(v[0-9]{20})/")


@dataclass(frozen=True)
class Sight:
    """What is there: of each published mart its version and content, and the targets given."""

    versions: dict[str, str]
    contents: dict[str, str]
    targets: frozenset[str]
    registry: frozenset[str]
    registered: int
    """Rows of the registry: as many as targets, or one was registered twice."""


@dataclass
class SparkHub:
    """A checkout in a folder, and what is done to it."""

    project: Project

    @classmethod
    def make(cls, folder: Path) -> SparkHub:
        hub = cls(Project(REPOSITORY).copy_to(folder, PROJECT_PARTS))
        write_profiles(hub.project)
        hub.land()
        return hub

    def land(self, company: str = "") -> None:
        """The demo world, and a company that is younger than all, where one is named."""
        if company:
            with (self.project.seeds_dir / "cl" / "company_identity.csv").open("a") as rows:
                rows.write(f"{company},{company},,,web_form,PASS,prospect,{YOUNG},{YOUNG}\n")
        self._ask("land")

    def look(self) -> Sight:
        seen = json.loads(self._ask("look"))
        return Sight(
            seen["versions"],
            seen["contents"],
            frozenset(seen["targets"]),
            frozenset(seen["registry"]),
            len(seen["registry"]),
        )

    def _ask(self, *question: str) -> str:
        command = [sys.executable, __file__, *question]
        done = subprocess.run(
            command, env=self._environment(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        return done.stdout.splitlines()[-1]

    def start(self, *selection: str) -> subprocess.Popen[str]:
        """A build, with a group of processes of its own: Spark is one of them."""
        arguments = ["--target", "spark", "--vars", json.dumps({"as_of_date": AS_OF}), *selection]
        return subprocess.Popen(
            [sys.executable, "-m", "outreach_hub", "build", *arguments],
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def publications(self) -> int:
        """How many are on record: a file each, seen without opening the catalog."""
        folder = self.project.state_dir / "spark" / "warehouse" / "outreach_audit.db"
        return len(list((folder / "publications").glob("part-*.parquet")))

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "OUTREACH_"))}
        return kept | {
            "OUTREACH_PROJECT_DIR": str(self.project.root),
            "PYTHONPATH": str(REPOSITORY / "scripts"),
        }


def kill(build: subprocess.Popen[str], *, whole_group: bool) -> None:
    """-9 to the runner, or to Spark as well. Returns when both are gone: a JVM that has lost its
    runner ends by itself, and may still be writing."""
    os.killpg(build.pid, signal.SIGKILL) if whole_group else build.kill()
    build.wait()
    for _ in range(600):
        try:
            os.killpg(build.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.killpg(build.pid, signal.SIGKILL)


def main() -> None:
    from outreach_hub.spark.demo import load_demo

    project = Project.find()
    session = open_session(load_spark_target(project, "spark"))
    told = _seen(session) if sys.argv[1] == "look" else load_demo(project, session)
    print(json.dumps(told))  # noqa: T201


def _seen(session: Any) -> dict[str, Any]:
    names = [
        f"{schema}.{row['tableName']}"
        for schema in ("outreach_marts", "outreach_outbound")
        for row in session.sql(f"show tables in {schema}").collect()
    ]
    query = " union all ".join(
        f"select '{name}' as name, max(file) as file, count(*) || ' ' || bit_xor(row_hash) as rows"
        f" from (select input_file_name() as file, xxhash64(*) as row_hash from {name})"
        for name in names
    )
    rows = session.sql(query).collect() if names else []
    return {
        "versions": {row["name"]: VERSION.findall(row["file"])[0] for row in rows},
        "contents": {row["name"]: row["rows"] for row in rows},
        "targets": _column(session, TARGETS.format("outreach.company_target")),
        "registry": _column(session, TARGETS.format("outreach_audit.target_registry")),
    }


def _column(session: Any, query: str) -> list[str]:
    return [row[0] for row in session.sql(query).collect()]


if __name__ == "__main__":
    main()

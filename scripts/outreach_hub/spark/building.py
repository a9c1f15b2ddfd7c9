"""A dbt command on Spark, as the runner runs it: the same proof and checks before it.

What Postgres' catalog shows after a build, Spark checks inside it: a table that breaks its model's
constraints is never shown (macros/versions/refuse_broken_rows.sql). A build always runs: Spark
keeps no state that would tell whether anything has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from outreach_hub import console
from outreach_hub.building import read_project, require_proof, run_watched
from outreach_hub.dbt_options import target_named
from outreach_hub.exits import ExitCode
from outreach_hub.extras import require
from outreach_hub.packages import check_installed
from outreach_hub.phases import phase
from outreach_hub.profile import SPARK, load_spark_target
from outreach_hub.schemas import HubSchemas
from outreach_hub.spark.evidence import failed_runs
from outreach_hub.spark.questions import asking
from outreach_hub.spark.session import NEEDED, open_session
from outreach_hub.spark.sources import check_sources

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from pyspark.sql import SparkSession

    from outreach_hub.dbt import DbtRun
    from outreach_hub.profile import SparkTarget
    from outreach_hub.project import Project
    from outreach_hub.spark.questions import Ask


def build(project: Project, arguments: Sequence[str]) -> DbtRun:
    """dbt build, once the SQL is proved and the sources are as it reads them.

    Proved is the SQL that dbt compiles for Spark, under the name that profiles.example.yml has.
    """
    require("spark", *NEEDED)
    with phase("prove"):
        require_proof(project, SPARK)
    return run_checked(project, "build", arguments)


def run_checked(
    project: Project,
    command: str,
    arguments: Sequence[str],
    prepare: Callable[[Manifest], None] | None = None,
) -> DbtRun:
    """A dbt command on Spark. `prepare` sees the manifest first, and may refuse or complete it."""
    check_installed(project)
    target = load_spark_target(project, target_named(arguments))
    ask = connected(target)
    manifest = read_project(project, arguments)
    check_sources(ask, target, manifest)
    if prepare:
        prepare(manifest)
    done = run_watched(project, command, arguments, target, manifest)
    if done.exit_code in (ExitCode.GOOD, ExitCode.ENVIRONMENT):
        return done
    found = failed_runs(ask, HubSchemas.of(target.schema), invocation_id=done.invocation_id)
    return replace(done, has_wrong_rows=bool(found))


def connected(target: SparkTarget) -> Ask:
    """How to ask a target, with a word on why nothing is seen for some seconds."""
    doing = "starting Spark" if target.is_in_process else "connecting to Spark"
    with console.working(doing), phase("spark"):
        return asking(target)


def started(target: SparkTarget) -> SparkSession:
    """The session of a target, with a word on why nothing is seen for some seconds."""
    with console.working("starting Spark"), phase("spark"):
        return open_session(target)

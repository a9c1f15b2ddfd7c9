"""`outreach demo`: from an empty database to published marts, in one command."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from outreach_hub import build_summary, console
from outreach_hub.commands import command_app
from outreach_hub.errors import UsageError
from outreach_hub.project import Project

if TYPE_CHECKING:
    from outreach_hub.dbt import DbtRun
    from outreach_hub.demo_report import Built

app = command_app()


DemoTargetOption = Annotated[
    str | None, typer.Option("--target", "-t", help="`spark`, for the demo on Spark.")
]


@app.command()
def demo(target: DemoTargetOption = None) -> None:
    """Load the demo world into the embedded server, build and test everything, and show it.

    Sixty invented companies and two years of activity. Can be run again at any time: what is loaded
    already is left as it is. Starts the server where it does not run. With `--target spark` the
    same world is built on Spark, in this process (docs/spark.md).

    Exit codes: those of `outreach build`.
    """
    from outreach_hub.database import connect
    from outreach_hub.demo_report import count_built
    from outreach_hub.demo_world import load_demo
    from outreach_hub.profile import EMBEDDED, is_spark

    started = time.monotonic()
    project = Project.find()
    if target not in (None, EMBEDDED):
        prepare_files(project)
        if not is_spark(project, target):
            raise UsageError(
                "the demo world is only for the embedded server and for Spark in this process",
                hint="leave --target out, or --target spark",
            )
        _on_spark(project, str(target), started)
        return
    prepare(project)
    with console.working("loading the demo world"), connect(project, EMBEDDED, "admin") as admin:
        loaded = load_demo(project, admin)

    def count(run: DbtRun) -> list[Built]:
        with connect(project, EMBEDDED) as reader:
            return count_built(run, reader)

    _build(project, EMBEDDED, loaded, count, started)


def prepare(project: Project) -> None:
    """What a fresh checkout lacks: profiles.yml, dbt's packages, a running server."""
    from outreach_hub.server import EmbeddedServer
    from outreach_hub.stand_in import furnish

    prepare_files(project)
    server = EmbeddedServer.of(project)
    if not server.status().is_running:
        server.start(console.notice)
        furnish(server.target())


def prepare_files(project: Project) -> None:
    """What a fresh checkout lacks beside a server."""
    from outreach_hub.packages import install
    from outreach_hub.setup_profiles import write_profiles

    write_profiles(project)
    if not project.packages_dir.is_dir():
        install(project)


def _on_spark(project: Project, target: str, started: float) -> None:
    from outreach_hub.demo_report import count_on_spark
    from outreach_hub.profile import load_spark_target
    from outreach_hub.spark.building import started as start_spark
    from outreach_hub.spark.demo import load_demo
    from outreach_hub.spark.session import require_in_process

    on_spark = load_spark_target(project, target)
    require_in_process(on_spark)
    session = start_spark(on_spark)
    with console.working("loading the demo world"):
        loaded = load_demo(project, session)
    _build(
        project, target, loaded, lambda run: count_on_spark(run, session), started, on_spark=True
    )


def _build(
    project: Project,
    target: str,
    loaded: Mapping[str, int],
    count: Callable[[DbtRun], list[Built]],
    started: float,
    *,
    on_spark: bool = False,
) -> None:
    """Builds what was loaded, as of the demo's own day, and shows what it came to."""
    from outreach_hub.building import build
    from outreach_hub.dbt_options import without_unit_tests
    from outreach_hub.demo_report import print_report
    from outreach_hub.demo_world import AS_OF

    console.notice(f"loaded {sum(loaded.values()):,} rows into {len(loaded)} source tables")
    variables = json.dumps({"as_of_date": AS_OF})
    arguments = without_unit_tests(["--target", target, "--vars", variables])
    run = build(project, arguments, rebuild=True)
    if run.exit_code:
        build_summary.print_summary(run)
        raise typer.Exit(run.exit_code)
    print_report(count(run), run, time.monotonic() - started, AS_OF, on_spark=on_spark)

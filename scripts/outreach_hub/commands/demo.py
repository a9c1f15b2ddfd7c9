"""`outreach demo`: from an empty database to published marts, in one command."""

from __future__ import annotations

import json as jsonlib
import time

import typer

from outreach_hub import build_summary, console
from outreach_hub.commands import command_app
from outreach_hub.project import Project

app = command_app()


@app.command()
def demo() -> None:
    """Load the demo world into the embedded server, build and test everything, and show it.

    Sixty invented companies and two years of activity. Can be run again at any time: what is loaded
    already is left as it is. Starts the server where it does not run.
    """
    from outreach_hub.building import build, without_unit_tests
    from outreach_hub.database import connect
    from outreach_hub.demo_report import count_built, print_report
    from outreach_hub.demo_world import AS_OF, load_demo
    from outreach_hub.profile import EMBEDDED

    started = time.monotonic()
    project = Project.find()
    prepare(project)
    with console.working("loading the demo world"), connect(project, EMBEDDED, "admin") as admin:
        loaded = load_demo(project, admin)
    console.notice(f"loaded {sum(loaded.values()):,} rows into {len(loaded)} source tables")
    variables = jsonlib.dumps({"as_of_date": AS_OF})
    arguments = without_unit_tests(["--target", EMBEDDED, "--vars", variables])
    run = build(project, arguments, rebuild=True)
    if run.exit_code:
        build_summary.print_summary(run)
        raise typer.Exit(run.exit_code)
    with connect(project, EMBEDDED) as reader:
        built = count_built(run, reader)
    print_report(built, run, time.monotonic() - started, AS_OF)


def prepare(project: Project) -> None:
    """What a fresh checkout lacks: profiles.yml, dbt's packages, a running server."""
    from outreach_hub.packages import install
    from outreach_hub.server import EmbeddedServer
    from outreach_hub.setup_profiles import write_profiles
    from outreach_hub.stand_in import furnish

    write_profiles(project)
    if not project.packages_dir.is_dir():
        install(project)
    server = EmbeddedServer.of(project)
    if not server.status().is_running:
        server.start(console.notice)
        furnish(server.target())

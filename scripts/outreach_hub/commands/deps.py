"""`outreach deps`: dbt's packages, with or without a network."""

from __future__ import annotations

from typing import Annotated

import typer

from outreach_hub import console
from outreach_hub.commands import command_app
from outreach_hub.errors import UsageError
from outreach_hub.packages import Origin, install
from outreach_hub.project import Project

app = command_app()


@app.command()
def deps(
    hub: Annotated[
        bool, typer.Option("--hub", help="From the package hub, or not at all.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="The stand-in, without asking the hub.")
    ] = False,
) -> None:
    """Install what packages.yml asks for.

    From the package hub or, if it does not answer within three seconds, from the stand-ins in
    vendor/, which have only what this project uses.

    Exit codes: 0 installed, 2 wrong arguments, 3 the hub does not answer, or no room.
    """
    if hub and offline:
        raise UsageError("--hub and --offline exclude each other")
    asked = Origin.HUB if hub else Origin.STAND_IN if offline else Origin.EITHER
    project = Project.find()
    came_from = install(project, asked)
    what = "dbt's packages from the hub" if came_from is Origin.HUB else "the stand-in of vendor/"
    console.notice(f"installed {what} in {project.packages_dir}")

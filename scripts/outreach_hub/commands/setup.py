"""`outreach setup`: profiles.yml from profiles.example.yml."""

from __future__ import annotations

from typing import Annotated

import typer

from outreach_hub import console
from outreach_hub.commands import command_app
from outreach_hub.project import Project
from outreach_hub.setup_profiles import Outcome, write_profiles

app = command_app()

_SAID = {
    Outcome.WRITTEN: "wrote {file}",
    Outcome.UNCHANGED: "{file} is as it should be",
    Outcome.KEPT: "{file} has been edited, and is left as it is (--force replaces it)",
}


@app.command()
def setup(
    force: Annotated[
        bool, typer.Option("--force", help="Replace a profiles.yml that you edited.")
    ] = False,
) -> None:
    """Write profiles.yml for this checkout.

    Copies profiles.example.yml and fills in the folder of the embedded server's socket. The file is
    ignored by git. One that you edited is left alone, unless --force is given.

    Exit codes: 0 written or left alone, 2 no checkout of this project, 3 it cannot be written.
    """
    project = Project.find()
    outcome = write_profiles(project, force=force)
    console.notice(_SAID[outcome].format(file=project.profiles_file))

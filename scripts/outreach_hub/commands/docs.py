"""`outreach docs`: dbt's documentation of the project, as one page."""

from __future__ import annotations

import typer

from outreach_hub import console
from outreach_hub.commands import PASSES_TO_DBT, command_app, for_dbt

app = command_app()


@app.command(context_settings=PASSES_TO_DBT)
def docs(ctx: typer.Context) -> None:
    """Generate dbt's documentation: every model, column, test and the lineage, in one file.

    Takes every argument of `dbt docs generate`. The page needs no server: open it in a browser.
    """
    from outreach_hub.building import run_checked
    from outreach_hub.project import Project

    project = Project.find()
    run_checked(project, "docs generate", ["--static", *for_dbt(ctx)])
    console.out().print(str(project.target_dir / "static_index.html"), markup=False)

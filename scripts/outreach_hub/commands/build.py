"""`outreach build`: dbt build, with everything checked first."""

from __future__ import annotations

from typing import Annotated

import typer

from outreach_hub.commands import PASSES_TO_DBT, command_app, finish, for_dbt

app = command_app()


@app.command(context_settings=PASSES_TO_DBT)
def build(
    ctx: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Check the sources, then build, test and publish.

    Takes every argument of `dbt build`: `outreach build -s people+`, `--target dev`,
    `--vars '{as_of_date: 2026-01-31}'`, `--full-refresh`.

    Before anything is written it is checked that the database answers, and that every source table
    is there with the columns and types that the project reads.

    Exit codes: 0 built, 1 identity failure (nothing published), 2 wrong arguments, 3 no database or
    sources, 4 another failure of dbt.
    """
    from outreach_hub.building import run_checked
    from outreach_hub.project import Project

    finish(run_checked(Project.find(), "build", for_dbt(ctx)), json)

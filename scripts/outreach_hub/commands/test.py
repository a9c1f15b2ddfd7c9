"""`outreach test`: dbt test, with the runner's exit codes."""

from __future__ import annotations

import typer

from outreach_hub.commands import PASSES_TO_DBT, JsonOption, command_app, finish, for_dbt

app = command_app()


@app.command(context_settings=PASSES_TO_DBT)
def test(
    ctx: typer.Context,
    json: JsonOption = False,
) -> None:
    """Run dbt's tests against what is built, and build nothing.

    Takes every argument of `dbt test`: `outreach test -s company_target`, `-s test_type:unit`.
    Nothing is published: only a build that tested what it built does that.

    Exit codes: 0 all passed, 1 a gate of identity failed, 2 wrong arguments, 3 no database or no
    permission, 4 another test failed.
    """
    from outreach_hub.building import run_checked
    from outreach_hub.project import Project

    finish(run_checked(Project.find(), "test", for_dbt(ctx)), json)

"""`outreach build`: dbt build, with everything checked first."""

from __future__ import annotations

from typing import Annotated

import typer

from outreach_hub.commands import (
    PASSES_TO_DBT,
    JsonOption,
    NoWaitOption,
    command_app,
    finish,
    for_dbt,
)
from outreach_hub.errors import UsageError

app = command_app()


@app.command(context_settings=PASSES_TO_DBT)
def build(
    ctx: typer.Context,
    json: JsonOption = False,
    unit_tests: Annotated[
        bool, typer.Option("--unit-tests", help="Run dbt's unit tests too, as `make test` does.")
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Build even if nothing has changed since last time.")
    ] = False,
    changed_only: Annotated[
        bool,
        typer.Option(
            "--changed-only",
            help="Build only companies with a changed row, however few rows there are.",
        ),
    ] = False,
    no_wait: NoWaitOption = False,
) -> None:
    """Prove, check, then build, test and publish.

    Takes every argument of `dbt build`: `outreach build -s people+`, `--target dev`,
    `--vars '{as_of_date: 2026-01-31}'`, `--full-refresh`.

    Before anything is written, the SQL has to prove that every identity is CL's, the database has
    to answer, and every source table has to be there with the columns and types that the project
    reads. Afterwards the database's catalog has to hold every constraint that the models promise.

    If no source row, no line of code and no built table has changed since the last full build, and
    the date is the same, nothing is run: that build still proves every identity.

    If only source rows changed and the hub has at least 500,000 landed rows, only the companies
    with changed rows are rebuilt, in a separate schema and under the same gates and tests. Their
    rows then replace the old ones in one transaction. If they cannot be built by themselves,
    everything is built.

    Exit codes: 0 built, 1 identity failure, 2 wrong arguments, 3 no database or sources, 4 another
    failure of dbt.
    """
    from outreach_hub import building
    from outreach_hub.dbt_options import without_unit_tests
    from outreach_hub.project import Project

    if changed_only and (rebuild or unit_tests):
        raise UsageError("--changed-only leaves out what --rebuild and --unit-tests ask for")
    given = for_dbt(ctx)
    arguments = given if unit_tests else without_unit_tests(given)
    done = building.build(
        Project.find(),
        arguments,
        wait=not no_wait,
        rebuild=rebuild or unit_tests,
        changed_only=changed_only,
    )
    finish(done, json)

"""`outreach failures`: the evidence of failed builds."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from outreach_hub import console
from outreach_hub.commands import JsonOption, TargetOption, command_app
from outreach_hub.errors import UsageError
from outreach_hub.project import Project

app = command_app()


@app.command()
def failures(
    code: Annotated[
        str | None,
        typer.Option("--code", help="Only the runs and rows of one code, such as ID011."),
    ] = None,
    last: Annotated[int, typer.Option("--last", min=1, help="How many failed runs back.")] = 1,
    invocation: Annotated[
        str | None, typer.Option("--invocation", help="One run, by dbt's invocation id.")
    ] = None,
    json: JsonOption = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    target: TargetOption = None,
) -> None:
    """List the rows that failed the identity gates, and what to do about each kind.

    Shows the newest failed run, or with --code the newest that has such rows: the total of every
    code and source table, and the rows that were kept as evidence (the var evidence_limit sets how
    many). Invisible characters are written out. With --csv or --json you can hand it to the people
    who own CL as it is.

    Exit codes: 0 printed, failures or none; 2 wrong arguments; 3 no database.
    """
    from outreach_hub import evidence, evidence_text
    from outreach_hub.database import connect_to
    from outreach_hub.profile import is_spark, load_spark_target, load_target
    from outreach_hub.refusals import in_plain_words
    from outreach_hub.schemas import HubSchemas

    if json and csv:
        raise UsageError("--json and --csv exclude each other")
    if code is not None and code not in evidence.RULES:
        raise UsageError(
            f"no row is ever listed under the code {code!r}",
            hint="one of " + ", ".join(evidence.RULES),
        )
    project = Project.find()
    wanted: dict[str, Any] = {"last": last, "invocation_id": invocation, "code": code}
    if is_spark(project, target):
        from outreach_hub.spark.building import connected
        from outreach_hub.spark.evidence import failed_runs as failed_on_spark

        on_spark = load_spark_target(project, target)
        schemas = HubSchemas.of(on_spark.schema)
        runs = failed_on_spark(connected(on_spark), schemas, **wanted)
    else:
        settings = load_target(project, target)
        schemas = HubSchemas.of(settings.schema)
        with connect_to(settings) as connection, in_plain_words(f"target {settings.name}"):
            runs = evidence.failed_runs(connection, schemas, **wanted)
    if json:
        console.print_json(evidence_text.document(runs))
    elif csv:
        sys.stdout.write(evidence_text.as_csv(runs))
    elif runs:
        for number, run in enumerate(runs):
            lines = evidence_text.text(run)
            console.out().print("\n".join([""] * bool(number) + list(lines)), markup=False)
    else:
        about = f" of the run {invocation}" if invocation else ""
        about += f" under {code}" if code else ""
        console.out().print(f"no identity failures{about} are on record", markup=False)

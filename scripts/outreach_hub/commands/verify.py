"""`outreach verify`: the database against what the models promise."""

from __future__ import annotations

from dataclasses import asdict

import typer

from outreach_hub import console
from outreach_hub.catalog import (
    Finding,
    check_left_columns,
    verify,
    verify_added,
    verify_records,
)
from outreach_hub.commands import (
    JsonOption,
    TargetOption,
    VariablesOption,
    as_arguments,
    command_app,
)
from outreach_hub.database import connect
from outreach_hub.exits import ExitCode
from outreach_hub.project import Project
from outreach_hub.refusals import in_plain_words

app = command_app()


@app.command("verify")
def verify_command(
    json: JsonOption = False,
    target: TargetOption = None,
    variables: VariablesOption = None,
) -> None:
    """Compare the database with what the models promise.

    First the catalog: every constraint of the manifest (columns, reference, validated, enforced),
    nullability, the triggers that keep targets, that company_target has kept no column that its
    model has no longer, and that no table outside the hub has an identity.
    Then the rows: every landed record against its hub and the published marts, and every target
    against its registry and CL. If all of that is right, incremental hubs are built again and
    compared, row by row.

    Exit codes: 0 all as promised, 1 something differs (with the statement that repairs it), 2 wrong
    arguments, 3 no database or no permission.
    """
    from outreach_hub import dbt

    project = Project.find()
    options = as_arguments(project, target, variables)
    with connect(project, target) as connection, in_plain_words("outreach verify"):
        manifest = dbt.parse(project, options)
        findings = [
            *verify(connection, manifest),
            *check_left_columns(connection, manifest),
            *verify_records(connection, manifest),
        ]
        if not findings:  # of what is not there, or is wrong, it would say the same again
            findings += verify_added(connection, project, manifest, options)
    if json:
        console.print_json({"verified": not findings, "findings": [asdict(f) for f in findings]})
    elif findings:
        _print(findings)
    else:
        console.out().print("verified: constraints, triggers, records and targets are as promised")
    raise typer.Exit(ExitCode.IDENTITY_FAILURE if findings else ExitCode.GOOD)


def _print(findings: list[Finding]) -> None:
    out = console.out()
    for finding in findings:
        out.print(f"{finding.code}  {finding.subject}", style="bold", markup=False)
        out.print(f"  {finding.problem}", markup=False)
        out.print(f"  to do: {finding.remedy}", markup=False)
    console.notice(console.counted(len(findings), "finding"))

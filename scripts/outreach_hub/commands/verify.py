"""`outreach verify`: the database against what the models promise."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from outreach_hub import console
from outreach_hub.catalog import Finding, verify, verify_records
from outreach_hub.commands import command_app
from outreach_hub.database import connect
from outreach_hub.exits import ExitCode
from outreach_hub.project import Project

app = command_app()


@app.command("verify")
def verify_command(
    as_json: Annotated[bool, typer.Option("--json", help="Findings as JSON.")] = False,
    target: Annotated[str | None, typer.Option("--target", "-t", help="dbt's target.")] = None,
    variables: Annotated[
        str | None, typer.Option("--vars", help="dbt's vars, as for the build.")
    ] = None,
) -> int:
    """Compare the database with what the models promise.

    Every constraint of the manifest, by columns and reference, validated and enforced; nullability;
    the triggers that keep targets; no table with an identity outside the hub. Then every landed
    record against its hub, and every target against its registry and CL.

    Exits 1 where anything differs, and prints the statement that mends it.
    """
    from outreach_hub import dbt

    project = Project.find()
    options = [
        *(["--target", target] if target else []),
        *(["--vars", variables] if variables else []),
    ]
    with connect(project, target) as connection:
        manifest = dbt.parse(project, options)
        findings = [*verify(connection, manifest), *verify_records(connection, manifest)]
    if as_json:
        console.print_json(
            {"verified": not findings, "findings": [asdict(each) for each in findings]}
        )
    elif findings:
        _print(findings)
    else:
        console.out().print("verified: constraints, triggers, records and targets are as promised")
    return ExitCode.IDENTITY_FAILURE if findings else ExitCode.GOOD


def _print(findings: list[Finding]) -> None:
    out = console.out()
    for finding in findings:
        out.print(f"{finding.code}  {finding.subject}", style="bold", markup=False)
        out.print(f"  {finding.problem}", markup=False)
        out.print(f"  to do: {finding.remedy}", markup=False)
    count = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
    console.notice(count)

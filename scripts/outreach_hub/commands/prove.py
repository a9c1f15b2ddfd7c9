"""`outreach prove`: the static identity proof."""

from __future__ import annotations

import sys
from enum import Enum
from typing import Annotated

import typer

from outreach_hub.commands import command_app
from outreach_hub.exits import ExitCode
from outreach_hub.project import Project

app = command_app()


class Format(str, Enum):
    """How the verdict is written."""

    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"


@app.command("prove")
def prove_command(
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select", "-s", help="Models to report on (name, folder, path, +name, name+)."
        ),
    ] = None,
    more: Annotated[
        list[str] | None,
        typer.Argument(help="More of them, as after dbt's `--select`; or of MACRO."),
    ] = None,
    format: Annotated[
        Format, typer.Option("--format", help="How the verdict is written.")
    ] = Format.text,
    explain: Annotated[
        str | None, typer.Option("--explain", help="MODEL.COLUMN: print its path to its source.")
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Prove anew, even if nothing changed.")
    ] = False,
    reviewed: Annotated[
        list[str] | None,
        typer.Option(
            "--reviewed",
            metavar="MACRO",
            help="Show what changed in a macro, record that you have read it, then prove.",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", "-t", help="A target of profiles.example.yml, for its engine."),
    ] = None,
) -> None:
    """Prove, from the SQL that dbt compiles and without a database, that every identity is CL's.

    Everything is always proved; --select only limits what is reported: the exit code is that of the
    whole project. The SQL is that of Postgres, or with `--target spark` that of Spark, which has to
    be installed then.

    A macro that writes, or is part of a gate, is let pass as a person has read it: `--reviewed`
    names those that were. None that reaches CL is.

    Exit codes: 0 all proved, 1 findings (or no identity found at all), 2 wrong arguments, 4 dbt
    cannot parse.
    """
    from outreach_hub.errors import UsageError
    from outreach_hub.proof import prove
    from outreach_hub.proof.report import FORMATS

    if more and select and reviewed:
        raise UsageError(f"{more[0]} may belong to either", hint="repeat the option before each")
    if more and not (select or reviewed):
        raise UsageError(
            f"{more[0]} follows no option", hint=f"outreach prove --select {' '.join(more)}"
        )
    project = Project.find()
    if target:
        _require_engine(project, target)
    if reviewed:
        from outreach_hub.proof.signing import sign

        for text in sign(project, [*reviewed, *(more or ())], target):
            sys.stdout.write(text + "\n")
    verdict = prove(project, explaining=explain, use_cache=not no_cache, target=target)
    if explain is not None:
        sys.stdout.write("\n".join(verdict.path_of(explain)) + "\n")
        raise typer.Exit(ExitCode.GOOD if verdict.good else ExitCode.IDENTITY_FAILURE)
    if select:
        verdict = verdict.only(
            [token for text in [*select, *(more or ())] for token in text.split()]
        )
    sys.stdout.write(FORMATS[format.value](verdict) + "\n")
    raise typer.Exit(ExitCode.GOOD if verdict.good else ExitCode.IDENTITY_FAILURE)


def _require_engine(project: Project, target: str) -> None:
    """Raises where dbt cannot compile for a target, as the extra of its engine is missing."""
    from outreach_hub.extras import require
    from outreach_hub.profile import SPARK, THRIFT, example_target

    settings = example_target(project, target)
    if settings.get("method") == THRIFT:
        from outreach_hub.spark.questions import NEEDED_FOR_THRIFT

        require("thrift", *NEEDED_FOR_THRIFT)
    elif settings.get("type") == SPARK:
        from outreach_hub.spark.session import NEEDED

        require("spark", *NEEDED)

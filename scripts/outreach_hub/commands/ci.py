"""`outreach ci`: what runs on a pull request, and the same on a laptop."""

from __future__ import annotations

import os
import re
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from outreach_hub import console
from outreach_hub.commands import NoWaitOption, command_app
from outreach_hub.project import Project
from outreach_hub.variables import given_variables

app = command_app()

_REF = re.compile(r"refs/pull/([0-9]+)/")
HIGHEST_NUMBER = 10**9
"""Of a pull request: the names of its schemas have to be told apart."""


class Format(str, Enum):
    """How the report is written to the terminal."""

    text = "text"
    json = "json"


@app.command("ci")
def ci_command(
    pr: Annotated[
        int | None,
        typer.Option(
            "--pr",
            min=0,
            max=HIGHEST_NUMBER,
            help="Number of the pull request; it names the schemas.",
        ),
    ] = None,
    base: Annotated[
        str | None, typer.Option("--base", help="Branch that production was built from.")
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state", help="Folder with production's manifest.json, not the stored state."
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write the report to this Markdown file too.")
    ] = None,
    format: Annotated[
        Format, typer.Option("--format", help="How the report is printed.")
    ] = Format.text,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the schemas, to look into them.")
    ] = False,
    drop: Annotated[
        bool, typer.Option("--drop", help="Only drop the schemas, kept ones too.")
    ] = False,
    proof_only: Annotated[
        bool, typer.Option("--proof-only", help="Only prove: needs no database and no secret.")
    ] = False,
    sample: Annotated[
        int,
        typer.Option("--sample", min=0, help="Rows shown of what differs or fails; 0: none."),
    ] = 5,
    target: Annotated[
        str | None, typer.Option("--target", "-t", help="Use this target's server.")
    ] = None,
    variables: Annotated[
        str | None, typer.Option("--vars", help="dbt's vars; override those of production's build.")
    ] = None,
    all_readers: Annotated[
        bool,
        typer.Option(
            "--all-readers", help="Also build marts that read none of the changed columns."
        ),
    ] = False,
    no_wait: NoWaitOption = False,
) -> None:
    """Prove everything, build what a pull request changed, and compare it with production.

    The static proof covers the whole project, gates included. What changed since production was
    built, and everything that reads it, is built and tested in separate schemas (pr_<number>_...),
    which are dropped at the end. Everything else is read from production, as published. A mart that
    reads only unchanged columns of a changed mart is not built. Production is never written to.

    Exit codes: 0 passed, 1 identity failure, 2 wrong arguments or state, 3 no database, or the
    report cannot be written, 4 another failure of dbt.
    """
    from outreach_hub.ci import slim
    from outreach_hub.ci.document import as_document
    from outreach_hub.ci.outcome import Request
    from outreach_hub.ci.report import as_markdown
    from outreach_hub.ci.revision import DEFAULT_BRANCH
    from outreach_hub.errors import OutreachError
    from outreach_hub.whole_file import write_whole, writing

    project = Project.find()
    given = given_variables(project, variables)
    request = Request(
        number=_number(pr),
        base=base or os.environ.get("GITHUB_BASE_REF") or DEFAULT_BRANCH,
        target=target,
        state_folder=state,
        variables=given,
        keep=keep,
        sample=sample,
        wait=not no_wait,
        all_readers=all_readers,
    )
    if drop:
        dropped = slim.drop_schemas(project, request)
        console.out().print(f"dropped: {', '.join(dropped) or 'nothing was there'}", markup=False)
        return
    outcome = (slim.prove_only if proof_only else slim.run_ci)(project, request)
    markdown = as_markdown(outcome)
    if format is Format.json:
        console.print_json(as_document(outcome))
    else:
        _print(markdown)
    if outcome.error:
        console.print_error(outcome.error)
    if report:
        try:
            with writing("the report", report):
                write_whole(report, markdown)
        except OutreachError as error:
            console.print_error(error)
            raise typer.Exit(outcome.exit_code or error.exit_code) from None
    raise typer.Exit(outcome.exit_code)


def _number(asked: int | None) -> int:
    """The one asked for, else the one that GitHub names, else 0: a checkout of one's own."""
    if asked is not None:
        return asked
    found = _REF.match(os.environ.get("GITHUB_REF", ""))
    return int(found[1]) if found and int(found[1]) <= HIGHEST_NUMBER else 0


def _print(markdown: str) -> None:
    """Rendered on a terminal; where it is piped, as it is."""
    screen = console.out()
    if screen.is_terminal:
        from rich.markdown import Markdown

        screen.print(Markdown(markdown))
    else:
        screen.print(markdown, markup=False, end="")

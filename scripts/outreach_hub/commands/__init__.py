"""One thin module a command; `cli.COMMANDS` names them and imports each only when it is called.

A module offers `app`, made by `command_app`, with one command, or several sub-commands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from outreach_hub.dbt_options import as_given
from outreach_hub.help_text import LegibleTyper
from outreach_hub.variables import given_variables

if TYPE_CHECKING:
    from outreach_hub.dbt import DbtRun
    from outreach_hub.project import Project

PASSES_TO_DBT = {"allow_extra_args": True, "ignore_unknown_options": True}
"""Context settings of a command that hands what it does not know itself to dbt."""

TargetOption = Annotated[
    str | None, typer.Option("--target", "-t", help="Another target of profiles.yml.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")]
NoWaitOption = Annotated[
    bool, typer.Option("--no-wait", help="Refuse if another build is on, instead of waiting.")
]
VariablesOption = Annotated[
    str | None, typer.Option("--vars", help="dbt's vars, as given to the build.")
]


def as_arguments(project: Project, target: str | None, variables: str | None) -> list[str]:
    """The two options above as dbt takes them, where the project has the vars that are given."""
    given_variables(project, variables)
    options = {"--target": target, "--vars": variables}
    return as_given([word for name, value in options.items() if value for word in (name, value)])


def command_app(help: str | None = None) -> typer.Typer:
    """The Typer of one command: completion and errors are the business of `cli` alone."""
    return LegibleTyper(
        help=help, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False
    )


def for_dbt(ctx: typer.Context) -> list[str]:
    """The arguments that the command did not know."""
    return as_given(ctx.args)


def finish(run: DbtRun, json: bool) -> None:
    """Prints what a dbt run came to, and ends the command with its exit code."""
    from outreach_hub import build_summary, console

    if json:
        console.print_json(build_summary.as_document(run))
    else:
        build_summary.print_summary(run)
    raise typer.Exit(run.exit_code)

"""The console command `outreach`: a table of commands, and the place where failures are printed.

A command's module is imported when that command is called, and not before: `outreach --help` and
the commands that need no dbt answer at once.
"""

from __future__ import annotations

import atexit
import errno
import importlib
import io
import os
import sys
import traceback
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand
from typer.exceptions import TyperException

from outreach_hub import __version__
from outreach_hub.errors import EnvironmentFailure, OutreachError, UsageError
from outreach_hub.exits import ExitCode
from outreach_hub.help_text import LegibleGroup

COMMANDS = {
    "setup": "Write profiles.yml for this checkout.",
    "db": "Start, stop and look into the embedded Postgres.",
    "deps": "Install dbt's packages: from the hub, or a stand-in if it is out of reach.",
    "demo": "Load the demo world, build everything and show it.",
    "load": "Load CSV files into the landing area or a stand-in CL.",
    "build": "Prove, check, then build, test and publish.",
    "test": "Run dbt's tests against what is built.",
    "prove": "Prove, from the compiled SQL, that every company identity is CL's.",
    "failures": "List the rows that failed the identity gates.",
    "verify": "Compare the database's constraints with those that the models promise.",
    "report": "Write one self-contained HTML page: proof, failures, charts, sources.",
    "trace": "Follow one id: its origin, what refers to it, the failures it caused.",
    "targets": "Back up and restore the target ids.",
    "rollback": "Publish the previous version of the marts again.",
    "grant": "Print or apply the least privileges of each role.",
    "docs": "Generate dbt's documentation, with the proof on each model's page.",
    "ci": "Prove, build and compare what a pull request changed.",
    "spark": "The hub on Apache Spark: its sources and targets, taken from Postgres.",
    "bench": "Measure builds at any size.",
}
"""Every command and its line in the help, in the order in which a newcomer meets them."""


class LazyGroup(LegibleGroup):
    """The commands of `COMMANDS`: a line of help each, until one is called and imported."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, line in COMMANDS.items():
            self.add_command(TyperCommand(name, help=line))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, _, rest = super().resolve_command(ctx, args)
        return name, _load(name) if name else None, rest


_OF_THE_MACHINE = {errno.EACCES, errno.EDQUOT, errno.EIO, errno.ENOSPC, errno.EPERM, errno.EROFS}
"""What no program can help: a full disk, a folder that is somebody else's or read-only."""

app = typer.Typer(
    cls=LazyGroup,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def outreach(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """The Outreach Execution Hub: builds on company identity, and never makes it up.

    From nothing: `outreach setup`, `outreach db start`, `outreach deps`, `outreach demo`.

    Exit codes: 0 good, 1 identity failure, 2 usage, 3 environment, 4 dbt failure.
    """
    if version:
        typer.echo(f"outreach {__version__}")
    elif ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help(), nl=False)


def run(arguments: list[str] | None = None) -> int:
    """Runs one command line and returns its exit code, with every failure already printed."""
    from outreach_hub import console

    words = sys.argv[1:] if arguments is None else arguments
    try:
        code = app(words, prog_name="outreach", standalone_mode=False)
    except OutreachError as error:
        return _failed(error, words)
    except TyperException as error:
        return _failed(_usage_error(error), words)
    except typer.Abort:
        code = ExitCode.INTERRUPTED
    except SystemExit:
        # So, with exit code 1, Typer ends when the reader of a pipe has left. Nothing else does.
        return ExitCode.READER_LEFT
    except OSError as error:
        if error.errno not in _OF_THE_MACHINE:
            return _bug()
        said = f"the machine does not let it: {error.strerror}"
        return _failed(EnvironmentFailure(said, where=error.filename), words)
    except Exception as error:
        if explained := _of_the_server(error):
            return _failed(explained, words)
        return _bug()
    if code == ExitCode.INTERRUPTED:  # of Ctrl-C, Typer makes this code itself
        console.notice("interrupted")
    return int(code or ExitCode.GOOD)


def _failed(error: OutreachError, words: list[str]) -> int:
    """Prints a failure for a person, and on stdout for the machine that waits for a document."""
    from outreach_hub import console

    console.print_error(error)
    if wanted := _format_of(words):
        from outreach_hub.proof.report import ERROR_FORMATS

        if wanted in ERROR_FORMATS:
            sys.stdout.write(ERROR_FORMATS[wanted](error) + "\n")
    return error.exit_code


def _format_of(words: list[str]) -> str:
    """The format that a command line asks for, also where it is none that can be understood."""
    for word, following in pairwise([*words, ""]):
        if word == "--json":
            return "json"
        if word.startswith("--format"):
            return word.partition("=")[2] or following
    return ""


def _bug() -> int:
    from outreach_hub import console

    traceback.print_exc()
    console.notice("this is a bug in the runner: please report it with the lines above")
    return ExitCode.INTERNAL


def main() -> NoReturn:
    """The console command."""
    # dbt_project.yml says it too; dbt counts its users where that cannot be read.
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    nowhere = Path(os.devnull).open("w")  # noqa: SIM115
    sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    for stream in (sys.stdout, sys.stderr):  # a terminal may know fewer letters than a name has
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = run()
    except OSError:  # not even what went wrong can be said
        os._exit(ExitCode.ENVIRONMENT)
    _leave(code)


def _leave(code: int) -> NoReturn:
    """Ends the process with what it owes, and without freeing every object that dbt has made.

    That took 0.7 s after a proof.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
        atexit._run_exitfuncs()
    except BaseException as error:
        if isinstance(error, OSError) and error.errno in _OF_THE_MACHINE:
            os._exit(code or ExitCode.ENVIRONMENT)
        sys.exit(code)  # Python says what is wrong
    os._exit(code)


def _module(command: str) -> str:
    return f"outreach_hub.commands.{command}"


def _load(name: str) -> Any:
    command = typer.main.get_command(importlib.import_module(_module(name)).app)
    command.name = name
    return command


def _of_the_server(error: Exception) -> OutreachError | None:
    """A server that went away between any two statements, whoever was talking to it."""
    if "psycopg" not in sys.modules:
        return None
    from outreach_hub.refusals import of_the_server

    return of_the_server(error)


def _usage_error(error: TyperException) -> UsageError:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "outreach"
    return UsageError(error.format_message(), hint=f"see `{command} --help`")

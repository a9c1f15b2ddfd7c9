"""One thin module a command; `cli.COMMANDS` names them and imports each only when it is called.

A module offers `app`, made by `command_app`, with one command, or several sub-commands.
"""

import typer


def command_app(help: str | None = None) -> typer.Typer:
    """The Typer of one command: completion and errors are the business of `cli` alone."""
    return typer.Typer(
        help=help, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False
    )

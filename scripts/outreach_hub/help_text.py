"""Help as a terminal shows it: filled to its width, a switch without the value that it never takes.

Typer keeps the line ends of a docstring, which is filled to the width of the source, and shows
`<bool>` beside every switch, as if one had to write `--json true`. Piped, it is plain.
"""

from __future__ import annotations

import inspect
import sys
from typing import Any, Literal

import typer
from typer.core import TyperCommand, TyperGroup

WHOLE = 1000
"""Longer than any line of help: no limit."""


class _Legible:
    """What a command and a group of commands have in common here."""

    rich_markup_mode: Literal["markdown", "rich"] | None

    def __init__(self, *given: Any, **attributes: Any) -> None:
        super().__init__(*given, **{**attributes, "help": in_paragraphs(attributes.get("help"))})

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Boxes and colours are for a terminal."""
        if not sys.stdout.isatty():
            self.rich_markup_mode = None
        super().format_help(ctx, formatter)  # type: ignore[misc]

    def get_params(self, ctx: Any) -> list[Any]:
        """Typer makes the switch `--help` here, so that there is no earlier place for this."""
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            if getattr(param, "is_flag", False):
                param.metavar = ""
        return params


class LegibleCommand(_Legible, TyperCommand):
    """A command with a legible help."""


class LegibleGroup(_Legible, TyperGroup):
    """A group of commands with a legible help."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Each with its whole line: what is too long is folded, and not cut off."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, each.get_short_help_str(WHOLE)) for name, each in commands if each]
            )


class LegibleTyper(typer.Typer):
    """A Typer whose commands have a legible help."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(cls=LegibleGroup, **settings)

    def command(self, name: str | None = None, **settings: Any) -> Any:
        return super().command(name, cls=LegibleCommand, **settings)


def in_paragraphs(help: str | None) -> str | None:
    """The text with one line a paragraph, to be filled to whatever width there is."""
    if help is None:
        return None
    paragraphs = inspect.cleandoc(help).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)

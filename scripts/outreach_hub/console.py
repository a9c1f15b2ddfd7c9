"""Where the runner writes: results to stdout, progress and errors to stderr.

Both are plain where they are piped: no colour, no box, no line broken at the width of a terminal
that is not there.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from outreach_hub.errors import OutreachError

PLAIN_WIDTH = 200


def out() -> Console:
    """The console for results. Made anew each time: tests and dbt exchange sys.stdout."""
    return _console(stderr=False)


def err() -> Console:
    """The console for progress, notices and errors."""
    return _console(stderr=True)


def _console(stderr: bool) -> Console:
    from rich.console import Console

    class Unheard(Console):
        """Goes on where nobody listens any more: progress is written from dbt's own threads, and a
        build whose thread ends waits for it for ever."""

        def on_broken_pipe(self) -> None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.file.fileno())
            os.close(nowhere)

    stream = sys.stderr if stderr else sys.stdout
    return (Unheard if stderr else Console)(
        stderr=stderr,
        highlight=False,
        soft_wrap=not stream.isatty(),
        width=None if stream.isatty() else PLAIN_WIDTH,
    )


def notice(message: str) -> None:
    """One line on what is going on, for a person."""
    err().print(message, style="dim", markup=False)


@contextlib.contextmanager
def working(label: str) -> Iterator[None]:
    """A spinner while something takes its time; a line where it is piped."""
    screen = err()
    if screen.is_terminal:
        with screen.status(label):
            yield
    else:
        notice(f"{label} ...")
        yield


def columns(rows: Sequence[Sequence[str]], indent: int = 0) -> Iterator[str]:
    """Rows as lines in columns, each as wide as a terminal shows its widest cell.

    That is not its length: a Chinese letter takes two places, a combining accent none.
    """
    from rich.cells import cell_len

    widths = [max(map(cell_len, cells)) for cells in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        )
        yield (" " * indent + "  ".join(cells)).rstrip()


def some(names: Sequence[str], shown: int) -> str:
    """The first of some names, and how many more there are."""
    rest = and_more(len(names), shown)
    return ", ".join(names[:shown]) + (f" {rest}" if rest else "")


def counted(count: int, noun: str) -> str:
    """`1 test`, or `2,000 tests`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def and_more(total: int, shown: int) -> str:
    """`and 12 more`, or nothing where all are shown."""
    return f"and {total - shown:,} more" if total > shown else ""


def print_json(document: Any) -> None:
    """A document for a machine: alone on stdout, never coloured."""
    sys.stdout.write(json.dumps(document, indent=2, default=str, ensure_ascii=False) + "\n")


def print_error(error: OutreachError) -> None:
    """One failure, as a person wants it: what, where, what to do."""
    from rich.text import Text

    console = err()
    label = f"error {error.code}: " if error.code else "error: "
    console.print(Text.assemble((label, "bold red"), error.message))
    if error.where:
        console.print(Text.assemble(("  where: ", "dim"), error.where))
    if error.hint:
        console.print(Text.assemble(("  to do: ", "dim"), error.hint))

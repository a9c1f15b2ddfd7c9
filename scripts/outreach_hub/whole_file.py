"""Files that a reader finds whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from outreach_hub.errors import EnvironmentFailure


@contextmanager
def writing(what: str, path: Path, hint: str | None = None) -> Iterator[None]:
    """Tells a user which file cannot be written, by one exit code, whichever command was to.

    Whether the name was wrong, the disk full or the folder somebody else's is the machine's to say.
    """
    try:
        yield
    except OSError as error:
        raise EnvironmentFailure(
            f"{what} cannot be written: {error.strerror or error}", where=str(path), hint=hint
        ) from None


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to be written, under a name of this process' own, which takes its own at the end.

    Makes the folder where it is missing. What breaks off, for whatever reason, leaves nothing of
    itself, nor touches a file that was there before. What is no file, such as a pipe or /dev/null,
    is written to as it is, and a link stays one. Raises OSError.
    """
    if path.is_fifo() or path.is_char_device():
        with path.open("wb") as file:
            yield file
        return
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            yield file
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """A text as such a file. Raises OSError."""
    with whole_file(path) as file:
        file.write(text.encode())

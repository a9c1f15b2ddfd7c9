"""Writes profiles.yml, and knows its own writing from a person's."""

from __future__ import annotations

import hashlib
from enum import Enum
from typing import TYPE_CHECKING

from outreach_hub.errors import UsageError
from outreach_hub.server import EmbeddedServer
from outreach_hub.whole_file import writing

if TYPE_CHECKING:
    from outreach_hub.project import Project

PLACEHOLDER = "__SOCKET_DIR__"
SPARK_PLACEHOLDER = "__SPARK_DIR__"
_SIGNATURE = "# written by `outreach setup`, sha256 of what follows: "


class Outcome(Enum):
    """What became of profiles.yml."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    KEPT = "kept"


def write_profiles(project: Project, force: bool = False) -> Outcome:
    """Writes the file where it is missing, out of date and unedited, or `force` is given.

    The first line carries a digest of the rest. Where it still fits nobody edited the file, so it
    can follow the example, or the checkout to another folder.
    """
    wanted = _signed(_filled_example(project))
    path = project.profiles_file
    with writing("profiles.yml", path, "set DBT_PROFILES_DIR to a folder that can be written"):
        found = path.read_text(encoding="utf-8") if path.exists() else None
        if found == wanted:
            return Outcome.UNCHANGED
        if found is not None and not force and not _is_signed(found):
            return Outcome.KEPT
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted, encoding="utf-8")
        path.chmod(0o600)
    return Outcome.WRITTEN


def _filled_example(project: Project) -> str:
    example = project.example_profiles
    try:
        text = example.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"profiles.example.yml cannot be read: {error.strerror}", where=str(example)
        ) from None
    text = text.replace(PLACEHOLDER, str(EmbeddedServer.of(project).socket_dir))
    return text.replace(SPARK_PLACEHOLDER, str(project.state_dir / "spark"))


def _signed(text: str) -> str:
    return f"{_SIGNATURE}{_digest(text)}\n{text}"


def _is_signed(text: str) -> bool:
    first, _, rest = text.partition("\n")
    return first == f"{_SIGNATURE}{_digest(rest)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

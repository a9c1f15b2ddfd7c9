"""What dbt keeps of a parse is believed only where it is of these very files.

dbt does not read a YAML file again whose modification time is the one that it knows, and
`touch -r`, `cp -p`, an image or a checkout with fixed times change what is in it all the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outreach_hub.whole_file import write_whole

if TYPE_CHECKING:
    from outreach_hub.project import Project

PARSE = "partial_parse.msgpack"
RECORD = "partial_parse.json"

Seen = dict[str, list[Any]]
"""Modification time and digest, by file."""


@contextmanager
def of_these_files(project: Project, folder: Path) -> Iterator[None]:
    """Parses from nothing where a file has changed that dbt would take for the same.

    `folder` is dbt's target folder. Where another run of dbt has left its parse there, nobody knows
    of which files it is.
    """
    parse, record = folder / PARSE, folder / RECORD
    files = _yaml_files(project)
    with suppress(FileNotFoundError):
        if not _is_known(parse, record, files):
            parse.unlink()
    yield
    with suppress(OSError):  # what nobody can note is parsed again
        if parse.is_file():
            write_whole(record, json.dumps({"parse": _digest(parse), "files": files}))


def _is_known(parse: Path, record: Path, files: Seen) -> bool:
    try:
        known = json.loads(record.read_bytes())
        before: Seen = known["files"]
        return known["parse"] == _digest(parse) and not any(
            seen[0] == before[name][0] and seen[1] != before[name][1]
            for name, seen in files.items()
            if name in before
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _yaml_files(project: Project) -> Seen:
    from outreach_hub.proof.cache import project_files

    return {
        label: [path.stat().st_mtime, _digest(path)]
        for label, path in project_files(project.root)
        if path.suffix.lower() in (".yml", ".yaml")
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

"""dbt's JSON schemas of its own classes, kept from one process to the next.

dbt checks all that it reads against them, and derives them from its classes in every process anew:
0.7 s before one model of this project is parsed. They follow from what is installed and from
nothing else, so a file named after the installed versions may keep them.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from outreach_hub.whole_file import write_whole

_MADE_BY = ("dbt", "mashumaro")
"""How the names of those packages begin whose versions decide what a schema looks like."""


@contextmanager
def remembered(folder: Path) -> Iterator[None]:
    """Within it, dbt takes a schema from a file in `folder` if it is there, and else makes it.

    Schemas that were made are added to the file at the end; one that cannot be read is no file.
    """
    from dbt_common import dataclass_schema

    classes: Any = dataclass_schema.dbtClassMixin
    installed = _installed(Path(dataclass_schema.__file__).parents[1])
    if installed is None:
        yield
        return
    file = folder / f"dbt_schemas.{installed}.json"
    known = _read(file)
    read = len(known)
    own = classes.__dict__["json_schema"]

    def json_schema(cls: type) -> Any:
        name = f"{cls.__module__}.{cls.__qualname__}"
        if name not in known:
            known[name] = own.__get__(None, cls)()
        return known[name]

    classes.json_schema = classmethod(json_schema)
    try:
        yield
    finally:
        classes.json_schema = own
        if len(known) > read:
            with suppress(OSError):  # a read-only checkout makes them again next time
                write_whole(file, json.dumps(known))


def _installed(packages: Path) -> str | None:
    """A digest of the versions that decide, or None where an installation does not tell them."""
    versions = sorted(
        found.name for name in _MADE_BY for found in packages.glob(f"{name}*.dist-info")
    )
    if not all(any(found.startswith(name) for found in versions) for name in _MADE_BY):
        return None
    return hashlib.sha256("\0".join([sys.version, *versions]).encode()).hexdigest()[:16]


def _read(file: Path) -> dict[str, Any]:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}

"""What keeps dbt from parsing a project: in which file it is, and what to do about it."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from outreach_hub.dbt import explained
from outreach_hub.errors import DbtFailure, IdentityFailure
from outreach_hub.proof.cache import project_files

if TYPE_CHECKING:
    from outreach_hub.project import Project

_NO_SUCH_NODE = re.compile(r"depends on a node named '(\w+)'.* which was not found", re.DOTALL)

_PRIVATE = re.compile(
    r"Node \w+\.\w+\.(\w+) attempted to reference node model\.\w+\.(\w+),"
    r".* private to the 'company_target' group",
    re.DOTALL,
)


def parse_failure(exception: BaseException, project: Project) -> BaseException:
    """The exception as one of ours. A parse leaves no log to look into."""
    told = explained(exception)
    if not isinstance(told, DbtFailure):
        return told
    if isinstance(exception, UnicodeDecodeError):
        return DbtFailure(
            f"a file is no UTF-8: {exception.reason}",
            where=", ".join(_not_utf8(project)) or str(project.root),
            hint="save it as UTF-8",
        )
    if private := _PRIVATE.search(told.message):
        return IdentityFailure(
            f"{private[1]} reads {private[2]}, which is company_target's alone",
            code="ID004",
            hint="join company_target, which has received what CL says",
        )
    found = _NO_SUCH_NODE.search(told.message)
    return DbtFailure(told.message, hint=_meant(found[1], project) if found else None)


def _not_utf8(project: Project) -> list[str]:
    """The files that are none, each with the first line that is not."""
    places = []
    for name, path in project_files(project.root):
        data = path.read_bytes()
        try:
            data.decode()
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            places.append(f"{name}:{line}")
    return places


def _meant(name: str, project: Project) -> str | None:
    models = [path.stem for path in project.models_dir.rglob("*.sql")]
    close = get_close_matches(name, models, n=2, cutoff=0.75)
    return f"did you mean {' or '.join(close)}?" if close else None

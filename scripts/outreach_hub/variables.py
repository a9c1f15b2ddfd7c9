"""The project's vars, for the runner's commands that need no dbt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from outreach_hub.errors import UsageError
from outreach_hub.yaml_files import read_mapping

if TYPE_CHECKING:
    from outreach_hub.project import Project


def read_variables(project: Project) -> dict[str, Any]:
    """The vars of dbt_project.yml, as they are without --vars."""
    path = project.root / "dbt_project.yml"
    project_file = read_mapping(path)
    if "name" not in project_file:
        raise UsageError("it names no project of dbt", where=str(path))
    found = project_file.get("vars") or {}
    if not isinstance(found, dict):
        raise UsageError("vars: is no mapping", where=str(path))
    return dict(found)

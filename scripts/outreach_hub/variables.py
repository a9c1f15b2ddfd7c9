"""The project's vars, for the runner's commands that need no dbt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from outreach_hub.errors import UsageError

if TYPE_CHECKING:
    from outreach_hub.project import Project


def read_variables(project: Project) -> dict[str, Any]:
    """The vars of dbt_project.yml, as they are without --vars."""
    import yaml

    path = project.root / "dbt_project.yml"
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as broken:
        raise UsageError(f"cannot be read: {broken}", where=str(path)) from None
    return dict(document.get("vars") or {})

"""Which vars a pull request is built with: those of production's build, its day among them.

So a mart differs by what the pull request changes, and not because a day has passed. A var that the
pull request itself changes in dbt_project.yml is left to it, or its change would not be seen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from outreach_hub.last_build import the_day

if TYPE_CHECKING:
    from outreach_hub.ci.state import State
    from outreach_hub.project import Project


def with_day(project: Project, given: Mapping[str, Any], started: str) -> dict[str, Any]:
    """The vars that a build of the project was given, and the day that its rows are of."""
    return plain({**given, "as_of_date": the_day(project, given, started[:10])})


def changed_variables(state: State | None, own: Mapping[str, Any]) -> tuple[str, ...]:
    """The vars of dbt_project.yml that are not what they were, by name.

    Where they were not recorded, nothing can be said of them.
    """
    if state is None or state.project_variables is None:
        return ()
    return changed(state.project_variables, own)


def variables_for(
    state: State | None, own: Mapping[str, Any], asked: Mapping[str, Any]
) -> dict[str, Any]:
    """What dbt is given, where dbt_project.yml has its `own` vars and others are `asked` for."""
    theirs = set(changed_variables(state, own))
    kept = {n: v for n, v in (state.variables if state else {}).items() if n not in theirs}
    return plain({**kept, **asked})


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """Names that only one side has, or that are not the same on both."""
    missing = object()
    return tuple(sorted(n for n in {*old, *new} if old.get(n, missing) != new.get(n, missing)))


def plain(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Vars as JSON keeps them: a date that YAML has read is the text of it."""
    return dict(json.loads(json.dumps(variables, default=str)))

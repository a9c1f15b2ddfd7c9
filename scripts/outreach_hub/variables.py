"""The project's vars, as the runner reads them: without dbt, and each as what it may be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from outreach_hub.errors import UsageError
from outreach_hub.project import PROJECT_FILE
from outreach_hub.yaml_files import read_mapping, read_vars

if TYPE_CHECKING:
    from outreach_hub.project import Project

GIVEN = "--vars"

IDENTITY_STATUSES = ("PENDING", "PASS", "FAIL")
"""CL's verdicts on an identity, as the staging model accepts them."""

_NO_NUMBER = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
"""What Jinja takes for a number and SQL for a name."""
_VALUES = (str, int, float, date, list, dict, type(None))
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def read_variables(project: Project) -> dict[str, Any]:
    """The vars of dbt_project.yml, as they are without --vars.

    Those that it gives its own name are over those that it gives every package, as for dbt.
    """
    path = project.root / PROJECT_FILE
    project_file = read_mapping(path)
    if "name" not in project_file:
        raise UsageError("it names no project of dbt", where=str(path))
    found = project_file.get("vars") or {}
    if not isinstance(found, dict):
        raise UsageError("vars: is no mapping", where=str(path))
    own = found.pop(project_file["name"], None)
    return {**found, **own} if isinstance(own, dict) else found


def variables_in_force(project: Project, given: Mapping[str, Any]) -> dict[str, Any]:
    """The vars of dbt_project.yml, and over them those that `--vars` gives.

    dbt takes any value for any name: a date that is none fails in the middle of a build, a status
    that is none lets no company in, and a misspelt name changes nothing. Raises UsageError.
    """
    own = read_variables(project)
    for name in given:
        if name not in own:
            raise UsageError(
                f"no var is called {name}", where=GIVEN, hint=f"there are {', '.join(own)}"
            )
    in_force = {**own, **given}

    def place(name: str) -> str:
        return GIVEN if name in given else str(project.root / PROJECT_FILE)

    for name, text in texts(in_force):
        if not is_plain(text):
            raise UsageError(
                f"the var {name} holds SQL or quotes: {text}",
                where=place(name),
                hint="a var is a plain value; what is SQL belongs in a model",
            )
    for name, (is_allowed, allowed) in _ALLOWED.items():
        if name in in_force and not is_allowed(in_force[name]):
            raise UsageError(
                f"the var {name} cannot be {in_force[name]!r}",
                where=place(name),
                hint=f"it is {allowed}",
            )
    for name, value in in_force.items():
        if not _is_as_declared(value, own[name]):
            raise UsageError(
                f"the var {name} cannot be {value!r}",
                where=place(name),
                hint="it is one value, or a list of such where dbt_project.yml has a list",
            )
    return in_force


def _is_as_declared(value: Any, declared: Any) -> bool:
    """No list where none is declared: Python writes one with quotes, which models put in quotes."""
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(each, _VALUES) for each in items):  # YAML has sets and bytes, too
        return False
    if is_structure(value):
        return is_structure(declared) and (is_flat(value) or not is_flat(declared))
    return True


def is_structure(value: Any) -> bool:
    """A list or a mapping."""
    return isinstance(value, (list, dict))


def is_flat(value: Any) -> bool:
    """A list of nothing but values."""
    return isinstance(value, list) and not any(map(is_structure, value))


def is_plain(text: str) -> bool:
    """Whether it stays one value between the quotes of a model's SQL."""
    marks = ("'", '"', "$", ";", "--", "/*", "*/", "{{", "{%", "{#", "\\", "\n", "\r")
    return not (any(mark in text for mark in marks) or _NO_NUMBER.fullmatch(text.strip()))


def texts(variables: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in the values of vars, by the name that it has there."""
    if isinstance(variables, Mapping):
        for key, value in variables.items():
            yield from texts(value, str(key))
    elif isinstance(variables, (list, tuple)):
        for value in variables:
            yield from texts(value, name)
    elif isinstance(variables, str):
        yield name, variables


def given_variables(project: Project, text: str | None) -> dict[str, Any]:
    """What `--vars` gives, where the project has such vars and they may be that."""
    given = read_vars(text)
    variables_in_force(project, given)
    return given


def _is_day(value: Any) -> bool:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
        return True
    return value is None or (isinstance(value, date) and not isinstance(value, datetime))


def _is_list_of_statuses(value: Any) -> bool:
    return isinstance(value, list) and all(status in IDENTITY_STATUSES for status in value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


_NAME = (_is_name, "a name")

_ALLOWED: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "cl_database": (
        lambda value: value is None or _is_name(value),
        "a name, or null: the target's",
    ),
    "cl_schema": _NAME,
    "raw_schema": _NAME,
    "as_of_date": (_is_day, "a day, YYYY-MM-DD, or null: today in UTC"),
    "admitted_identity_statuses": (
        _is_list_of_statuses,
        f"a list of {', '.join(IDENTITY_STATUSES)}, or []: all that CL minted",
    ),
    "evidence_limit": (_is_count, "a whole number, 0 or more"),
    "bi_role": _NAME,
    "cl_role": _NAME,
}
"""What each of the project's own vars may be, and how that is said."""

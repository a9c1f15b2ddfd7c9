"""What is said to dbt beside the command, read here as dbt reads it.

The runner proves, locks, checks and records one hub. Were dbt told another by an option or a
variable that the runner does not look at, all of that would be of no account.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from outreach_hub.errors import UsageError
from outreach_hub.yaml_files import read_vars

RESOURCE_OPTIONS = ("--resource-type", "--exclude-resource-type")
UNIT_TESTS = "test_type:unit"
NO_UNIT_TESTS = ["--exclude-resource-type", "unit_test"]

PARSE_OPTIONS = ("--vars", "--target", "--profiles-dir", "--target-path")
"""Those that bear on the manifest, so that the parse has to be given them as well."""

PATHS = ("--profiles-dir", "--target-path")

_OTHERS = {
    "--project-dir": "change into the other checkout, or set OUTREACH_PROJECT_DIR",
    "--profile": "name the target by --target: its profile is `outreach`",
}
"""What another project would be built by, in the place of the one that is proved; what to do."""

_TWO_IN_ONE = re.compile(r"-[A-Za-z]\S")

_NARROWING = ("DEFER", "EMPTY", "EVENT_TIME_END", "EVENT_TIME_START", "EXCLUDE_RESOURCE_TYPES",
              "FAVOR_STATE", "FULL_REFRESH", "INDIRECT_SELECTION", "RESOURCE_TYPES",
              "SAMPLE")  # fmt: skip
"""Options of a build by which it is not one of everything, that the environment can give, too."""


def of_environment(option: str) -> str | None:
    """What the environment says to dbt: dbt prefers the longer of its two names."""
    return os.environ.get(f"DBT_ENGINE_{option}") or os.environ.get(f"DBT_{option}")


def as_given(words: Sequence[str]) -> list[str]:
    """The arguments of a command that go to dbt, each option in a word of its own.

    Folders are those that the user sees, wherever dbt runs. Raises UsageError for an option by
    which dbt would work on what the runner has not looked at, and for vars that are none.
    """
    return list(_as_given(iter(words)))


def _as_given(words: Iterator[str]) -> Iterator[str]:
    for word in words:
        name, equals, value = word.partition("=")
        if name in _OTHERS:
            raise UsageError(
                f"{name} is not for the runner, which is of one project", hint=_OTHERS[name]
            )
        if _TWO_IN_ONE.match(word):
            raise UsageError(
                f"{word} may be one option or several",
                hint=f"write {word[:2]} {word[2:].lstrip('=')}, or each option by itself",
            )
        name = "--target" if name == "-t" else name
        if name not in PARSE_OPTIONS:
            yield word
            continue
        value = value if equals else next(words, "")
        if name == "--vars":
            read_vars(value)
        yield name
        yield str(Path(value).expanduser().absolute()) if name in PATHS else value


def parse_options(arguments: Sequence[str]) -> dict[str, str]:
    """Those of the arguments that the parse depends on, by name; the last of a name counts."""
    words = iter(arguments)
    return {word: next(words, "") for word in words if word in PARSE_OPTIONS}


def target_named(arguments: Sequence[str]) -> str | None:
    """The target that the arguments name. The profiles folder that they name is in force then."""
    given = parse_options(arguments)
    if "--profiles-dir" in given:
        os.environ["DBT_ENGINE_PROFILES_DIR"] = given["--profiles-dir"]
    return given.get("--target")


def is_whole(arguments: Sequence[str]) -> bool:
    """Whether a build with these arguments is one of everything, but for dbt's unit tests."""
    rest = list(arguments)
    if rest[-2:] == NO_UNIT_TESTS:
        del rest[-2:]
    if any(_is_on(of_environment(option)) for option in _NARROWING):
        return False
    return len(rest) == 2 * len(parse_options(rest))


def _is_on(value: str | None) -> bool:
    return (value or "").lower() not in ("", "0", "f", "false", "n", "no", "off")


def without_unit_tests(arguments: Sequence[str]) -> list[str]:
    """The arguments, with dbt's unit tests left out unless they say themselves what to run.

    Unit tests test the code, on rows of their own: what they find cannot change with the data. They
    are a third of a build, and belong to where the code changes (dbt's own advice).
    """
    says = any(word.startswith(RESOURCE_OPTIONS) or UNIT_TESTS in word for word in arguments)
    return [*arguments] if says else [*arguments, *NO_UNIT_TESTS]

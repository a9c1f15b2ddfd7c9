"""A dbt command as the runner runs it: reach the database, parse once, check the sources, then run.

The order is by cost: an unreachable server is reported in a tenth of a second, before dbt is even
imported, and a missing source before anything is written.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from outreach_hub import console
from outreach_hub.preflight import check_reachable, check_sources, expected_tables
from outreach_hub.profile import load_target

if TYPE_CHECKING:
    from outreach_hub.dbt import DbtRun
    from outreach_hub.project import Project

PARSE_OPTIONS = ("--vars", "--target", "-t", "--profile", "--profiles-dir", "--target-path")
"""dbt's options that bear on the manifest, so that the parse has to be given them as well."""


def run_checked(project: Project, command: str, arguments: Sequence[str]) -> DbtRun:
    """Runs a dbt command that works on the database, once it is known that it can."""
    given = parse_options(arguments)
    if "--profiles-dir" in given:
        os.environ["DBT_PROFILES_DIR"] = given["--profiles-dir"]
    target = load_target(project, given.get("--target") or given.get("-t"))
    check_reachable(target)

    from outreach_hub.dbt import parse, run
    from outreach_hub.dbt_progress import watching

    with console.working("reading the project"):
        manifest = parse(project, [word for pair in given.items() for word in pair])
    for warning in check_sources(target, expected_tables(manifest)):
        console.notice(f"warning: {warning}")
    with watching(f"dbt {command} ({target.name})") as watcher:
        return run(project, [*command.split(), *arguments], manifest=manifest, callbacks=[watcher])


def parse_options(arguments: Sequence[str]) -> dict[str, str]:
    """Those of the arguments that the parse depends on, by name."""
    found: dict[str, str] = {}
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if name in PARSE_OPTIONS:
            found[name] = value if equals else next(words, "")
    return found

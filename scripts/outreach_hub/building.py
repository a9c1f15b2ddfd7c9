"""A dbt command as the runner runs it: everything that can be known before it, and proved after.

The order is by cost. An unreachable server is reported in a tenth of a second, before dbt is even
imported; an unproved identity before the database is touched; a missing source before anything is
written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from outreach_hub import console
from outreach_hub.build_lock import build_lock
from outreach_hub.database import connect_to
from outreach_hub.errors import IdentityFailure
from outreach_hub.exits import ExitCode
from outreach_hub.packages import check_installed
from outreach_hub.preflight import check_reachable, check_sources, expected_tables
from outreach_hub.profile import Target, load_target

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.dbt import DbtRun
    from outreach_hub.project import Project

RESOURCE_OPTIONS = ("--resource-type", "--exclude-resource-type")
UNIT_TESTS = "test_type:unit"

PARSE_OPTIONS = ("--vars", "--target", "-t", "--profile", "--profiles-dir", "--target-path")
"""dbt's options that bear on the manifest, so that the parse has to be given them as well."""


def build(project: Project, arguments: Sequence[str], wait: bool = True) -> DbtRun:
    """dbt build between the two proofs: of the SQL before it, and of the catalog after it.

    One build at a time for each target: a second one waits for the first, or refuses.
    """
    target = _reachable_target(project, arguments)
    require_proof(project)
    manifest = _parsed(project, arguments, target)
    with build_lock(target, wait=wait, notify=console.notice):
        done = _run(project, "build", arguments, target, manifest)
        if done.exit_code is ExitCode.ENVIRONMENT:
            return done
        return verified(done, target, manifest)


def without_unit_tests(arguments: Sequence[str]) -> list[str]:
    """The arguments, with dbt's unit tests left out unless they say themselves what to run.

    Unit tests test the code, on rows of their own: what they find cannot change with the data. They
    are a third of a build, and belong to where the code changes (dbt's own advice).
    """
    says = any(word.startswith(RESOURCE_OPTIONS) or UNIT_TESTS in word for word in arguments)
    return [*arguments] if says else [*arguments, "--exclude-resource-type", "unit_test"]


def run_checked(
    project: Project,
    command: str,
    arguments: Sequence[str],
    prepare: Callable[[Manifest], None] | None = None,
) -> DbtRun:
    """Another dbt command that works on the database, once it is known that it can.

    `prepare` sees the manifest first, and may refuse or complete it.
    """
    target = _reachable_target(project, arguments)
    manifest = _parsed(project, arguments, target)
    if prepare:
        prepare(manifest)
    return _run(project, command, arguments, target, manifest)


def require_proof(project: Project) -> None:
    """Raises where the SQL does not prove every identity. It holds for every target and every var.

    A proof of what has not changed since is in a cache, and takes no time.
    """
    from outreach_hub.proof import prove
    from outreach_hub.proof.report import as_text

    with console.working("proving identity"):
        verdict = prove(project)
    if not verdict.good:
        console.err().print(as_text(verdict), markup=False)
        raise IdentityFailure(
            "the SQL does not prove that every identity is CL's, so nothing was built",
            hint="mend what is listed above; `outreach prove` shows it again",
        )


def verified(done: DbtRun, target: Target, manifest: Manifest) -> DbtRun:
    """The run, with what the catalog does not keep of what its models promise."""
    from outreach_hub.catalog import verify

    built = [outcome.unique_id for outcome in done.outcomes if outcome.status == "success"]
    with connect_to(target) as connection:
        return replace(done, findings=tuple(verify(connection, manifest, must_exist=built)))


def parse_options(arguments: Sequence[str]) -> dict[str, str]:
    """Those of the arguments that the parse depends on, by name."""
    found: dict[str, str] = {}
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if name in PARSE_OPTIONS:
            found[name] = value if equals else next(words, "")
    return found


def _reachable_target(project: Project, arguments: Sequence[str]) -> Target:
    check_installed(project)
    given = parse_options(arguments)
    if "--profiles-dir" in given:
        os.environ["DBT_PROFILES_DIR"] = given["--profiles-dir"]
    target = load_target(project, given.get("--target") or given.get("-t"))
    check_reachable(target)
    return target


def _parsed(project: Project, arguments: Sequence[str], target: Target) -> Manifest:
    from outreach_hub.dbt import parse

    given = parse_options(arguments)
    with console.working("reading the project"):
        manifest = parse(project, [word for pair in given.items() for word in pair])
    for warning in check_sources(target, expected_tables(manifest)):
        console.notice(f"warning: {warning}")
    return manifest


def _run(
    project: Project, command: str, arguments: Sequence[str], target: Target, manifest: Manifest
) -> DbtRun:
    from outreach_hub.dbt import run
    from outreach_hub.dbt_progress import watching

    with watching(f"dbt {command} ({target.name})") as watcher:
        return run(project, [*command.split(), *arguments], manifest=manifest, callbacks=[watcher])

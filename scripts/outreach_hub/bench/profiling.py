"""Where a build's time goes: the runner's phases, and what dbt did in the longest of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from outreach_hub.building import build
from outreach_hub.dbt_options import without_unit_tests
from outreach_hub.phases import Seconds, timed_phases

if TYPE_CHECKING:
    from outreach_hub.dbt import DbtRun
    from outreach_hub.project import Project

KINDS = {
    "model": "models",
    "test": "tests",
    "unit_test": "tests",
    "operation": "hooks, publishing among them",
}


@dataclass(frozen=True)
class Profile:
    """One build, taken apart."""

    run: DbtRun
    seconds: float
    phases: Seconds
    """By the clock: they add up to the whole, but for what lies between them."""
    nodes: Seconds
    """Within the phase `dbt`, each node's own time added up: dbt runs several at once."""


def profile(project: Project, arguments: Sequence[str]) -> Profile:
    """Builds everything, whether or not it has changed, with a watch on each phase."""
    started = time.monotonic()
    with timed_phases() as phases:
        run = build(project, without_unit_tests(arguments), rebuild=True)
    nodes: Seconds = {}
    for outcome in run.outcomes:
        kind = KINDS.get(outcome.resource_type, outcome.resource_type)
        nodes[kind] = nodes.get(kind, 0.0) + outcome.seconds
    return Profile(run, time.monotonic() - started, phases, nodes)

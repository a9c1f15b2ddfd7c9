"""Breaks builds at random moments, and looks whether anything that was promised is lost.

    python tests/faults/break_builds.py --trials 100 --seed 7      the long form
    python tests/faults/break_builds.py --only 'postmaster*'       one kind of fault

A trial lands a little, starts a build, does one fault to it, looks, and builds again. Of what it
sees: the published marts are the old version or the new one, whole; no target has changed; nothing
landed has changed; readers see no unfinished version; the build after it goes well. At the end, a
hub built anew from all that was landed has to publish the same. Exits 1 on any violation.
"""

from __future__ import annotations

import argparse
import fnmatch
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "scripts"), str(REPOSITORY / "tests" / "python")]

from faults import FAULTS, Moment, possible  # noqa: E402
from laboratory import CHANGED, PART, PUBLISHED, Laboratory, Sight  # noqa: E402

OLD, NEW, AGAIN = "old version kept", "new version", "new version, twice"
LAST_MOMENTS = 0.4
"""The share of faults kept for after the last model: the publish is there."""


@dataclass
class Trial:
    """One fault and what came of it."""

    number: int
    fault: str
    version: str = ""
    moment: str = ""
    violations: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """What is tried."""

    faults: Sequence[str]
    seed: int
    whole: float
    """The share of builds of everything, or of all that changed, among builds of a part."""
    deadline: float


@dataclass
class Pace:
    """How an undisturbed build goes, so that a moment of it can be chosen."""

    models: int
    seconds_after_last_model: float


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="*", help="faults, as 'runner*'")
    parser.add_argument("--minutes", type=float, default=600, help="begin no trial after that")
    parser.add_argument(
        "--whole", type=float, default=0.25, help="share of builds of everything or of what changed"
    )
    parser.add_argument("--short", action="store_true", help="builds of a part, durability off")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the server goes, too
    started = time.monotonic()
    # Not below the caller's TMPDIR: a socket's path has to be short, and Postgres passes through.
    with (
        tempfile.TemporaryDirectory(prefix="outreach-faults-", dir="/tmp") as folder,
        Laboratory.open(Path(folder), say, durable=not options.short) as laboratory,
    ):
        names = fnmatch.filter(possible(laboratory), options.only)
        for left_out in FAULTS.keys() - possible(laboratory):
            say(f"left out, as only root can do it: {left_out}")
        whole = 0 if options.short else options.whole
        plan = Plan(names, options.seed, whole, started + options.minutes * 60)
        laboratory.calm_build()
        trials = all_trials(laboratory, plan, options.trials)
        violations = [
            f"--seed {options.seed}, trial {trial.number} ({trial.fault}): {violation}"
            for trial in trials
            for violation in trial.violations
        ]
        if not options.short:
            violations += compared_with_a_clean_hub(laboratory)
    say(table(trials))
    say(f"{len(trials)} trials in {time.monotonic() - started:.0f} s")
    for violation in violations:
        say(f"violation: {violation}")
    return 1 if violations or not trials else 0


def all_trials(laboratory: Laboratory, plan: Plan, count: int) -> list[Trial]:
    paces: dict[tuple[str, ...], Pace] = {}
    trials = []
    for number in range(1, count + 1):
        if time.monotonic() > plan.deadline:
            break
        chance = random.Random(f"{plan.seed}/{number}")
        whole = chance.choice([(), CHANGED])
        selection = whole if chance.random() < plan.whole else PART
        # All faults in turn, each round in an order of its own: none is left to luck.
        rounds, place = divmod(number - 1, len(plan.faults))
        order = random.Random(f"{plan.seed}/round {rounds}").sample(plan.faults, len(plan.faults))
        trial = Trial(number, order[place])
        if selection not in paces:
            paces[selection] = measured_pace(laboratory, selection, number)
        undergo(laboratory, trial, selection, paces[selection], chance)
        trials.append(trial)
        told = "; ".join(trial.violations) or trial.version
        say(f"{number:4}  {trial.fault:28} {trial.moment:32} {told}")
    return trials


def measured_pace(laboratory: Laboratory, selection: tuple[str, ...], number: int) -> Pace:
    laboratory.land_a_little(-number, new_company=selection != PART)  # something has to change
    build = laboratory.start(*selection)
    models, changed = 0, time.monotonic()
    while not build.has_ended:
        if build.models > models:
            models, changed = build.models, time.monotonic()
        time.sleep(0.02)
    if build.exit_code:
        raise RuntimeError(build.said())
    return Pace(models, time.monotonic() - changed)


def undergo(
    laboratory: Laboratory,
    trial: Trial,
    selection: tuple[str, ...],
    pace: Pace,
    chance: random.Random,
) -> None:
    laboratory.land_a_little(trial.number, new_company=selection != PART)
    before = laboratory.sight()
    build = laboratory.start(*selection)
    models, delay = pace.models, chance.uniform(0, pace.seconds_after_last_model)
    if chance.random() >= LAST_MOMENTS:
        models, delay = chance.randrange(pace.models), chance.uniform(0, 0.3)
    build.wait_for_models(models)
    time.sleep(delay)
    trial.moment = f"{models} of {pace.models} models + {delay:.2f} s"
    if build.has_ended:
        trial.moment = "after its end"
    trial.violations += FAULTS[trial.fault](Moment(laboratory, build, selection, chance))

    after = laboratory.sight()
    again = laboratory.start(*selection)
    if again.wait() != 0:
        trial.violations.append(f"a rerun ends with {again.exit_code}: {again.said()}")
    rebuilt = laboratory.sight()
    trial.version, violations = judged(before, after, rebuilt)
    trial.violations += violations


def judged(before: Sight, after: Sight, rebuilt: Sight) -> tuple[str, list[str]]:
    """Which version the fault left, and what it broke."""
    violations = []
    published = after.publications - before.publications
    version = {0: OLD, 1: NEW, 2: AGAIN}.get(published, f"{published} publications")
    whole = before.published if published == 0 else rebuilt.published
    if after.published != whole:
        differing = [
            f"{name} ({rows(after.published.get(name))} rows, not {rows(whole.get(name))})"
            for name in sorted(after.published.keys() | whole.keys())
            if after.published.get(name) != whole.get(name)
        ]
        violations.append(f"{version}, but not in {', '.join(differing)}")
    if rebuilt.published == before.published:
        violations.append("the rerun published nothing new")
    for name, sight in (("after the fault", after), ("after the rerun", rebuilt)):
        if not before.targets <= sight.targets:
            violations.append(f"targets have changed {name}: {before.targets - sight.targets}")
        if sight.targets != sight.registry:
            violations.append(f"the registry disagrees {name}: {sight.targets ^ sight.registry}")
        if sight.landing != before.landing:
            violations.append(f"landed records have changed {name}")
        if sight.unfinished:
            violations.append(f"an unfinished version is there {name}: {sight.unfinished}")
        strangers = {schema for schema in sight.readable if not is_published(schema)}
        if strangers or not set(PUBLISHED) <= sight.readable:
            violations.append(f"readers may read {sorted(sight.readable)} {name}")
    return version, violations


def rows(checksum: str | None) -> str:
    """How many rows a table had; a checksum begins with it."""
    return (checksum or "no").partition(":")[0]


def is_published(schema: str) -> bool:
    """Whether it is a version that was published once: readers who are still in it keep it."""
    return schema.partition("__before_")[0] in PUBLISHED


def compared_with_a_clean_hub(laboratory: Laboratory) -> list[str]:
    laboratory.calm_build()
    broken = laboratory.published_but_for_the_clock()
    clean = laboratory.clean_build()
    differing = sorted(name for name in broken if broken[name] != clean.get(name))
    return [f"a clean hub publishes something else in {name}" for name in differing]


def table(trials: Sequence[Trial]) -> str:
    """The figures by fault, as the README has them."""
    lines = [
        "",
        "| fault | trials | old version kept | new version | violations |",
        "|---|--:|--:|--:|--:|",
    ]
    rows = [(name, [trial for trial in trials if trial.fault == name]) for name in FAULTS]
    for name, those in [*rows, ("all", list(trials))]:
        if those:
            old = sum(trial.version == OLD for trial in those)
            new = sum(trial.version in (NEW, AGAIN) for trial in those)
            violations = sum(len(trial.violations) for trial in those)
            lines.append(f"| {name} | {len(those)} | {old} | {new} | {violations} |")
    return "\n".join(lines)


def say(line: str) -> None:
    """Prints at once: a fault may take long."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

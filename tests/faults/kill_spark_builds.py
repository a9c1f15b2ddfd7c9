"""Kills builds on Spark at random moments, looks, and builds again.

    python tests/faults/kill_spark_builds.py --trials 10 --seed 7

A third of the builds are of everything, with a company that is new, the others of the least that
may be published; four in ten are killed while they publish, half of them with Spark's own process.
What has to hold: whoever reads finds one version of all that is published together, the one before
or the new one; no target has changed or is given twice, and what company_target shows is
registered; the build after it goes well, publishes, and leaves the same rows where nothing was
landed. Exits 1 on any violation.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "scripts"), str(REPOSITORY / "tests" / "python")]

from laboratory import PART  # noqa: E402
from spark_hub import Sight, SparkHub, kill  # noqa: E402

SHARE = 0.6
"""About what a build of PART takes of the time of one of everything."""

OLD, NEW, ENDED = "old version kept", "new version", "it had ended"


@dataclass
class Trial:
    """One kill and what came of it."""

    number: int
    selection: tuple[str, ...]
    moment: str = ""
    outcome: str = ""
    violations: list[str] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=600, help="begin no trial after that")
    parser.add_argument("--whole", type=float, default=1 / 3, help="share of builds of everything")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    trials = []
    with tempfile.TemporaryDirectory(prefix="outreach-kills-") as folder:
        hub = SparkHub.make(Path(folder) / "checkout")
        whole = calm(hub)
        # Seconds of the last build of each kind: of PART there was none yet.
        paces: dict[tuple[str, ...], float] = {(): whole, PART: whole * SHARE}
        seen = hub.look()
        for number in range(1, options.trials + 1):
            if time.monotonic() > started + options.minutes * 60:
                break
            chance = random.Random(f"{options.seed}/{number}")
            trial = Trial(number, () if chance.random() < options.whole else PART)
            seen, paces[trial.selection] = undergo(hub, trial, seen, paces[trial.selection], chance)
            trials.append(trial)
            kind = "part" if trial.selection else "everything"
            told = "; ".join(trial.violations) or trial.outcome
            say(f"{number:4}  {kind:12} {trial.moment:44} {told}")
    outcomes = Counter(trial.outcome for trial in trials)
    say("; ".join(f"{count} times {outcome}" for outcome, count in outcomes.items()))
    violations = sum(len(trial.violations) for trial in trials)
    say(f"{len(trials)} trials in {time.monotonic() - started:.0f} s, {violations} violations")
    return 1 if violations or not trials else 0


def calm(hub: SparkHub) -> float:
    """A build of everything that nothing is done to; returns its seconds."""
    began = time.monotonic()
    build = hub.start()
    said, _ = build.communicate()
    if build.returncode:
        raise RuntimeError(said)
    return time.monotonic() - began


def undergo(
    hub: SparkHub, trial: Trial, before: Sight, seconds: float, chance: random.Random
) -> tuple[Sight, float]:
    """One trial; returns what is there after it, and the seconds of the build that was let be."""
    if not trial.selection:
        hub.land(f"KILL-{trial.number:04}")
    published = hub.publications()
    whole_group = chance.random() < 0.5
    build = hub.start(*trial.selection)
    if chance.random() < 0.4:
        delay = chance.uniform(0, 6)
        while build.poll() is None and hub.publications() == published:
            time.sleep(0.02)
        trial.moment = f"{delay:.2f} s after the publication was on record"
    else:
        delay = chance.uniform(0.1, 1) * seconds
        trial.moment = f"{delay:.0f} of {seconds:.0f} s"
    end = time.monotonic() + delay
    while build.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    trial.moment += ", Spark too" if whole_group else ""
    ended = build.poll() is not None
    kill(build, whole_group=whole_group)
    after = hub.look()
    began = time.monotonic()
    again = hub.start(*trial.selection)
    said, _ = again.communicate()
    took = time.monotonic() - began
    if again.returncode:
        trial.violations.append(f"the build after it exits {again.returncode}: {said}")
    rebuilt = hub.look()
    trial.outcome, violations = judged(before, after, rebuilt, landed=not trial.selection)
    trial.outcome = ENDED if ended else trial.outcome
    trial.violations += violations
    return rebuilt, took


def judged(before: Sight, after: Sight, rebuilt: Sight, *, landed: bool) -> tuple[str, list[str]]:
    """Which version the kill left, and what it broke."""
    violations = []
    turned = {name for name in after.versions if after.versions[name] != before.versions[name]}
    due = {name for name in after.versions if rebuilt.versions[name] != before.versions[name]}
    if after.versions.keys() != before.versions.keys():
        violations.append("a mart is gone")
    if turned and (turned != due or len({after.versions[name] for name in turned}) != 1):
        violations.append(f"two versions are published: {after.versions}")
    if not due or len({rebuilt.versions[name] for name in due}) != 1:
        violations.append(f"the build after it did not publish one version: {rebuilt.versions}")
    if not landed:
        for name, content in before.contents.items():
            if not content == after.contents.get(name) == rebuilt.contents.get(name):
                violations.append(f"the rows of {name} have changed")
    for name, sight in (("after the kill", after), ("after the build", rebuilt)):
        if not before.targets <= sight.targets:
            violations.append(f"targets have changed {name}: {before.targets - sight.targets}")
        if not sight.targets <= sight.registry:
            violations.append(f"not registered {name}: {sight.targets - sight.registry}")
        if len({pair.rpartition(" ")[0] for pair in sight.registry}) != len(sight.registry):
            violations.append(f"a company has two targets {name}")
        if sight.registered != len(sight.registry):
            violations.append(f"a target was registered twice {name}")
    if not after.registry <= rebuilt.targets == rebuilt.registry:
        violations.append("company_target is not what was registered")
    return (NEW if turned else OLD), violations


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())

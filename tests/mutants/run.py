"""Tries every case on the prover, in parallel: what is caught, missed and wrongly refused.

    python tests/mutants/run.py                     all cases
    python tests/mutants/run.py 'ID003/*' -v        some of them, with what the prover said
    python tests/mutants/run.py --peers             what stock dbt and dbt-bouncer catch of the same

Exits 0 only if every fabrication was refused with its code and no legitimate edit was.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpus import ACCEPTED, Case, load
from workshop import PROJECT, Outcome, Workshop, in_workshops, say

Result = tuple[Case, Outcome]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("patterns", nargs="*", default=["*/*"], help="cases, as 'ID003/join_*'")
    parser.add_argument("-j", "--workers", type=int, default=os.cpu_count() or 2)
    parser.add_argument("-v", "--verbose", action="store_true", help="what the prover said of each")
    parser.add_argument("--peers", action="store_true", help="try other tools: docs/peers.md")
    parser.add_argument("--every", type=int, default=1, help="only every n-th case")
    options = parser.parse_args(arguments)
    cases = [case for pattern in options.patterns for case in load(pattern)][:: options.every]
    if options.peers:
        import peers

        return peers.survey(cases, options.workers)
    started = time.monotonic()
    results = []
    for case, outcome in judged(cases, options.workers):
        results.append((case, outcome))
        if options.verbose or not outcome.is_right(case):
            say(told(case, outcome))
    say(table(results))
    say(f"{len(results)} cases in {time.monotonic() - started:.0f} s")
    return 0 if results and all(outcome.is_right(case) for case, outcome in results) else 1


UNTOUCHED = Case("accepted/untouched", "The project as it is", frozenset({ACCEPTED}), ())


def judged(cases: Sequence[Case], workers: int) -> Iterator[Result]:
    """Each case with the prover's verdict, as they come."""
    for results in in_workshops(_judge, [[UNTOUCHED], *batches(cases)], workers):
        yield from results


def _judge(workshop: Workshop, cases: list[Case]) -> list[Result]:
    if cases == [UNTOUCHED]:
        return [(UNTOUCHED, workshop.untouched)]
    return workshop.judge_together(cases)


def batches(cases: Sequence[Case], size: int = 10) -> list[list[Case]]:
    """The cases in groups that can be tried together.

    Legitimate edits of different files, since all must pass; and fabrications in the SQL of models
    of which none reads another, however far away. Everything else is tried alone.
    """
    reads = readings(PROJECT)
    together: list[list[Case]] = []
    for case in cases:
        fits = (batch for batch in together if len(batch) < size and _may_join(case, batch, reads))
        batch = next(fits, None)
        if batch is None:
            together.append(batch := [])
        batch.append(case)
    return together


_REF = re.compile(r"ref\(\s*'(\w+)'")


def readings(root: Path) -> dict[str, set[str]]:
    """For each model by name, the models that its file names."""
    files = (root / "models").rglob("*.sql")
    return {path.stem: set(_REF.findall(path.read_text())) for path in files}


def _may_join(case: Case, batch: Sequence[Case], reads: dict[str, set[str]]) -> bool:
    members = [case, *batch]
    files = {edit.file for edit in case.edits}
    if any(edit.file in files for other in batch for edit in other.edits):
        return False
    if all(member.must_pass for member in members):
        return True
    if any(member.must_pass or not _is_of_models(member) for member in members):
        return False
    edited = {name for member in members for name in member.models}
    above = _above(edited, reads, members)
    return not edited & above


def _is_of_models(case: Case) -> bool:
    return all(e.file.startswith("models/") and e.file.endswith(".sql") for e in case.edits)


def _above(edited: set[str], reads: dict[str, set[str]], members: Sequence[Case]) -> set[str]:
    """The models that the edited ones read, directly or not, before the edits or after."""
    new = {name for member in members for e in member.edits for name in _REF.findall(e.text)}
    above: set[str] = set()
    waiting = list(new.union(*(reads.get(name, set()) for name in edited)))
    while waiting:
        name = waiting.pop()
        if name not in above:
            above.add(name)
            waiting += reads.get(name, set())
    return above


def told(case: Case, outcome: Outcome) -> str:
    """A verdict in words: what was expected, and what was said."""
    word = "right" if outcome.is_right(case) else "FALSE ALARM" if case.must_pass else "MISSED"
    got = ", ".join(sorted(outcome.codes)) or "accepted"
    wanted = " or ".join(sorted(case.expect))
    lines = [f"{word}: {case.name}: {case.title}", f"    expected {wanted}, got {got}"]
    said = (f"    {refusal.code} {refusal.text}" for refusal in outcome.refusals[:8])
    return "\n".join([*lines, *said])


def table(results: Sequence[Result]) -> str:
    """The verdicts by folder of the corpus."""
    counts: dict[str, Counter[bool]] = defaultdict(Counter)
    for case, outcome in results:
        counts[case.group][outcome.is_right(case)] += 1
    lines = [f"{'code':<10}{'cases':>7}{'caught':>8}{'missed':>8}"]
    for group in sorted(counts.keys() - {ACCEPTED}):
        right, wrong = counts[group][True], counts[group][False]
        lines.append(f"{group:<10}{right + wrong:>7}{right:>8}{wrong:>8}")
    total: Counter[bool] = sum((counts[g] for g in counts.keys() - {ACCEPTED}), Counter())
    lines.append(f"{'all':<10}{total.total():>7}{total[True]:>8}{total[False]:>8}")
    if ACCEPTED in counts:
        passed = counts[ACCEPTED]
        lines.append(f"{ACCEPTED:<10}{passed.total():>7} cases, {passed[False]} false alarms")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

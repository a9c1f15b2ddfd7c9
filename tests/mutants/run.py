"""Tries every case on the prover, in parallel: what is caught, missed and wrongly refused.

    python tests/mutants/run.py                     all cases
    python tests/mutants/run.py 'ID003/*' -v        some of them, with what the prover said
    python tests/mutants/run.py --peers             what stock dbt and dbt-bouncer catch of the same

Exits 0 only if every fabrication was refused with its code and no legitimate edit was.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from batching import Member, batches
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
    parser.add_argument("--target", help="prove the SQL of this target: spark")
    options = parser.parse_args(arguments)
    if options.target:
        os.environ["MUTANTS_TARGET"] = options.target  # read by every worker, as it starts
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
    together = [[Member(UNTOUCHED)], *batches(cases, PROJECT)]
    for results in in_workshops(Workshop.judge_together, together, workers):
        yield from results


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

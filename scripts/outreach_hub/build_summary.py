"""What a dbt run comes to: for a person a few lines, for a machine a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from outreach_hub import console
from outreach_hub.exits import ExitCode
from outreach_hub.failing_rows import as_text
from outreach_hub.moments import in_utc
from outreach_hub.node_labels import labels

if TYPE_CHECKING:
    from outreach_hub.dbt import DbtRun, NodeOutcome

SHOWN_FAILURES = 20
SHOWN_LINES = 8
SHOWN_STEPS = 3
SHORTEST_STEP = 0.1
"""Seconds below which nobody asks what took them."""

MEANING = {
    ExitCode.IDENTITY_FAILURE: "identity failure: fix what is listed above",
    ExitCode.ENVIRONMENT: (
        "the database went away, had no room, or did not permit it; see to that and run it again"
    ),
    ExitCode.DBT_FAILURE: "failed, and not because of identity; logs/dbt.log has the details",
}

ROWS_ON_RECORD = "identity failure: `outreach failures` lists the rows"


def as_document(run: DbtRun) -> dict[str, Any]:
    """The run for `--json`."""
    return {
        "command": run.command,
        "exit_code": int(run.exit_code),
        "result": run.exit_code.name.lower(),
        "invocation_id": run.invocation_id,
        "standing_since": run.standing_since and run.standing_since.isoformat(),
        "companies": run.companies,
        "seconds": round(run.seconds, 2),
        "totals": totals(run),
        "slowest": [
            {"node": step.unique_id, "seconds": round(step.seconds, 2)} for step in slowest(run)
        ],
        "failures": [
            {
                "node": outcome.unique_id,
                "status": outcome.status,
                "is_identity": outcome.verdict.is_identity,
                "code": outcome.verdict.code,
                "file": outcome.path,
                "failing_rows": outcome.failing_rows,
                "examples": list(outcome.examples),
                "message": outcome.message,
            }
            for outcome in run.failures
        ],
        "catalog_findings": [asdict(finding) for finding in run.findings],
    }


def totals(run: DbtRun) -> dict[str, int]:
    """How many nodes ended in each status, as `model success` or `test fail`."""
    counted = Counter(
        f"{outcome.resource_type} {outcome.status}"
        for outcome in run.outcomes
        if outcome.resource_type != "operation" or outcome.failed
    )
    return dict(sorted(counted.items()))


def print_summary(run: DbtRun) -> None:
    """Each failure with its file and message, then one line of totals."""
    screen = console.out()
    if run.standing_since:
        screen.print(f"{run.command}: nothing has changed since the last one; --rebuild runs it")
        screen.print(f"identity: {evidence(run)}")
        return
    shown_as = labels(run)
    for outcome in run.failures[:SHOWN_FAILURES]:
        _print_failure(outcome, shown_as[outcome.unique_id])
    if more := console.and_more(len(run.failures), SHOWN_FAILURES):
        screen.print(f"... {more} failures")
    for finding in run.findings:
        screen.print(f"{finding.code}  {finding.subject}", style="red", markup=False)
        screen.print(f"  {finding.problem}\n  to do: {finding.remedy}", markup=False)
    counted = [f"{count} {what}" for what, count in totals(run).items()]
    counts = ", ".join(counted) or "no model or test ran"
    screen.print(
        f"{run.command}: {counts}, in {run.seconds:.1f} s{_slowest(run, shown_as)}", markup=False
    )
    if run.companies is not None:
        screen.print(f"rebuilt: only the {run.companies:,} companies that changed", markup=False)
    screen.print(f"identity: {evidence(run)}")
    if run.exit_code in MEANING:
        said = ROWS_ON_RECORD if run.has_wrong_rows else MEANING[run.exit_code]
        screen.print(said, style="bold red")


def evidence(run: DbtRun) -> str:
    """What the run shows of identity. What was left out, emptied or sampled is no evidence."""
    if run.standing_since:
        built_at = in_utc(run.standing_since)
        return f"still proved by the run of {built_at} ({run.invocation_id})"
    passed = sum(gate.status == "pass" for gate in run.gates)
    if not passed:
        return "no gate ran and passed, so this run proves nothing"
    return f"{passed} of {len(run.gates)} gates passed"


def slowest(run: DbtRun, shown: int = SHOWN_STEPS) -> list[NodeOutcome]:
    """The steps that took longest. dbt runs several at once, so they are more than its time."""
    steps = (outcome for outcome in run.outcomes if outcome.seconds >= SHORTEST_STEP)
    return sorted(steps, key=lambda outcome: -outcome.seconds)[:shown]


def _slowest(run: DbtRun, shown_as: Mapping[str, str]) -> str:
    steps = [
        f"{step.resource_type} {shown_as[step.unique_id]} {step.seconds:.1f} s"
        for step in slowest(run)
    ]
    return f"; slowest: {', '.join(steps)}" if steps else ""


def _telling(lines: list[str]) -> list[str]:
    """What is told of a failure: a table whole, since its every row is one thing to mend."""
    said = [line for line in lines if not line.startswith(("> in macro", "> called by"))]
    cut = next((at for at in range(SHOWN_LINES, len(said)) if said[at][:1] != "|"), len(said))
    more = len(said) - cut
    return [*said[:cut], f"... {console.counted(more, 'more line')}"] if more else said


def _print_failure(outcome: NodeOutcome, shown_as: str) -> None:
    screen = console.out()
    kind = outcome.verdict.code or ("identity" if outcome.verdict.is_identity else outcome.status)
    screen.print(f"{kind}  {outcome.resource_type} {shown_as}", style="red", markup=False)
    screen.print(f"  {outcome.path}", style="dim", markup=False)
    lines = [line.strip() for line in outcome.message.splitlines()]
    if lines and outcome.name in lines[0]:
        del lines[0]  # dbt's own heading: "Database Error in model people (models/...)"
    for line in _telling(lines):
        screen.print(f"  {line}", markup=False)
    for row in outcome.examples:
        screen.print(f"  for example: {as_text(row)}", markup=False)

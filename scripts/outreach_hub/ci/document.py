"""What came of a run, for a machine: the report's facts, by name."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from outreach_hub import build_summary

if TYPE_CHECKING:
    from outreach_hub.ci.outcome import Outcome


def as_document(outcome: Outcome) -> dict[str, Any]:
    """The run as one JSON document."""
    state, selection, proof = outcome.state, outcome.selection, outcome.proof
    return {
        "exit_code": int(outcome.exit_code),
        "result": outcome.exit_code.name.lower(),
        "pull_request": outcome.request.number,
        "head": asdict(outcome.head),
        "base": outcome.request.base,
        "seconds": round(outcome.seconds, 2),
        "error": outcome.error and outcome.error.as_document(),
        "proof": proof
        and {
            "good": proof.good,
            "proved": len(proof.proved),
            "findings": [asdict(finding) for finding in proof.findings],
        },
        "gates_armed": outcome.gates,
        "state": state
        and {
            "origin": state.origin,
            "revision": asdict(state.revision),
            "stored_at": state.stored_at,
            "seconds": state.seconds,
            "row_counts": state.row_counts,
        },
        "changes": outcome.changes and asdict(outcome.changes),
        "reached": selection
        and {
            "models": list(selection.models),
            "marts": list(selection.marts),
            "exposures": list(selection.exposures),
            "spared": list(selection.spared),
        },
        "build": outcome.run and build_summary.as_document(outcome.run),
        "hard_failures": [
            failure._asdict()
            for group in (outcome.evidence.groups if outcome.evidence else ())
            for failure in group.failures
        ],
        "copied": list(outcome.copied),
        "differences": [asdict(each) for each in outcome.differences],
        "kept_schemas": list(outcome.kept),
        "notes": outcome.notes,
    }

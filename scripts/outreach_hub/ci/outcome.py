"""What `outreach ci` was asked, and what came of it so far, which is reported in any case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outreach_hub.ci.revision import DEFAULT_BRANCH, Revision
from outreach_hub.exits import ExitCode

if TYPE_CHECKING:
    from outreach_hub.ci.changes import Changes
    from outreach_hub.ci.difference import Difference
    from outreach_hub.ci.selection import Selection
    from outreach_hub.ci.state import State
    from outreach_hub.dbt import DbtRun
    from outreach_hub.errors import OutreachError
    from outreach_hub.evidence import FailedRun
    from outreach_hub.proof.verdict import Verdict


@dataclass(frozen=True)
class Request:
    """What `outreach ci` was asked."""

    number: int = 0
    base: str = DEFAULT_BRANCH
    target: str | None = None
    state_folder: Path | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    keep: bool = False
    sample: int = 5
    wait: bool = True
    all_readers: bool = False
    """Whether to build what reads a changed mart though it reads nothing of what differs."""


@dataclass
class Outcome:
    """What came of it so far."""

    request: Request
    head: Revision
    proof: Verdict | None = None
    gates: int = 0
    state: State | None = None
    changes: Changes | None = None
    selection: Selection | None = None
    run: DbtRun | None = None
    evidence: FailedRun | None = None
    """The wrong rows that the gates found."""
    copied: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    kept: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    error: OutreachError | None = None
    seconds: float = 0.0

    @property
    def exit_code(self) -> ExitCode:
        """Identity first: it never hides behind anything else."""
        if self.proof is not None and not self.proof.good:
            return ExitCode.IDENTITY_FAILURE
        codes = {self.run.exit_code} if self.run else set()
        if self.error:
            codes.add(self.error.exit_code)
        return min(codes - {ExitCode.GOOD}, default=ExitCode.GOOD)

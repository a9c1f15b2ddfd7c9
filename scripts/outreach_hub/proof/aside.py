"""The proof in a process of its own, while this one goes on: both have work for a core.

The process is a fork, for nothing else shares a manifest that takes seconds to read. It answers
with a verdict or not at all, and without an answer the proof is made here, where what goes wrong
is told as ever.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from outreach_hub import console
from outreach_hub.errors import OutreachError
from outreach_hub.proof import prove

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from outreach_hub.project import Project
    from outreach_hub.proof.verdict import Verdict

FORKS = sys.platform == "linux"
"""Elsewhere a process cannot be forked at all, or not safely once libraries are loaded."""


class Proving:
    """A proof that is under way, of a manifest that dbt parsed in this process."""

    def __init__(self, project: Project, manifest: Any) -> None:
        self._project = project
        self._manifest = manifest
        self._answers = _begun(project, manifest) if FORKS else None

    def verdict(self) -> Verdict:
        """Waits for it. Raises as `prove` does."""
        with console.working("proving identity"):
            return self._answered() or prove(self._project, manifest=self._manifest)

    def _answered(self) -> Verdict | None:
        answers, self._answers = self._answers, None
        if answers is not None:
            with answers, suppress(EOFError):
                verdict: Verdict = answers.recv()
                return verdict
        return None


def _begun(project: Project, manifest: Any) -> Connection:
    receiving, sending = multiprocessing.Pipe(duplex=False)
    fork = multiprocessing.get_context("fork")
    fork.Process(target=_prove, args=(project, manifest, sending), daemon=True).start()
    sending.close()
    return receiving


def _prove(project: Project, manifest: Any, answers: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked is told, and asks no more
    with suppress(OutreachError, OSError):
        answers.send(prove(project, manifest=manifest))

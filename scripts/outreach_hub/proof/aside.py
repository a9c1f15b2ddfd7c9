"""The proof in a process of its own, while this one goes on: both have work for a core.

The process is a fork, for nothing else shares a manifest that takes seconds to read. It answers
with a verdict, and then on each text that is to be run, or not at all. Without a verdict the proof
is made here, where what goes wrong is told as ever; a text without an answer is refused.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from contextlib import suppress
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from outreach_hub import console
from outreach_hub.errors import OutreachError
from outreach_hub.proof.report import summary
from outreach_hub.proof.verdict import Finding

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from outreach_hub.proof.live import Judge, Text
    from outreach_hub.proof.verdict import Verdict

FORKS = sys.platform == "linux"
"""Elsewhere a process cannot be forked at all, or not safely once libraries are loaded."""


_ENDED = "the process that judges what is run has ended, so nobody has judged this"


class Proving:
    """A proof that is under way, of a manifest that dbt parsed in this process."""

    def __init__(self, manifest: Any) -> None:
        self._manifest = manifest
        self._lock = Lock()
        self._other = _begun(manifest) if FORKS else None

    @cached_property
    def _verdict(self) -> Verdict:
        if self._other is not None:
            with suppress(EOFError):
                verdict: Verdict = self._other.recv()
                return verdict
            self.close()
        return self._here.verdict

    def verdict(self) -> Verdict:
        """Waits for it. Raises as `prove` does."""
        with self._lock, console.working("proving identity"):
            return self._verdict

    def findings(self, text: Text) -> list[Finding]:
        """What is wrong with a text that is to be run, once the project is proved."""
        with self._lock:
            if not self._verdict.good:
                return self._verdict.findings or [_refusal(text, summary(self._verdict))]
            if self._other is None:
                return self._here.findings(text)
            try:
                self._other.send(text)
                found: list[Finding] = self._other.recv()
            except (EOFError, OSError):  # too late for a proof here: dbt is at work in its adapter
                return [_refusal(text, _ENDED)]
            return found

    def close(self) -> None:
        """Nobody will ask any more."""
        if self._other is not None:
            self._other.close()
        self._other = None

    @cached_property
    def _here(self) -> Judge:
        from outreach_hub.proof.live import Judge

        return Judge(self._manifest)


def _refusal(text: Text, reason: str) -> Finding:
    return Finding("ID099", text.node_id, "", 1, reason, "Run it again.")


def _begun(manifest: Any) -> Connection:
    here, there = multiprocessing.Pipe()
    fork = multiprocessing.get_context("fork")
    fork.Process(target=_judge, args=(manifest, here, there), daemon=True).start()
    there.close()
    return here


def _judge(manifest: Any, asking: Connection, answers: Connection) -> None:
    from outreach_hub.proof.live import Judge

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked is told, and asks no more
    asking.close()  # else this process would wait for itself
    with suppress(OutreachError, OSError, EOFError):
        judge = Judge(manifest)
        answers.send(judge.verdict)
        while True:
            answers.send(judge.findings(answers.recv()))

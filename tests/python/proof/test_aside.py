"""A proof in a process of its own is the proof that would be made here."""

from __future__ import annotations

import os
from typing import Any

import pytest

from conftest import REPOSITORY
from outreach_hub.errors import DbtFailure
from outreach_hub.proof import aside
from outreach_hub.proof.verdict import Finding, Verdict

HERE = os.getpid()
REFUSED = Finding("ID002", "people", "models/people.sql", 3, "a literal", "take it from its record")


def proving_by(monkeypatch: pytest.MonkeyPatch, proof: Any) -> aside.Proving:
    monkeypatch.setattr(aside, "prove", proof)
    return aside.Proving(REPOSITORY, manifest=None)


def by_whom(project: Any, *, manifest: Any) -> Verdict:
    return Verdict(findings=[REFUSED], proved=[str(os.getpid())])


@pytest.mark.skipif(not aside.FORKS, reason="processes are forked on Linux alone")
def test_another_process_finds_what_this_one_would(monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = proving_by(monkeypatch, by_whom).verdict()
    assert verdict.findings == [REFUSED]
    assert verdict.proved != [str(HERE)]


def test_where_no_process_can_be_forked_it_is_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "FORKS", False)
    verdict = proving_by(monkeypatch, by_whom).verdict()
    assert verdict.proved == [str(HERE)]


def test_a_process_that_dies_has_proved_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def dies_elsewhere(project: Any, *, manifest: Any) -> Verdict:
        if os.getpid() != HERE:
            os._exit(0)
        return by_whom(project, manifest=manifest)

    assert proving_by(monkeypatch, dies_elsewhere).verdict().proved == [str(HERE)]


def test_what_goes_wrong_is_told_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def goes_wrong(project: Any, *, manifest: Any) -> Verdict:
        raise DbtFailure("a model does not compile")

    proving = proving_by(monkeypatch, goes_wrong)
    for _ in range(2):  # and again, to whoever asks again
        with pytest.raises(DbtFailure, match="a model does not compile"):
            proving.verdict()

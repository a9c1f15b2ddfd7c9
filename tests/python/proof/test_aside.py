"""A proof in a process of its own is the proof that would be made here."""

from __future__ import annotations

import os
from typing import Any

import pytest

from outreach_hub.errors import DbtFailure
from outreach_hub.proof import aside, live
from outreach_hub.proof.live import Text
from outreach_hub.proof.verdict import Finding, Verdict

HERE = os.getpid()
REFUSED = Finding("ID002", "people", "models/people.sql", 3, "a literal", "take it from its record")


class FakeJudge:
    """Says in which process it is."""

    def __init__(self, manifest: Any) -> None:
        self.verdict = Verdict(findings=[], proved=[str(os.getpid())])

    def findings(self, text: Text) -> list[Finding]:
        if text.sql == "die" and os.getpid() != HERE:
            os._exit(0)
        return [Finding("ID099", text.node_id, "", 1, str(os.getpid()), "")]


def proving_by(monkeypatch: pytest.MonkeyPatch, judge: Any) -> aside.Proving:
    monkeypatch.setattr(live, "Judge", judge)
    return aside.Proving(manifest=None)


def judged_in(proving: aside.Proving, sql: str) -> int:
    (found,) = proving.findings(Text("people", sql))
    assert found.node == "people"
    return int(found.reason)


@pytest.mark.skipif(not aside.FORKS, reason="processes are forked on Linux alone")
def test_another_process_finds_what_this_one_would(monkeypatch: pytest.MonkeyPatch) -> None:
    proving = proving_by(monkeypatch, FakeJudge)
    verdict = proving.verdict()
    assert [judged_in(proving, "select 1") for _ in range(2)] == [int(verdict.proved[0])] * 2
    assert verdict.proved != [str(HERE)]


def test_of_a_project_that_is_not_proved_no_text_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refuses(FakeJudge):
        def __init__(self, manifest: Any) -> None:
            super().__init__(manifest)
            self.verdict.findings.append(REFUSED)

    assert proving_by(monkeypatch, Refuses).findings(Text("people", "select 1")) == [REFUSED]


def test_nor_of_one_in_which_nothing_was_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    class FindsNothing(FakeJudge):
        def __init__(self, manifest: Any) -> None:
            self.verdict = Verdict(findings=[], proved=[])

    (found,) = proving_by(monkeypatch, FindsNothing).findings(Text("people", "select 1"))
    assert (found.code, "nothing was proved at all" in found.reason) == ("ID099", True)


def test_where_no_process_can_be_forked_it_is_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "FORKS", False)
    proving = proving_by(monkeypatch, FakeJudge)
    assert judged_in(proving, "select 1") == HERE
    assert proving.verdict().proved == [str(HERE)]


def test_a_process_that_dies_has_proved_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class DiesElsewhere(FakeJudge):
        def __init__(self, manifest: Any) -> None:
            if os.getpid() != HERE:
                os._exit(0)
            super().__init__(manifest)

    assert proving_by(monkeypatch, DiesElsewhere).verdict().proved == [str(HERE)]


@pytest.mark.skipif(not aside.FORKS, reason="processes are forked on Linux alone")
def test_nor_has_it_passed_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    proving = proving_by(monkeypatch, FakeJudge)
    for sql in ("die", "select 1"):
        (found,) = proving.findings(Text("people", sql))
        assert (found.code, found.node) == ("ID099", "people")
        assert "has ended" in found.reason


def test_what_goes_wrong_is_told_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def goes_wrong(manifest: Any) -> FakeJudge:
        raise DbtFailure("a model does not compile")

    proving = proving_by(monkeypatch, goes_wrong)
    for _ in range(2):  # and again, to whoever asks again
        with pytest.raises(DbtFailure, match="a model does not compile"):
            proving.verdict()


def test_who_has_closed_it_is_answered_here(monkeypatch: pytest.MonkeyPatch) -> None:
    proving = proving_by(monkeypatch, FakeJudge)
    proving.close()
    assert judged_in(proving, "select 1") == HERE

"""`outreach build` runs no text that the proof refuses, though it has passed the files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from built.conftest import edited_file
from conftest import CliResult
from identity.hub import Hub
from outreach_hub.exits import ExitCode
from outreach_hub.proof.live import Judge, Text
from outreach_hub.proof.verdict import Finding

Run = Callable[..., CliResult]

PUBLICATIONS = "select count(*) from outreach_audit.publications"
MART = "models/marts/rpt_slot_coverage.sql"


def refusing(monkeypatch: pytest.MonkeyPatch, wrong: Callable[[Text], bool]) -> None:
    """Has the proof refuse some texts, of the nodes that are built."""
    judged = Judge.findings

    def findings(self: Judge, text: Text) -> list[Finding]:
        refused = [Finding("ID003", "x", "models/x.sql", 1, "joined on a name", "Join on an id.")]
        return refused if wrong(text) else judged(self, text)

    monkeypatch.setattr(Judge, "findings", findings)


def test_a_model_that_is_refused_is_not_run(
    once: Hub, outreach: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(monkeypatch, lambda text: text.node_id == "model.outreach.people")
    before = once.rows(PUBLICATIONS)
    done = outreach("build", "--rebuild")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert "ID003  model people" in done.stdout
    assert "[ID003] as it would run here: joined on a name. Join on an id." in " ".join(
        done.stdout.split()
    )
    assert once.rows(PUBLICATIONS) == before


def test_nor_is_a_hook(once: Hub, outreach: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, lambda text: "register_targets" in (text.hook or ""))
    before = once.rows(PUBLICATIONS)
    done = outreach("build", "--rebuild")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert "ID003  model company_target" in done.stdout
    assert once.rows(PUBLICATIONS) == before


def test_a_test_is_judged_by_outreach_test_too(
    once: Hub, outreach: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(
        monkeypatch, lambda text: text.node_id.startswith("test.outreach.relationships_people")
    )
    done = outreach("test", "-s", "people")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert "[ID003] as it would run here: joined on a name" in done.stdout


def test_what_this_runs_own_target_makes_of_a_template_is_what_counts(
    once: Hub, outreach: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof of the files is kept from seeing it: any way around it will do."""
    monkeypatch.setattr("outreach_hub.building.require_proof", lambda *_: None)
    setting = "{{ config(post_hook=\"update outreach_build.dim_people set email = 'x'\") }}"
    added = f"{{% if target.name == '{once.target.name}' %}}{setting}{{% endif %}}\nwith"
    before: Any = once.rows(PUBLICATIONS)
    with edited_file(once, MART, "with", added):
        done = outreach("build", "--rebuild")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    said = " ".join(done.stderr.split())
    assert "ID099 rpt_slot_coverage" in said
    assert "changes outreach_build.dim_people outside the SQL that is proved" in said.replace(
        "Changes", "changes"
    )
    assert once.rows(PUBLICATIONS) == before

"""Which macros have to be read by a person: those that write, are gates, or stand in for dbt's."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment

from outreach_hub.errors import IdentityFailure, UsageError
from outreach_hub.proof import reviewed as pinned
from outreach_hub.proof.effects import MacroFacts, macro_facts, replaces
from outreach_hub.proof.examples import project
from outreach_hub.proof.gates import GATES
from outreach_hub.proof.jinja_branches import Syntax
from outreach_hub.proof.prover import prove_compiled
from outreach_hub.proof.reviewed import needs_review, record
from outreach_hub.proof.signing import chosen, former_text, shown

DBT = {"test_relationships", "default__test_relationships", "default__snapshot_hash"}


def facts(name: str, body: str = "select 1") -> dict[str, MacroFacts]:
    text = f"{{% macro {name}() %}}{body}{{% endmacro %}}"
    ident = f"macro.hub.{name}"
    return macro_facts([(ident, name, "hub", "m.sql", Syntax(text, Environment().parse(text)))])


@pytest.mark.parametrize(
    "name",
    ["test_relationships", "postgres__test_relationships", "default__test_relationships",
     "postgres__snapshot_hash", "snapshot_hash", "other__test_relationships"],
)  # fmt: skip
def test_a_name_or_a_variant_of_one_of_dbts_is_read_by_a_person(name: str) -> None:
    assert replaces(name, DBT)
    assert needs_review(facts(name), DBT, "hub") == {f"macro.hub.{name}"}


@pytest.mark.parametrize("name", ["bytewise", "postgres__bytewise", "relationships", "test_blank"])
def test_names_of_the_projects_own_are_not(name: str) -> None:
    assert not replaces(name, DBT)
    assert needs_review(facts(name), DBT, "hub") == set()


def test_what_writes_is_read_whatever_its_name() -> None:
    assert needs_review(facts("tidy", "delete from people"), DBT, "hub") == {"macro.hub.tidy"}


def test_a_package_may_not_replace_what_dbt_does() -> None:
    compiled = project()
    compiled.macros = facts("test_not_null") | facts("date_spine")  # of the package hub
    compiled.dbt_acts = {"test_not_null"}
    said = {f.node: f.code for f in prove_compiled(compiled).findings if "package" in f.reason}
    assert said == {"test_not_null": "ID010"}


def test_a_gate_whose_macro_is_read_from_nowhere_is_missing() -> None:
    compiled = project()
    gates = [f"test_{gate}" for gate in GATES if gate != "identity_gate"]
    compiled.macros = {k: v for gate in gates for k, v in facts(gate).items()}
    reasons = [f.reason for f in prove_compiled(compiled).findings if f.code == "ID010"]
    assert reasons == ["the test identity_gate is not in any folder that is read"]


WRITES_TO_CL = "delete from cl.company_identity"


@pytest.fixture
def none_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A record of what was read that is the test's own."""
    monkeypatch.setattr(pinned, "FILE", tmp_path / "reviewed_macros.json")
    pinned.reviewed.cache_clear()
    yield tmp_path / "reviewed_macros.json"
    pinned.reviewed.cache_clear()


def test_those_that_are_named_are_recorded_and_no_others(none_read: Path) -> None:
    compiled = project()
    compiled.graph.project = "hub"
    compiled.macros = facts("tidy", "delete from people") | facts("sweep", "delete from dol")
    record([fact.id for fact in chosen(compiled, ["tidy"])], compiled.macros)
    assert list(json.loads(none_read.read_text())) == ["macro.hub.tidy"]
    record(["macro.hub.sweep"], compiled.macros)
    assert list(json.loads(none_read.read_text())) == ["macro.hub.sweep", "macro.hub.tidy"]
    record([], facts("sweep"))  # tidy is gone
    assert list(json.loads(none_read.read_text())) == ["macro.hub.sweep"]


@pytest.mark.usefixtures("none_read")
def test_what_does_not_wait_is_not_signed() -> None:
    compiled = project()
    compiled.graph.project = "hub"
    compiled.macros = facts("tidy", "delete from people") | facts("blank")
    with pytest.raises(UsageError, match="no macro blank waits") as refusal:
        chosen(compiled, ["tidy", "blank"])
    assert refusal.value.hint == "those that do: tidy"


@pytest.mark.usefixtures("none_read")
@pytest.mark.parametrize(
    ("body", "code"),
    [(WRITES_TO_CL, "ID007"), ("{{ run_query(\"select 1 from \" ~ source('cl', 'x')) }}", "ID004")],
)
def test_no_review_lets_a_macro_reach_cl(body: str, code: str) -> None:
    compiled = project()
    compiled.graph.project = "hub"
    compiled.macros = facts("postgres__snapshot_hash", body)
    compiled.dbt_names = DBT
    with pytest.raises(IdentityFailure) as refusal:
        chosen(compiled, ["postgres__snapshot_hash"])
    assert refusal.value.code == code


@pytest.mark.usefixtures("none_read")
def test_a_writer_to_cl_is_refused_whatever_is_recorded_of_it() -> None:
    compiled = project()
    compiled.graph.project = "hub"
    compiled.macros = facts("tidy", WRITES_TO_CL)
    record(["macro.hub.tidy"], compiled.macros)
    said = [(f.code, f.fix) for f in prove_compiled(compiled).findings if f.node == "tidy"]
    assert [code for code, _ in said] == ["ID007"]
    assert "--reviewed" not in said[0][1]


def test_what_changed_since_it_was_read_is_shown(none_read: Path, tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        whose = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", "-C", str(tmp_path), *whose, *arguments], check=True)

    git("init", "-q")
    before, now = facts("tidy", "delete\nfrom people"), facts("tidy", "delete\nfrom dol")
    record(before, before)
    for text in (before["macro.hub.tidy"].text, "{% macro tidy() %}between{% endmacro %}"):
        (tmp_path / "m.sql").write_text("{#- what it does -#}\n" + text + "\n")
        git("add", "m.sql")
        git("commit", "-qm", "one")
    (fact,) = now.values()
    former = former_text(tmp_path, fact)
    assert former == before["macro.hub.tidy"].text
    lines = shown(fact, former).splitlines()
    assert "-from people{% endmacro %}" in lines and "+from dol{% endmacro %}" in lines
    assert " {% macro tidy() %}delete" in lines


@pytest.mark.usefixtures("none_read")
def test_what_nobody_has_read_is_shown_whole(tmp_path: Path) -> None:
    (fact,) = facts("tidy", "delete from people").values()
    assert former_text(tmp_path, fact) is None
    assert "never read" in shown(fact, None)
    assert fact.text in shown(fact, None)

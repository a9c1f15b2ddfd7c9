"""Which macros have to be read by a person: those that write, are gates, or stand in for dbt's."""

from __future__ import annotations

import pytest
from jinja2 import Environment

from outreach_hub.proof.effects import MacroFacts, macro_facts, replaces
from outreach_hub.proof.examples import project
from outreach_hub.proof.gates import GATES
from outreach_hub.proof.jinja_branches import Syntax
from outreach_hub.proof.prover import prove_compiled
from outreach_hub.proof.reviewed import needs_review

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

"""What a finding says is to be written: YAML, in its place, after which nothing is owed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from outreach_hub.proof import graph as graphs
from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.examples import Example, project
from outreach_hub.proof.gates import Owed, missing
from outreach_hub.proof.graph import Graph
from outreach_hub.proof.prover import prove_compiled
from outreach_hub.proof.report import as_github, as_sarif, as_text
from outreach_hub.proof.rules import RULES
from outreach_hub.proof.verdict import Finding, Verdict

REFUSED = [example for rule in RULES for example in getattr(rule.module, "REFUSED", ())]
YAML_FILE = """\
version: 2

models:
  - name: people
    columns:
      - name: person_id
      - name: target_id
        data_type: text
"""


def unguarded() -> Compiled:
    """The example project without a gate: no contract, no constraint, no test."""
    compiled = project()
    compiled.graph.tests = []
    for node in compiled.graph.models():
        node.constraints = []
        node.config["contract"] = {"enforced": False}
        for column in node.columns.values():
            column.constraints = []
    return compiled


def add(graph: Graph, model: str, column: str, said: dict[str, Any]) -> None:
    """As dbt would read it, had it been pasted into the YAML of the model."""
    node = graph.nodes[f"model.example.{model}"]
    owner = node.columns[column] if column else node
    owner.constraints += said.get("constraints", [])
    node.config.update(said.get("config", {}))
    for test in said.get("data_tests", []):
        name, given = (test, {}) if isinstance(test, str) else next(iter(test.items()))
        label = f"test.example.{model}.{column}.{name}"
        arguments = given.get("arguments", {})
        graph.tests.append(graphs.TestSpec(label, name, column or None, arguments, node.id, {}))


def owed(graph: Graph) -> list[tuple[str, Owed]]:
    return [(node.name, gate) for node in graph.models() for gate in missing(node, graph)]


def test_what_was_added_is_owed_no_more() -> None:
    graph = unguarded().graph
    for model, gate in owed(graph):
        said = yaml.safe_load(gate.yaml)
        assert said == gate.how
        assert "\n" not in gate.yaml
        columns = graph.nodes[f"model.example.{model}"].columns
        if gate.what != "a primary key" or gate.place in columns:
            add(graph, model, gate.column or (gate.place if gate.place in columns else ""), said)
    left = owed(replace(graph))
    assert {gate.what for _, gate in left} == {"a primary key"}
    # Only their authors know the grain of models that land no records.
    assert {gate.place for _, gate in left} == {"the column that tells its rows apart"}
    assert not {"people", "send_log"} & {model for model, _ in left}


@pytest.mark.parametrize("example", REFUSED, ids=lambda example: example.shows)
def test_every_remedy_in_yaml_can_be_read(example: Example) -> None:
    for finding in prove_compiled(project(example)).findings:
        if finding.yaml:
            said = yaml.safe_load(finding.yaml)
            assert isinstance(said, dict), finding.yaml
            assert all(
                isinstance(said[name], list)
                for name in ("constraints", "data_tests")
                if name in said
            )
            assert finding.fix.endswith(":")


def findings_of(compiled: Compiled) -> list[Finding]:
    compiled.graph.nodes["model.example.people"].yaml_path = "models/people/_people__models.yml"
    compiled.graph.yaml_files = {"models/people/_people__models.yml": YAML_FILE}
    return [f for f in prove_compiled(compiled).findings if f.node == "people"]


def test_a_gate_is_missed_where_it_belongs() -> None:
    found = findings_of(unguarded())
    lines = {(f.column, f.reason): f.line for f in found if f.path.endswith(".yml")}
    assert lines["target_id", "lacks the test not_null"] == 7
    assert lines["company_unique_id", "lacks the test not_null"] == 4  # the YAML has no such column
    assert lines["", "lacks an enforced contract"] == 4


def test_a_gate_that_asks_for_less_is_not_asked_for_beside_itself() -> None:
    compiled = project()
    (gate,) = (test for test in compiled.graph.tests if test.id.endswith("people.identity_gate"))
    gate.arguments["landed_table"] = "persons"
    (finding,) = prove_compiled(compiled).findings
    assert finding.reason == "lacks the test identity_gate (landed_table: people, key: person_id)"
    stands = "It has landed_table: persons, key: person_id. Write in its place:"
    assert finding.fix == stands


def test_what_is_wrong_further_up_comes_first() -> None:
    compiled = project()
    for name in ("stg_people__people", "people", "dim_people"):
        compiled.graph.nodes[f"model.example.{name}"].config["contract"] = {"enforced": False}
    found = [finding.node for finding in prove_compiled(compiled).findings]
    assert found[:2] == ["stg_people__people", "people"]


def test_a_primary_key_is_asked_for_in_the_yaml() -> None:
    (finding,) = [f for f in findings_of(unguarded()) if f.code == "ID013"]
    assert (finding.path, finding.line) == ("models/people/_people__models.yml", 6)
    assert finding.fix == "Make person_id the primary key: add to person_id, in YAML:"
    assert finding.yaml == "constraints: [{type: primary_key}]"
    assert finding.sql == ""


def test_each_format_shows_it_whole() -> None:
    findings = findings_of(unguarded())
    said = next(f.yaml for f in findings if "foreign_key" in f.yaml)
    assert len(said) > 96
    verdict = Verdict(findings)
    assert f"\n    {said}\n" in as_text(verdict)
    assert "Add to the model:" in as_text(verdict)
    assert "type: foreign_key, columns: [target_id, company_unique_id]" in as_github(verdict)
    assert "type: foreign_key, columns: [target_id, company_unique_id]" in as_sarif(verdict)

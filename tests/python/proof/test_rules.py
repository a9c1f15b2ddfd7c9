"""Each rule's own examples: what it refuses is refused with its code, what it accepts passes."""

import inspect

import pytest

from outreach_hub.proof.examples import Example, project
from outreach_hub.proof.prover import prove_compiled
from outreach_hub.proof.rules import RULES, Rule

REFUSED = [(rule, example) for rule in RULES for example in getattr(rule.module, "REFUSED", ())]
ACCEPTED = [(rule, example) for rule in RULES for example in getattr(rule.module, "ACCEPTED", ())]


def _label(value: Rule | Example) -> str:
    return value.shows if isinstance(value, Example) else value.module.__name__.rsplit(".", 1)[1]


def test_the_example_project_is_proved_as_it_is() -> None:
    verdict = prove_compiled(project())
    assert verdict.findings == []
    assert "people.company_unique_id" in verdict.proved


@pytest.mark.parametrize(("rule", "example"), REFUSED, ids=_label)
def test_what_a_rule_refuses(rule: Rule, example: Example) -> None:
    findings = prove_compiled(project(example)).findings
    mine = [f for f in findings if f.code == rule.code]
    assert mine, f"{example.shows}: refused with {[f.code for f in findings]}"
    assert all(f.reason and f.fix and f.path for f in mine)


@pytest.mark.parametrize(("rule", "example"), ACCEPTED, ids=_label)
def test_what_a_rule_accepts(rule: Rule, example: Example) -> None:
    findings = prove_compiled(project(example)).findings
    assert [f"{f.code} {f.subject}: {f.reason} {f.sql}" for f in findings] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.module.__name__.rsplit(".", 1)[1])
def test_a_rule_explains_itself_and_has_examples(rule: Rule) -> None:
    assert rule.title and rule.why.endswith(".")
    assert len(rule.module.REFUSED) >= 2 and len(rule.module.ACCEPTED) >= 2


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.module.__name__.rsplit(".", 1)[1])
def test_no_rule_knows_another(rule: Rule) -> None:
    assert "outreach_hub.proof.rules" not in inspect.getsource(rule.module)

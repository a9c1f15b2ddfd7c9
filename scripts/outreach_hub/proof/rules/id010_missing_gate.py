"""Every identity column has its gates."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.examples import Example
from outreach_hub.proof.gates import missing
from outreach_hub.proof.verdict import Finding

CODE = "ID010"
TITLE = "every identity column has its contract, constraints and tests"
WHY = "A gate that was taken away is missed by nobody until something walks through."


def check_project(compiled: Compiled) -> Iterator[Finding]:
    graph = compiled.graph
    armed = [test for test in graph.tests if test.id not in graph.disabled]
    for node in graph.models():
        for owed in missing(node, graph, armed):
            yield Finding(
                CODE, node.name, node.yaml_path or node.path, 1,
                f"lacks {owed.what}", f"Put it back: {owed.how}", column=owed.column,
            )  # fmt: skip


REFUSED = (
    Example("a test taken away", drop_tests=("people.target_id.not_null",)),
    Example("the contract taken away", config={"people": {"contract": {"enforced": False}}}),
    Example("the composite key taken away", drop_constraints=("people.foreign_key",)),
    Example("not_null on the column taken away", drop_constraints=("people.target_id.not_null",)),
    Example("the gate of landed records taken away", drop_tests=("stg_people__people.identity_gate",)),
)  # fmt: skip
ACCEPTED = (
    Example("a test of another column taken away", drop_tests=("people.person_id.unique",)),
    Example("a view needs its tests, not constraints", config={"people_slots": {"materialized": "view"}},
            drop_constraints=("people_slots.foreign_key",)),
)  # fmt: skip

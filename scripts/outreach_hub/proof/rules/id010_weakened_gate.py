"""A gate that still runs and no longer refuses."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.examples import Example
from outreach_hub.proof.gate_tests import finding_on
from outreach_hub.proof.gates import identity_of, is_gate
from outreach_hub.proof.graph import Layer, weakened
from outreach_hub.proof.verdict import Finding
from outreach_hub.proof.yaml_lines import declared_at

CODE = "ID010"
TITLE = "a gate of identity is not warned, filtered, limited or given a threshold"
WHY = "A gate that passes most of the time is not a gate; an identity is right or it is wrong."


def check_project(compiled: Compiled) -> Iterator[Finding]:
    """See the examples below."""
    graph = compiled.graph
    for test in graph.tests:
        if not is_gate(test):
            continue
        for setting in weakened(test.config):
            yield finding_on(
                test,
                graph,
                CODE,
                f"the test {test.name} sets {setting}: {test.config[setting]}",
                f"Take {setting} out: a gate of identity stays armed.",
            )
        if (test.config.get("meta") or {}).get("gate", True) is not True:
            yield finding_on(
                test,
                graph,
                CODE,
                f"the test {test.name} is no gate to the build any more: meta.gate is set",
                "Take gate out of its meta: evidence and publishing go by it.",
            )
    for node in graph.nodes.values():
        if node.layer is Layer.TEST:  # a singular test guards what it says it guards
            for setting in weakened(node.config):
                yield Finding(
                    CODE,
                    node.name,
                    node.path,
                    1,
                    f"the test sets {setting}: {node.config[setting]}",
                    f"Take {setting} out.",
                )
        elif node.is_model and identity_of(node):
            for name in [*node.columns]:
                for constraint in node.columns[name].constraints:
                    if constraint.get("warn_unenforced") is False and node.is_stored:
                        path, line = declared_at(node, graph, name)
                        yield Finding(
                            CODE,
                            node.name,
                            path,
                            line,
                            f"a {constraint['type']} constraint silences its warning",
                            "Take warn_unenforced out.",
                            column=name,
                        )


REFUSED = (
    Example("only a warning", test_config={"people.target_id.not_null": {"severity": "warn"}}),
    Example("not in all rows", test_config={"people.target_id.not_null": {"where": "1 = 0"}}),
    Example(
        "a gate that is called none",
        test_config={"people.matches_target": {"meta": {"gate": False}}},
    ),
    Example("a few are fine", test_config={"people.matches_target": {"error_if": "> 10"}}),
)
ACCEPTED = (
    Example(
        "a warning about something else",
        test_config={"people.person_id.unique": {"severity": "warn"}},
    ),
    Example("failures stored", test_config={"people.target_id.not_null": {"store_failures": True}}),
)

"""Where things are built: a model in the hub or aside, and a test nowhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.examples import Example
from outreach_hub.proof.gate_tests import finding_on
from outreach_hub.proof.graph import Layer, Node
from outreach_hub.proof.verdict import Finding
from outreach_hub.schemas import AUDIT, BUILD, FAILURES, HUB, MARTS, OUTBOUND

CODE = "ID099"
TITLE = "nothing is built in the place of what is published, of evidence or of another hub"
WHY = "What is built over a published mart is what its readers find, whatever was proved of it."

_NOT_BUILT = (Layer.SOURCE, Layer.ANALYSIS, Layer.TEST, Layer.OPERATION)
"""All others are built."""
_MADE_BY = ("view", "table", "incremental", "ephemeral")
_VERSION = re.compile(r".*__(v\d+|dbt_\w+)", re.I)
"""What dbt, and a build on Spark, call tables that are not in their place yet."""


def check_project(compiled: Compiled) -> Iterator[Finding]:
    """See the examples below."""
    graph = compiled.graph
    published = Counter(_shown(node) for node in graph.models() if node.published_to)
    places = Counter(_place(node) for node in graph.nodes.values() if node.relation)
    for node in graph.nodes.values():
        config = node.config
        if node.relation and places[_place(node)] > 1:
            name = ".".join(filter(None, _place(node)))
            yield _on(node, f"`{name}` is the name of two relations", "Give each its own alias.")
        if node.layer is Layer.TEST:
            for reason, fix in _elsewhere(config):
                yield _on(node, f"the test {reason}", fix)
        elif node.layer not in _NOT_BUILT and node.materialized != "ephemeral":
            for reason, fix in _faults(node):
                yield _on(node, reason, fix)
            if published[_shown(node)] > 1:
                name = ".".join(_shown(node))
                yield _on(node, f"`{name}` is published by two models", "Give each its own alias.")
    for test in graph.tests:
        for reason, fix in _elsewhere(test.config):
            yield finding_on(test, graph, CODE, f"the test {test.name} {reason}", fix)


def _faults(node: Node) -> Iterator[tuple[str, str]]:
    config = node.config
    if node.is_model and node.materialized not in _MADE_BY:
        yield (
            f"is made by `{node.materialized}`, which may go on with what other code has made",
            f"Materialize it by one of {', '.join(_MADE_BY)}.",
        )
    for setting in ("schema", "target_schema"):
        schema = config.get(setting)
        if schema is not None and schema not in (HUB, BUILD):
            yield (
                f"is built in {schema}",
                f"+schema: {HUB}, or {BUILD} for what is published. {MARTS}, {OUTBOUND} and"
                f" {AUDIT} are written by the runner's own macros.",
            )
    for setting in ("database", "target_database"):
        if config.get(setting) is not None:
            yield f"is built in the database {config[setting]}", f"Take {setting} out."
    if node.relation and _VERSION.fullmatch(node.relation[2]):
        yield f"{node.relation[2]} is called as a table that is being made", "Rename it."
    to = (config.get("meta") or {}).get("publish_to")
    if to and to not in (MARTS, OUTBOUND):
        yield f"is published to {to}", f"meta: {{publish_to: {MARTS}}}, or {OUTBOUND}."


def _elsewhere(config: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The settings by which a test stores its failures over something else."""
    is_elsewhere = {
        "schema": config.get("schema", FAILURES) != FAILURES,  # without one it is the hub's
        "database": config.get("database") is not None,
        "alias": '"' in str(config.get("alias") or ""),
    }
    for setting, found in is_elsewhere.items():
        if found:
            fix = f"Take {setting} out: failures are stored in {FAILURES}, or nowhere."
            yield f"sets {setting}: {config[setting]}", fix


def _place(node: Node) -> tuple[str, ...]:
    """In small letters: two that capitals alone tell apart are one to a reader."""
    return tuple(part.lower() for part in node.relation or ())


def _shown(node: Node) -> tuple[str, str]:
    return node.published_to, (node.relation or ("", "", ""))[2]


def _on(node: Node, reason: str, fix: str) -> Finding:
    return Finding(CODE, node.name, node.path, 1, reason, fix)


_OVER = {"store_failures": True, "schema": MARTS, "alias": "dim_people"}
REFUSED = (
    Example("a mart in the place of a published one", config={"dim_people": {"schema": MARTS}}),
    Example("a mart among the evidence", config={"dim_people": {"schema": AUDIT}}),
    Example("a mart in another database", config={"dim_people": {"database": "bi"}}),
    Example(
        "hubs that are replaced by a publication",
        config={"dim_people": {"meta": {"doctrine_id": "04.04.04", "publish_to": HUB}}},
    ),
    Example(
        "failures that are stored over a mart", test_config={"people.target_id.not_null": _OVER}
    ),
)
ACCEPTED = (
    Example("a mart that is built aside", config={"dim_people": {"schema": BUILD}}),
    Example("a table of another name", config={"dim_people": {"schema": HUB, "alias": "persons"}}),
    Example(
        "failures that are stored in dbt's own schema",
        test_config={"people.target_id.not_null": {"store_failures": True, "schema": FAILURES}},
    ),
)

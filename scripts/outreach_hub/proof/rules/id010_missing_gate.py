"""Every identity column has its gates."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.doctrine import IDENTITY_COLUMNS
from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.examples import Example
from outreach_hub.proof.gate_tests import finding_on, odd_arguments
from outreach_hub.proof.gates import holds_nothing, missing
from outreach_hub.proof.graph import Layer
from outreach_hub.proof.record_keys import (
    key_name,
    landed_column,
    references,
    source_key,
    staged_key_names,
)
from outreach_hub.proof.subject import Subject
from outreach_hub.proof.verdict import Finding
from outreach_hub.proof.yaml_lines import declared_at

CODE = "ID010"
TITLE = "every identity column has its contract, constraints and tests"
WHY = "A gate that was taken away is missed by nobody until something walks through."
_PLAIN_ARGUMENTS = (
    "What it is given becomes its SQL. Give it names of columns as they are, and relations as"
    " ref('model')."
)


def check_face(subject: Subject) -> Iterator[Finding]:
    """What a YAML does not declare has no gate at all."""
    node = subject.node
    if subject.layer is Layer.STAGING:
        yield from _gate_on_another_column(subject)
        yield from _renamed_references(subject)
    if not node.is_model or node.materialized == "ephemeral":
        return
    for name in IDENTITY_COLUMNS:
        if name in subject.query.columns and name not in node.columns:
            yield subject.finding(
                CODE,
                f"`{name}` is not declared in YAML, so nothing guards it",
                "Declare the column, with its constraints and tests.",
                column=subject.query.columns[name],
            )


def _gate_on_another_column(subject: Subject) -> Iterator[Finding]:
    """A gate names columns of staging: they have to be the landed ones that it is owed for."""
    node, graph = subject.node, subject.graph
    called = {column.source(): column.name for column in reversed(subject.query.order)}
    key, name = source_key(node, graph), key_name(node, graph)
    column = subject.query.columns.get(name or "")
    if name and (column is None or column.source() != key[0]):
        own = called.get(key[0])
        fix = f"Write key: {own} in its identity_gate." if own else f"Take {key[0][1]} along."
        yield subject.finding(
            CODE,
            f"`{name}`, by which its identity_gate tells its records apart, is no copy of"
            f" {key[0][1]}, the key of {graph.nodes[key[0][0]].name}",
            fix,
            column=column,
        )
    for other in references(node, graph):
        column = subject.query.columns.get(other)
        source = column.source() if column is not None else None
        if source and source != landed_column(node, other, graph):
            yield subject.finding(
                CODE,
                f"`{other}`, whose records its identity_gate looks up, landed as {source[1]}",
                f"Take {other} as it landed, or take it out of belongs_to.",
                column=column,
            )


def _renamed_references(subject: Subject) -> Iterator[Finding]:
    """The gate of a record's reference to another goes by the name that staging has for its key."""
    keys = subject.world.keys.own
    names = staged_key_names(subject.graph)
    for column in subject.query.order:
        source = column.source()
        if source and source not in keys and source[1] in names and source[1] != column.name:
            yield subject.finding(
                CODE,
                f"`{column.name}` names another record, and no gate asks whose: it landed as"
                f" {source[1]}",
                f"Call it {source[1]}, here and in the belongs_to of the model's identity_gate.",
                column=column,
            )


def check_project(compiled: Compiled) -> Iterator[Finding]:
    """See the examples below."""
    graph = compiled.graph
    for test in graph.tests:
        for name in odd_arguments(test):
            said = f"the test {test.name} is given {name}: {test.given[name]}"
            yield finding_on(test, graph, CODE, said, _PLAIN_ARGUMENTS)
    for node in graph.models():
        if holds_nothing(node, graph):
            yield Finding(
                CODE,
                node.name,
                node.path,
                1,
                "lands records, and holds none: only a table has constraints",
                "Set materialized='table', or 'incremental' with new_rows().",
            )
        for owed in missing(node, graph):
            path, line = declared_at(node, graph, owed.column)
            yield Finding(
                CODE,
                node.name,
                path,
                line,
                f"lacks {owed.what}",
                owed.fix,
                column=owed.column,
                yaml=owed.yaml,
            )


REFUSED = (
    Example(
        "a reference to another record under another name",
        "stg_execution__sends",
        """
        select send_id, company_unique_id, person_id as guest_id
        from {{ source('outreach_raw', 'send_log') }}
    """,
    ),
    Example(
        "a gate that knows a record by another column",
        "stg_execution__sends",
        """
        select send_id as sent_id, company_unique_id, person_id
        from {{ source('outreach_raw', 'send_log') }}
    """,
    ),
    Example("a test taken away", drop_tests=("people.target_id.not_null",)),
    Example("the contract taken away", config={"people": {"contract": {"enforced": False}}}),
    Example("the composite key taken away", drop_constraints=("people.foreign_key",)),
    Example("not_null on the column taken away", drop_constraints=("people.target_id.not_null",)),
    Example(
        "the gate of landed records taken away", drop_tests=("stg_people__people.identity_gate",)
    ),
)
ACCEPTED = (
    Example("a test of another column taken away", drop_tests=("people.person_id.unique",)),
    Example(
        "a view needs its tests, not constraints",
        config={"people_slots": {"materialized": "view"}},
        drop_constraints=("people_slots.foreign_key",),
    ),
)

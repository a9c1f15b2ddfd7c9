"""Every identity column has its gates."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.doctrine import IDENTITY_COLUMNS
from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.examples import Example
from outreach_hub.proof.gates import holds_nothing, missing
from outreach_hub.proof.graph import Layer
from outreach_hub.proof.subject import Subject
from outreach_hub.proof.verdict import Finding
from outreach_hub.proof.yaml_lines import declared_at

CODE = "ID010"
TITLE = "every identity column has its contract, constraints and tests"
WHY = "A gate that was taken away is missed by nobody until something walks through."


def check_face(subject: Subject) -> Iterator[Finding]:
    """What a YAML does not declare has no gate at all."""
    node = subject.node
    if subject.layer is Layer.STAGING:
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


def _renamed_references(subject: Subject) -> Iterator[Finding]:
    """The gate of a record's reference to another goes by the name that its key has there."""
    keys = subject.world.keys.own
    names = {name for _, name in keys}
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

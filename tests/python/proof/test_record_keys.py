"""Which columns name a record of the same company."""

from __future__ import annotations

import pytest

from outreach_hub.proof import graph as graphs
from outreach_hub.proof.graph import Graph, Layer, Node
from outreach_hub.proof.record_keys import RecordKeys, landed_column

PEOPLE, PROFILES, SENDS, NOTES = (
    (f"source.example.{name}", "person_id") for name in ("people", "profiles", "sends", "notes")
)
KEYS = RecordKeys(frozenset({PEOPLE, PROFILES}), {SENDS: {PEOPLE}})
EXTENDED = RecordKeys(KEYS.own, {SENDS: {PEOPLE}, PROFILES: {PEOPLE}, NOTES: {PROFILES}})
MINUTES = ("source.example.minutes", "id")
RENAMED = RecordKeys(KEYS.own | {MINUTES}, {("source.example.items", "minute_id"): {MINUTES}})
IN_A_CIRCLE = RecordKeys(KEYS.own, {PEOPLE: {PROFILES}, PROFILES: {PEOPLE}})


@pytest.mark.parametrize(
    ("keys", "one", "two", "are"),
    [
        (KEYS, SENDS, PEOPLE, True),
        (KEYS, PEOPLE, PEOPLE, True),
        (KEYS, PROFILES, PEOPLE, False),
        (KEYS, SENDS, PROFILES, False),
        (KEYS, NOTES, PEOPLE, False),
        (KEYS, NOTES, NOTES, False),
        (KEYS, PEOPLE, (PEOPLE[0], "manager_id"), False),
        (EXTENDED, PROFILES, PEOPLE, True),
        (EXTENDED, SENDS, PROFILES, True),
        (EXTENDED, NOTES, SENDS, True),
        (IN_A_CIRCLE, PEOPLE, PROFILES, True),
        (RENAMED, ("source.example.items", "minute_id"), MINUTES, True),
        (RENAMED, ("source.example.items", "id"), MINUTES, False),
    ],
)
def test_rows_are_of_one_company_where_gates_lead_to_one_record(
    keys: RecordKeys, one: tuple[str, str], two: tuple[str, str], are: bool
) -> None:
    assert keys.are_of_one_company(one, two) is are
    assert keys.are_of_one_company(two, one) is are


@pytest.mark.parametrize(
    ("column", "landed_as"),
    [
        ("minute_id", MINUTES),
        ("person_id", (MINUTES[0], "person_id")),
        # whatever staging calls so now, it is not the key
        ("id", None),
    ],
)
def test_a_gate_means_the_column_that_landed(
    column: str, landed_as: tuple[str, str] | None
) -> None:
    source = Node(MINUTES[0], "minutes", Layer.SOURCE, "", "example", None)
    source.config["meta"] = {"key": ["id"]}
    staging = Node("model.example.stg_minutes", "stg_minutes", Layer.STAGING, "", "example", None)
    staging.reads.add(source.id)
    gate = graphs.TestSpec("test.gate", "identity_gate", None, {"key": "minute_id"}, staging.id, {})
    graph = Graph("example", {node.id: node for node in (source, staging)}, [gate])
    assert landed_column(staging, column, graph) == landed_as

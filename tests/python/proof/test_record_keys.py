"""Which columns name a record of the same company."""

from __future__ import annotations

import pytest

from outreach_hub.proof.record_keys import RecordKeys

PEOPLE, PROFILES, SENDS, NOTES = (
    (f"source.example.{name}", "person_id") for name in ("people", "profiles", "sends", "notes")
)
KEYS = RecordKeys(frozenset({PEOPLE, PROFILES}), {SENDS: {PEOPLE}})
EXTENDED = RecordKeys(KEYS.own, {SENDS: {PEOPLE}, PROFILES: {PEOPLE}, NOTES: {PROFILES}})
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
    ],
)
def test_rows_are_of_one_company_where_gates_lead_to_one_record(
    keys: RecordKeys, one: tuple[str, str], two: tuple[str, str], are: bool
) -> None:
    assert keys.are_of_one_company(one, two) is are
    assert keys.are_of_one_company(two, one) is are

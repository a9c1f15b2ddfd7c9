"""Every wrong record there is, each under an id of its own, beside records landed twice."""

from __future__ import annotations

from identity import wrong_records
from identity.standard import standard_world
from identity.worlds import KEYS, LANDED, World
from identity.wrong_ids import WRONG_IDS
from identity.wrong_records import BLANK_KEYS, LONG_KEY, OWN, WRONG_RECORDS


def key_of(table: str, name: str) -> str:
    """The record id under which a wrong company_unique_id is landed."""
    return f"{table}: {name}"


def wrong_world() -> World:
    """All of them, to be landed beside the standard world."""
    world = World()
    for table in LANDED:
        for name, wrong in WRONG_IDS.items():
            world.record(table, wrong.value, **{KEYS[table]: key_of(table, name)})
        world.record(table, OWN, **{KEYS[table]: None})
        for blank in BLANK_KEYS:
            world.record(table, OWN, **{KEYS[table]: blank})
        world.record(table, OWN, **{KEYS[table]: LONG_KEY})
    for name, case in WRONG_RECORDS.items():
        for row in case.rows:
            own = {"company_unique_id": OWN, KEYS[case.table]: wrong_records.key_of(name)}
            world.add(case.table, **{**own, **row})
    for table, rows in standard_world().rows.items():
        if table in LANDED:
            world.add(table, **rows[0])  # landed twice with equal content: one record
    return world

"""Landed records whose company is right and whose target, parent, version or id is wrong."""

from __future__ import annotations

from typing import Any, NamedTuple

from identity.standard import standard_world
from identity.worlds import KEYS, LANDED, moment

OWN, OTHER = "CL-2", "Other-1"


def ids_of(company: str) -> dict[str, str]:
    """The one record of the company in each landed table of the standard world."""
    world = standard_world()
    return {
        table: row[KEYS[table]]
        for table in LANDED
        for row in world.rows[table]
        if row["company_unique_id"] == company
    }


MINE, THEIRS = ids_of(OWN), ids_of(OTHER)


class Found(NamedTuple):
    """What the evidence has to say, beside table and key."""

    code: str
    column_name: str
    offending_value: str
    expected: str


class Case(NamedTuple):
    """Rows under one record id of a landed table, and all that is to be found against it."""

    table: str
    rows: list[dict[str, Any]]
    found: list[Found]


def target(table: str, target_id: str, code: str) -> Case:
    found = Found(
        code, "target_id", f'"{target_id}"', "TGT-CL-2-1, the target of the company, or none"
    )
    return Case(table, [{"target_id": target_id}], [found])


def parent(table: str, column: str, value: str, **values: Any) -> Case:
    found = Found("ID008", column, f'"{value}"', f"a landed {column} of the same company")
    return Case(table, [{**values, column: value}], [found])


def repeated(table: str, *rows: dict[str, Any]) -> Case:
    """The key that the case is landed under is filled in where it is landed."""
    version = " and loaded_at" if table in ("send_log", "engagement_events") else ""
    found = Found("ID013", KEYS[table], "the key", f"one content for one id{version}")
    return Case(table, list(rows), [found])


NEVER_MINTED = Found(
    "ID011",
    "company_unique_id",
    '"CL-999"',
    "a company that CL has minted and company_target admits",
)

WRONG_RECORDS: dict[str, Case] = {
    **{
        f"{table}: {name}": target(table, target_id, code)
        for table in ("campaigns", "send_log", "engagement_events")
        for name, target_id, code in (
            ("another company's target", "TGT-Other-1-1", "ID008"),
            ("a target never minted", "TGT-CL-2-2", "ID006"),
            ("the target in lower case", "tgt-cl-2-1", "ID006"),
            ("the target and a blank", "TGT-CL-2-1 ", "ID006"),
            ("an empty target", "", "ID006"),
            ("the company for a target", "CL-2", "ID006"),
        )
    },
    "a schedule of another company's filing": parent(
        "dol_schedule_a", "filing_id", THEIRS["dol_filings"]
    ),
    "a schedule of a filing that has not landed": parent(
        "dol_schedule_a", "filing_id", "20240101000000NAL0000000001001"
    ),
    "a broker of another company's schedule": parent(
        "dol_schedule_a_brokers", "schedule_a_id", THEIRS["dol_schedule_a"]
    ),
    "a broker of another company's filing": parent(
        "dol_schedule_a_brokers", "filing_id", THEIRS["dol_filings"]
    ),
    "a broker of a schedule that has not landed": parent(
        "dol_schedule_a_brokers", "schedule_a_id", f"{MINE['dol_schedule_a']}:9"
    ),
    "a sequence of another company's campaign": parent(
        "sequences", "campaign_id", THEIRS["campaigns"]
    ),
    "a sequence of an unknown campaign": parent("sequences", "campaign_id", "CMP-nowhere"),
    "a send of another company's campaign": parent("send_log", "campaign_id", THEIRS["campaigns"]),
    "a send of another company's sequence": parent("send_log", "sequence_id", THEIRS["sequences"]),
    "a send to another company's person": parent("send_log", "person_id", THEIRS["people"]),
    "a send of an unknown campaign": parent("send_log", "campaign_id", "CMP-nowhere"),
    "a send of a campaign in lower case": parent(
        "send_log", "campaign_id", MINE["campaigns"].lower()
    ),
    "a send to an unknown person": parent("send_log", "person_id", "PER-nowhere"),
    "a send to nobody's empty id": parent("send_log", "person_id", ""),
    "an event of another company's send": parent(
        "engagement_events", "send_id", THEIRS["send_log"]
    ),
    "an event of an unknown send": parent("engagement_events", "send_id", "SND-nowhere"),
    "an event by another company's person": parent(
        "engagement_events", "person_id", THEIRS["people"]
    ),
    **{
        f"{table}: one id, two contents": repeated(table, {}, {column: "another"})
        for table, column in {
            "target_status_changes": "changed_by",
            "people": "full_name",
            "dol_filings": "plan_name",
            "dol_schedule_a": "ins_carrier_name",
            "dol_schedule_a_brokers": "ins_broker_name",
            "blog_signals": "headline",
            "campaigns": "campaign_name",
            "sequences": "sequence_name",
            "send_log": "email_to",
            "engagement_events": "source_system",
        }.items()
    },
    "one id, two companies": repeated("people", {}, {"company_unique_id": OTHER}),
    "one id, three contents": repeated("people", {}, {"title": "CEO"}, {"title": "CFO"}),
    "one id, nothing and something": repeated("people", {"title": None}, {"title": ""}),
    "one id, a blank more": repeated("people", {"title": "CEO"}, {"title": "CEO "}),
    "one id, letters composed and not": repeated(
        "people", {"full_name": "Zo\u00eb"}, {"full_name": "Zoe\u0308"}
    ),
    "one id, one content of three a stranger's": Case(
        "people",
        [{}, {}, {"company_unique_id": "CL-999"}],
        [Found("ID013", "person_id", "the key", "one content for one id"), NEVER_MINTED],
    ),
    **{
        f"{table}: versions of two companies": Case(
            table,
            [{}, {"company_unique_id": OTHER, "loaded_at": moment(12)}],
            [
                Found(
                    "ID013",
                    "company_unique_id",
                    f'"{OTHER}"',
                    "every version of one record is of one company",
                )
            ],
        )
        for table in ("send_log", "engagement_events")
    },
    **{
        f"{table}: landed at no time": Case(
            table,
            [{"loaded_at": None}],
            [Found("ID013", "loaded_at", "NULL", "a record has an id and a loaded_at")],
        )
        for table in ("send_log", "engagement_events")
    },
    "a right target and a wrong parent": Case(
        "send_log",
        [{"target_id": "TGT-Other-1-1", "person_id": THEIRS["people"]}],
        [
            *target("send_log", "TGT-Other-1-1", "ID008").found,
            *parent("send_log", "person_id", THEIRS["people"]).found,
        ],
    ),
    "a stranger's record is not blamed for its target": Case(
        "send_log", [{"company_unique_id": "CL-999", "target_id": "TGT-CL-2-1"}], [NEVER_MINTED]
    ),
}

BLANK_KEYS = {
    "  ": '"  "',
    "\t": r'"\u0009"',
    "\u00a0": r'"\u00a0"',
    " \u200b\n": r'" \u200b\u000a"',
}
"""Record ids that show nothing, and how the evidence shows them."""
LONG_KEY = "K" * 2601
"""A record id that no index of Postgres can hold."""


def key_of(name: str) -> str:
    """The record id that a case is landed under."""
    return f"REC: {name}"

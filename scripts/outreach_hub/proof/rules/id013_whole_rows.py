"""What a build adds to a table: whole rows, each in the place of its own earlier version."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.proof.examples import Example
from outreach_hub.proof.graph import PARTIAL_UPDATES, Layer
from outreach_hub.proof.records import staging_of
from outreach_hub.proof.subject import Subject
from outreach_hub.proof.verdict import Finding

CODE = "ID013"
TITLE = "an incremental model replaces whole rows by its primary key, and keeps none for good"
WHY = "Ids that are updated apart from the rest of a row give one record's ids to another."


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below. company_target is ID009's, a landed hub id013_one_record's."""
    node = subject.node
    landed = subject.layer is Layer.HUB and staging_of(node, subject.graph)
    if not node.is_incremental or node.is_anchor or landed:
        return
    if not subject.is_of_somebody:
        return
    if not node.published_to:
        yield subject.finding(
            CODE,
            "keeps rows that its query no longer gives, and so what was another company's",
            "Materialize it as a table. Only a hub of landed records may be incremental, whose gate"
            " finds such rows, and a published mart, which every build makes anew.",
        )
    for setting in PARTIAL_UPDATES:
        if node.config.get(setting):
            yield subject.finding(
                CODE,
                f"`{setting}` leaves parts of a row, or whole rows, as another build made them",
                f"Take {setting} out: the ids of a row and all that they are ids of go together.",
            )
    unique = node.config.get("unique_key")
    named = [unique] if isinstance(unique, str) else list(unique or ())
    key = node.primary_key()
    if named and {str(name).strip('"').lower() for name in named} != set(key):
        yield subject.finding(
            CODE,
            "`unique_key` is not its primary key: a row would take the place of others",
            f"Set unique_key={list(key)!r}."
            if key
            else "Give it a primary key, and unique_key that.",
        )


_HISTORY = """
    select send_id, person_id, target_id, company_unique_id from {{ ref('send_log') }}
"""


def _history(shows: str, text: str = _HISTORY, **settings: object) -> Example:
    merged = {"incremental_strategy": "merge", "unique_key": ["target_id", "company_unique_id"]}
    published = {"meta": {"doctrine_id": "04.04.04", "publish_to": "outreach_marts"}}
    config = {"rpt_history": {**merged, **published, **settings}}
    return Example(shows, "rpt_history", text, materialized="incremental", config=config)


REFUSED = (
    _history("ids alone are merged", merge_update_columns=["target_id", "company_unique_id"]),
    _history("ids stay as they were", merge_exclude_columns=["target_id", "company_unique_id"]),
    _history("merged on what others have too", unique_key="person_id"),
    _history("some rows are never replaced", incremental_predicates=["send_id > 'S5'"]),
    _history(
        "the same, without ids",
        "select person_id, send_id from {{ ref('send_log') }}",
        unique_key="send_id",
        merge_update_columns=["person_id"],
    ),
    _history("published nowhere, and so never made anew", meta={"doctrine_id": "04.04.04"}),
)
ACCEPTED = (
    _history("whole rows, by the primary key"),
    _history("deleted, and inserted anew", incremental_strategy="delete+insert"),
    _history("only added to", incremental_strategy="append", unique_key=None),
)

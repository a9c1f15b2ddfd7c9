"""One id, one record: the stated rule settles duplicates, and no other."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.proof.examples import Example
from outreach_hub.proof.gates import in_one_line
from outreach_hub.proof.graph import PARTIAL_UPDATES, Layer, Node
from outreach_hub.proof.path import Column
from outreach_hub.proof.record_keys import source_key
from outreach_hub.proof.records import record_key, staging_of
from outreach_hub.proof.rows import (
    Root,
    keeps_one_a_key,
    keeps_what_is_new,
    looks_again_at,
    ranking_of,
)
from outreach_hub.proof.subject import Subject
from outreach_hub.proof.verdict import Finding
from outreach_hub.proof.yaml_lines import declared_at

CODE = "ID013"
TITLE = "duplicates are settled by the record's key, the latest loaded_at first"
WHY = "Which of two versions counts must not depend on who wrote the query, or on chance."


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below."""
    if subject.layer is not Layer.HUB or not staging_of(subject.node, subject.graph):
        return
    node = subject.node
    key = record_key(subject)
    if not key:
        if node.materialized != "ephemeral":
            yield subject.finding(
                CODE,
                "the key of its records, meta.key of their source, is not among its columns",
                "Carry the record's own id, and make it the primary key. The source declares it as"
                " a list: config: {meta: {key: [record_id]}}.",
            )
        return
    if node.is_stored:
        roots = [
            column.source()
            for name in node.primary_key()
            if (column := subject.query.columns.get(name))
        ]
        if set(roots) != set(key):
            yield _no_primary_key(subject, key)
    if node.is_incremental:
        yield from _incremental(subject, node, key)


def _no_primary_key(subject: Subject, key: tuple[Root, ...]) -> Finding:
    """Said of the YAML, for there it is mended."""
    node = subject.node
    names = _names(subject, key)
    one = names[0] if len(names) == 1 else ""
    path, line = declared_at(node, subject.graph, one)
    constraint = {"type": "primary_key", **({} if one else {"columns": names})}
    return Finding(
        CODE,
        node.name,
        path,
        line,
        "its primary key is not the key of the records it lands",
        f"Make {one or 'their key'} the primary key: add to {one or 'the model'}, in YAML:",
        yaml=in_one_line({"constraints": [constraint]}),
    )


def _names(subject: Subject, key: tuple[Root, ...]) -> list[str]:
    """What a model calls the columns of its records' key."""
    carried = {column.source(): column.name for column in reversed(subject.query.order)}
    return [carried[root] for root in key]


def _incremental(subject: Subject, node: Node, key: tuple[Root, ...]) -> Iterator[Finding]:
    unique = node.config.get("unique_key")
    named = [unique] if isinstance(unique, str) else list(unique or ())
    columns = [subject.query.columns.get(str(name).lower()) for name in named]
    if {c.source() for c in columns if c} != set(key):
        names = _names(subject, key)
        yield subject.finding(
            CODE,
            "`unique_key` is not the key of the records it lands",
            f"Set unique_key={(names[0] if len(names) == 1 else names)!r}.",
        )
    for setting in PARTIAL_UPDATES:
        if node.config.get(setting):
            yield subject.finding(
                CODE, f"`{setting}` keeps parts of an older version", f"Take {setting} out."
            )
    if node.config.get("incremental_strategy") not in (None, "merge", "delete+insert"):
        yield subject.finding(
            CODE,
            "the strategy keeps every version of a record",
            "Set incremental_strategy='merge'.",
        )
    if "loaded_at" in _landed_columns(subject):
        yield from _latest(subject, key)


def _latest(subject: Subject, key: tuple[Root, ...]) -> Iterator[Finding]:
    """The state that landed last wins, within a batch and from one batch to the next."""
    for query in subject.query.walk():
        if keeps_one_a_key(query, key):
            ranking = ranking_of(query.where[0])
            if ranking is not None and not _latest_first(ranking):
                yield subject.finding(
                    CODE,
                    "another version than the latest loaded_at wins",
                    "Write order by loaded_at desc, and what settles a tie after it.",
                    at=ranking.node,
                )
        elif keeps_what_is_new(query, key) and looks_again_at(query, key) != {"loaded_at"}:
            yield subject.finding(
                CODE,
                "a later state of a record that is known already is not taken",
                "Write where known.<key> is null or landed.loaded_at > known.loaded_at, as"
                " new_rows() does.",
                at=query.where[0].node,
            )


def _landed_columns(subject: Subject) -> set[str]:
    return {
        name
        for staging in staging_of(subject.node, subject.graph)
        if source_key(staging, subject.graph)
        for name in (subject.world.outputs.get(staging.id) or {})
    }


def _latest_first(ranking: Column) -> bool:
    if not ranking.order_by:
        return False
    first, descending = ranking.order_by[0]
    source = first.source()
    return descending and source is not None and source[1] == "loaded_at"


_AGAIN = "or landed.loaded_at > known.loaded_at"
_SENDS = """
    with arrived as (
        select landed.* from {{{{ ref('stg_execution__sends') }}}} as landed
        left join {{{{ this }}}} as known on landed.send_id = known.send_id
        where known.send_id is null {again}
    ),
    ranked as (
        select *, row_number() over (partition by send_id order by {order}) as version
        from arrived
    ),
    landed as (select * from ranked where version = 1)
    select landed.send_id, landed.person_id, targets.target_id, targets.company_unique_id,
        landed.loaded_at
    from landed left join {{{{ ref('company_target') }}}} as targets
        on landed.company_unique_id = targets.company_unique_id
"""
REFUSED = (
    Example("the oldest version wins", "send_log", _SENDS.format(order="loaded_at", again=_AGAIN)),
    Example(
        "a record is never looked at again",
        "send_log",
        _SENDS.format(order="loaded_at desc", again=""),
    ),
    Example("merged on another key", config={"send_log": {"unique_key": "person_id"}}),
    Example(
        "a merge that keeps the ids of an older version",
        config={"send_log": {"merge_exclude_columns": ["company_unique_id"]}},
    ),
    Example(
        "an append that keeps every version",
        config={"send_log": {"incremental_strategy": "append"}},
    ),
)
ACCEPTED = (
    Example(
        "the latest version wins",
        "send_log",
        _SENDS.format(order="loaded_at desc, person_id", again=_AGAIN),
    ),
    Example("delete and insert", config={"send_log": {"incremental_strategy": "delete+insert"}}),
)

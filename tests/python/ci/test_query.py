"""A query column by column: what is the same in two texts, and what is read at all."""

from __future__ import annotations

import pytest

from outreach_hub.ci.query import Query, Unclear

TABLES = {'"db"."marts"."sends"': "model.sends", '"pr"."marts"."sends"': "model.sends"}
SCHEMA = {"model.sends": {"send_id": "text", "target_id": "text", "sent_at": "date", "step": "int"}}
SENDS = '"db"."marts"."sends"'


def query(text: str, *columns: str) -> Query:
    return Query.of(text, columns, TABLES, SCHEMA)


def alike(one: str, other: str, *columns: str) -> bool:
    return query(one, *columns).only(columns).text == query(other, *columns).only(columns).text


BASE = f"""
    with sends as (select * from {SENDS}),
    counted as (select target_id, count(*) as sends, max(step) as step from sends group by 1)
    select target_id, sends, step from counted
"""


@pytest.mark.parametrize(
    ("other", "columns"),
    [
        (BASE.replace("select target_id, sends", "-- so\n  SELECT  target_id,sends"), ["sends"]),
        (BASE.replace(SENDS, '"pr"."marts"."sends"'), ["target_id", "sends", "step"]),
        (BASE.replace("max(step)", "min(step)"), ["target_id", "sends"]),
        (BASE.replace("count(*)", "min(sent_at) as since, count(*)"), ["target_id", "step"]),
        (BASE.replace("select *", "select send_id, target_id, step"), ["target_id", "sends"]),
    ],
    ids=["layout", "another schema", "another column", "one column more", "a star written out"],
)
def test_what_another_text_leaves_alone(other: str, columns: list[str]) -> None:
    assert alike(BASE, other, *columns)


@pytest.mark.parametrize(
    ("other", "columns"),
    [
        (BASE.replace("max(step)", "min(step)"), ["step"]),
        (BASE.replace("from sends group", "from sends where step > 1 group"), ["target_id"]),
        (BASE.replace("group by 1", "group by 1, step"), ["target_id"]),
        (BASE.replace("select target_id, sends, step", "select distinct *"), ["target_id"]),
        (BASE.replace("from counted", "from counted limit 5"), ["target_id"]),
        (BASE.replace("from counted", "from counted union all select 'a', 1, 2"), ["target_id"]),
        (
            BASE.replace("count(*)", "generate_series(1, max(step)) as each, count(*)"),
            ["target_id"],
        ),
    ],
    ids=["its column", "a filter", "a grain", "distinct", "a limit", "more rows", "a row set"],
)
def test_what_another_text_changes(other: str, columns: list[str]) -> None:
    assert not alike(BASE, other, *columns)


def test_every_clause_reads() -> None:
    text = f"""
        select a.target_id, row_number() over (order by a.sent_at) as number, 'x' as x
        from {SENDS} as a inner join {SENDS} as b on a.send_id = b.send_id
    """
    whole = query(text, "target_id", "number", "x")
    assert whole.only(["x"]).reads == {("model.sends", "send_id")}
    assert whole.only(["number"]).reads == {("model.sends", "send_id"), ("model.sends", "sent_at")}
    filtered = query(f"select target_id from {SENDS} where step > 1", "target_id")
    assert filtered.reads == {("model.sends", "target_id"), ("model.sends", "step")}


def test_a_subquery_reads_what_it_is_correlated_with() -> None:
    text = f"""
        select a.target_id from {SENDS} as a
        where exists (select 1 from {SENDS} as b where b.send_id = a.send_id and b.step > 1)
    """
    assert {name for _, name in query(text, "target_id").reads} == {"target_id", "send_id", "step"}


def test_a_set_operation_reads_whole_rows() -> None:
    text = f"select target_id from {SENDS} union select send_id from {SENDS}"
    read = query(text, "target_id").reads
    assert read == {("model.sends", "target_id"), ("model.sends", "send_id")}
    whole = query(f"select distinct * from {SENDS}", "target_id").only(["target_id"])
    assert {name for _, name in whole.reads} == set(SCHEMA["model.sends"])


@pytest.mark.parametrize(
    "text",
    [
        f"select target_id from {SENDS} as a natural join {SENDS} as b",
        f"select target_id, spread(step) as s from {SENDS}",
        f"select target_id from {SENDS}, elsewhere.whatever",
        f"select target_id, unheard_of from {SENDS}",
        f"select a::text as target_id from {SENDS} as a",
        f"select target_id, step from {SENDS} as a, {SENDS} as b",
        "select target_id from",
        "delete from sends",
    ],
)
def test_what_cannot_be_followed_is_said_to_be_unclear(text: str) -> None:
    with pytest.raises(Unclear):
        found = query(text, "target_id").only(["target_id"])
        assert found.text and found.reads

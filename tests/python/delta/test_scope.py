"""What looks at one company at a time, by its SQL, and what does not."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from outreach_hub.delta import BuildEverything
from outreach_hub.delta.rankings import Ranking
from outreach_hub.delta.scope import (
    Scope,
    company_bound_columns,
    compiled_otherwise,
    require_built_by_sql_alone,
    scope_of,
)
from outreach_hub.delta.tallies import Tally
from outreach_hub.delta.whole import is_of_a_part
from outreach_hub.macro_calls import MacroCalls

GATE = SimpleNamespace(
    name="gate",
    resource_type="test",
    attached_node="it",
    depends_on=SimpleNamespace(macros=[]),
    test_metadata=SimpleNamespace(
        name="identity_gate",
        kwargs={
            "key": "send_id",
            "belongs_to": [{"column": "campaign_id", "relation": "ref('campaigns')"}],
        },
    ),
)


def macro(text: str, *macros: str) -> Any:
    return SimpleNamespace(macro_sql=text, depends_on=SimpleNamespace(macros=list(macros)))


MACROS = {
    "macro.dbt.run_query": macro("...", "macro.dbt.statement"),
    "kinds": macro("{% for each in run_query('...') %}", "macro.dbt.run_query"),
    "the_day": macro("""'{{ run_started_at.strftime("%Y-%m-%d") }}'"""),
    "the_moment": macro("""'{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}'"""),
    "around": macro("{{ around() }}", "around", "the_day"),
}


def model(
    name: str,
    *parents: str,
    columns: tuple[str, ...] = ("company_unique_id",),
    macros: tuple[str, ...] = (),
    written: str = "",
) -> Any:
    return SimpleNamespace(
        name=name,
        alias=name,
        resource_type="model",
        depends_on_nodes=list(parents),
        depends_on=SimpleNamespace(macros=list(macros)),
        columns=dict.fromkeys(columns),
        raw_code=written,
        config=SimpleNamespace(materialized="table", pre_hook=[], post_hook=[]),
    )


def judged(manifest: Any, compiled: dict[str, str]) -> Scope:
    calls = MacroCalls(manifest)
    require_built_by_sql_alone(manifest, calls)
    return scope_of(manifest, compiled, compiled_otherwise(manifest, calls))


def scope(text: str, **more: Any) -> Scope:
    """Of one model of this text, that reads a source."""
    nodes = {"gate": GATE, "it": model("it", "source", **more)}
    manifest: Any = SimpleNamespace(nodes=nodes, macros=MACROS)
    return judged(manifest, {"it": text})


CONFINED = {
    "rows as they are": "select * from raw",
    "an id read as text": "select cast(company_unique_id as text) as company_unique_id from raw",
    "a join by a record's id": (
        "select raw.* from raw left join other on raw.send_id = other.send_id and other.rank = 1"
    ),
    "a group by a record's id": "select send_id, count(*) as n from raw group by send_id",
    "a group by its place": "select company_unique_id, count(*) as n from raw group by 1",
    "a window in a company": (
        "select *, row_number() over (partition by company_unique_id, kind order by at) as n"
        " from raw"
    ),
    "a filtered count in a company": (
        "select *, count(*) filter (where n > 1) over (partition by company_unique_id) as k"
        " from raw"
    ),
    "a window by an id that each row has": (
        "select *, row_number() over (partition by campaign_id order by at) as n"
        " from (select raw.* from raw) as records where campaign_id is not null"
    ),
    "a window by an id that was found": (
        "select raw.*, count(*) over (partition by raw.campaign_id) as n from raw"
        " inner join other on raw.campaign_id = other.campaign_id"
    ),
    "a window by an id, found again by it": (
        "with numbered as (select *, count(*) over (partition by campaign_id) as n from raw),"
        " first as (select * from numbered where n = 1)"
        " select raw.*, first.n from raw left join first on raw.campaign_id = first.campaign_id"
    ),
    "a group by an id, found again by it": (
        "select raw.*, per.n from raw left join"
        " (select campaign_id, count(*) as n from raw group by campaign_id) as per"
        " on raw.campaign_id = per.campaign_id"
    ),
    "one row of each": "select distinct on (send_id) * from raw order by send_id, at",
    "constants": (
        "with kinds as (select 'a' as kind union all select 'b' as kind)"
        " select raw.* from raw cross join kinds"
    ),
    "an id in capitals": (
        "select COMPANY_UNIQUE_ID, count(*) as n from Raw group by Raw.Company_Unique_Id"
    ),
    "an id in brackets": "select (company_unique_id), (raw.send_id)::text as send_id from raw",
    "a company that is looked for, of a record that has one": (
        "select raw.send_id, other.n, raw.company_unique_id from other"
        " right join raw on other.send_id = raw.send_id"
    ),
    "rows one after the other": "select * from raw union all select * from other",
    "a subquery to select from": "select * from (select * from raw) as records where n <= 1",
}

SPREADING = {
    "a window over all": (
        "select *, row_number() over (order by score) as place from raw",
        "has a window over more than a company",
    ),
    "a window by something else": (
        "select *, sum(n) over (partition by day) as n from raw",
        "has a window over more than a company",
    ),
    "a group by something else": (
        "select day, count(*) as n from raw group by day",
        "groups rows of more than a company",
    ),
    "one number of all": (
        "select raw.* from raw inner join (select send_id, max(n) as n from raw) as other"
        " on raw.send_id = other.send_id",
        "groups rows of more than a company",
    ),
    "a group by a made-up id": (
        "with made as (select 'x' as send_id, n from raw)"
        " select send_id, sum(n) as n from made group by send_id",
        "makes send_id out of something else",
    ),
    "an id cut short": (
        "select cast(send_id as varchar(4)) as send_id from raw",
        "makes send_id out of something else",
    ),
    "a join by something else": (
        "select raw.* from raw left join other on raw.domain = other.domain",
        "joins other otherwise than by an id",
    ),
    "a join by another id": (
        "select raw.* from raw left join other on raw.send_id = other.campaign_id",
        "joins other otherwise than by an id",
    ),
    "every row with every row": (
        "select raw.* from raw cross join other",
        "joins other otherwise than by an id",
    ),
    "a join that is one of two": (
        "select raw.* from raw left join other on raw.send_id = other.send_id or raw.n = other.n",
        "joins other otherwise than by an id",
    ),
    "a join by what one of both has": (
        "select raw.*, other.n from raw left join other on raw.send_id = raw.send_id",
        "joins other otherwise than by an id",
    ),
    "a join by what others were joined by": (
        "select raw.* from raw inner join other on raw.send_id = other.send_id"
        " inner join third on raw.send_id = other.send_id",
        "joins third otherwise than by an id",
    ),
    "a join by nobody knows whose id": (
        "select raw.* from raw inner join other on send_id = send_id",
        "joins other otherwise than by an id",
    ),
    "a join in brackets": (
        "select raw.* from raw left join (other cross join third) on raw.send_id = other.send_id",
        "joins ",
    ),
    "constants that nobody has": (
        "with kinds as (select 'a' as kind)"
        " select raw.company_unique_id, kinds.kind from raw"
        " right join kinds on raw.kind = kinds.kind",
        "joins kinds otherwise than by an id",
    ),
    "a table by the name of constants": (
        "with kinds as (select 'a' as kind) select raw.*, kinds.n from raw cross join here.kinds",
        "joins kinds otherwise than by an id",
    ),
    "a table by the name of constants elsewhere": (
        "with both as (with kinds as (select 'a' as kind) select * from kinds)"
        " select raw.*, kinds.n from raw cross join kinds",
        "joins kinds otherwise than by an id",
    ),
    "a company that is looked for": (
        "select raw.send_id, other.company_unique_id from raw"
        " left join other on raw.send_id = other.send_id",
        "may have rows of no company",
    ),
    "a company of one of two": (
        "select raw.company_unique_id, other.n from raw"
        " full join other on raw.send_id = other.send_id",
        "may have rows of no company",
    ),
    "distinct": ("select distinct day from raw", "compares rows of more than a company"),
    "a union that compares": (
        "select * from raw union select * from other",
        "has a set operation that compares rows",
    ),
    "something else in the place of an id": (
        "with both as (select send_id, n from raw union all select email, n from other)"
        " select send_id, sum(n) as n from both group by send_id",
        "has a union that puts email in the place of send_id",
    ),
    "another id in the place of one": (
        "with both as ((select send_id, n from raw) union all (select * from other"
        " union all select campaign_id, n from raw))"
        " select send_id, sum(n) as n from both group by send_id",
        "has a union that puts * in the place of send_id",
    ),
    "an id by the place of something else": (
        "with made (send_id, n) as (select email, n from raw)"
        " select send_id, sum(n) as n from made group by send_id",
        "makes send_id of what is in its place",
    ),
    "an id by the place of something else in a subquery": (
        "select send_id, sum(n) as n from (select email, n from raw) as made (send_id, n)"
        " group by send_id",
        "makes send_id of what is in its place",
    ),
    "an id in the place of another thing, by a star": (
        "with named as (select send_id, n from raw), turned as (select email, send_id from other),"
        " both as (select * from named union all select * from turned)"
        " select send_id, sum(n) as n from both group by send_id",
        "has a union that puts email in the place of send_id",
    ),
    "a function's rows by the name of an id": (
        "select raw.*, send_id.n from raw"
        " inner join generate_series(1, 3) as send_id on raw.send_id = send_id.send_id",
        "makes send_id of what is in its place",
    ),
    "an id that Postgres names": (
        "with made as (select case when n > 1 then email else send_id end, n from raw)"
        " select send_id, sum(n) as n from made group by send_id",
        "makes send_id out of something else",
    ),
    "an id made up in capitals": (
        "with made as (select left(send_id, 3) as Send_Id, n from raw)"
        " select send_id, sum(n) as n from made group by send_id",
        "makes send_id out of something else",
    ),
    "a group by the place after a star": (
        "select raw.*, company_unique_id, count(*) as n from raw group by 2",
        "groups rows of more than a company",
    ),
    "an intersection": (
        "select * from raw intersect all select * from other",
        "has a set operation that compares rows",
    ),
    "distinct on": (
        "select distinct on (day) send_id, day from raw order by day",
        "compares rows of more than a company",
    ),
    "a filtered count of all": (
        "select count(*) filter (where n > 1) as n from raw",
        "groups rows of more than a company",
    ),
    "groups of groups": (
        "select send_id, count(*) as n from raw group by rollup (send_id)",
        "groups rows of more than a company",
    ),
    "a window of a name": (
        "select sum(n) over day as n from raw window day as (partition by send_id)",
        "has a window over more than a company",
    ),
    "a join by what both call alike": (
        "select raw.* from raw left join other using (send_id)",
        "joins other otherwise than by an id",
    ),
    "chance": ("select *, random() as n from raw", "has rand"),
    "a sample": ("select * from raw tablesample system (10)", "has tablesample"),
    "the clock": ("select *, now() as seen_at from raw", "has currenttimestamp"),
    "the day": ("select *, current_date as day from raw", "has currentdate"),
    "the clock by another name": (
        "select *, clock_timestamp() as seen_at from raw",
        "calls clock_timestamp, which may look at anything",
    ),
    "the day by a word": (
        "select * from raw where at < 'today'::timestamptz",
        "may ask for the time by 'today'",
    ),
    "the day by a word, written otherwise": (
        "select *, at < $$yesterday$$::timestamptz as is_old from raw",
        "may ask for the time by 'yesterday'",
    ),
    "an id for each row": ("select *, gen_random_uuid() as n from raw", "has uuid"),
    "who asks": ("select *, current_user as n from raw", "has currentuser"),
    "where a row lies": (
        "select *, tableoid::text as landed_in from raw",
        "asks for tableoid",
    ),
    "an aggregate of which nothing is known": (
        "select xmlagg(n) as n from raw",
        "calls xmlagg, which may look at anything",
    ),
    "somebody's own function": (
        "select *, here.how_many() as n from raw",
        "calls how_many, which may look at anything",
    ),
    "the schema by its name": (
        "select *, 'here' as built_in from here.raw",
        "says in which schema it is built",
    ),
    "the relation by its name": (
        """select *, '"db"."here"."raw"' as landed_in from here.raw""",
        "says in which schema it is built",
    ),
    "a limit": ("select * from raw limit 10", "has limit"),
    "a question of other rows": (
        "select * from raw where exists (select 1 from other)",
        "has exists",
    ),
    "a value of other rows": (
        "select company_unique_id, (select max(n) from other) as top from raw",
        "groups rows of more than a company",
    ),
    "one of other rows": (
        "select * from raw where n in (select n from other)",
        "has a subquery in an expression",
    ),
    "an array of other rows": (
        "select raw.*, array(select n from other) as n from raw",
        "has a subquery in an expression",
    ),
    "more than all other rows": (
        "select * from raw where n >= all (select n from other)",
        "has a subquery in an expression",
    ),
    "rows of a function": (
        "select raw.* from raw cross join lateral unnest(raw.kinds) as kind",
        "has lateral",
    ),
    "a window by an id that not each row has": (
        "select *, row_number() over (partition by campaign_id order by at) as n from raw",
        "takes rows without campaign_id for one another's",
    ),
    "one row of each that has an id, and of all that have none": (
        "with first as (select distinct on (campaign_id) * from raw) select * from first",
        "takes rows without campaign_id for one another's",
    ),
    "a window by an id that was looked for": (
        "with both as (select raw.*, other.send_id from raw"
        " left join other on raw.campaign_id = other.campaign_id)"
        " select *, count(*) over (partition by send_id) as n from both",
        "takes rows without send_id for one another's",
    ),
    "a window that is found again by another id": (
        "with numbered as (select *, count(*) over (partition by campaign_id) as n from raw)"
        " select raw.*, numbered.n from raw left join numbered on raw.send_id = numbered.send_id",
        "takes rows without campaign_id for one another's",
    ),
    "a window that is counted before it is found again": (
        "with numbered as (select *, count(*) over (partition by campaign_id) as n from raw),"
        " summed as (select *, sum(n) over (partition by company_unique_id) as m from numbered)"
        " select raw.*, summed.m from raw"
        " left join summed on raw.campaign_id = summed.campaign_id",
        "takes rows without campaign_id for one another's",
    ),
    "groups to which is joined what they are of": (
        "with per as (select campaign_id, count(*) as n from raw group by campaign_id)"
        " select raw.company_unique_id, per.n from per"
        " left join raw on per.campaign_id = raw.campaign_id",
        "takes rows without campaign_id for one another's",
    ),
    "what a query deletes": (
        "with gone as (delete from raw returning *) select * from gone",
        "is more than a query",
    ),
    "no query": ("values ('a', 1)", "is more than a query"),
    "what cannot be read": ("select from where", "it cannot be read"),
}


@pytest.mark.parametrize("text", CONFINED.values(), ids=CONFINED)
def test_one_company_at_a_time(text: str) -> None:
    assert scope(text).spreading == {}


@pytest.mark.parametrize(("text", "reason"), SPREADING.values(), ids=SPREADING)
def test_more_than_one(text: str, reason: str) -> None:
    assert scope(text).spreading["it"].startswith(reason)


DAYS = """
with sends as (select * from raw where was_sent),
acts as (
    select day, 'sent' as kind, target_id, n from sends
    union all
    select day, kind, target_id, n from other
),
daily as ({query})
select * from daily
"""


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"macros": ("the_moment",)}, "is compiled with run_started_at"),
        ({"written": "select '{{ invocation_id }}' as built_by"}, "is compiled with invocation_id"),
        ({"macros": ("the_day", "around", "macro.elsewhere")}, None),
    ],
)
def test_what_a_model_is_compiled_of(more: dict[str, Any], reason: str | None) -> None:
    assert scope("select * from raw", **more).spreading.get("it") == reason


@pytest.mark.parametrize("resource_type", ["model", "test"])
def test_what_is_compiled_of_some_rows_is_not_for_all(resource_type: str) -> None:
    pivot = model("pivot", "source", macros=("kinds",))
    pivot.resource_type = resource_type
    manifest: Any = SimpleNamespace(nodes={"pivot": pivot}, macros=MACROS)
    with pytest.raises(BuildEverything, match="pivot asks the database while it is compiled"):
        judged(manifest, {})


@pytest.mark.parametrize(
    ("config", "resource_type", "reason"),
    [
        ({"materialized": "materialized_view"}, "model", "odd is a materialized_view"),
        ({"post_hook": ["delete from {{ this }} where n < 1"]}, "model", "odd has hooks"),
        ({"pre_hook": ["create index on x (n); truncate y"]}, "model", "odd has hooks"),
        ({}, "snapshot", "odd keeps what its rows were"),
        (
            {"materialized": "view", "meta": {"publish_to": "outreach_marts"}},
            "model",
            "odd is a view, which is published whole",
        ),
    ],
)
def test_what_is_not_made_by_sql_alone(
    config: dict[str, Any], resource_type: str, reason: str
) -> None:
    with pytest.raises(BuildEverything, match=reason):
        configured(config, resource_type)


def test_hooks_that_touch_no_row() -> None:
    hooks = ["CREATE INDEX on {{ this }} (n)", " analyze {{ this }}; "]
    assert configured({"materialized": "view", "post_hook": hooks}).spreading == {}


def configured(config: dict[str, Any], resource_type: str = "model") -> Scope:
    odd = model("odd", "source")
    odd.resource_type = resource_type
    hooks = {
        name: [SimpleNamespace(sql=text) for text in config.get(name, ())]
        for name in ("pre_hook", "post_hook")
    }
    odd.config = SimpleNamespace(**{"materialized": "table", "meta": {}, **config, **hooks})
    manifest: Any = SimpleNamespace(nodes={"odd": odd}, macros=MACROS)
    return judged(manifest, {"odd": "select * from raw"})


TALLIES = {
    "counts": (
        "select day, count(*) as n, count(case when kind = 'sent' then 1 end) as sent from acts"
        " group by day",
        Tally(plain=("day",), counts=("n", "sent")),
    ),
    "distinct ids": (
        "select day, count(distinct case when kind = 'sent' then target_id end) as n from acts"
        " group by 1",
        Tally(plain=("day",), counts=("n",)),
    ),
    "what is made of the group": (
        "select count(*) as n, day > date '2026-01-01' as is_new, day, kind from acts"
        " where n > 1 group by day, kind",
        Tally(plain=("is_new", "day", "kind"), counts=("n",)),
    ),
}

NO_TALLIES = {
    "distinct values of many companies": (
        "select day, count(distinct kind) as n from acts group by day"
    ),
    "distinct pairs": "select day, count(distinct (target_id, kind)) as n from acts group by day",
    "an id or something else": (
        "select day, count(distinct coalesce(target_id, kind)) as n from acts group by day"
    ),
    "a sum, of nothing null": "select day, sum(n) as n from acts group by day",
    "a maximum": "select day, count(*) as n, max(n) as top from acts group by day",
    "a share": "select day, count(*) / 2 as n from acts group by day",
    "some groups": "select day, count(*) as n from acts group by day having count(*) > 1",
    "groups of groups": "select day, count(*) as n from acts group by rollup (day)",
    "groups of groups of one": (
        "select day, count(*) as n from acts group by day, grouping sets ((), (kind))"
    ),
    "groups that are not told apart": "select day, count(*) as n from acts group by day, kind",
    "a count that Postgres names": "select day, count(*) from acts group by day",
    "a join": "select day, count(*) as n from acts inner join other using (day) group by day",
    "one number of all": "select count(*) as n from acts",
    "no number": "select day from acts group by day",
    "a window over groups": (
        "select day, count(*) as n, rank() over (order by day) as place from acts group by day"
    ),
    "counts of what spreads": (
        "select day, count(*) as n from (select distinct day, kind from raw) as kinds group by day"
    ),
    "the clock": "select day, day > now() as is_new, count(*) as n from acts group by day",
    "what is made of a count by the same name": (
        "with daily as (select day, count(*) as n from acts group by day)"
        " select day, n * n as n from daily"
    ),
    "what a function finds": "select day, rate_of(day) as n, count(*) as m from acts group by day",
    "an id made up": (
        "select day, count(distinct send_id) as n from"
        " (select day, kind as send_id from raw) as made group by day"
    ),
}


def test_what_is_another_in_each_build_is_no_tally() -> None:
    query = "select day, count(*) as n from acts group by day"
    assert counted(query, macros=("the_moment",)).short_cuts == {}


def test_a_count_of_what_was_landed_is_no_tally() -> None:
    nodes = {"gate": GATE, "days": model("days", "source.it.raw", columns=("day",))}
    manifest: Any = SimpleNamespace(nodes=nodes, macros=MACROS)
    text = "select day, count(*) as n from raw group by day"
    assert judged(manifest, {"days": text}).short_cuts == {}


def test_columns_of_other_names_are_no_tally() -> None:
    query = "select day, count(*) as n from acts group by day"
    for renamed in (("daily as", "daily (n, day) as"), ("from daily", "from daily as d (n, day)")):
        assert counted(query, renamed).short_cuts == {}


def counted(query: str, renamed: tuple[str, str] = ("", ""), **more: Any) -> Scope:
    text = DAYS.replace(*renamed).format(query=query)
    nodes = {
        "gate": GATE,
        "days": model("days", "sends", columns=("day",), **more),
        "sends": model("sends", "source"),
    }
    manifest: Any = SimpleNamespace(nodes=nodes, macros=MACROS)
    return judged(manifest, {"days": text, "sends": "select * from raw"})


@pytest.mark.parametrize(("query", "tally"), TALLIES.values(), ids=TALLIES)
def test_what_is_counted_of_some_adds_up(query: str, tally: Tally) -> None:
    assert counted(query).short_cuts == {"days": tally}


@pytest.mark.parametrize("query", NO_TALLIES.values(), ids=NO_TALLIES)
def test_what_does_not_add_up(query: str) -> None:
    assert counted(query).short_cuts == {}


RANKED = """
with scored as (select *, score > 1 as is_high from raw),
queue as ({query})
select * from queue
"""

RANKINGS = {
    "a rank": (
        "select target_id, company_unique_id, score,"
        ' row_number() over (order by score desc nulls last, target_id collate "C") as place'
        " from scored where is_high",
        {"place": 'ROW_NUMBER() OVER (ORDER BY "score" DESC NULLS LAST, "target_id" COLLATE "C")'},
    ),
    "two windows": (
        "select company_unique_id, scored.score as score, kind,"
        " rank() over (partition by kind order by scored.score desc) as place,"
        " sum(score) over () as total from scored",
        {
            "place": 'RANK() OVER (PARTITION BY "kind" ORDER BY "score" DESC)',
            "total": 'SUM("score") OVER ()',
        },
    ),
}

NO_RANKINGS = {
    "a rank by what is not there": (
        "select company_unique_id, row_number() over (order by score) as place from scored"
    ),
    "a rank by what is another there": (
        "select company_unique_id, -score as score, row_number() over (order by score) as place"
        " from scored"
    ),
    "what is made of a rank": (
        "select company_unique_id, score, row_number() over (order by score) + 1 as place"
        " from scored"
    ),
    "a rank of no name": (
        "select company_unique_id, score, row_number() over (order by score) from scored"
    ),
    "some of the ranked": (
        "select company_unique_id, score, row_number() over (order by score) as place from scored"
        " limit 10"
    ),
    "a rank before": (
        "select *, row_number() over (order by place) as last from"
        " (select company_unique_id, row_number() over () as place from raw) as ranked"
    ),
    "a rank and groups": (
        "select company_unique_id, count(*) as n, row_number() over (order by company_unique_id)"
        " as place from scored group by company_unique_id"
    ),
    "a rank and a join by something else": (
        "select scored.company_unique_id, scored.score,"
        " row_number() over (order by scored.score) as place"
        " from scored inner join other on scored.domain = other.domain"
    ),
    "an id of something else": (
        "select 'A' as company_unique_id, score, row_number() over (order by score) as place"
        " from scored"
    ),
    "a rank by what the table has in another order": (
        "select company_unique_id, kind, row_number() over (order by kind) as place"
        ' from (select company_unique_id, kind collate "C" as kind from scored) as records'
    ),
    "a window of a name": (
        "select company_unique_id, score, row_number() over best as place from scored"
        " window best as (order by score)"
    ),
}


@pytest.mark.parametrize(("query", "windows"), RANKINGS.values(), ids=RANKINGS)
def test_what_is_ranked_by_its_own_columns(query: str, windows: dict[str, str]) -> None:
    found = ranked(query)
    assert found.spreading == {"queue": "has a window over more than a company"}
    assert found.short_cuts == {"queue": Ranking(windows)}


@pytest.mark.parametrize("query", NO_RANKINGS.values(), ids=NO_RANKINGS)
def test_what_is_ranked_by_something_else(query: str) -> None:
    found = ranked(query)
    assert "queue" in found.spreading
    assert found.short_cuts == {}


def test_what_the_table_has_in_short_is_not_what_was_ranked() -> None:
    query = "select company_unique_id, score, rank() over (order by score) as place from scored"
    types = {"numeric": True, "numeric(5, 2)": False, "real": False, "double precision": True}
    for data_type, is_ranked in types.items():
        columns = {"company_unique_id": "text", "score": data_type, "place": "bigint"}
        assert bool(ranked(query, columns).short_cuts) is is_ranked


def ranked(query: str, columns: Mapping[str, str] | None = None) -> Scope:
    queue = model("queue", "raw")
    if columns:
        queue.columns = {
            name: SimpleNamespace(data_type=data_type) for name, data_type in columns.items()
        }
    nodes = {"gate": GATE, "queue": queue, "raw": model("raw", "source")}
    manifest: Any = SimpleNamespace(nodes=nodes, macros=MACROS)
    return judged(manifest, {"queue": RANKED.format(query=query), "raw": "select * from landed"})


@pytest.mark.parametrize(
    ("parent", "reason"),
    [("sends", None), ("source.it.sends", "takes rows without send_id for one another's")],
)
def test_a_model_is_not_a_source_of_its_name(parent: str, reason: str | None) -> None:
    tested = SimpleNamespace(**{**vars(GATE), "attached_node": "sends"})
    nodes = {
        "gate": tested,
        "it": model("it", parent),
        "sends": model("sends", "source.it.raw", columns=("company_unique_id", "send_id")),
    }
    manifest: Any = SimpleNamespace(nodes=nodes, macros=MACROS)
    text = 'select distinct on (send_id) * from "here"."sends"'
    found = judged(manifest, {"it": text, "sends": "select * from raw"})
    assert found.spreading.get("it") == reason


def test_rows_of_no_company() -> None:
    found = scope("select day from raw", columns=("day",))
    assert found.spreading == {"it": "its rows are of no company"}


def test_what_was_not_compiled_is_not_known() -> None:
    assert scope("").spreading == {"it": "it was not compiled"}


def test_what_reads_it_spreads_as_well_and_what_reads_nothing_is_constant() -> None:
    nodes = {
        "reader": model("reader", "ranking"),
        "ranking": model("ranking", "source"),
        "dates": model("dates"),
        "anchor": model("company_target", "source"),
    }
    manifest: Any = SimpleNamespace(nodes=nodes, macros=MACROS)
    found = judged(
        manifest,
        {
            "reader": "select * from ranking",
            "ranking": "select * from raw limit 1",
            "dates": "select 1 as day",
            "anchor": "select left(company_unique_id, 8) as prefix, count(*) from raw group by 1",
        },
    )
    assert found.spreading == {"ranking": "has limit", "reader": "reads ranking, which spreads"}
    assert found.constant == {"dates"}
    assert [found.is_confined(each) for each in nodes] == [False, False, False, True]


def test_the_gates_say_which_ids_are_of_one_company() -> None:
    manifest: Any = SimpleNamespace(nodes={"gate": GATE})
    assert company_bound_columns(manifest) == {
        "company_unique_id",
        "target_id",
        "send_id",
        "campaign_id",
    }


AS_DBT_HAS_IT = {
    "severity": "ERROR",
    "where": None,
    "limit": None,
    "fail_calc": "count(*)",
    "error_if": "!= 0",
    "warn_if": "!= 0",
}


@pytest.mark.parametrize(
    ("config", "is_there"),
    [
        ({}, True),
        ({"where": "n > 1"}, False),
        ({"severity": "warn"}, False),
        ({"error_if": "> 10"}, False),
        ({"fail_calc": "max(n)"}, False),
    ],
)
def test_an_id_is_there_where_a_test_says_so(config: dict[str, Any], is_there: bool) -> None:
    asked = data_test("not_null", "campaign_id", on="it", config=config)
    nodes = {"gate": GATE, "asked": asked, "it": model("it", "source")}
    manifest: Any = SimpleNamespace(nodes=nodes, macros=MACROS)
    text = "select distinct on (campaign_id) * from raw"
    assert ("it" in judged(manifest, {"it": text}).spreading) is not is_there


def test_an_id_that_is_landed_elsewhere_without_a_gate_is_of_nobody() -> None:
    landed = model("landed", "source.it.landed", columns=("company_unique_id", "campaign_id"))
    manifest: Any = SimpleNamespace(nodes={"gate": GATE, "landed": landed})
    assert company_bound_columns(manifest) == {"company_unique_id", "target_id", "send_id"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("with days as (select 1 as day) select * from days, generate_series(1, 2) as n", None),
        ("select * from here.days", "reads days, which dbt does not know"),
        ("with days as (select 1) select * from here.days", "reads days, which dbt does not know"),
        ("select now() as built_at", "has currenttimestamp"),
        ("select from where", "it cannot be read"),
    ],
)
def test_what_names_nothing_that_it_reads(text: str, reason: str | None) -> None:
    manifest: Any = SimpleNamespace(nodes={"dates": model("dates")}, macros=MACROS)
    found = judged(manifest, {"dates": text})
    assert found.constant == (frozenset() if reason else {"dates"})
    assert found.spreading.get("dates", "").startswith(reason or "")


def data_test(
    name: str,
    column: str | None = None,
    on: str = "sends",
    to: str | None = None,
    config: dict[str, Any] | None = None,
    **arguments: Any,
) -> Any:
    return SimpleNamespace(
        name=name,
        resource_type="test",
        depends_on=SimpleNamespace(macros=[]),
        config=SimpleNamespace(**{**AS_DBT_HAS_IT, **(config or {})}),
        test_metadata=SimpleNamespace(name=name, kwargs=arguments),
        column_name=column,
        attached_node=on,
        depends_on_nodes=[to, on] if to else [on],
    )


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (data_test("not_null", "email"), True),
        (data_test("not_null", "email", on="ranking"), False),
        (data_test("not_null", "email", on="queue"), True),
        (data_test("not_null", "place", on="queue"), False),
        (data_test("not_null", "email", on="queue", config={"where": "PLACE < 10"}), False),
        (data_test("somebody_elses_test", columns=["place"], on="queue"), False),
        (data_test("unique", "send_id"), True),
        (data_test("unique", "company_unique_id", on="companies"), True),
        (data_test("unique", "ein"), False),
        (data_test("unique", "day", on="dates"), True),
        (data_test("not_null", "email", config={"error_if": "> 10"}), False),
        (data_test("not_null", "email", config={"warn_if": "> 10"}), False),
        (data_test("not_null", "email", config={"fail_calc": "max(n)"}), False),
        (data_test("not_null", "email", config={"limit": 10}), False),
        (data_test("not_null", "email", config={"where": "n > (select avg(n) from it)"}), False),
        (data_test("accepted_range", "n", max_value="(select max(n) from other)"), False),
        (data_test("accepted_range", "n", max_value="count(*) OVER ()"), False),
        (data_test("accepted_range", "n", min_value="here.least_of_all()"), False),
        (data_test("accepted_range", "n", min_value=0, max_value="m + 1"), True),
        (data_test("accepted_values", "kind", values=["(select max(kind) from it)"]), False),
        (data_test("not_null", "email", config={"where": "n in (table other)"}), False),
        (data_test("not_null", "email", config={"where": "random() < 0.1"}), False),
        (data_test("not_null", "email", config={"where": "{{ recent() }}"}), False),
        (data_test("not_null", "email", config={"where": "n > 1 and kind is null"}), True),
        (data_test("accepted_values", "kind", values=["selected", "overdue"]), True),
        (data_test("relationships", "campaign_id", to="campaigns", field="campaign_id"), True),
        (data_test("relationships", "domain", to="companies", field="domain"), False),
        (data_test("relationships", "campaign_id", to="campaigns", field="former_id"), False),
        (data_test("relationships", "sent_on", to="dates", field="day"), True),
        (data_test("unique_combination_of_columns", combination_of_columns=["ein", "n"]), False),
        (
            data_test("unique_combination_of_columns", combination_of_columns=["target_id", "n"]),
            True,
        ),
        (
            data_test("unique_combination_of_columns", combination_of_columns=["send_id", "n"]),
            False,
        ),
        (
            data_test(
                "unique_combination_of_columns",
                on="queue",
                combination_of_columns=["company_unique_id", "n"],
            ),
            True,
        ),
        (data_test("identity_gate", key="send_id"), True),
        (data_test("identity_gate", key="change_id"), False),
        (data_test("somebody_elses_test"), False),
        (SimpleNamespace(test_metadata=None, depends_on_nodes=["sends"]), False),
    ],
)
def test_which_tests_a_part_can_answer(asked: Any, answer: bool) -> None:
    known = Scope(
        spreading={"ranking": "has limit", "queue": "has a window over more than a company"},
        constant=frozenset({"dates"}),
        short_cuts={"queue": Ranking({"place": "rank() over (order by score)"})},
        ids=frozenset({"company_unique_id", "target_id", "send_id", "campaign_id"}),
        present={"sends": frozenset({"target_id", "n"})},
    )
    assert is_of_a_part(asked, known, frozenset({("sends", "send_id")})) is answer

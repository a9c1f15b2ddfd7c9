"""What the walk makes of SQL: hops, identity, dropped rows, and what it refuses to guess."""

from __future__ import annotations

import pytest
from sqlglot import exp

from outreach_hub.proof.builder import Builder
from outreach_hub.proof.path import Column, Hop, Identity, Kind, Origin, altered
from outreach_hub.proof.prover import parse
from outreach_hub.proof.scope import Leaf, Query
from outreach_hub.proof.unproved import Unproved

TABLES = {
    "landed": (Origin.LANDED, ["person_id", "company_unique_id", "email"]),
    "targets": (Origin.TARGET, ["target_id", "company_unique_id", "company_domain"]),
    "plain": (Origin.LANDED, ["code", "label"]),
}


def leaf(table: exp.Table) -> Leaf:
    if table.db != "s":
        raise Unproved(f"{table.sql()} is unknown", table)
    origin, names = TABLES[table.name]
    kinds = {kind.value: kind for kind in Kind}
    columns = {
        name: Column(
            name,
            Hop.LEAF,
            leaf=(table.name, name),
            known=Identity(frozenset({(kinds[name], origin)})) if name in kinds else None,
        )
        for name in names
    }
    return Leaf(table.name, table.name, columns)


def build(sql: str) -> Query:
    return Builder(leaf).statement(parse(sql))


def first(sql: str) -> Column:
    return build(sql).order[0]


COPIES = [
    "select company_unique_id from s.landed",
    "select l.company_unique_id as account from s.landed as l",
    "select (company_unique_id) from s.landed",
    "select company_unique_id from (select * from s.landed) as x",
    "with a as (select * from s.landed), b as (select a.* from a) select company_unique_id from b",
    "with a (x, y) as (select email, company_unique_id from s.landed) select y from a",
    "with a as (select * from s.landed) select company_unique_id from (select * from a) as b"
    " union all select company_unique_id from a",
    "select company_unique_id from (select * from s.landed union all select * from s.landed) as x",
    "select x from (select company_unique_id from s.landed) as t (x)",
    "select company_unique_id from s.landed union all select company_unique_id from s.targets",
    "select COMPANY_UNIQUE_ID from s.landed",
    'select "company_unique_id" from s.landed',
    "select company_unique_id from s.landed group by company_unique_id",
    "select distinct company_unique_id from s.landed",
    "select l.company_unique_id from s.landed l cross join lateral (select l.email) as e",
    "select e.id from s.landed l cross join lateral (select l.company_unique_id) as e (id)",
    "with landed as (select * from s.targets) select company_unique_id from landed",
]


@pytest.mark.parametrize("sql", COPIES)
def test_a_copy_is_exact_whatever_it_is_called(sql: str) -> None:
    column = first(sql)
    assert column.exact
    assert column.identity is not None and column.identity.kinds == {Kind.COMPANY}
    assert list(altered(column)) == []


ALTERED = {
    "coalesce(company_unique_id, 'x')": Hop.CHOICE,
    "nullif(company_unique_id, '')": Hop.CHOICE,
    "case when email is null then company_unique_id end": Hop.CHOICE,
    "greatest(company_unique_id, 'x')": Hop.CHOICE,
    "cast(company_unique_id as text)": Hop.CAST,
    "company_unique_id::varchar": Hop.CAST,
    "trim(company_unique_id)": Hop.COMBINED,
    "upper(company_unique_id)": Hop.COMBINED,
    "md5(company_unique_id)": Hop.COMBINED,
    "company_unique_id || ''": Hop.COMBINED,
    "left(company_unique_id, 8)": Hop.COMBINED,
    "regexp_replace(company_unique_id, '-', '')": Hop.COMBINED,
    "max(company_unique_id)": Hop.AGGREGATE,
    "any_value(company_unique_id)": Hop.AGGREGATE,
    "string_agg(company_unique_id, ',')": Hop.AGGREGATE,
    "mode() within group (order by company_unique_id)": Hop.AGGREGATE,
    "(array_agg(company_unique_id order by email))[1]": Hop.COMBINED,
    "lag(company_unique_id) over (order by email)": Hop.WINDOW,
    "first_value(company_unique_id) over (order by email)": Hop.WINDOW,
    "max(company_unique_id) over ()": Hop.WINDOW,
    "max(company_unique_id) filter (where email is not null)": Hop.AGGREGATE,
    "(select max(company_unique_id) from s.targets)": Hop.SUBQUERY,
    "quote_literal(company_unique_id)": Hop.COMBINED,
    "row(company_unique_id)": Hop.COMBINED,
}


@pytest.mark.parametrize(("sql", "hop"), ALTERED.items())
def test_what_alters_identity_is_seen_and_still_is_that_identity(sql: str, hop: Hop) -> None:
    column = first(f"select {sql} as account from s.landed")
    assert column.hop is hop
    assert column.identity is not None and not column.exact


NO_IDENTITY = [
    "count(company_unique_id)",
    "count(distinct company_unique_id)",
    "company_unique_id is not null",
    "company_unique_id = 'x'",
    "length(company_unique_id)",
    "row_number() over (partition by company_unique_id order by email)",
    "sum(case when company_unique_id is null then 1 else 0 end)",
    "case when company_unique_id = 'x' then 'a' else 'b' end",
    "md5(company_unique_id || email)",
    "'CL-1'",
    "gen_random_uuid()",
]


@pytest.mark.parametrize("sql", NO_IDENTITY)
def test_what_only_looks_at_identity_is_none(sql: str) -> None:
    assert first(f"select {sql} as x from s.landed").identity is None


REFUSED = [
    "with a (x, y, z) as (select * from s.landed) select y from a",
    "select t.y from s.landed as t (x, y, z)",
    "select t.y from (select * from s.landed) as t (x, y)",
    "select * from s.landed union all select * from s.targets",
    "select * from s.targets except select company_unique_id, target_id from s.targets",
    "select * from s.landed order by 2",
    "select 1 as one where ('x', 'y') in (select * from s.targets)",
    "select nothing from s.landed",
    "select company_unique_id from s.landed, s.targets",
    "select * from elsewhere",
    "select x.* from s.landed as l",
    "select company_unique_id from landed",
    "select l.company_unique_id from s.landed as l natural join s.targets as t",
    "select l.email from s.landed as l join s.targets as t using (email)",
    "with d as (delete from s.landed returning company_unique_id) select * from d",
    "insert into s.landed select * from s.targets",
    "select 1; select 2",
    "select query_to_xml('select 1', true, true, '') as x from s.landed",
    "select other.f(company_unique_id) as x from s.landed",
    "select c.x from dblink('host=cl', 'select 1') as c (x text)",
    "select c.x from get_companies() as c (x)",
    "select c.x from other.get_companies() as c (x)",
    "select company_unique_id from s.landed tablesample system (1)",
    "select company_unique_id from s.landed group by rollup (company_unique_id)",
    "select company_unique_id into t from s.landed",
    "with a as (select email, email from s.landed) select email from a",
    "select s.landed.company_unique_id from s.landed",
    "select 1 as x from s.landed where",
    "select " + "email || " * 2_000 + "'' as x from s.landed",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_what_cannot_be_resolved_is_refused_not_guessed(sql: str) -> None:
    with pytest.raises(Unproved):
        build(sql)


DROPS = {
    "select * from s.landed where email is null": ["where"],
    "select distinct email from s.landed": ["distinct"],
    "select distinct on (email) email from s.landed": ["distinct on"],
    "select email from s.landed limit 1": ["limit"],
    "select email from s.landed offset 1": ["offset"],
    "select email from s.landed group by email having count(*) > 1": ["group by", "having"],
    "select count(*) from s.landed": ["aggregate over all rows"],
    "select unnest(array[email]) from s.landed": ["set-returning function in a select list"],
    "select email from s.landed except select email from s.landed": ["except"],
    "select email from s.landed union select email from s.landed": ["union"],
    "select email from s.landed union all select email from s.landed": [],
    "select email, row_number() over (order by email) from s.landed order by 1": [],
}


@pytest.mark.parametrize(("sql", "drops"), DROPS.items())
def test_every_construct_that_can_lose_a_row_is_noted(sql: str, drops: list[str]) -> None:
    assert [drop.what for drop in build(sql).drops] == drops


def test_using_keeps_the_column_of_the_kept_side() -> None:
    sides = {"left": Origin.LANDED, "inner": Origin.LANDED, "right": Origin.TARGET}
    for side, origin in sides.items():
        column = first(
            f"select company_unique_id from s.landed {side} join s.targets"
            " using (company_unique_id)"
        )
        assert column.identity is not None and column.identity.origins == {origin}
    full = first(
        "select company_unique_id from s.landed full join s.targets using (company_unique_id)"
    )
    assert not full.exact


def test_a_set_operation_names_the_branch_that_is_no_identity() -> None:
    column = first("select company_unique_id from s.landed union all select 'CL-1'")
    assert [hop.hop for hop in altered(column)] == [Hop.CONSTANT]
    assert not column.exact


def test_a_recursive_cte_generates_its_values() -> None:
    numbers = "with recursive n (i) as (select 1 union all select i + 1 from n where i < 9)"
    assert first(f"{numbers} select i from n").identity is None
    ids = first(
        "with recursive r as (select company_unique_id from s.landed union all"
        " select company_unique_id from r) select * from r"
    )
    assert ids.identity is not None and not ids.exact


def test_a_name_means_the_nearest_scope() -> None:
    inner = first(
        "with targets as (select label as company_unique_id from s.plain)"
        " select (select max(company_unique_id) from targets) as x from s.landed"
    )
    assert inner.identity is None

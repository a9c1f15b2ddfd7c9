"""Random marts: one that the proof accepts shows no company the words of another.

    python tests/mutants/fuzz_marts.py --queries 4000 --seed 1

Each is a query of the two ids and a word on the example project's models: joins, laterals, CTEs,
groups, windows, set operations and subqueries, nearly all by identity, with a few odd things in
each. What is accepted runs in a toy world in which every word ends in the letter of its company, so
that a wrong row tells by itself, also by a list or a text of several words.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg

from outreach_hub.database import connect_to
from outreach_hub.proof.examples import Example, project
from outreach_hub.proof.prover import prove_compiled
from outreach_hub.server import EmbeddedServer

TOY_WORLD = """
    create temp table company_target as
    select
        'T' || c as target_id, 'C' || c as company_unique_id,
        case when c < 'C' then 'd@' || c when c = 'D' then 'all' end as company_domain,
        case when c < 'C' then 'queued' else 'active' end as outreach_status
    from unnest(array['A', 'B', 'D', 'E']) as c;

    create temp table people as
    select
        'p' || n || '@' || c as person_id, 'T' || c as target_id, 'C' || c as company_unique_id,
        case n when 1 then 'e@' || c when 2 then 'all' end as email
    from unnest(array['A', 'B', 'E']) as c, generate_series(1, 3) as n
    where c <> 'E' or n = 2;

    create temp table dim_people as select person_id, target_id, company_unique_id from people;

    create temp table people_slots as
    select target_id, company_unique_id, 'CFO' as slot_type from company_target;

    create temp table send_log as
    select
        's' || n || '@' || c as send_id, case when n < 3 then 'p' || n || '@' || c end as person_id,
        'T' || c as target_id, 'C' || c as company_unique_id
    from unnest(array['A', 'B', 'D']) as c, generate_series(1, 3) as n
    where c <> 'D' or n = 3;

    set statement_timeout = '500ms';
"""
"""Companies without people, sends without persons, and what many have alike: a mailbox, slots,
states. A join by anything but a company finds others', and an outer join finds none."""
LETTERS = re.compile(r"[@TC]([ABDE])")

IDS = ("target_id", "company_unique_id")
MODELS = {
    "company_target": (*IDS, "company_domain", "outreach_status"),
    "people": ("person_id", *IDS, "email"),
    "send_log": ("send_id", "person_id", *IDS),
    "people_slots": (*IDS, "slot_type"),
    "dim_people": ("person_id", *IDS),
}
WORDS = ("company_domain", "email", "person_id", "send_id")
KINDS = {"id": IDS, "word": WORDS, "code": ("outreach_status", "slot_type")}
JOINS = (*["inner join"] * 5, *["left join"] * 6, "right join", "full join", "cross join", ",")
AGGREGATES = """
    max({w}); min({w}); string_agg(distinct {w}, ','); (array_agg({w} order by {by} desc))[1];
    max({w}) filter (where {test}); jsonb_agg(jsonb_build_object('a', {w}, 'b', {by}))::text;
    mode() within group (order by {w}); first_value(max({w})) over (partition by max({by}));
    case when count({by}) > 1 then min({w}) end
"""
WINDOWS = """
    first_value({w}); last_value({w}); lag({w}); lead({w}); max({w}); nth_value({w}, 2);
    string_agg({w}, ','); max({w}) filter (where {test})
"""
VALUES = """
    coalesce({w}, {v}); nullif({w}, {v}); {w} || {v}; greatest({w}, {v}); concat_ws(',', {w}, {v});
    case when {test} then {w} else {v} end; case {w} when {v} then {v} end; (array[{w}, {v}])[2];
    jsonb_build_object('a', {w}, 'b', {v}) ->> 'b'; jsonb_build_object({w}, 1)::text;
    coalesce({id}, {w}); split_part({w}, 'x', 1)
"""
OF_LISTS = "{one}[1]; array_to_string({one}, ','); unnest({one})"
SEMI_JOINS = """
    exists (select 1 {rows} where {link}); not exists (select 1 {rows} where {link});
    {one} in (select {two} {rows}{also}); {one} not in (select {two} {rows}{also});
    {one} = any (array(select {two} {rows}{also})); {one} = (select max({two}) {rows}{also});
    ({one}, {c}) in (select {two}, {d} {rows}{also})
"""
LINKS = """
    true; true; {c} = {d}; {c} = {d}; {a} = {b} or {c} = {d}; {a} = {d}; not ({a} <> {b});
    ({a} = {b}) is not false; ({a} = {b}) = true; {a} is not distinct from {b}; {a} in ({b}, {a});
    ({a}, {c}) = ({b}, {d}); coalesce({a}, {b}) = {b}; nullif({a}, {d}) = {b}; {c} <> {d};
    {a} between {b} and {b}; ({a} = {b} or {c} is null); case when {c} = {d} then {a} = {b} end
"""
"""What looks like a link, and is one at times."""


@dataclass(frozen=True)
class Relation:
    """One of a FROM: its alias and its columns. A made column tells its kind: word_1, list_2."""

    alias: str
    columns: Sequence[str]

    def has(self, name: str) -> bool:
        return name in self.columns

    def __getitem__(self, name: str) -> str:
        return f"{self.alias}.{name}"

    def of(self, *kinds: str) -> list[str]:
        return [self[n] for n in self.columns for k in kinds
                if n in KINDS.get(k, ()) or n.startswith(f"{k}_")]  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where a query stands: what it may look at, the CTEs that it may read, how deep it may go."""

    outer: Sequence[Relation] = ()
    ctes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    depth: int = 2

    def below(self, outer: Sequence[Relation]) -> Place:
        return replace(self, outer=outer, depth=self.depth - 1)


class Marts(random.Random):
    """Makes them, from a seed."""

    made = oddities = 0

    def chance(self, share: float) -> bool:
        return self.random() < share

    def odd(self, share: float) -> bool:
        """Whether to do an odd thing here: a mart with many is refused for one of them."""
        is_odd = bool(self.oddities) and self.chance(share)
        self.oddities -= is_odd
        return is_odd

    def one_of(self, forms: str, **parts: str) -> str:
        return self.choice(forms.split(";")).strip().format(**parts)

    def name(self, kind: str) -> str:
        self.made += 1
        return f"{kind}_{self.made}"

    def mart(self) -> str:
        """A SELECT of both ids and of one word."""
        self.made, self.oddities = 0, self.choice((0, 1, 1, 2, 3))
        text = self._query(Place(), (*IDS, "word"))
        if (found := list(re.finditer(r"\bq_\d+\.(\w+)", text))) and self.odd(0.15):
            one = self.choice(found)  # a name alone, which may be another's
            text = text[: one.start()] + one[1] + text[one.end() :]
        if self.odd(0.1):  # an alias that may hide another
            text = re.sub(rf"\bq_{self.randint(2, 6)}\b", "q_1", text)
        return text

    def _query(self, place: Place, shown: Sequence[str]) -> str:
        """A query of the columns `shown`."""
        told, ctes = list[str](), dict(place.ctes)
        for _ in range(self.choice((0, 0, 0, 1, 2)) if place.depth > 0 else 0):
            alias = self.choice(("mine", "known", "found"))  # may hide one further out
            if any(each.startswith(alias) for each in told):
                continue
            outer = place.outer if self.chance(0.5) else ()
            query, columns = self._subquery(Place(outer, dict(ctes), place.depth - 1))
            told.append(f"{alias} as ({query})")
            ctes[alias] = columns
        place, text = replace(place, ctes=ctes), f"with {', '.join(told)} " if told else ""
        if place.depth < 1 or self.chance(0.9):
            return text + self._select(place, shown)
        below = place.below(place.outer)
        other = self.sample(shown, k=len(shown)) if self.odd(0.3) else shown
        how = self.choice(("union all", "union", "except", "intersect"))
        return f"{text}{self._select(below, shown)} {how} {self._select(below, other)}"

    def _subquery(self, place: Place) -> tuple[str, Sequence[str]]:
        """Mostly of the ids, and some more."""
        if self.chance(0.1):
            joined, inner = self._from(place)
            one = self.choice(inner)
            return f"select {one.alias}.* from {joined}", one.columns
        names = list(IDS[: self.choice((0, 1, 1))] if self.odd(0.3) else IDS)
        made = (self.name("word"), self.name("list"))
        names += self.sample((*WORDS, *WORDS, *KINDS["code"], *made * 3), k=self.choice((1, 1, 2)))
        names = list(dict.fromkeys(names))
        return self._query(place, names), names

    def _select(self, place: Place, shown: Sequence[str]) -> str:
        joined, inner = self._from(place)
        seen = [*inner, *(place.outer if self.chance(0.2) else ())]
        own = self.choice([r for r in inner if set(IDS) <= set(r.columns)] or seen)
        where = [self._where(inner, place) for _ in range(self.choice((0, 0, 1)))]
        if place.outer and not self.odd(0.4):
            where.append(self._tie(place.outer, inner))
        keys, tail, is_grouped = list[str](), "", self.chance(0.2)
        if is_grouped:
            keys = [key for key in own.of("id") if not self.odd(0.2)] or [self._key(own, seen)]
            keys += [self._any(seen)] if self.chance(0.2) else []
            tail = f" group by {', '.join(keys)}"
            tail += f" having {self._aggregate(seen)} is not null" if self.chance(0.15) else ""
        values = [self._value(name, own, seen, place, keys if is_grouped else None)
                  for name in shown]  # fmt: skip
        told = ", ".join(f"{value} as {name}" for value, name in zip(values, shown, strict=True))
        if not is_grouped and self.chance(0.2):
            by = self._key(own, seen)
            order = f" order by {by}, {self._any(seen)}"
            told, tail = self.choice(((f"distinct {told}", ""), (told, f"{order} limit 1"),
                                      (f"distinct on ({by}) {told}", order)))  # fmt: skip
        filtered = f" where {' and '.join(where)}" if where else ""
        return f"select {told} from {joined}{filtered}{tail}"

    def _from(self, place: Place) -> tuple[str, list[Relation]]:
        text, relations = "", list[Relation]()
        for _ in range(self.choice((1, 1, 2, 2, 3) if place.outer else (1, 2, 2, 2, 3))):
            around = [*place.outer, *relations]
            told, relation = self._relation(around, place, is_first=not relations)
            how, to = self.choice(JOINS), self.choice(relations or [relation])
            if told.startswith(("lateral unnest", "lateral (values")):
                how = self.choice((",", "cross join"))
            elif how in (",", "cross join") and not (told.startswith("lateral") or self.odd(0.5)):
                how = "inner join"
            by = [n for n in (*IDS, *WORDS, *KINDS["code"]) if to.has(n) and relation.has(n)]
            if not relations:
                text = told
            elif how in (",", "cross join"):
                text += f" {how} {told}"
            elif by and self.chance(0.15):
                used = [self.choice(by)] if self.odd(0.5) else by[: self.choice((1, 1, 2, 3))]
                text += f" {how} {told} using ({', '.join(used)})"
            else:
                others = around if self.odd(0.2) else relations
                text += f" {how} {told} on {self._tie(others, [relation])}"
            relations.append(relation)
        return text, relations

    def _relation(self, around: Sequence[Relation], place: Place, *,
                  is_first: bool) -> tuple[str, Relation]:  # fmt: skip
        alias = self.name("q")
        lists = [name for r in around for name in r.of("list")]
        if around and not is_first and self.chance(0.5 if lists else 0.05):
            one, two = (self.choice(lists or ["null::text[]"]) for _ in range(2))
            made, rows = [self.name("word"), self.name("word")], f"unnest({one}, {two})"
            if not lists or self.chance(0.2):
                values = (f"({self._any(around)}, {self._any(around)})" for _ in range(2))
                rows = f"(values {', '.join(values)})"
            return f"lateral {rows} as {alias} ({', '.join(made)})", Relation(alias, made)
        if place.depth > 0 and self.chance(0.15 if is_first else 0.35):
            is_lateral = bool(around) and self.chance(0.7)
            text, columns = self._subquery(place.below(around if is_lateral else ()))
            return f"{'lateral ' * is_lateral}({text}) as {alias}", Relation(alias, columns)
        if place.ctes and self.chance(0.6):
            name = self.choice(list(place.ctes))
            return f"{name} as {alias}", Relation(alias, place.ctes[name])
        if self.odd(0.05):
            return f"(select 'CFO' as code_0) as {alias}", Relation(alias, ["code_0"])
        model = self.choice([*MODELS, "company_target", "people"])
        return f"{{{{ ref('{model}') }}}} as {alias}", Relation(alias, MODELS[model])

    def _any(self, seen: Sequence[Relation], *kinds: str) -> str:
        found = [c for r in seen for c in r.of(*(kinds or ("word", "code", "id")))]
        return self.choice(found or ["null::text"])

    def _key(self, own: Relation, seen: Sequence[Relation]) -> str:
        """What rows go together by: mostly an id."""
        return self._any(seen) if self.odd(0.5) else self._any([own], "id")

    def _value(self, name: str, own: Relation, seen: Sequence[Relation], place: Place,
               keys: Sequence[str] | None) -> str:  # fmt: skip
        same = [r[name] for r in seen if r.has(name)]
        if name in IDS:
            same = same or ["null::text"]
            value = own[name] if own.has(name) and not self.odd(0.2) else self.choice(same)
            value = f"coalesce({value}, {self.choice(same)})" if self.odd(0.05) else value
            return value if keys is None or value in keys else f"min({value})"
        if keys is not None:
            if name.startswith("list_"):
                return f"array_agg({self._any(seen, 'word')} order by {self._any(seen)})"
            return self.choice(keys) if keys and self.odd(0.1) else self._aggregate(seen)
        if name.startswith("list_"):
            inner = self._query(place.below(seen), ("word",)) if place.depth > 0 else "select null"
            listed = f"{self._any(seen, 'word')}, {self._any(seen, 'word')}"
            return self.choice((f"array[{listed}]", f"array({inner})"))
        return self.choice(same) if same and self.chance(0.8) else self._word(own, seen, place)

    def _aggregate(self, seen: Sequence[Relation]) -> str:
        parts = {"w": self._any(seen, "word"), "by": self._any(seen), "test": self._test(seen)}
        return self.one_of(AGGREGATES, **parts)

    def _word(self, own: Relation, seen: Sequence[Relation], place: Place) -> str:
        parts = {"w": self._any(seen, "word"), "v": self._any(seen, "word")}
        parts |= {"id": self._any(seen, "id"), "test": self._test(seen)}
        lists = [name for r in seen for name in r.of("list")]
        if lists and self.chance(0.5):
            return self.one_of(OF_LISTS, one=self.choice(lists))
        if self.chance(0.4):
            return parts["w"]
        if place.depth > 0 and self.chance(0.4):
            inner = self._query(place.below(seen), ("word",))
            return f"(select max(word) from ({inner}) as {self.name('q')})"
        if self.chance(0.4):
            over = f"partition by {self._key(own, seen)} order by {self._any(seen)}"
            return f"{self.one_of(WINDOWS, **parts)} over ({over})"
        return self.one_of(VALUES, **parts)

    def _where(self, inner: Sequence[Relation], place: Place) -> str:
        if self.chance(0.6):
            return self._test(inner)
        rows, other = self._relation(inner, place.below(()), is_first=True)
        mine = self.choice(inner)
        by = self.choice([n for n in other.columns if mine.has(n)] or other.columns)
        parts = {
            "rows": f"from {rows}",
            "two": other[by],
            "c": self._any(inner),
            "d": self._any([other]),
        }
        parts["one"] = mine[by] if mine.has(by) else parts["c"]
        parts["link"] = self._tie([*inner, *place.outer], [other])
        parts["also"] = f" where {parts['link']}" if self.chance(0.5) else ""
        return self.one_of(SEMI_JOINS, **parts)

    def _test(self, seen: Sequence[Relation]) -> str:
        """A condition on what a FROM has."""
        if self.chance(0.5):
            return f"{self._any(seen, 'id', 'word')} is {'not ' * self.chance(0.8)}null"
        return self._link(*self.choices(seen, k=2))

    def _tie(self, ones: Sequence[Relation], others: Sequence[Relation]) -> str:
        """A link of two that have an id in common, if there are any."""
        pairs = [(one, other) for one in ones for other in others]
        alike = [(a, b) for a, b in pairs if any(a.has(n) and b.has(n) for n in IDS)]
        return self._link(*self.choice(alike or pairs))

    def _link(self, one: Relation, two: Relation) -> str:
        """What joins two: mostly an id of both, and at times what only looks like it."""
        by = [n for n in (*IDS[:1] * 3, *IDS, "person_id") if one.has(n) and two.has(n)]
        name = self.choice(by) if by else ""
        a, b = (one[name], two[name]) if name else (self._any([one]), self._any([two]))
        c, d = (self._any([each], "word", "code") for each in (one, two))
        if self.odd(0.6):
            return self.one_of(LINKS, a=a, b=b, c=c, d=d)
        return f"{a} = {b} and {c} = {d}" if self.chance(0.07) else f"{a} = {b}"


def is_accepted(mart: str) -> bool:
    """The proof finds nothing but that the mart has no YAML."""
    findings = prove_compiled(project(Example("random", "rpt_random", mart))).findings
    return all(finding.code == "ID010" for finding in findings)


def holes(
    connection: psycopg.Connection[Any], seed: int, queries: int
) -> Iterator[tuple[str, tuple[Any, ...] | None]]:
    """Of each mart that is accepted and runs, a row that mixes companies, or None."""
    connection.execute(TOY_WORLD)
    marts = Marts(seed)
    for _ in range(queries):
        mart = marts.mart()
        sql = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"pg_temp.\1", mart)
        try:
            with connection.transaction():
                rows = connection.execute(sql).fetchall()
        except psycopg.Error:  # no SQL to Postgres: a lateral in a right join, a type that differs
            continue
        if is_accepted(mart):
            yield mart, next(filter(_mixes, rows), None)


def _mixes(row: tuple[Any, ...]) -> bool:
    return len({letter for value in row for letter in LETTERS.findall(str(value))}) > 1


def main() -> int:
    """Exit codes: 0 no hole; 1 some; 2 wrong arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    accepted = found = 0
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir="/tmp") as folder:
        server = EmbeddedServer(Path(folder), durable=False)
        server.start()
        try:
            with connect_to(server.target("postgres"), role="admin") as connection:
                for mart, wrong in holes(connection, given.seed, given.queries):
                    accepted += 1
                    if wrong:
                        found += 1
                        sys.stdout.write(f"HOLE {wrong}: {mart}\n")
        finally:
            server.stop()
    sys.stdout.write(f"{given.queries} tried, {accepted} accepted and run, {found} holes\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

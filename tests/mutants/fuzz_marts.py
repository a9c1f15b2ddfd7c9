"""Random marts: one that the proof accepts shows no company the words of another.

    python tests/mutants/fuzz_marts.py --queries 4000 --seed 1

Each is a SELECT of the two ids and a word, over random joins, laterals and subqueries on three of
the example project's models. What is accepted runs in a toy world in which every word ends in the
letter of its company, so that a wrong row tells by itself.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from outreach_hub.database import connect_to
from outreach_hub.proof.examples import Example, project
from outreach_hub.proof.prover import prove_compiled
from outreach_hub.server import EmbeddedServer

TOY_WORLD = """
    create temp table company_target as
    select 'T' || c as target_id, 'C' || c as company_unique_id, 'd@' || c as company_domain
    from unnest(array['A', 'B', 'D']) as c;

    create temp table people as
    select
        'p' || n || '@' || c as person_id, 'T' || c as target_id, 'C' || c as company_unique_id,
        'e' || n || '@' || c as email
    from unnest(array['A', 'B']) as c, generate_series(1, 2) as n;

    create temp table send_log as
    select
        's' || n || '@' || c as send_id, case when n < 3 then 'p' || n || '@' || c end as person_id,
        'T' || c as target_id, 'C' || c as company_unique_id
    from unnest(array['A', 'B', 'D']) as c, generate_series(1, 3) as n
    where c <> 'D' or n = 3;
"""
"""A company without people, and sends without persons: what an outer join does not find."""

IDS = ("target_id", "company_unique_id")
MODELS = {
    "company_target": (*IDS, "company_domain"),
    "people": ("person_id", *IDS, "email"),
    "send_log": ("send_id", "person_id", *IDS),
}
WORDS = {"company_domain", "email", "person_id", "send_id"}
JOINS = (
    *("inner join", "inner join", "left join", "right join", "right join", "full join"),
    *("cross join", ","),
)


@dataclass(frozen=True)
class Relation:
    """One of a FROM: its alias and its columns."""

    alias: str
    columns: Sequence[str]

    def has(self, *names: str) -> bool:
        return set(names) <= set(self.columns)


class Marts(random.Random):
    """Makes them, from a seed."""

    aliases = 0

    def chance(self, share: float) -> bool:
        return self.random() < share

    def alias(self) -> str:
        self.aliases += 1
        return f"q{self.aliases}"

    def mart(self) -> str | None:
        """A SELECT of both ids and of one word; None where a throw has no ids, or no words."""
        self.aliases = 0
        joined, relations = self._from([], depth=2, most=3)
        ids = [each.alias for each in relations if each.has(*IDS)]
        words = [f"{r.alias}.{name}" for r in relations for name in r.columns if name in WORDS]
        if not ids or not words:
            return None
        word, own = self.choice(words), self.choice(ids)
        if self.chance(0.15):
            keys = [f"{r.alias}.{name}" for r in relations for name in (*IDS, "person_id")
                    if r.has(name)]  # fmt: skip
            word = f"max({word}) over (partition by {self.choice(keys)})"
        elif self.chance(0.15):
            text, columns = self._query(relations, depth=1)
            told = [name for name in columns if name in WORDS]
            word = f"(select max({told[0]}) from ({text}) as z)" if told else word
        where = []
        if self.chance(0.3):
            where.append(f"{self.choice(ids)}.target_id is not null")
            where.append(self._condition(*self.choices(relations, k=2)))
        filtered = f" where {' and '.join(where)}" if where else ""
        shown = f"{own}.target_id, {own}.company_unique_id, {word} as word"
        return f"select {shown} from {joined}{filtered}"

    def _query(self, outer: Sequence[Relation], depth: int) -> tuple[str, list[str]]:
        """A subquery that may look at `outer`, and its columns."""
        joined, relations = self._from(outer, depth, most=3)
        seen = [*relations, *(outer if self.chance(0.3) else ())]
        names: dict[str, str] = {}
        if (with_ids := [r for r in seen if r.has(*IDS)]) and self.chance(0.6):
            alias = self.choice(with_ids).alias
            names = {name: f"{alias}.{name}" for name in IDS}
        for _ in range(self.choice((1, 1, 2))):
            relation = self.choice(seen)
            name = self.choice(relation.columns)
            names.setdefault(name, f"{relation.alias}.{name}")
        where = [
            self._condition(self.choice(relations), self.choice(outer or relations))
            for _ in range(self.choice((0, 1, 1) if outer else (0, 0, 1)))
        ]
        shown = ", ".join(f"{value} as {name}" for name, value in names.items())
        text = f"select {'distinct ' if self.chance(0.12) else ''}{shown} from {joined}"
        text += f" where {' and '.join(where)}" if where else ""
        return text + (" limit 1" if self.chance(0.07) else ""), list(names)

    def _from(self, outer: Sequence[Relation], depth: int, most: int) -> tuple[str, list[Relation]]:
        text, relations = "", list[Relation]()
        for place in range(self.randint(1 if outer else 2, most)):
            told, relation = self._relation([*outer, *relations], depth, is_first=not place)
            how = self.choice(JOINS)
            if not place:
                text = told
            elif how in (",", "cross join"):
                text += f" {how} {told}"
            else:
                to = self.choice([*relations, *(outer if self.chance(0.3) else ())])
                text += f" {how} {told} on {self._condition(to, relation)}"
            relations.append(relation)
        return text, relations

    def _relation(
        self, around: Sequence[Relation], depth: int, *, is_first: bool
    ) -> tuple[str, Relation]:
        alias = self.alias()
        if depth and self.chance(0.1 if is_first else 0.5):
            is_lateral = bool(around) and self.chance(0.8)
            text, columns = self._query(around if is_lateral else (), depth - 1)
            return f"{'lateral ' * is_lateral}({text}) as {alias}", Relation(alias, columns)
        if self.chance(0.1):
            return f"(select 1 as one) as {alias}", Relation(alias, ["one"])
        model = self.choice(list(MODELS))
        return f"{{{{ ref('{model}') }}}} as {alias}", Relation(alias, MODELS[model])

    def _condition(self, one: Relation, two: Relation) -> str:
        by = [name for name in ("target_id", "target_id", "company_unique_id", "person_id")
              if one.has(name) and two.has(name)]  # fmt: skip
        parts = [f"{one.alias}.{name} = {two.alias}.{name}" for name in by] or ["true"]
        text = self.choice(parts) if self.chance(0.9) else "true"
        return f"{text} and {self.choice(parts)}" if self.chance(0.1) else text


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
        if mart is None or not is_accepted(mart):
            continue
        try:
            with connection.transaction():
                sql = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"\1", mart)
                rows = connection.execute(sql).fetchall()
        except psycopg.Error:  # no SQL to Postgres: a name twice, a lateral in a right join
            continue
        yield mart, next(filter(_mixes, rows), None)


def _mixes(row: tuple[Any, ...]) -> bool:
    return len({value[-1] for value in row if value is not None}) > 1


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

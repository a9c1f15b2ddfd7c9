"""Random rewrites of the hub models: equivalent ones must pass, fabrications must be refused.

    python tests/mutants/fuzz.py --rounds 2000 --seed 1

A round rewrites every hub model: CTEs, subqueries, aliases, stars, spare columns, the order of
things. Every other round leaves it at that, and must pass; the rest bend each model once (an
identity expression, a join, a filter, a switch around any of them), and must be refused for each.
The hub models do not read each other: one proof judges them all, each by what is said of it.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from workshop import PROJECT, Outcome, Workshop, in_workshops, say


@dataclass(frozen=True)
class Hub:
    """A hub model as the generator needs it: its record, and what it selects beside identity."""

    path: str
    staging: str
    key: str
    latest_by: str
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        return Path(self.path).stem

    @property
    def is_incremental(self) -> bool:
        return bool(self.latest_by)

    @property
    def landed(self) -> list[str]:
        """The columns of the record in use."""
        used = {name for text in self.columns for name in re.findall(r"landed\.(\w+)", text)}
        return sorted(used | {"company_unique_id", self.key, *filter(None, [self.latest_by])})

    @property
    def names(self) -> list[str]:
        """The model's columns."""
        return [re.search(r"(\w+)\s*$", text).group(1) for text in self.columns]  # type: ignore[union-attr]


def hubs(root: Path = PROJECT) -> list[Hub]:
    """The landed hub models, read from their files."""
    folders = ("people", "dol", "blog", "execution")
    files = sorted(path for folder in folders for path in (root / "models" / folder).glob("*.sql"))
    return [_hub(path, root) for path in files if "one_record" in path.read_text()]


def _hub(path: Path, root: Path) -> Hub:
    text = path.read_text()
    selected = re.search(r"attached as \(\s+select\s(.*?)\sfrom landed\b", text, re.S)
    staging = re.search(r"ref\(\s*'(stg_\w+)'", text)
    key = re.search(r"key='(\w+)'", text)
    latest = re.search(r"latest_by='(\w+)'", text)
    assert selected and staging and key, f"{path} is no hub model that this generator knows"
    listed = re.sub(r"--[^\n]*", "", selected.group(1))
    columns = tuple(
        " ".join(part.split()) for part in re.split(r",(?![^(]*\))", listed) if part.strip()
    )
    return Hub(path.relative_to(root).as_posix(), staging.group(1), key.group(1),
               latest.group(1) if latest else "", columns)  # fmt: skip


# -- fabrications ----------------------------------------------------------------------------------

COMPANY = (
    "coalesce({x}, 'UNKNOWN')", "nullif({x}, '')", "trim({x})", "lower({x})", "upper({x})",
    "md5({x})", "{x} || ''", "concat({x}, '')", "cast({x} as varchar(40))", "{x}::text",
    "left({x}, 30)", "substr({x}, 1, 30)", "replace({x}, ' ', '')", "regexp_replace({x}, ' ', '')",
    "case when {x} is not null then {x} end", "case {x} when 'a' then 'b' else {x} end",
    "greatest({x}, 'a')", "(array[{x}])[1]", "format('%s', {x})", "initcap({x})", "reverse({x})",
    "max({x}) over ()", "first_value({x}) over (order by {x})", "lag({x}) over (order by {x})",
    "(select min(company_unique_id) from {{{{ ref('company_target') }}}})",
    "'04.04.01.74.42049.049'", "cast(gen_random_uuid() as text)", "cast(null as text)",
    "current_setting('a.b')", "to_json({x}) #>> '{{}}'", "split_part({x}, '.', 1)",
    "coalesce(nullif({x}, 'a'), {x})", "translate({x}, 'a', 'b')", "encode({x}::bytea, 'hex')",
)  # fmt: skip
"""What may be done to an identity, so that it is no longer CL's."""

PREDICATES = (
    "{r}.{key} = {t}.company_unique_id", "{r}.company_unique_id = {t}.company_domain",
    "{r}.company_unique_id = {t}.company_unique_id or {r}.{key} = 'a'",
    "lower({r}.company_unique_id) = lower({t}.company_unique_id)",
    "{r}.company_unique_id >= {t}.company_unique_id", "true", "1 = 1",
    "{t}.company_unique_id = 'CL-1'", "{r}.company_unique_id like {t}.company_unique_id || '%'",
    "{r}.company_unique_id = {t}.company_unique_id and {t}.bit_score > 50",
    "{r}.company_unique_id = {t}.company_unique_id and {r}.{key} is not null",
    "left({r}.company_unique_id, 8) = left({t}.company_unique_id, 8)",
    "{t}.company_unique_id in ({r}.company_unique_id, {r}.{key})",
    "not {r}.company_unique_id <> {t}.company_unique_id", "{r}.company_unique_id = {t}.target_id",
    "coalesce({r}.company_unique_id, '') = {t}.company_unique_id",
    "{t}.company_unique_id = any(array[{r}.company_unique_id])",
    "{r}.company_unique_id || '' = {t}.company_unique_id",
    "{r}.company_unique_id = (select min(company_unique_id) from {{{{ ref('company_target') }}}})",
)  # fmt: skip
"""Ways to a target that are not equality on the id."""

FILTERS = (
    "select * from {x} where {key} is not null", "select * from {x} where company_unique_id <> ''",
    "select * from {x} limit 1000000", "select * from {x} offset 1", "select distinct * from {x}",
    "select distinct on ({key}) * from {x}", "select * from {x} fetch first 9 rows only",
    "select * from {x} where exists (select 1 from {{{{ ref('company_target') }}}})",
    "select * from {x} except select * from {x} where {key} = 'a'",
    "select * from {x} intersect select * from {x}", "select * from {x} union select * from {x}",
    "select a.* from {x} as a inner join {{{{ ref('company_target') }}}} as b"
    " on a.company_unique_id = b.company_unique_id",
    "select a.* from {x} as a, {{{{ ref('company_target') }}}} as b"
    " where a.company_unique_id = b.company_unique_id",
    "select * from {x} where {key} in (select {key} from {x})",
    "select a.* from {x} as a left join {x} as b on a.{key} = b.{key} where b.{key} is not null",
    "select * from (select a.*, row_number() over (partition by company_unique_id order by {key})"
    " as n from {x} as a) as b where n = 1",
    "select a.* from {x} as a cross join lateral unnest(string_to_array(a.{key}, ',')) as b",
    "select * from {x} tablesample system (99)",
    "select * from {x} where {key} not like 'test%'",
    "select a.* from {x} as a, (select 1 limit 0) as b",
)  # fmt: skip
"""Steps that can lose a record."""

REPEATS = (
    "select * from {x} union all select * from {x}",
    "select a.* from {x} as a left join {x} as b on a.company_unique_id = b.company_unique_id",
    "select a.* from {x} as a cross join (values (1), (2)) as b (n)",
)
"""Steps that can multiply a record."""

PARENTS = tuple(
    "left join " + relation + " as c on {r}.company_unique_id = c.company_unique_id"
    for relation in (
        "{{{{ source('cl', 'company_identity') }}}}",
        "cl.company_identity",
        '"cl"."company_eins"',
        "{{{{ var('cl_schema') }}}}.bit_scores",
    )
)
"""Second readers of CL."""

JOINS = ("inner join", "join", "right join", "full outer join", "right outer join")

SWITCHES = (
    "var('fuzz', false)", "env_var('FUZZ', '') == 'on'", "target.name == 'prod'",
    "flags.FULL_REFRESH", "target.schema == 'outreach'", "flags.WHICH == 'run'", "execute",
    "target.threads > 8",
    "var('as_of_date') is not none", "target['name'] != 'ci'", "invocation_args_dict.get('x')",
)  # fmt: skip
"""Conditions of which a file alone does not tell whether they hold."""


@dataclass(frozen=True)
class Twist:
    """One fabrication: where it is put in, what it makes of the text there, and its codes."""

    place: str
    template: str
    codes: frozenset[str]
    switch: str = ""

    def bend(self, good: str, **names: str) -> str:
        bad = self.template.format(**names)
        if not self.switch:
            return bad
        return f"{{% if {self.switch} %}} {bad} {{% else %}} {good} {{% endif %}}"


def twist(hub: Hub, rng: random.Random) -> Twist:
    """A random fabrication that fits a hub."""
    kinds: list[tuple[str, Sequence[str], set[str]]] = [
        ("company", COMPANY, {"ID001", "ID002", "ID003"}),
        ("target", COMPANY, {"ID001", "ID002", "ID003", "ID006"}),
        ("on", PREDICATES, {"ID003"}),
        ("join", JOINS, {"ID001", "ID003", "ID005"}),
        ("filter", FILTERS, {"ID003", "ID005", "ID099"}),
        ("repeat", REPEATS, {"ID003", "ID005", "ID013"}),
        ("parent", PARENTS, {"ID004", "ID099"}),
        ("swap", ("",), {"ID002", "ID006"}),
        ("landed", ("{r}.company_unique_id",), {"ID002", "ID008"}),
    ]
    place, templates, codes = rng.choice(kinds)
    switches = [*SWITCHES, *(["is_incremental()"] if hub.is_incremental else [])]
    switch = rng.choice(switches) if rng.random() < 0.25 and place != "swap" else ""
    return Twist(place, rng.choice(templates), frozenset(codes), switch)


# -- rewrites --------------------------------------------------------------------------------------


@dataclass
class Draft:
    """A model being written: its CTEs so far, and the name of the last."""

    hub: Hub
    rng: random.Random
    twist: Twist | None
    ctes: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=lambda: {"company_target", "record_rank"})

    def name(self) -> str:
        while True:
            made = "".join(self.rng.choices("abcdefghjkmnp", k=self.rng.randint(2, 7)))
            made = f"{made}_{self.rng.choice(['rows', 'x', 'records', 'step', 'targets'])}"
            if made not in self.taken:
                self.taken.add(made)
                return made

    def cte(self, body: str, columns: str = "") -> str:
        name = self.name()
        self.ctes.append(f"{name}{columns} as (\n    {body}\n)")
        return name

    def bent(self, place: str) -> bool:
        return self.twist is not None and self.twist.place == place


def rewrite(hub: Hub, rng: random.Random, fabrication: Twist | None = None) -> str:
    """The model in other words; with a fabrication, bent once."""
    draft = Draft(hub, rng, fabrication)
    early = rng.random() < 0.5  # on which side of the join a lost or repeated record is lost
    record = _passed_on(draft, _landed(draft), bends=early)
    attached = _passed_on(draft, _attached(draft, record), bends=not early, company=True)
    last = f"{attached}.*" if rng.random() < 0.5 else "*"
    order = f"\norder by {hub.key}" if rng.random() < 0.2 else ""
    head = ""
    if hub.is_incremental:
        head = (
            "{{ config(materialized='incremental', incremental_strategy='merge',"
            f" unique_key='{hub.key}', on_schema_change='append_new_columns') }}}}\n\n"
        )
    ctes = ",\n\n".join(draft.ctes)
    return f"{head}with\n\n{ctes}\n\nselect {last}\nfrom {attached}{order}\n"


def _landed(draft: Draft) -> str:
    hub = draft.hub
    if not hub.is_incremental:
        return draft.cte(f"{{{{ one_record(ref('{hub.staging}'), key='{hub.key}') }}}}")
    arrived = draft.cte(
        f"{{{{ new_rows(ref('{hub.staging}'), key='{hub.key}', loaded_at='{hub.latest_by}') }}}}"
    )
    return draft.cte(
        f"{{{{ one_record('{arrived}', key='{hub.key}', latest_by='{hub.latest_by}') }}}}"
    )


def _passed_on(draft: Draft, name: str, bends: bool, company: bool = False) -> str:
    """Steps that change nothing; one of them bent, if the twist belongs here."""
    rng, key = draft.rng, draft.hub.key
    columns = draft.hub.names if company else draft.hub.landed
    for _ in range(rng.randint(0, 3)):
        name = draft.cte(_step(draft, name, columns))
    for place in ("filter", "repeat"):
        if bends and draft.bent(place) and draft.twist:
            name = draft.cte(draft.twist.bend(f"select * from {name}", x=name, key=key))
            name = draft.cte(f"select {', '.join(columns)} from {name}")
    return name


def _step(draft: Draft, name: str, columns: Sequence[str]) -> str:
    rng, key = draft.rng, draft.hub.key
    alias, other, listed = draft.name(), draft.name(), list(columns)
    rng.shuffle(listed)
    return rng.choice([
        f"select * from {name}",
        f"select {alias}.* from {name} as {alias}",
        f"select {alias}.* from {name} {alias}",
        f"select {', '.join(listed)} from {name}",
        f"select {', '.join(f'{alias}.{column}' for column in listed)} from {name} as {alias}",
        f'select {", ".join(f"{alias}.{chr(34)}{column}{chr(34)}" for column in listed)}'
        f" from {name} as {alias}",
        f"select * from (select * from {name}) as {alias}",
        f"select {', '.join(f'({column}) as {column}' for column in listed)} from {name}",
        f"select {', '.join(listed)} from (select {alias}.*, count(*) over (partition by"
        f" {alias}.{key}) as spare from {name} as {alias}) as {other}",
        f"select {alias}.* from {name} as {alias} cross join (select 1 as one) as {other}",
        f"select {alias}.* from {name} as {alias} left join (select 'a' as letter) as {other}"
        f" on {alias}.{key} = {other}.letter",
        f"{{% if var('fuzz', false) %}} select * from {name} {{% else %}}"
        f" select {alias}.* from {name} as {alias} {{% endif %}}",
        f"select * from {name} /* where {key} is null */",
        f"select * from {name} -- limit 1\n",
        f"select * from {name} order by {key}",
    ])  # fmt: skip


def _targets(draft: Draft) -> str:
    """company_target, imported in one of many ways."""
    rng = draft.rng
    source, alias = "{{ ref('company_target') }}", draft.name()
    both = "target_id, company_unique_id, company_domain, bit_score"
    way = rng.randrange(6)
    if way == 0:
        return source
    if way == 1:
        return draft.cte(f"select * from {source}")
    if way == 2:
        return draft.cte(f"select {both} from {source}")
    if way == 3:
        return draft.cte(f"select {alias}.* from {source} as {alias}")
    if way == 4:
        return draft.cte(f"select {both} from {source}", columns=f" ({both})")
    return draft.cte(f"select * from {draft.cte(f'select * from {source}')}")


def _attached(draft: Draft, record: str) -> str:
    rng, hub, twisted = draft.rng, draft.hub, draft.twist
    targets, r, t = _targets(draft), draft.name(), draft.name()
    ids = {"company_unique_id": f"{t}.company_unique_id", "target_id": f"{t}.target_id"}
    if draft.bent("swap"):
        ids = dict(zip(ids, reversed(ids.values()), strict=True))
    for place, name in (("company", "company_unique_id"), ("target", "target_id"),
                        ("landed", "company_unique_id")):  # fmt: skip
        if draft.bent(place) and twisted:
            ids[name] = twisted.bend(ids[name], x=ids[name], r=r)
    columns = []
    for text in hub.columns:
        name = text.split(".")[-1] if text.startswith("targets.") else ""
        if name in ids:
            plain = ids[name] == f"{t}.{name}" and rng.random() < 0.5
            columns.append(ids[name] if plain else f"{ids[name]} as {name}")
        else:
            columns.append(re.sub(r"\blanded\.", f"{r}.", text))
    rng.shuffle(columns)
    sides = [f"{r}.company_unique_id", f"{t}.company_unique_id"]
    rng.shuffle(sides)
    on, join, tail = " = ".join(sides), rng.choice(["left join", "left outer join"]), ""
    if rng.random() < 0.3:
        on = f"({on})"
    if draft.bent("on") and twisted:
        on = twisted.bend(on, r=r, t=t, key=hub.key)
    if draft.bent("join") and twisted:
        join = twisted.bend(join)
    if draft.bent("parent") and twisted:
        tail = twisted.bend("", r=r)
    selected = ",\n        ".join(columns)
    return draft.cte(
        f"select\n        {selected}\n    from {record} as {r}\n"
        f"    {join} {targets} as {t}\n        on {on}\n    {tail}"
    )


# -- rounds ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trial:
    """One model of one round, and whether the verdict on it was right."""

    kind: str
    is_right: bool
    story: str


def play(number: int, seed: int, workshop: Workshop) -> list[Trial]:
    """One round: all hubs rewritten, proved together."""
    rng = random.Random(f"{seed}/{number}")
    bends = number % 2 == 1
    twists = {hub: twist(hub, rng) if bends else None for hub in hubs(workshop.root)}
    texts = {hub: rewrite(hub, rng, bent) for hub, bent in twists.items()}
    outcome = workshop.prove_texts({hub.name: text for hub, text in texts.items()})
    return [_trial(hub, bent, texts[hub], outcome, number) for hub, bent in twists.items()]


def _trial(hub: Hub, bent: Twist | None, text: str, outcome: Outcome, number: int) -> Trial:
    said = [refusal for refusal in outcome.refusals if refusal.node in ("", hub.name)]
    codes = {refusal.code for refusal in said}
    kind = bent.place if bent else "equivalent"
    right = bool(codes & bent.codes) if bent else not codes
    got = "\n".join(f"  {refusal.code} {refusal.text}" for refusal in said) or "  accepted"
    return Trial(kind, right, f"round {number}, {hub.name}: {bent or kind}\n{got}\n{text}")


def played(rounds: range, seed: int, workers: int) -> Iterator[list[Trial]]:
    """All rounds, in parallel."""
    yield from in_workshops(partial(_play, seed), rounds, workers)


def _play(seed: int, workshop: Workshop, number: int) -> list[Trial]:
    return play(number, seed, workshop)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="the number of the first round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-j", "--workers", type=int, default=os.cpu_count() or 2)
    options = parser.parse_args(arguments)
    started = time.monotonic()
    counts: Counter[tuple[str, bool]] = Counter()
    rounds = range(options.first, options.first + options.rounds)
    for trials in played(rounds, options.seed, options.workers):
        for trial in trials:
            counts[trial.kind, trial.is_right] += 1
            if not trial.is_right:
                say(f"WRONG: {trial.story}")
    for kind in sorted({kind for kind, _ in counts}):
        say(f"{kind:<12}{counts[kind, True]:>7} right{counts[kind, False]:>6} wrong")
    say(f"{counts.total()} models in {options.rounds} rounds, {time.monotonic() - started:.0f} s")
    wrong = sum(number for (_, right), number in counts.items() if not right)
    return 0 if counts and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())

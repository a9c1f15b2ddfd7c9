"""The race: every contender through every case, in turn, over and over, and checked each time."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from outreach_hub.bench.contenders import Contender, FromScratch, Ours
from outreach_hub.bench.measuring import Cost
from outreach_hub.errors import IdentityFailure
from outreach_hub.schemas import HubSchemas

if TYPE_CHECKING:
    from outreach_hub.bench.laboratory import Laboratory
    from outreach_hub.profile import Target


@dataclass(frozen=True)
class Case:
    """What happens to the sources before a build."""

    name: str
    script: str = ""
    variables: tuple[tuple[str, object], ...] = ()
    again: bool = False


CASES = (
    Case("first full build"),
    Case("nothing changed"),
    Case("nothing changed, all run again", again=True),
    Case("0.1 % new or changed", "changes.sql", (("batch", 1), ("share", 0.001))),
    Case("1 % new or changed", "changes.sql", (("batch", 2), ("share", 0.01))),
    Case("one company's status", "status.sql"),
)


@dataclass(frozen=True)
class Lap:
    """One build of one contender in one case of one repeat."""

    repeat: int
    case: str
    contender: str
    cost: Cost
    load: float
    """Processes that wanted a core when it ended: more than the contender's own tells of others."""


def race(
    laboratory: Laboratory,
    contenders: Sequence[type[Contender]],
    repeats: int,
    notify: Callable[[str], None],
) -> list[Lap]:
    """The laps, in the order in which they were run. The world has to be there already."""
    laps: list[Lap] = []
    running = [kind(laboratory) for kind in contenders]
    for repeat in range(repeats):
        target = laboratory.copy_world()
        if repeat == 0:
            for contender in running:
                contender.warm_up(target)
        for number, case in enumerate(CASES):
            if case.script:
                laboratory.change(target, case.script, **dict(case.variables))
            first = (repeat + number) % len(running)
            for contender in [*running[first:], *running[:first]]:
                if case.again and not isinstance(contender, Ours):
                    continue  # whatever has changed, they run everything
                cost = contender.build(target, again=case.again)
                laps.append(Lap(repeat + 1, case.name, contender.name, cost, os.getloadavg()[0]))
                notify(f"{repeat + 1}  {case.name:32} {contender.name:12} {cost.seconds:8.2f} s")
            _check(laboratory, running, target, case, from_scratch=repeat == 0)
        laboratory.drop(target)
    return laps


def _check(
    laboratory: Laboratory,
    contenders: Sequence[Contender],
    target: Target,
    case: Case,
    from_scratch: bool,
) -> None:
    """Every contender's tables hold the same, and what a hub holds that is made anew."""
    judged = list(contenders)
    if from_scratch:
        scratch = FromScratch(laboratory)
        scratch.build(target)
        judged.insert(0, scratch)
    contents = {contender.name: contender.contents(target) for contender in judged}
    if from_scratch:
        _drop(scratch, target)
    expected_of, *others = contents
    for other in others:
        wrong = differences(contents[expected_of], contents[other])
        if wrong:
            raise IdentityFailure(
                f"after {case.name!r}, {other} and {expected_of} do not hold the same:\n"
                + "\n".join(f"  - {line}" for line in wrong),
                code="ID005",
                hint="a faster build that is not the same build is none",
            )


def differences(expected: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """The tables whose rows are not the same, with both checksums (rows, then a sum of hashes)."""
    return [
        f"{name}: {expected.get(name, 'missing')}, but {found.get(name, 'missing')}"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]


def _drop(contender: Contender, target: Target) -> None:
    from psycopg import sql

    from outreach_hub.database import connect_to

    owns = HubSchemas.of(contender.schema).owns
    with connect_to(target, role="admin") as connection:
        rows = connection.execute("select nspname from pg_namespace").fetchall()
        for (schema,) in rows:
            if owns(schema):
                drop = sql.SQL("drop schema {} cascade").format(sql.Identifier(schema))
                connection.execute(drop)

"""The race: every contender through every case, in turn, over and over, and checked each time."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from outreach_hub.bench.contenders import Contender, FromScratch, Ours
from outreach_hub.bench.measuring import Cost
from outreach_hub.errors import IdentityFailure, UsageError

if TYPE_CHECKING:
    from outreach_hub.bench.laboratory import Laboratory


Contents = Mapping[str, str]
"""A checksum of each table, by its name."""


@dataclass(frozen=True)
class Case:
    """What happens to the sources before a build."""

    key: str
    name: str
    script: str = ""
    variables: Mapping[str, object] = field(default_factory=dict)
    again: bool = False


CASES = (
    Case("full", "first full build"),
    Case("none", "nothing changed"),
    Case("again", "nothing changed, all run again", again=True),
    Case("tenth", "0.1 % new or changed", "changes.sql", {"batch": 1, "share": 0.001}),
    Case("one", "1 % new or changed", "changes.sql", {"batch": 2, "share": 0.01}),
    Case("status", "one company's status", "status.sql"),
)


def chosen(keys: str) -> list[Case]:
    """The cases that `tenth,one` means, in their order, after the first build that all need."""
    wanted = {key.strip() for key in keys.split(",")}
    known = [case.key for case in CASES]
    if unknown := sorted(wanted - set(known)):
        raise UsageError(f"no case is called {unknown[0]!r}", hint=f"of {', '.join(known)}")
    return [case for case in CASES if case.key in {*wanted, CASES[0].key}]


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
    cases: Sequence[Case],
    repeats: int,
    notify: Callable[[str], None],
) -> list[Lap]:
    """The laps, in the order in which they were run. The world has to be there already."""
    laps: list[Lap] = []
    running = [kind(laboratory) for kind in contenders]
    for repeat in range(repeats):
        for contender in running:
            contender.start()
            if repeat == 0:
                contender.warm_up()
        expected: Contents = {}
        happened: list[Case] = []
        for number, case in enumerate(cases):
            if case.script:
                happened.append(case)
                for contender in running:
                    contender.change(case.script, case.variables)
            first = (repeat + number) % len(running)
            for contender in [*running[first:], *running[:first]]:
                if case.again and not isinstance(contender, Ours):
                    continue  # whatever has changed, they run everything
                cost = contender.build(again=case.again)
                laps.append(Lap(repeat + 1, case.name, contender.name, cost, os.getloadavg()[0]))
                notify(f"{repeat + 1}  {case.name:32} {contender.name:12} {cost.seconds:8.2f} s")
            contents = {contender.name: contender.contents() for contender in running}
            if repeat > 0 or number == 0:
                expected = contents[running[0].name]  # a first build is one from scratch
            elif case.script:
                expected = _from_scratch(laboratory, happened)
            for name, found in contents.items():
                _require_same(case, name, expected, found)
    return laps


def _from_scratch(laboratory: Laboratory, happened: Sequence[Case]) -> Contents:
    """What a hub holds that is built now, after all that has happened."""
    scratch = FromScratch(laboratory)
    scratch.start()
    for case in happened:
        scratch.change(case.script, case.variables)
    scratch.build()
    return scratch.contents()


def _require_same(case: Case, name: str, expected: Contents, found: Contents) -> None:
    if wrong := differences(expected, found):
        raise IdentityFailure(
            f"after {case.name!r}, {name} does not hold what a build from scratch does:\n"
            + "\n".join(f"  - {line}" for line in wrong),
            code="ID005",
            hint="a faster build that is not the same build is none",
        )


def differences(expected: Contents, found: Contents) -> list[str]:
    """The tables whose rows are not the same, with both checksums (rows, then a sum of hashes)."""
    return [
        f"{name}: {expected.get(name, 'missing')}, but {found.get(name, 'missing')}"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]

"""All the texts one template can become, each with the answers that led to it.

A depth-first search over the questions a template asks (see `jinja_branches`): render, note each
question, then render again with the last open answer turned, until none is left. The same question
has the same answer within one rendering, so that two `is_incremental()` blocks agree.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from outreach_hub.proof.expressions import SWITCH

MOST_FACES = 64
_LINE = re.compile("\ue000(\\d+)\ue001")


class TooManyFaces(Exception):
    """More branches than can be looked at one by one."""


class QueryNeeded(Exception):
    """The template asked a database, and its answer would decide what is compiled."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Unrendered(Exception):
    """The template cannot be rendered at all: it calls what is not there, or calls it wrongly."""


class Stopped(Exception):
    """The template refused to go on (raise_compiler_error): this face never runs."""


Question = tuple[str, int]
"""What is asked, and which time, where each time it may be another thing."""


class Switch(NamedTuple):
    """A value from outside that a text has: a hole in what is proved."""

    key: str
    """The expression that gives it."""
    is_number: bool = False
    is_plain: bool = True
    """It stays one value between quotes, whatever it is."""
    is_several: bool = False
    """It is several values, between the quotes of the first and of the last."""


@dataclass
class Face:
    """One text a template can become."""

    sql: str
    answers: tuple[tuple[str, bool], ...]
    switches: dict[int, Switch] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    is_live: bool = False
    """It is what a run has rendered, with the values of its vars."""

    @property
    def assumes(self) -> str:
        """The answers in words, for a finding that only one face shows."""
        return " and ".join(q if yes else f"not {q}" for q, yes in self.answers)

    def line(self, offset: int) -> int:
        """The line of the template from which the text at `offset` came."""
        index = bisect_right(self.starts, offset) - 1
        if index < 0:
            return 1
        return self.lines[index] + self.sql.count("\n", self.starts[index], offset)


class Driver:
    """Answers the questions of one rendering after another."""

    def __init__(self) -> None:
        self.settled: dict[str, bool] = {}
        self.asked: dict[Question, bool] = {}
        self.times: Counter[str] = Counter()
        self.plan: list[bool] = []
        self.switches: dict[int, Switch] = {}

    def choose(self, key: str, is_fixed: bool = True) -> bool:
        """The answer to a question: the same each time, if it is one of fixed text about the
        outside. One that has names of the template's own is another each time."""
        if key in self.settled:
            return self.settled[key]
        self.times[key] += 1
        question = (key, 0 if is_fixed else self.times[key])
        if question not in self.asked:
            index = len(self.asked)
            self.asked[question] = self.plan[index] if index < len(self.plan) else True
        return self.asked[question]

    def choose_list(self, values: Any, key: str, is_fixed: bool = True) -> Any:
        """A loop over something from outside runs over nothing, over one item and over several;
        over a text where there are none now."""
        if not self.choose(f"{key} has items", is_fixed):
            return []
        found = list(values or [""])
        return [*found, *found] if self.choose(f"{key} has several", is_fixed) else found[:1]

    def mark(self, key: str, *about: bool) -> str:
        number = len(self.switches) + 1
        self.switches[number] = Switch(key, *about)
        return f"{SWITCH}{number}__"

    def faces(self, render: Callable[[], str], settled: dict[str, bool]) -> Iterator[Face]:
        self.settled = settled
        self.plan = []
        count = 0
        while True:
            self.asked, self.switches = {}, {}
            self.times.clear()
            try:
                text = render()
            except Stopped:
                text = None
            count += 1
            if count > MOST_FACES:
                raise TooManyFaces(", ".join(dict.fromkeys(key for key, _ in self.asked)))
            if text is not None:
                said = tuple((key, answer) for (key, _), answer in self.asked.items())
                yield _face(text, said, self.switches)
            answers = list(self.asked.values())
            while answers and not answers[-1]:
                answers.pop()
            if not answers:
                return
            self.plan = [*answers[:-1], False]


def _face(text: str, answers: tuple[tuple[str, bool], ...], switches: dict[int, Switch]) -> Face:
    """Take the line marks out of a rendered text, and keep where they stood."""
    starts, lines, parts, at, last = [], [], [], 0, 0
    for mark in _LINE.finditer(text):
        part = text[last : mark.start()]
        parts.append(part)
        at += len(part)
        starts.append(at)
        lines.append(int(mark.group(1)))
        last = mark.end()
    parts.append(text[last:])
    return Face("".join(parts), answers, dict(switches), starts, lines)

"""Where the time of a command goes: `phase` marks a stretch of it, `timed_phases` listens.

Nobody listens as a rule, and then marking costs nothing. Phases do not nest.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Seconds = dict[str, float]

_listening: ContextVar[Seconds | None] = ContextVar("listening", default=None)


@contextmanager
def timed_phases() -> Iterator[Seconds]:
    """Seconds by phase, of all that is marked inside the block."""
    seconds: Seconds = {}
    token = _listening.set(seconds)
    try:
        yield seconds
    finally:
        _listening.reset(token)


@contextmanager
def phase(name: str) -> Iterator[None]:
    """A stretch of a command. One that is marked twice counts together."""
    seconds = _listening.get()
    started = time.monotonic()
    try:
        yield
    finally:
        if seconds is not None:
            seconds[name] = seconds.get(name, 0.0) + time.monotonic() - started

"""The dialect of the SQL that is being proved: that of the target's engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

POSTGRES, SPARK = "postgres", "spark"

_spoken = ContextVar("dialect", default=POSTGRES)


def spoken() -> str:
    """What sqlglot calls it."""
    return _spoken.get()


@contextmanager
def speaking(dialect: str) -> Iterator[None]:
    """Everything inside is read in this dialect."""
    before = _spoken.set(dialect)
    try:
        yield
    finally:
        _spoken.reset(before)


def folds_quoted() -> bool:
    """Whether a quoted name is found in any case: Spark's names are, and Postgres' are not."""
    return spoken() == SPARK

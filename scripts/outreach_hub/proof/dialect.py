"""The dialect of the SQL that is being proved: that of the target's engine."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

POSTGRES, SPARK = "postgres", "spark"

REFERRED = f"referred_{secrets.token_hex(6)}"
"""Before a relation that dbt has rendered for Spark, which knows no database: written by hand, a
name would look the same, whatever hub it belongs to. Nobody can write this one by hand."""

_CUTS = re.compile(r"(\bas\s+|::\s*)(character\s+varying|character|varchar|char)\b", re.I)

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


def told_apart(sql: str) -> str:
    """Spark's SQL with types that may pad or cut under another name than text.

    To sqlglot all of Spark's texts are one type, as they are in a cast, unless a setting of Spark
    says otherwise.
    """
    return _CUTS.sub(r"\1bpchar", sql)

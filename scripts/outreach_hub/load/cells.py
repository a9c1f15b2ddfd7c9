"""What a cell of each type may say.

Stricter than Postgres, whose date type also reads `today`, `01/02/2024` (which of the two is the
month depends on a setting) and `infinity`: a value is one thing to everybody, or it is refused.
Everything accepted here, Postgres accepts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from outreach_hub.errors import UsageError

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = re.compile(
    r"[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
    r"( ?(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?))?"
)
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_NUMERIC = re.compile(
    r"[+-]?([0-9]{1,1000}(\.[0-9]{0,1000})?|\.[0-9]{1,1000})([eE][+-]?[0-9]{1,3})?"
)
_BOOLEANS = frozenset({"true", "false", "t", "f", "yes", "no", "y", "n", "1", "0"})


class CellType(NamedTuple):
    """A type's name for people, and whether a value is of it."""

    description: str
    accepts: Callable[[str], bool]


def _is_date(value: str) -> bool:
    if not _DATE.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_timestamp(value: str) -> bool:
    clock = value[10:]
    return _is_date(value[:10]) and (not clock or bool(_CLOCK.fullmatch(clock)))


def _is_integer(bits: int) -> Callable[[str], bool]:
    limit = 1 << (bits - 1)
    return lambda value: bool(_INTEGER.fullmatch(value)) and -limit <= int(value) < limit


def _is_numeric(value: str) -> bool:
    return bool(_NUMERIC.fullmatch(value))


def _is_double(value: str) -> bool:
    """Postgres refuses what a double would hold as infinite, or as zero though it is not."""
    if not _is_numeric(value):
        return False
    held = float(value)
    is_zero = not value.lower().partition("e")[0].strip("+-0.")
    return math.isfinite(held) and (held != 0 or is_zero)


CELL_TYPES: dict[str, CellType] = {
    "text": CellType("text", lambda value: True),
    "integer": CellType("a whole number", _is_integer(32)),
    "bigint": CellType("a whole number", _is_integer(64)),
    "numeric": CellType("a number such as 0.25", _is_numeric),
    "double precision": CellType("a number such as 0.25", _is_double),
    "boolean": CellType("true or false", lambda value: value.lower() in _BOOLEANS),
    "date": CellType("a date such as 2024-01-31", _is_date),
    "timestamptz": CellType("a time such as 2024-01-31T09:30:00Z", _is_timestamp),
}


def cell_type(data_type: str) -> CellType:
    """The checks of a type named in a source YAML. One without checks is not loaded unchecked."""
    try:
        return CELL_TYPES[data_type]
    except KeyError:
        raise UsageError(
            f"the loader cannot check the type {data_type!r}",
            hint="declare one of " + ", ".join(CELL_TYPES),
        ) from None

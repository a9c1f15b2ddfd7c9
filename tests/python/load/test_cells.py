"""Each type of cell: what it accepts, what it refuses, and that Postgres agrees."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from load.conftest import Loading
from outreach_hub.errors import UsageError
from outreach_hub.load.cells import CELL_TYPES, cell_type

ACCEPTED = {
    "text": ["null", "NULL", " x ", "\\N", "007", "1E5"],
    "integer": ["0", "-1", "+7", "007", "2147483647", "-2147483648"],
    "bigint": ["9223372036854775807", "-9223372036854775808"],
    "numeric": ["0", "-0.5", ".5", "5.", "1e-05", "12345678901234567890.123456789"],
    "double precision": ["0", "-0.00e9", "72.5", "1e-05", "1.7e308", "5e-324"],
    "boolean": ["true", "FALSE", "t", "f", "Yes", "no", "1", "0"],
    "date": ["2024-02-29", "0001-01-01", "9999-12-31"],
    "timestamptz": [
        "2024-01-31",
        "2024-01-31 09:30",
        "2024-01-31T09:30:00Z",
        "2024-07-30T12:47:51-0500",
        "2024-07-30 12:47:51.123456+05:30",
        "2024-07-30 23:59:59 +14",
    ],
}
REFUSED = {
    "integer": ["1.0", "1,000", "0x1F", "1_000", " 1", "2147483648", "-2147483649", "٣", "one"],
    "bigint": ["9223372036854775808", "1e3"],
    "numeric": ["NaN", "Infinity", "1,5", "$5", ".", "1e", "0x1", "٣"],
    "double precision": ["NaN", "inf", "1e309", "-1e999", "1e-400", "1,5"],
    "boolean": ["2", "maybe", "tr", " true", "null"],
    "date": [
        "2023-02-29",
        "01/02/2024",
        "2024-1-31",
        "today",
        "infinity",
        "20240131",
        "0000-01-01",
    ],
    "timestamptz": [
        "now",
        "2024-01-31T24:00:00",
        "2024-01-31 09",
        "2024-01-31 09:30 CET",
        "2024-01-31T09:30:60",
        "2023-02-29T09:30:00Z",
        "2024-01-31 09:30 PM",
    ],
}


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, vs in ACCEPTED.items() for v in vs])
def test_accepts(kind: str, value: str) -> None:
    assert cell_type(kind).accepts(value)


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, vs in REFUSED.items() for v in vs])
def test_refuses(kind: str, value: str) -> None:
    assert not cell_type(kind).accepts(value)


def test_a_type_without_checks_is_not_loaded_unchecked() -> None:
    with pytest.raises(UsageError, match="the loader cannot check the type 'jsonb'"):
        cell_type("jsonb")


def test_postgres_takes_what_is_accepted(loading: Loading) -> None:
    for kind, values in ACCEPTED.items():
        for value in values:
            loading.connection.execute(f"select %s::text::{kind}".encode(), [value])


near_misses = st.one_of(
    st.from_regex(r"[0-9]{3,5}-[0-9]{1,2}-[0-9]{1,2}([T ][0-9:.]{1,12}(Z|[+-][0-9:]{1,5})?)?"),
    st.from_regex(r"[+-]?[0-9]{0,20}(\.[0-9]{0,3})?([eE][+-]?[0-9]{1,3})?"),
    st.text(alphabet="0123456789-+:.TZeE trufalsyno", max_size=25),
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=near_misses)
def test_postgres_takes_whatever_is_accepted(loading: Loading, value: str) -> None:
    for name, kind in CELL_TYPES.items():
        if kind.accepts(value) and "\0" not in value:
            loading.connection.execute(f"select %s::text::{name}".encode(), [value])

"""dbt's unit tests bring rows of their own, which every engine has to read alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from conftest import REPOSITORY

BEGINS_AS_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[ T+]")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}[+-]\d{2}")
"""What Spark reads as well as Postgres: without seconds, it reads null and says nothing."""


def unit_tests() -> Iterator[dict[str, Any]]:
    for path in sorted(REPOSITORY.models_dir.rglob("*.yml")):
        yield from (yaml.safe_load(path.read_text()) or {}).get("unit_tests") or ()


def values_of(unit_test: dict[str, Any]) -> Iterator[Any]:
    for rows in (*unit_test["given"], unit_test["expect"]):
        if not isinstance(rows["rows"], str):
            for row in rows["rows"]:
                yield from row.values()


def test_moments_name_their_seconds() -> None:
    moments = {
        value
        for unit_test in unit_tests()
        for value in values_of(unit_test)
        if isinstance(value, str) and BEGINS_AS_MOMENT.match(value)
    }
    assert len(moments) > 20
    assert [value for value in sorted(moments) if not MOMENT.fullmatch(value)] == []


def test_no_moment_depends_on_the_zone_of_the_session() -> None:
    written = [
        given["rows"]
        for unit_test in unit_tests()
        for given in (*unit_test["given"], unit_test["expect"])
        if isinstance(given["rows"], str)
    ]
    assert written
    assert not [rows for rows in written if "timestamp)" in rows]


def test_whether_a_model_holds_rows_is_said_for_every_engine() -> None:
    """Spark knows an incremental model by a view, so that `is_incremental` alone is Postgres's."""
    macros = [each.get("overrides", {}).get("macros", {}) for each in unit_tests()]
    assert sum("holds_rows" in each for each in macros) == 3
    assert not any("is_incremental" in each for each in macros)

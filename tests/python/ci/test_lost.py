"""What is gone or weaker is told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from outreach_hub.ci.lost import Lost, LostTest, Removed

SEVERITY = "ERROR"


def named(name: str, kind: str, **content: Any) -> Any:
    """A node of dbt's, as far as it is looked at."""
    config = SimpleNamespace(meta={}, severity=SEVERITY, where=None, limit=None)
    given = {"name": name, "resource_type": kind, "alias": name, "config": config, **content}
    return SimpleNamespace(unique_id=f"{kind}.p.{name}", **given)


def model(name: str, text: str, columns: Sequence[str] = (), mart: bool = False) -> Any:
    made = named(
        *(name, "model"),
        raw_code=text,
        contract=SimpleNamespace(enforced=True),
        columns={each: SimpleNamespace(data_type="text") for each in columns},
    )
    made.config.meta = {"publish_to": "marts"} if mart else {}
    return made


def data_test(of: str, column: str, **kwargs: Any) -> Any:
    kwargs |= {"column_name": column, "model": f"{{{{ get_where_subquery(ref('{of}')) }}}}"}
    return named(
        *(f"accepted_{of}_{column}_{len(json.dumps(kwargs))}", "test"),
        attached_node=f"model.p.{of}",
        column_name=column,
        test_metadata=SimpleNamespace(name="accepted", kwargs=kwargs, namespace=None),
    )


def unit_test(of: str, name: str, expect: str = "1") -> Any:
    depends_on = SimpleNamespace(nodes=[f"model.p.{of}"])
    return named(name, "unit_test", model=of, depends_on=depends_on, checksum=f"{of}{expect}")


def manifest(*nodes: Any) -> Any:
    parts: dict[str, dict[str, Any]] = {
        part: {}
        for part in (
            *("nodes", "sources", "exposures", "unit_tests"),
            *("metrics", "semantic_models", "saved_queries", "disabled"),
        )
    }
    for node in nodes:
        part = f"{node.resource_type}s"
        parts[part if part in parts else "nodes"][node.unique_id] = node
    return SimpleNamespace(**parts)


def lost(before: Sequence[Any], now: Sequence[Any]) -> Lost:
    production = manifest(*before)
    written = json.loads(json.dumps(vars(production), default=vars))
    return Lost(manifest(*now), production, written)


COVERAGE = model("coverage", "select 1 as a, 2 as b", ("a", "b"), mart=True)


def test_nothing_is_lost_where_nothing_changed() -> None:
    nodes = [COVERAGE, data_test("coverage", "a"), unit_test("coverage", "counts")]
    found = lost(nodes, nodes)
    assert [*found.removed(), *found.tests(), *found.broken_contracts()] == []


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ([], [LostTest("counts", "coverage", "is gone", "unit test")]),
        ([unit_test("coverage", "counts", expect="2")], []),
        ([unit_test("coverage", "tallies")], []),
        (
            [unit_test("coverage", "tallies", expect="2")],
            [LostTest("counts", "coverage", "is gone", "unit test")],
        ),
        (
            [unit_test("slots", "counts")],
            [LostTest("counts", "coverage", "is gone", "unit test")],
        ),
    ],
    ids=["deleted", "changed", "renamed", "another instead", "another model's"],
)
def test_a_unit_test_that_is_gone_is_told(now: list[Any], told: list[LostTest]) -> None:
    before = [COVERAGE, unit_test("coverage", "counts")]
    assert [*lost(before, [COVERAGE, *now]).tests()] == told


def test_what_goes_with_a_deleted_model_is_told_by_the_model() -> None:
    before = [COVERAGE, data_test("coverage", "a"), unit_test("coverage", "counts")]
    found = lost(before, [])
    assert [*found.tests()] == []
    assert [*found.removed()] == [Removed("coverage", None, "marts.coverage")]

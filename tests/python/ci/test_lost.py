"""What is gone or weaker is told, also where its model is only called otherwise."""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from outreach_hub.ci.lost import BrokenContract, Lost, LostTest, Removed

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


def data_test(of: str, column: str, severity: str = SEVERITY, **kwargs: Any) -> Any:
    kwargs |= {"column_name": column, "model": f"{{{{ get_where_subquery(ref('{of}')) }}}}"}
    made = named(
        *(f"accepted_{of}_{column}_{len(json.dumps(kwargs))}", "test"),
        attached_node=f"model.p.{of}",
        column_name=column,
        test_metadata=SimpleNamespace(name="accepted", kwargs=kwargs, namespace=None),
    )
    made.config.severity = severity
    return made


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
SLOTS = model("slots", COVERAGE.raw_code, ("a", "b"), mart=True)


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
    assert [*found.removed()] == [Removed("model", "coverage", None, "marts.coverage")]


def test_of_a_model_that_is_called_otherwise_the_tests_are_compared() -> None:
    kept = data_test("coverage", "a", values=["x"])
    dropped = data_test("coverage", "b", values=["y"])
    weaker = data_test("coverage", "c")
    before = [
        *(COVERAGE, kept, dropped, weaker),
        *(unit_test("coverage", "counts"), unit_test("coverage", "sums")),
    ]
    now = [
        *(SLOTS, data_test("slots", "a", values=["x"]), data_test("slots", "c", severity="warn")),
        unit_test("slots", "counts"),
    ]
    assert [*lost(before, now).tests()] == [
        LostTest(dropped.name, "coverage.b", "is gone"),
        LostTest(weaker.name, "coverage.c", f"has severity warn (was {SEVERITY})"),
        LostTest("sums", "coverage", "is gone", "unit test"),
    ]


def test_a_test_that_refers_to_the_renamed_model_is_the_same() -> None:
    people = model("people", "select 3 as a")
    before = [COVERAGE, people, data_test("people", "a", to="ref('coverage')")]
    now = [SLOTS, people, data_test("people", "a", to="ref('slots')")]
    assert [*lost(before, now).tests()] == []


def test_one_new_test_stands_for_one_that_is_gone() -> None:
    twice = [data_test("coverage", "a"), data_test("coverage", "a")]
    twice[1].unique_id += "_where"
    assert len([*lost([COVERAGE, *twice], [SLOTS, data_test("slots", "a")]).tests()]) == 1


def test_columns_that_go_with_a_rename_are_told() -> None:
    fewer = model("slots", COVERAGE.raw_code, ("a",), mart=True)
    assert [*lost([COVERAGE], [fewer]).broken_contracts()] == [
        BrokenContract("slots", "b", "is gone")
    ]


def test_whatever_is_gone_is_told_by_its_kind() -> None:
    gone = [
        named(name, kind)
        for name, kind in (
            *(("filings", "source"), ("funnel", "exposure")),
            *(("open_rate", "metric"), ("sends", "semantic_model")),
        )
    ]
    assert [*lost([COVERAGE, *gone], [COVERAGE]).removed()] == [
        *(Removed("exposure", "funnel"), Removed("metric", "open_rate")),
        *(Removed("semantic model", "sends"), Removed("source", "filings")),
    ]

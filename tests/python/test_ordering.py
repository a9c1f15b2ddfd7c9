"""What is read comes before what reads it, whatever the order in which it was told."""

from __future__ import annotations

import pytest

from outreach_hub.ordering import parents_first


@pytest.mark.parametrize(
    ("parents", "order"),
    [
        ({}, []),
        ({"b": ["a"], "a": []}, ["a", "b"]),
        ({"c": ["b", "a"], "b": ["a"], "a": []}, ["a", "b", "c"]),
        ({"a": ["source"], "b": ["a", "source"]}, ["a", "b"]),
        ({"a": ["a"], "b": ["a"]}, ["a", "b"]),
    ],
)
def test_parents_come_first(parents: dict[str, list[str]], order: list[str]) -> None:
    assert parents_first(parents) == order


def test_what_is_in_a_circle_comes_last() -> None:
    parents = {"after": ["one"], "one": ["two"], "two": ["one"], "child": ["free"], "free": []}
    assert parents_first(parents) == ["free", "child", "after", "one", "two"]


def test_a_chain_may_be_longer_than_pythons_stack() -> None:
    parents = {f"n{number}": [f"n{number - 1}"] for number in range(1, 5000)}
    assert parents_first(parents) == [f"n{number}" for number in range(1, 5000)]

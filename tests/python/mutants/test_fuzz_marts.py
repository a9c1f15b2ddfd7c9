"""Random marts run in a toy world: what the proof accepts mixes no companies there."""

from __future__ import annotations

import pytest

import fuzz_marts
from outreach_hub.database import connect_to
from outreach_hub.profile import Target


def test_what_is_accepted_mixes_nobody(database: Target) -> None:
    with connect_to(database, role="admin") as connection:
        found = list(fuzz_marts.holes(connection, seed=3, queries=150))
    assert len(found) > 10
    assert [mart for mart, wrong in found if wrong] == []


def test_what_nobody_proves_mixes_them(database: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz_marts, "is_accepted", lambda mart: True)
    with connect_to(database, role="admin") as connection:
        found = list(fuzz_marts.holes(connection, seed=3, queries=1000))
    assert sum(wrong is not None for _, wrong in found) > 10

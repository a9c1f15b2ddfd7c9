"""What the proof accepts, a bare `dbt build` does too: its graph check is the same doctrine again.

The other way round it knows less: it is there for the gates of who never runs the proof.
"""

from __future__ import annotations

import pytest

from batching import batches
from corpus import load
from workshop import PROJECT, Workshop, in_workshops


@pytest.mark.parametrize(
    "every", [pytest.param(4, marks=pytest.mark.slow), pytest.param(1, marks=pytest.mark.long)]
)
def test_what_the_proof_accepts_a_bare_build_accepts(every: int) -> None:
    cases = [batch for batch in batches(load("accepted/*"), PROJECT) if not batch[0].sql_alone]
    together = cases[::every]
    assert len(together) > 5
    for names, found in in_workshops(Workshop.graph_findings, together, workers=2):
        assert not found, names


@pytest.mark.slow
def test_a_bare_build_misses_a_gate() -> None:
    lost = ("gate_removed", "foreign_key_removed", "contract_off_in_config")
    cases = [case for name in lost for case in load(f"ID010/{name}")]
    for names, found in in_workshops(Workshop.graph_findings, batches(cases, PROJECT, 1), 2):
        assert any(line.startswith("[ID010]") for line in found), (names, found)

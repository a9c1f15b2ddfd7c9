"""What the proof accepts, a bare `dbt build` does too: its graph check is the same doctrine again.

The other way round it knows less: it is there for the gates of who never runs the proof.
"""

from __future__ import annotations

import pytest

from batching import batches
from corpus import load
from workshop import PROJECT, Workshop, in_workshops


@pytest.mark.slow
def test_what_the_proof_accepts_a_bare_build_accepts() -> None:
    together = [batch for batch in batches(load("accepted/*"), PROJECT) if not batch[0].sql_alone]
    assert len(together) > 10
    for names, found in in_workshops(Workshop.graph_findings, together, workers=2):
        assert not found, names


@pytest.mark.slow
@pytest.mark.parametrize("case", ["gate_removed", "foreign_key_removed", "contract_off_in_config"])
def test_a_bare_build_misses_a_gate(case: str) -> None:
    (batch,) = batches(load(f"ID010/{case}"), PROJECT)
    ((_, found),) = in_workshops(Workshop.graph_findings, [batch], workers=1)
    assert any(line.startswith("[ID010]") for line in found), found

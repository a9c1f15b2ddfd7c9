"""Where a command's time goes is told to who listens, and to nobody else."""

from __future__ import annotations

import pytest

from outreach_hub.phases import phase, timed_phases


def test_each_phase_is_told_and_what_is_marked_twice_counts_together() -> None:
    with timed_phases() as seconds:
        for name in ("prove", "parse", "prove"):
            with phase(name):
                pass
    assert list(seconds) == ["prove", "parse"]
    assert all(spent > 0 for spent in seconds.values())


def test_outside_nothing_is_kept() -> None:
    with timed_phases() as seconds:
        pass
    with phase("prove"):
        pass
    assert seconds == {}


def test_a_phase_that_fails_is_told_too() -> None:
    with timed_phases() as seconds, pytest.raises(ValueError, match="no"), phase("parse"):
        raise ValueError("no")
    assert list(seconds) == ["parse"]

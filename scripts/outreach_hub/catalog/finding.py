"""What a proof found wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be, and what mends it."""

    code: str
    subject: str
    problem: str
    remedy: str

"""The rules, discovered: one file each, `idNNN_what.py`, and nothing else to register.

A rule has CODE, TITLE and WHY, and one or both of
    check_face(subject) -> findings      for each face of each node
    check_project(compiled) -> findings  once
and REFUSED and ACCEPTED: examples that are its tests and its documentation at once.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from outreach_hub.proof.verdict import Finding


@dataclass(frozen=True)
class Rule:
    """A rule as the prover runs it."""

    code: str
    title: str
    why: str
    module: ModuleType
    check_face: Callable[[Any], Iterator[Finding]] | None
    check_project: Callable[[Any], Iterator[Finding]] | None


def _discover() -> list[Rule]:
    rules = []
    for found in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        if not found.name.startswith("id"):
            continue
        module = importlib.import_module(f"{__name__}.{found.name}")
        rules.append(
            Rule(
                module.CODE,
                module.TITLE,
                module.WHY,
                module,
                getattr(module, "check_face", None),
                getattr(module, "check_project", None),
            )
        )
    return rules


RULES = _discover()

"""What a template may call, and what is said of the rest."""

from __future__ import annotations

from jinja2 import Environment

from outreach_hub.proof.jinja_branches import Syntax
from outreach_hub.proof.reach import Known, reached

KNOWN = Known(macros=frozenset({"star"}), packages=frozenset({"dbt_utils"}))


def _problems(text: str) -> list[str]:
    return [fault.reason for fault in reached(Syntax(text, Environment().parse(text)), KNOWN)]


def test_a_macro_that_a_package_lacks_is_named() -> None:
    assert _problems("{{ dbt_utils.star('x') }}") == []
    assert _problems("{{ dbt_utils.pivot('x') }}") == ["the package dbt_utils has no macro `pivot`"]

"""Templates, parsed and compiled: each text once a process, since a proof is repeated for one edit.

What is kept is never changed: the analysis only reads a tree, and a template is rewritten in a tree
of its own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import Environment

from outreach_hub.proof.faces import Driver
from outreach_hub.proof.jinja_branches import Instrument, Syntax, Taint, Template

_KEPT = 8192
_codes: dict[tuple[Environment, str, bool, object], Any] = {}


@lru_cache(_KEPT)
def _syntax(environment: Environment, text: str) -> Syntax:
    return Syntax(text, environment.parse(text))


def parsed(
    environment: Environment, name: str, text: str, is_macro: bool, is_reviewed: bool = False
) -> Template:
    """A model, hook or macro, for the analysis."""
    return Template(name, _syntax(environment, text), is_macro, is_reviewed)


class Loader:
    """Makes templates that ask the driver wherever the outside would decide."""

    def __init__(self, environment: Environment, taint: Taint, driver: Driver) -> None:
        self.environment, self.taint = environment, taint
        for name in ("choose", "choose_list", "mark"):
            setattr(environment, name, getattr(driver, name))

    def load(self, template: Template, context: dict[str, Any], lines: bool) -> Any:
        """The template, ready to be rendered; `lines` marks where each piece of text stood."""
        key = (self.environment, template.syntax.text, lines, self.taint.found_in(template))
        if key not in _codes:
            if len(_codes) >= _KEPT:
                _codes.clear()
            tree = self.environment.parse(template.syntax.text)
            Instrument(self.taint, template, lines).visit(tree)
            _codes[key] = self.environment.compile(tree)
        made = self.environment.template_class
        return made.from_code(self.environment, _codes[key], self.environment.make_globals(context))

"""Which macros a node of dbt's calls, and those in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


class MacroCalls:
    """Of one manifest, whose macros are read once."""

    def __init__(self, manifest: Manifest) -> None:
        self._macros = manifest.macros
        self._closures: dict[str, frozenset[str]] = {}

    def of(self, node: Any) -> frozenset[str]:
        """Every macro that a node, or a hook, calls, and that those call, by unique id.

        A node that has run calls more: dbt adds the macros that it was run by.
        """
        found: set[str] = set()
        depends_on = getattr(node, "depends_on", None)
        for ident in getattr(depends_on, "macros", ()):
            found |= self._closure(ident)
        return frozenset(found)

    def texts_of(self, node: Any) -> list[str]:
        """The node's own text and those of all macros that it calls, in the order of their ids."""
        called = (self._macros[ident] for ident in sorted(self.of(node)) if ident in self._macros)
        return [getattr(node, "raw_code", ""), *(macro.macro_sql for macro in called)]

    def _closure(self, start: str) -> frozenset[str]:
        if start not in self._closures:
            found, waiting = set(), [start]
            while waiting:
                ident = waiting.pop()
                if ident and ident not in found:
                    found.add(ident)
                    macro = self._macros.get(ident)
                    waiting += macro.depends_on.macros if macro else ()
            self._closures[start] = frozenset(found)
        return self._closures[start]

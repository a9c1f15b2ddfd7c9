"""What differs between the project as it is and as production was built from it.

dbt's own comparison (`state:modified`) decides what is modified; what it is blind to is added here:
a var, a macro that dbt or a hook calls but no model, what a metric computes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from outreach_hub.ci.given import changed
from outreach_hub.ci.lost import BrokenContract, Lost, LostTest, Removed
from outreach_hub.ci.resources import SEMANTIC, definition, kind_of, resources
from outreach_hub.errors import UsageError
from outreach_hub.macro_calls import MacroCalls

if TYPE_CHECKING:
    from pathlib import Path

    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.ci.state import State

_DBT_PACKAGES = ("dbt", "dbt_postgres")
_DISPATCHED = re.compile(r"^(default|postgres)__")
_VAR = re.compile(r"\bvar\s*\(\s*['\"](\w+)['\"]")


@dataclass(frozen=True)
class Modified:
    """A node that is new or not what it was, and in what."""

    unique_id: str
    name: str
    kind: str
    path: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Changes:
    """All that a reviewer is told before anything is built."""

    modified: tuple[Modified, ...] = ()
    removed: tuple[Removed, ...] = ()
    lost_tests: tuple[LostTest, ...] = ()
    broken_contracts: tuple[BrokenContract, ...] = ()
    macros: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    everything: str | None = None
    """Why all of the project is built, where it is."""


def load_manifest(folder: Path) -> Manifest:
    """The manifest of a state folder, as dbt reads it."""
    from dbt.contracts.graph.manifest import WritableManifest
    from dbt.contracts.state import PreviousState

    manifest = PreviousState(folder, folder / "target", folder).manifest
    assert manifest is not None
    theirs, ours = manifest.metadata.dbt_schema_version, str(WritableManifest.dbt_schema_version)
    if theirs != ours:
        # dbt would read an older one, and find what it did not have yet to be changed
        raise UsageError(
            f"the state is a manifest of {theirs}, and this dbt writes {ours}",
            hint="build production once with this version: `outreach build` stores a new state",
        )
    return manifest


def compare(
    manifest: Manifest, before: Manifest, state: State, variables: tuple[str, ...]
) -> Changes:
    """The project as it is, against production's. `variables` are the vars that have changed."""
    return _Comparison(manifest, before, state, variables).changes()


class _Comparison:
    def __init__(
        self, manifest: Manifest, before: Manifest, state: State, variables: tuple[str, ...]
    ) -> None:
        self.now = manifest
        self.nodes = resources(manifest)
        self.before = before
        self.lost = Lost(manifest, before, state.manifest)
        self.variables = variables
        self.macros = frozenset(self._changed_macros())
        self.calls = MacroCalls(manifest)

    def changes(self) -> Changes:
        modified = tuple(sorted(self._modified(), key=lambda each: (each.kind, each.name)))
        return Changes(
            modified=modified,
            removed=tuple(self.lost.removed()),
            lost_tests=tuple(self.lost.tests()),
            broken_contracts=tuple(self.lost.broken_contracts()),
            macros=tuple(sorted(ident.split(".", 1)[1] for ident in self.macros)),
            variables=self.variables,
            everything=self._everything(),
        )

    # -- what is modified ----------------------------------------------------------------------

    def _modified(self) -> Iterator[Modified]:
        from dbt.graph.selector_methods import StateSelectorMethod

        method = StateSelectorMethod(self.now, _Previous(self.before), [])
        semantic = {i for i, node in self.nodes.items() if kind_of(node) in SEMANTIC}
        found = set(method.search(set(self.nodes) - semantic, "modified"))
        for unique_id, node in self.nodes.items():
            is_asked = unique_id in found | semantic
            reasons = [*self._reasons(node, self._old(unique_id))] if is_asked else []
            reasons += [f"the var {name}" for name in self._variables_of(node)]
            if unique_id in found or reasons:
                yield Modified(
                    unique_id=unique_id,
                    name=node.name,
                    kind=kind_of(node),
                    path=node.original_file_path,
                    reasons=tuple(reasons) or ("its definition",),
                )

    @cached_property
    def _all_before(self) -> dict[str, Any]:
        """Production's, by unique id; a model that was called otherwise by its own as well."""
        found = resources(self.before)
        return {**found, **{now: found[was] for was, now in self.lost.renamed.items()}}

    def _old(self, unique_id: str) -> Any:
        return self._all_before.get(unique_id)

    def _reasons(self, node: Any, old: Any) -> Iterator[str]:
        if old is None:
            yield "new"
            return
        kind = kind_of(node)
        if node.unique_id != old.unique_id:
            yield f"called {old.name} before"
        if hasattr(node, "raw_code") and kind != "seed" and node.raw_code != old.raw_code:
            yield "its SQL"
        if kind == "seed" and not node.same_body(old):
            yield "its rows"
        for name in changed(_settings(old), _settings(node)):
            yield f"the setting {name}"
        for name in changed(definition(old), definition(node)):
            yield f"its {name.replace('_', ' ')}"
        if kind == "model" and node.contract.checksum != old.contract.checksum:
            yield "its contract"
        for ident in sorted(self.calls.of(node) & self.macros):
            yield f"the macro {ident.split('.')[-1]}"

    # -- macros and vars -----------------------------------------------------------------------

    def _changed_macros(self) -> Iterator[str]:
        ours, theirs = self.now.macros, self.before.macros
        for ident in {*ours, *theirs}:
            if ident.split(".")[1] in _DBT_PACKAGES:
                continue  # of one version on both sides: the state was refused otherwise
            new, old = ours.get(ident), theirs.get(ident)
            if new is None or old is None or new.macro_sql != old.macro_sql:
                yield ident

    def _variables_of(self, node: Any) -> list[str]:
        if not self.variables:
            return []
        named = {name for text in self.calls.texts_of(node) for name in _VAR.findall(text)}
        return sorted(named & set(self.variables))

    def _everything(self) -> str | None:
        """What no single model shows, and every one may feel."""
        of_dbt = {
            macro.name for macro in self.now.macros.values() if macro.package_name in _DBT_PACKAGES
        }
        hooks = [node for node in self.now.nodes.values() if str(node.resource_type) == "operation"]
        nodes = self.nodes.values()
        by_nodes = frozenset().union(*(self.calls.of(node) for node in nodes))
        by_hooks = frozenset().union(*(self.calls.of(hook) for hook in hooks))
        for ident in sorted(self.macros):
            name = ident.split(".")[-1]
            if {name, _DISPATCHED.sub("", name)} & of_dbt:
                return f"dbt itself calls the macro {name}"
            if ident in by_hooks - by_nodes:
                return f"every build calls the macro {name}"
        for hook in hooks:
            old = self.before.nodes.get(hook.unique_id)
            if old is None or old.raw_code != hook.raw_code:
                return f"the hook {hook.name} is not what it was"
            for name in self._variables_of(hook):
                if not any(name in self._variables_of(node) for node in nodes):
                    return f"every build reads the var {name}"
        return None


@dataclass(frozen=True)
class _Previous:
    """What dbt's comparison asks of a previous state."""

    manifest: Manifest


def _settings(node: Any) -> dict[str, Any]:
    return dict(getattr(node, "unrendered_config", None) or {})

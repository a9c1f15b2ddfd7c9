"""Which readers of a changed mart read nothing of what its change is about.

A mart whose new text yields some columns as the old one did has not changed for whoever reads only
those. It is decided from the SQL of both sides, before anything is built, column by column: is the
query for the key and this column the same? What cannot be followed counts as a change. Staging and
hubs are not looked into: all that reads a changed one of them is built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from outreach_hub.catalog.promises import promises
from outreach_hub.ci.deferral import published
from outreach_hub.ci.query import Query, Schema, Unclear
from outreach_hub.ci.selection import DBT_ARGUMENTS, is_mart, mark
from outreach_hub.exits import ExitCode

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.ci.changes import Changes, Modified
    from outreach_hub.ci.selection import Selection
    from outreach_hub.ci.state import State
    from outreach_hub.project import Project

Differing = frozenset[str] | None
"""The columns of a mart whose values may differ, row by row; None where the rows may differ too."""

UNTYPED = "unknown"
_OF_ITS_TEXT = ("its SQL", "its contract")
_OF_ITS_TEXT_TOO = ("the macro ", "the var ")


@dataclass(frozen=True)
class Reach:
    """What a change comes to in the models that read it, and in itself."""

    differing: Mapping[str, Differing] = field(default_factory=dict)
    """By unique id."""
    spared: tuple[str, ...] = ()
    """Unique ids of the marts that need not be built."""

    @property
    def differing_by_name(self) -> dict[str, Differing]:
        return {ident.split(".")[-1]: names for ident, names in self.differing.items()}


def look_into(
    project: Project,
    manifest: Manifest,
    state: State,
    changes: Changes,
    selection: Selection,
    options: Sequence[str],
) -> Reach:
    """How far a change reaches, of the models that it might reach.

    `options` are dbt's, of a build of this project; they compile it here.
    """
    from outreach_hub.dbt import run

    modified = {each.unique_id: each for each in changes.modified}
    asked = {each for each in selection.models if is_asked(manifest.nodes[each])}
    if not asked & set(modified) or asked <= set(modified):
        return Reach()
    compiled = manifest.deepcopy()
    mark(compiled, asked)
    done = run(project, ["compile", *options, *DBT_ARGUMENTS], manifest=compiled)
    if done.exit_code is not ExitCode.GOOD:
        return Reach()  # the build will say what is wrong
    return _Comparison(compiled, state.manifest).of(modified, selection.models)


def is_asked(node: Any) -> bool:
    """Whether a change of a model is looked into, or taken to be of everything in it."""
    return is_mart(node) and node.config.materialized == "table"


class _Comparison:
    def __init__(self, compiled: Manifest, before: dict[str, Any]) -> None:
        self.nodes = compiled.nodes
        self.before = before["nodes"]
        self.keys = {
            promise.unique_id: constraint.columns
            for promise in promises(compiled)
            for constraint in promise.constraints
            if constraint.kind == "primary key"
        }
        relations = {**compiled.nodes, **compiled.sources}
        written = [(getattr(n, "relation_name", None), i) for i, n in relations.items()]
        for nodes in (self.before, before["sources"], published(before)["nodes"]):
            written += [(each.get("relation_name"), ident) for ident, each in nodes.items()]
        self.tables = {name: ident for name, ident in written if name}
        self.schema: Schema = {
            ident: {name: column.data_type or UNTYPED for name, column in each.columns.items()}
            for ident, each in relations.items()
            if getattr(each, "columns", None)
        }
        self.schema_before: Schema = {
            ident: {name: c["data_type"] or UNTYPED for name, c in each["columns"].items()}
            for ident, each in {**self.before, **before["sources"]}.items()
            if each.get("columns")
        }

    def of(self, modified: Mapping[str, Modified], reached: tuple[str, ...]) -> Reach:
        # Of a source that changed nobody knows what differs.
        differing: dict[str, Differing] = {i: None for i in modified if i not in reached}
        for ident in reached:
            try:
                differing[ident] = self._of_one(ident, modified.get(ident), differing)
            except Unclear:
                differing[ident] = None
        spared = [i for i in reached if differing[i] == frozenset() and i not in modified]
        return Reach(differing, tuple(spared))

    def _of_one(
        self, ident: str, modified: Modified | None, differing: Mapping[str, Differing]
    ) -> Differing:
        node = self.nodes[ident]
        own = self._of_a_change(node, modified) if modified else frozenset()
        parents = {each: differing.get(each, frozenset()) for each in node.depends_on_nodes}
        parents = {each: names for each, names in parents.items() if names != frozenset()}
        if own is None or not parents:
            return own
        return self._of_its_parents(node, parents, own)

    def _of_a_change(self, node: Any, modified: Modified) -> Differing:
        """The columns that the new text yields otherwise than the old one."""
        old = self.before.get(node.unique_id)
        key = self.keys.get(node.unique_id)
        for reason in modified.reasons:
            if reason not in _OF_ITS_TEXT and not reason.startswith(_OF_ITS_TEXT_TOO):
                return None
        if not (is_asked(node) and old and key and old["config"]["materialized"] == "table"):
            return None
        types = self.schema[node.unique_id]
        types_before = self.schema_before.get(node.unique_id, {})
        shared = [name for name in types if types_before.get(name) == types[name]]
        if not set(key) <= set(shared):
            return None
        now = self._query(node.compiled_code, shared, self.schema)
        before = self._query(old.get("compiled_code"), shared, self.schema_before)

        def differs(*columns: str) -> bool:
            return now.only(columns).text != before.only(columns).text

        other = frozenset({*types, *types_before} - {*shared})
        if not differs(*shared):
            return other
        if differs(*key):
            return None
        return other | {name for name in shared if differs(*key, name)}

    def _of_its_parents(
        self, node: Any, parents: Mapping[str, Differing], own: frozenset[str]
    ) -> Differing:
        """The columns that are made of what differs, beside the model's `own`."""
        key = self.keys.get(node.unique_id)
        if None in parents.values() or not is_asked(node) or not key:
            return None
        columns = list(self.schema[node.unique_id])
        query = self._query(node.compiled_code, columns, self.schema)
        differing = {(parent, name) for parent, names in parents.items() for name in names or ()}
        if not query.only(columns).reads & differing:
            return own
        if query.only(key).reads & differing:
            return None
        return own | {name for name in columns if query.only({*key, name}).reads & differing}

    def _query(self, text: str | None, columns: list[str], schema: Schema) -> Query:
        if not text:
            raise Unclear("it was not compiled")
        return Query.of(text, columns, self.tables, schema)

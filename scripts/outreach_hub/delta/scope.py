"""Which models and tests look at one company's records at a time, by their SQL.

A model is confined to a company if all that brings rows together does so by something of the
company's own: its id, its target, or the id of a record of it. What brings rows together is a join,
a group, a window, a distinct; whatever else could (a limit, a subquery in an expression, a set
operation that drops duplicates), and whatever is not understood, spreads.

Ids of records hold no two companies together, since each record is of one company (ID013) and
refers to records of the same (ID008). Those that the gates check are the ones that count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp
from sqlglot.errors import SqlglotError

from outreach_hub.catalog.promises import TABLE_MATERIALIZATIONS
from outreach_hub.delta import BuildEverything
from outreach_hub.delta.absent import Present, may_lack, present_by_tests
from outreach_hub.delta.confinement import (
    DIALECT,
    grouped,
    last_query,
    of_select,
    read,
    why_spreads,
)
from outreach_hub.delta.rankings import Ranking, ranking_of
from outreach_hub.delta.tallies import Tally, tally_of
from outreach_hub.delta.understood import of_another_build
from outreach_hub.doctrine import ANCHOR, COMPANY_ID, GATE, IDENTITY_COLUMNS
from outreach_hub.ordering import parents_first

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.macro_calls import MacroCalls

OF_COMPANY = frozenset(IDENTITY_COLUMNS)

ROW_BY_ROW = frozenset({"not_null", "accepted_values", "accepted_range"})
OF_ONE_COMPANY = frozenset(
    {"matches_target", "conserves_records", "minted_identity", "minted_company", "targets_stand"}
)
"""Tests whose failing rows are all of companies, and found among the records of each."""

_QUERIES = frozenset({"macro.dbt.run_query", "macro.dbt.statement"})
_CUTS = re.compile(r"\(|^(real|float4|char|character|name)$", re.IGNORECASE)
"""A type that dbt lets a query fill with what it holds only in part."""
_MATERIALIZED = (*TABLE_MATERIALIZATIONS, "view", "ephemeral")
_TOUCHES_NO_ROW = re.compile(
    r"\s*(create\s+(unique\s+)?index|analyze|grant|comment)\b[^;]*;?\s*$", re.IGNORECASE
)
"""A hook that is no other for a part of the rows."""
_OF_THE_RUN = re.compile(
    r"\b(load_result|invocation_id|modules\.\w+|run_started_at(?!\.strftime\(.%Y-%m-%d.\)))\b"
)
"""What dbt tells a model of the run that it is built in, other than its day."""


@dataclass(frozen=True)
class Scope:
    """What of a project can be built company by company, and what cannot."""

    spreading: Mapping[str, str]
    """Why a model spreads over companies, by unique id."""
    constant: frozenset[str]
    """Models that read nothing, and so are the same until the code or the day changes."""
    short_cuts: Mapping[str, Tally | Ranking] = field(default_factory=dict)
    """What spares some that spread from being made anew of all rows."""
    ids: frozenset[str] = frozenset()
    """The columns whose values no two companies share."""
    present: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Those that are never null, with others, by the unique id of each model."""

    def is_confined(self, unique_id: str) -> bool:
        return unique_id not in self.spreading and unique_id not in self.constant


def scope_of(
    manifest: Manifest, compiled: Mapping[str, str], otherwise: Mapping[str, str]
) -> Scope:
    """The scope of each model of a project, by its compiled SQL.

    `otherwise` is what of it `compiled_otherwise` found to be another in each build.
    """
    project = _Project.of(manifest, compiled, otherwise)
    scope = project.judged()
    return replace(scope, short_cuts=dict(project.short_cuts(scope)))


@dataclass(frozen=True)
class _Project:
    """What the models of a project are judged by."""

    models: Mapping[str, Any]
    compiled: Mapping[str, str]
    otherwise: Mapping[str, str]
    ids: frozenset[str]
    tested: Mapping[str, frozenset[str]]

    @classmethod
    def of(
        cls, manifest: Manifest, compiled: Mapping[str, str], otherwise: Mapping[str, str]
    ) -> _Project:
        models = {i: node for i, node in manifest.nodes.items() if node.resource_type == "model"}
        ids = company_bound_columns(manifest)
        return cls(models, compiled, otherwise, ids, present_by_tests(manifest))

    def judged(self) -> Scope:
        """Each model, once those that it reads are judged."""
        spreading: dict[str, str] = {}
        constant: set[str] = set()
        parents = {unique_id: node.depends_on_nodes for unique_id, node in self.models.items()}
        for unique_id in parents_first(parents):
            if parents[unique_id]:
                reason = self._reason(unique_id, spreading)
            else:
                reason = _why_it_changes(self.compiled.get(unique_id, ""))
                if not reason:
                    constant.add(unique_id)
            if reason:
                spreading[unique_id] = reason
        return Scope(spreading, frozenset(constant), ids=self.ids, present=self.tested)

    def _reason(self, unique_id: str, spreading: Mapping[str, str]) -> str | None:
        node = self.models[unique_id]
        if node.name != ANCHOR and unique_id in self.otherwise:
            return f"is compiled with {self.otherwise[unique_id]}"
        text = self.compiled.get(unique_id)
        if reason := _why_it_spreads(node, text, self.ids, self._present(unique_id)):
            return reason
        read = next((parent for parent in node.depends_on_nodes if parent in spreading), None)
        return f"reads {read.split('.')[-1]}, which spreads" if read else None

    def short_cuts(self, scope: Scope) -> Iterator[tuple[str, Tally | Ranking]]:
        """Those of models that spread, and read nothing that does."""
        for unique_id in scope.spreading:
            node = self.models[unique_id]
            if unique_id not in self.otherwise and all(
                each in self.models and scope.is_confined(each) for each in node.depends_on_nodes
            ):
                text, present = self.compiled.get(unique_id), self._present(unique_id)
                if short_cut := _short_cut(node, text, self.ids, present):
                    yield unique_id, short_cut

    def _present(self, unique_id: str) -> Present:
        read = {unique_id, *self.models[unique_id].depends_on_nodes} & self.models.keys()
        of_models = {self.models[each].alias: self.tested[each] for each in read}
        return Present(of_models, self.tested[unique_id])


def company_bound_columns(manifest: Manifest) -> frozenset[str]:
    """The columns whose values no two companies share: what the gates hold to one company.

    Not the name of a column that is landed, elsewhere, without a gate that holds it.
    """
    found = set(OF_COMPANY)
    of_models: dict[str, set[str]] = {}
    for node in manifest.nodes.values():
        metadata = getattr(node, "test_metadata", None)
        if metadata and metadata.name == GATE:
            belonging = metadata.kwargs.get("belongs_to") or ()
            held = {metadata.kwargs["key"], *(each["column"] for each in belonging)}
            found.update(held)
            of_models.setdefault(node.attached_node, set()).update(held)
    for unique_id, node in manifest.nodes.items():
        if node.resource_type == "model" and any(
            parent.startswith("source.") for parent in node.depends_on_nodes
        ):
            found -= set(node.columns) - of_models.get(unique_id, set()) - OF_COMPANY
    return frozenset(found)


def asks_after_a_row_alone(condition: object) -> bool:
    """Whether what a test asks of a row, or compares it to, is in the row."""
    try:
        tree = exp.select("*").from_("model").where(str(condition), dialect=DIALECT)
    except SqlglotError:
        return False
    return next(why_spreads(tree, frozenset(), Present({})), None) is None


def _why_it_spreads(
    node: Any, text: str | None, ids: frozenset[str], present: Present
) -> str | None:
    if node.name == ANCHOR:
        return None  # it goes on from the last target of a prefix, whose company is taken along
    if not text:
        return "it was not compiled"
    if COMPANY_ID not in node.columns:
        return "its rows are of no company"
    try:
        tree = read(text)
    except SqlglotError as error:
        return f"it cannot be read: {error}"
    reason = next(why_spreads(tree, ids, present), None)
    if not reason and may_lack(tree, COMPANY_ID, present):
        return "may have rows of no company"
    return reason


def _why_it_changes(text: str) -> str | None:
    """Why a model that names nothing that it reads is not the same in each build."""
    if not text:
        return None  # it is no relation, but part of the text of what reads it
    try:
        tree = read(text)
    except SqlglotError as error:
        return f"it cannot be read: {error}"
    ctes = {cte.alias for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and (table.db or table.name not in ctes):
            return f"reads {table.name}, which dbt does not know"
    return next(of_another_build(tree), None)


def require_built_by_sql_alone(manifest: Manifest, calls: MacroCalls) -> None:
    """BuildEverything where something else makes rows than the SQL of models.

    It is not told by their text, and is not done for a part of the rows.
    """
    for node in manifest.nodes.values():
        if node.name == ANCHOR or node.resource_type not in ("model", "test", "snapshot"):
            continue
        if node.resource_type == "snapshot":
            raise BuildEverything(f"{node.name} keeps what its rows were")
        # Its SQL is for the rows that it found.
        if not _QUERIES.isdisjoint(calls.of(node)):
            raise BuildEverything(f"{node.name} asks the database while it is compiled")
        if node.resource_type == "model":
            if node.config.materialized not in _MATERIALIZED:
                raise BuildEverything(f"{node.name} is a {node.config.materialized}")
            if node.config.materialized == "view" and node.config.meta.get("publish_to"):
                raise BuildEverything(f"{node.name} is a view, which is published whole")
            hooks = [*node.config.pre_hook, *node.config.post_hook]
            if not all(_TOUCHES_NO_ROW.match(hook.sql) for hook in hooks):
                raise BuildEverything(f"{node.name} has hooks")


def compiled_otherwise(manifest: Manifest, calls: MacroCalls) -> dict[str, str]:
    """What went into a model's SQL that is another in each build, by the model's unique id."""
    found = {}
    for unique_id, node in manifest.nodes.items():
        if node.resource_type == "model":
            matches = filter(None, map(_OF_THE_RUN.search, calls.texts_of(node)))
            if match := next(matches, None):
                found[unique_id] = match[0]
    return found


def _short_cut(
    node: Any, text: str | None, ids: frozenset[str], present: Present
) -> Tally | Ranking | None:
    """How to go by the changed companies alone, where only the last query of a model spreads."""
    try:
        tree = read(text or "")
    except SqlglotError:
        return None
    query = last_query(tree)
    if query is None or next(why_spreads(tree, ids, present, besides=query), None):
        return None
    if COMPANY_ID not in node.columns:
        return tally_of(query, grouped(query), ids)
    unranked = query.copy()
    unranked.set("expressions", [each for each in unranked.selects if not each.find(exp.Window)])
    if next(of_select(unranked, ids, frozenset()), None) or may_lack(tree, COMPANY_ID, present):
        return None
    # A collation of a column's own is not the table's.
    if any(not each.find_ancestor(exp.Window) for each in tree.find_all(exp.Collate)):
        return None
    return ranking_of(query, DIALECT, _cut_by_type(node))


def _cut_by_type(node: Any) -> frozenset[str]:
    """Columns whose values the table may not have as the query does, like a `numeric(5, 2)`."""
    return frozenset(
        name
        for name, column in node.columns.items()
        if column and _CUTS.search(column.data_type or "")
    )

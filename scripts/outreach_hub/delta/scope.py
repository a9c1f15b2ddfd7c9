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
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

from outreach_hub.catalog.promises import ANCHOR, TABLE_MATERIALIZATIONS
from outreach_hub.delta import BuildEverything
from outreach_hub.delta.absent import (
    GATE,
    Present,
    brings_together,
    may_lack,
    present_by_tests,
)
from outreach_hub.delta.fingerprints import COMPANY
from outreach_hub.delta.rankings import Ranking, ranking_of
from outreach_hub.delta.tallies import Tally, tally_of

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

DIALECT = "postgres"
OF_COMPANY = frozenset({"company_unique_id", "target_id"})

ROW_BY_ROW = frozenset({"not_null", "accepted_values", "accepted_range"})
OF_ONE_COMPANY = frozenset(
    {"matches_target", "conserves_records", "minted_identity", "targets_stand"}
)
"""Tests whose failing rows are all of companies, and found among the records of each."""

_OTHER_ROWS = (exp.Limit, exp.Offset, exp.Fetch, exp.Exists, exp.Lateral, exp.Unnest)
_OTHER_TIMES = (
    exp.TableSample,
    exp.Rand,
    exp.CurrentTimestamp,
    exp.CurrentDate,
    exp.CurrentTime,
    exp.Localtimestamp,
    exp.Localtime,
    exp.Uuid,
    exp.CurrentUser,
    exp.SessionUser,
    exp.CurrentSchema,
    exp.CurrentDatabase,
    exp.CurrentCatalog,
    exp.CurrentVersion,
)
"""What comes to something else in every build, also of a company that did not change."""
_TEXTS = (exp.Literal, exp.RawString, exp.National, exp.ByteString, exp.UnicodeString)
_OF_THE_DAY = re.compile(r"\b(now|today|tomorrow|yesterday)\b", re.IGNORECASE)
"""What Postgres takes for a time that passes, where a text becomes a date."""
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
_OF_THE_PLACE = frozenset(
    {
        *("ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"),
        *("user", "current_role", "system_user"),
    }
)
"""Columns of any table that say where a row lies, which its copy does elsewhere, and who asks."""
_KNOWN = frozenset(
    {
        *("make_date", "make_interval", "make_timestamp", "justify_days", "date_bin", "isfinite"),
        *("jsonb_build_object", "json_build_object", "jsonb_build_array", "to_jsonb", "to_json"),
        *("row", "jsonb_strip_nulls", "num_nulls", "num_nonnulls", "btrim", "overlay"),
    }
)
"""Functions that sqlglot knows nothing of, and that come to the same for the same row."""


_AROUND = {
    True: (exp.From, exp.Join, exp.Subquery, exp.SetOperation, type(None)),
    False: (exp.CTE, exp.Subquery, exp.SetOperation, type(None)),
}
"""Where a query is one to select from, in brackets and without: elsewhere it is a value."""


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


def scope_of(manifest: Manifest, compiled: Mapping[str, str]) -> Scope:
    """The scope of each model of a project, by its compiled SQL."""
    _require_built_by_sql_alone(manifest)
    ids = company_bound_columns(manifest)
    tested = present_by_tests(manifest)

    def present(unique_id: str) -> Present:
        read = {unique_id, *models[unique_id].depends_on_nodes} & models.keys()
        return Present({models[each].alias: tested[each] for each in read}, tested[unique_id])

    spreading: dict[str, str] = {}
    constant: set[str] = set()
    models = {i: node for i, node in manifest.nodes.items() if node.resource_type == "model"}
    waiting = dict(models)
    while waiting:
        for unique_id, node in list(waiting.items()):
            parents = node.depends_on_nodes
            if any(parent in waiting for parent in parents):
                continue
            del waiting[unique_id]
            if not parents:
                if reason := _why_it_changes(compiled.get(unique_id, "")):
                    spreading[unique_id] = reason
                else:
                    constant.add(unique_id)
                continue
            reason = _why_it_spreads(node, compiled.get(unique_id), ids, present(unique_id))
            if node.name != ANCHOR and (of_the_run := _compiled_of(node, manifest)):
                reason = f"is compiled with {of_the_run}"
            for parent in parents:
                if parent in spreading:
                    reason = reason or f"reads {parent.split('.')[-1]}, which spreads"
            if reason:
                spreading[unique_id] = reason
    scope = Scope(spreading, frozenset(constant), ids=ids, present=tested)
    short_cuts = {
        unique_id: short_cut
        for unique_id in spreading
        if all(
            parent in models and scope.is_confined(parent)
            for parent in models[unique_id].depends_on_nodes
        )
        and not _compiled_of(models[unique_id], manifest)
        and (
            short_cut := _short_cut(
                models[unique_id],
                compiled.get(unique_id),
                ids,
                present(unique_id),
            )
        )
    }
    return replace(scope, short_cuts=short_cuts)


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
    return next(_spreads(tree, frozenset(), Present({})), None) is None


def _why_it_changes(text: str) -> str | None:
    """Why a model that names nothing that it reads is not the same in each build."""
    if not text:
        return None  # it is no relation, but part of the text of what reads it
    try:
        tree = _read(text)
    except SqlglotError as error:
        return f"it cannot be read: {error}"
    ctes = {cte.alias for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and (table.db or table.name not in ctes):
            return f"reads {table.name}, which dbt does not know"
    return next(_of_another_build(tree), None)


def _why_it_spreads(
    node: Any, text: str | None, ids: frozenset[str], present: Present
) -> str | None:
    if node.name == ANCHOR:
        return None  # it goes on from the last target of a prefix, whose company is taken along
    if not text:
        return "it was not compiled"
    if "company_unique_id" not in node.columns:
        return "its rows are of no company"
    try:
        tree = _read(text)
    except SqlglotError as error:
        return f"it cannot be read: {error}"
    reason = next(_spreads(tree, ids, present), None)
    if not reason and may_lack(tree, COMPANY, present):
        return "may have rows of no company"
    return reason


def _require_built_by_sql_alone(manifest: Manifest) -> None:
    """What else makes rows is not told by a model's SQL, and is not done for a part of them."""
    for node in manifest.nodes.values():
        if node.name == ANCHOR or node.resource_type not in ("model", "test", "snapshot"):
            continue
        if node.resource_type == "snapshot":
            raise BuildEverything(f"{node.name} keeps what its rows were")
        # Its SQL is for the rows that it found.
        if not _QUERIES.isdisjoint(_macros_of(node, manifest)):
            raise BuildEverything(f"{node.name} asks the database while it is compiled")
        if node.resource_type == "model":
            if node.config.materialized not in _MATERIALIZED:
                raise BuildEverything(f"{node.name} is a {node.config.materialized}")
            hooks = [*node.config.pre_hook, *node.config.post_hook]
            if not all(_TOUCHES_NO_ROW.match(hook.sql) for hook in hooks):
                raise BuildEverything(f"{node.name} has hooks")


def _compiled_of(node: Any, manifest: Manifest) -> str | None:
    """What went into a model's SQL that is another in each build."""
    macros = filter(None, map(manifest.macros.get, _macros_of(node, manifest)))
    texts = [node.raw_code, *(macro.macro_sql for macro in macros)]
    return next((found[0] for found in map(_OF_THE_RUN.search, texts) if found), None)


def _macros_of(node: Any, manifest: Manifest) -> list[str]:
    """All that are called for it to be compiled."""
    found = list(dict.fromkeys(node.depends_on.macros))
    for name in found:
        if macro := manifest.macros.get(name):
            found += [each for each in dict.fromkeys(macro.depends_on.macros) if each not in found]
    return found


def _short_cut(
    node: Any, text: str | None, ids: frozenset[str], present: Present
) -> Tally | Ranking | None:
    """How to go by the changed companies alone, where only the last query of a model spreads."""
    try:
        tree = _read(text or "")
    except SqlglotError:
        return None
    query = _last_query(tree)
    if query is None or next(_spreads(tree, ids, present, besides=query), None):
        return None
    if "company_unique_id" not in node.columns:
        return tally_of(query, _grouped(query), ids)
    unranked = query.copy()
    unranked.set("expressions", [each for each in unranked.selects if not each.find(exp.Window)])
    if next(_of_select(unranked, ids, frozenset()), None) or may_lack(tree, COMPANY, present):
        return None
    # A collation of a column's own is not the table's.
    if any(not each.find_ancestor(exp.Window) for each in tree.find_all(exp.Collate)):
        return None
    return ranking_of(query, DIALECT, _cut_by_type(node))


def _read(text: str) -> exp.Expr:
    """SQL with each name as Postgres has it, which is small where it is not in quotes."""
    return normalize_identifiers(parse_one(text, dialect=DIALECT), dialect=DIALECT)


def _cut_by_type(node: Any) -> frozenset[str]:
    """Columns whose values the table may not have as the query does, like a `numeric(5, 2)`."""
    return frozenset(
        name
        for name, column in node.columns.items()
        if column and _CUTS.search(column.data_type or "")
    )


def _last_query(tree: exp.Expr) -> exp.Select | None:
    """The query that makes a model's rows: what comes after is `select * from` it, or nothing."""
    ctes = {cte.alias: cte for cte in _ctes(tree)}
    query: exp.Expr | None = tree
    while isinstance(query, exp.Select):
        given = {name for name, part in query.args.items() if part}
        if query.selects != [exp.Star()] or not given <= {"expressions", "from_", "with_"}:
            return query
        read = query.args["from_"].this
        cte = ctes.get(read.name)
        if cte is None or not _is_named(read) or _renames(cte) or _renames(read):
            return None
        query = cte.this
    return None


def _ctes(tree: exp.Expr) -> list[exp.CTE]:
    """The CTEs of a whole text, but for those of a name that is given twice in it."""
    every = [cte.alias for cte in tree.find_all(exp.CTE)]
    return [cte for cte in getattr(tree, "ctes", ()) if every.count(cte.alias) == 1]


def _is_named(read: exp.Expr) -> bool:
    """Whether what is read may be a CTE: it is given by a name alone."""
    return isinstance(read, exp.Table) and isinstance(read.this, exp.Identifier) and not read.db


def _renames(read: exp.Expr) -> bool:
    alias = read.args.get("alias")
    return bool(alias and alias.args.get("columns"))


def _spreads(
    tree: exp.Expr, ids: frozenset[str], present: Present, besides: exp.Select | None = None
) -> Iterator[str]:
    """Why a query spreads, or would but for the one query in it that may."""
    if not isinstance(tree, exp.Query) or tree.find(exp.DML):
        yield "is more than a query"
    for kind in _OTHER_ROWS:
        if tree.find(kind):
            yield f"has {kind.__name__.lower()}"
    yield from _of_another_build(tree)
    for operation in tree.find_all(exp.SetOperation):
        if not isinstance(operation, exp.Union) or operation.args.get("distinct"):
            yield "has a set operation that compares rows"
        yield from _displaced(operation, ids)
    for alias in tree.find_all(exp.TableAlias):
        names = [alias.name, *(column.name for column in alias.columns)]
        for name in ids.intersection(names):
            yield f"makes {name} of what is in its place"
    constants = _constants(tree)
    for select in tree.find_all(exp.Select):
        if select is not besides:
            yield from _of_select(select, ids, constants)
    for query in tree.find_all(exp.Query):
        if not isinstance(query.parent, _AROUND[isinstance(query, exp.Subquery)]):
            yield "has a subquery in an expression"
    for select in tree.find_all(exp.Select):
        if select is not besides:
            yield from _of_those_without(select, ids, present)


def _of_another_build(tree: exp.Expr) -> Iterator[str]:
    """What a query has that comes to something else in each build, or may."""
    for kind in _OTHER_TIMES:
        if tree.find(kind):
            yield f"has {kind.__name__.lower()}"
    for function in tree.find_all(exp.Anonymous):
        if function.name.lower() not in _KNOWN:
            yield f"calls {function.name}, which may look at anything"
    for literal in tree.find_all(*_TEXTS):
        if _OF_THE_DAY.search(literal.name):
            yield f"may ask for the time by '{literal.name}'"
    for column in tree.find_all(exp.Column):
        if column.name in _OF_THE_PLACE:
            yield f"asks for {column.name}"
    schemas = {table.db for table in tree.find_all(exp.Table) if table.db}
    for literal in tree.find_all(exp.Literal):
        if literal.name in schemas or any(f'"{schema}"' in literal.name for schema in schemas):
            yield "says in which schema it is built"


def _displaced(union: exp.SetOperation, ids: frozenset[str]) -> Iterator[str]:
    """Columns that come under the name of another, for a union goes by place."""
    for first, second in zip_longest(_names(union.left), _names(union.right)):
        if first != second and not ids.isdisjoint((first, second)):
            yield f"has a union that puts {second} in the place of {first}"


def _names(query: exp.Expr) -> list[str]:
    """The columns of a query, those of `*` written out where it is of a query in the text."""
    while isinstance(query, (exp.Subquery, exp.SetOperation)):
        query = query.this
    if not isinstance(query, exp.Select):
        return []
    read = query.args["from_"].this if query.args.get("from_") else None
    if query.selects != [exp.Star()] or query.args.get("joins") or read is None:
        return query.named_selects
    if _is_named(read):
        named = [cte for cte in read.root().find_all(exp.CTE) if cte.alias == read.name]
        return _names(named[0].this) if len(named) == 1 and not _renames(read) else ["*"]
    return _names(read) if isinstance(read, exp.Subquery) else ["*"]


def _of_select(select: exp.Select, ids: frozenset[str], constants: frozenset[str]) -> Iterator[str]:
    for window in select.find_all(exp.Window):
        over = window.args.get("partition_by") or ()
        if window.find_ancestor(exp.Select) is select and not _has_id(over, ids):
            yield "has a window over more than a company"
    group = select.args.get("group")
    aggregates = any(
        each.find_ancestor(exp.Select) is select and not _is_windowed(each)
        for each in select.find_all(exp.AggFunc)
    )
    if (group or aggregates or select.args.get("having")) and not _has_id(_grouped(select), ids):
        yield "groups rows of more than a company"
    distinct = select.args.get("distinct")
    if distinct and not _has_id(_told_apart_by(select, distinct), ids):
        yield "compares rows of more than a company"
    for projection in select.selects:
        name = projection.alias_or_name or _name_given(projection)
        made = _uncast(projection.unalias())
        if name in ids and not (isinstance(made, exp.Column) and made.name == name):
            yield f"makes {name} out of something else"
    for join in select.find_all(exp.Join):
        if join.find_ancestor(exp.Select) is not select or _is_by_id(join, ids):
            continue
        adds_rows = join.side in ("RIGHT", "FULL")
        if adds_rows or not _is_named(join.this) or join.this.name not in constants:
            yield f"joins {join.this.alias_or_name} otherwise than by an id"


def _of_those_without(select: exp.Select, ids: frozenset[str], present: Present) -> Iterator[str]:
    """Windows and groups by an id that rows of several companies do not have."""
    together = [
        window.args.get("partition_by") or ()
        for window in select.find_all(exp.Window)
        if window.find_ancestor(exp.Select) is select
    ]
    together.append(_grouped(select))
    if distinct := select.args.get("distinct"):
        together.append(_told_apart_by(select, distinct))
    for each in together:
        by = [one for one in each if _has_id([one], ids)]
        if by and brings_together(select, by, present):
            yield f"takes rows without {by[0].name} for one another's"


def _is_windowed(aggregate: exp.Expr) -> bool:
    """Whether it is over a window, and so groups nothing; `filter (...)` may come between."""
    around = aggregate.parent
    while isinstance(around, (exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)):
        around = around.parent
    return isinstance(around, exp.Window)


def _told_apart_by(select: exp.Select, distinct: exp.Expr) -> list[Any]:
    """`distinct on (...)` keeps one row of each of these; `distinct` of all that is selected."""
    on = distinct.args.get("on")
    return list(on.expressions) if on else select.selects


def _name_given(made: exp.Expr) -> str:
    """The name that Postgres gives to what has none: of the column that it goes by in the end."""
    if isinstance(made, exp.Case):
        return _name_given(made.args.get("default") or exp.Null())
    if isinstance(made, (exp.Bracket, exp.Paren, exp.Cast, exp.Collate)):
        return _name_given(made.this)
    return made.name if isinstance(made, (exp.Column, exp.Dot)) else ""


def _uncast(made: exp.Expr) -> exp.Expr:
    """What is read as text, which tells apart what was apart."""
    while isinstance(made, (exp.Collate, exp.Paren)) or (
        isinstance(made, exp.Cast) and made.is_type("text")
    ):
        made = made.this
    return made


def _constants(tree: exp.Expr) -> frozenset[str]:
    """CTEs that read no table: the same few rows for every company."""
    found: set[str] = set()
    for cte in _ctes(tree):
        if all(_is_named(table) and table.name in found for table in cte.this.find_all(exp.Table)):
            found.add(cte.alias)
    return frozenset(found)


def _grouped(select: exp.Select) -> list[exp.Expr]:
    """What a query groups by, `group by 1` written out."""
    group = select.args.get("group")
    written = group.expressions if group else []
    places = [] if any(each.is_star for each in select.selects) else select.selects
    return [
        places[int(each.this) - 1].unalias()
        if isinstance(each, exp.Literal) and each.is_int and places
        else each
        for each in written
    ]


def _is_by_id(join: exp.Join, ids: frozenset[str]) -> bool:
    condition = join.args.get("on")
    conjuncts = condition.flatten() if isinstance(condition, exp.And) else [condition]
    return any(
        isinstance(each, exp.EQ)
        and _has_id([each.left], ids)
        and _has_id([each.right], ids)
        and each.left.name == each.right.name
        and all(side.table for side in (each.left, each.right))
        and [each.left.table, each.right.table].count(join.this.alias_or_name) == 1
        for each in conjuncts
    )


def _has_id(expressions: Collection[Any], ids: frozenset[str]) -> bool:
    return any(isinstance(each, exp.Column) and each.name in ids for each in expressions)

"""What an expression does to the values it is given.

Three families matter to identity. A *choice* (coalesce, CASE, min, lag, a scalar subquery) hands
on one of its inputs, so it still is that identity, only no longer surely the row's own. A
*combination* (concat, md5, trim) makes a new value out of its inputs. A *condition* or a count
only looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from outreach_hub.proof.dialect import POSTGRES, spoken
from outreach_hub.proof.names import fold
from outreach_hub.proof.path import Column, Hop, Kind, queries_of
from outreach_hub.proof.scope import Scope, written_out
from outreach_hub.proof.unproved import Unproved

SWITCH = "__switch_"
"""How the front end names a value that a var, env_var or target can change."""

_CHOICES = (exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least)
_SELECTING = (
    exp.Min,
    exp.Max,
    exp.AnyValue,
    exp.First,
    exp.Last,
    exp.FirstValue,
    exp.LastValue,
    exp.NthValue,
    exp.Lag,
    exp.Lead,
    exp.ArrayAgg,
    exp.GroupConcat,
    exp.Mode,
    exp.PercentileDisc,
    exp.JSONArrayAgg,
    exp.JSONObjectAgg,
    exp.JSONBObjectAgg,
    *(exp.BitwiseAndAgg, exp.BitwiseOrAgg, exp.BitwiseXorAgg),  # of one value they are that value
    exp.ArgMax,
    exp.ArgMin,
)
_SELECTING_NAMES = {
    "json_agg",
    "jsonb_agg",
    "json_object_agg",
    "jsonb_object_agg",
    "xmlagg",
    "string_agg",
    "array_agg",
    "mode",
    *("bit_and", "bit_or", "bit_xor"),  # of one value they are that value
    "range_agg",
    "range_intersect_agg",
    "json_arrayagg",
    "json_objectagg",
    *(f"{json}_agg_strict" for json in ("json", "jsonb")),
    *(
        f"{json}_object_agg_{kind}"
        for json in ("json", "jsonb")
        for kind in ("strict", "unique", "unique_strict")
    ),
}
_AGGREGATE_NAMES = _SELECTING_NAMES | {
    "bool_and",
    "bool_or",
    "every",
    "regr_slope",
    "regr_count",
}
_MEASURES = (exp.Length, exp.Count, exp.CountIf)
_OF_ROWS = {"array_agg", "count", "j_s_o_n_array_agg", "jsonb_agg", "row_to_json", "to_json",
            "to_jsonb"}  # fmt: skip
"""Functions of a row as a whole that Postgres has."""

_OF_ANY = (exp.Array, exp.Coalesce, exp.Greatest, exp.Least, exp.Min, exp.Max)
"""What Postgres has for values of any type: rows, and what hands them on."""

_GENERATORS = (exp.Uuid, exp.Rand, exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime)
_GENERATOR_NAMES = {
    "gen_random_uuid",
    "uuidv4",
    "uuidv7",
    "random",
    "clock_timestamp",
    "nextval",
    "currval",
    "lastval",
    "txid_current",
    "statement_timestamp",
    "transaction_timestamp",
    "timeofday",
    "array_sample",
    "array_shuffle",
    "current_query",
    "random_normal",
    "txid_status",
}
_SET_RETURNING = (exp.Explode, exp.ExplodingGenerateSeries, exp.Unnest, exp.GenerateSeries)
SET_RETURNING_NAMES = {
    "regexp_split_to_table",
    "regexp_matches",
    "string_to_table",
    "json_array_elements",
    "jsonb_array_elements",
    "json_each",
    "jsonb_each",
    "json_each_text",
    "jsonb_each_text",
    "json_array_elements_text",
    "jsonb_array_elements_text",
    "json_object_keys",
    "jsonb_object_keys",
    "json_populate_record",
    "json_populate_recordset",
    "json_to_record",
    "json_to_recordset",
    "jsonb_populate_record",
    "jsonb_populate_recordset",
    "jsonb_to_record",
    "jsonb_to_recordset",
    "jsonb_path_query",
    "generate_subscripts",
    "unnest",
    "generate_series",
    "aclexplode",
    "jsonb_path_query_tz",
    "ts_debug",
    "ts_parse",
    "ts_token_type",
    "txid_snapshot_xip",
}
_READ_BY_TEXT = {
    "brin_desummarize_range",
    "brin_summarize_new_values",
    "brin_summarize_range",
    "connectby",
    "crosstab",
    "currtid2",
    "dblink",
    "dblink_exec",
    "dblink_open",
    "dblink_send_query",
    "gin_clean_pending_list",
    "loread",
    "lowrite",
    "pg_logical_emit_message",
    "pg_ls_dir",
    "pg_notify",
    "pg_read_binary_file",
    "pg_read_file",
    "pg_stat_file",
    "pg_terminate_backend",
    "set_config",
    "setseed",
    "setval",
    "ts_rewrite",
    "ts_stat",
}
"""Functions that read or write what no syntax tree shows: a query in a text, a file, a setting."""

_FAMILIES_THAT_READ = re.compile(r"lo_\w+|binary_upgrade_\w+|\w+_to_xml(schema|_and_xmlschema)?")
"""How whole families of them are called: of large objects, of an upgrade, of XML."""


def evaluate(node: exp.Expr, scope: Scope) -> Column:
    """The column that `node` would be, with every name in it resolved."""
    if isinstance(node, exp.Column):
        if isinstance(node.this, exp.Identifier) and node.name.startswith(SWITCH):
            return Column("", Hop.SWITCH, (), node)
        if isinstance(node.this, exp.Star):
            return scope.whole_row(node)
        return scope.column(node)
    if isinstance(node, (exp.Paren, exp.Alias, exp.Ordered, exp.IgnoreNulls, exp.RespectNulls)):
        return evaluate(node.this, scope)
    if _is_servers_function(node):
        return evaluate(_without_its_schema(node), scope)
    if isinstance(node, (exp.Literal, exp.Null, exp.Boolean, exp.Star)):
        return Column("", Hop.CONSTANT, (), node, "literal")
    if isinstance(node, exp.Query):
        return _subquery(node, scope)
    if isinstance(node, exp.Case):
        return _case(node, scope)
    if isinstance(node, exp.Window):
        return _window(node, scope)
    if isinstance(node, (exp.Filter, exp.WithinGroup)):
        before = len(scope.builder.touched)
        value = _filtered(node, scope) if isinstance(node, exp.Filter) else _ordered(node, scope)
        _require_own_rows(node, scope, before)
        return value
    if isinstance(node, (exp.Exists, exp.Any, exp.All)) and isinstance(node.this, exp.Query):
        query = scope.subquery(node.this)
        seen = (part for inner in query.walk() for part in inner.expressions())
        return Column("", Hop.CONDITION, tuple(seen), node)
    return _other(node, scope)


def _filtered(node: exp.Filter, scope: Scope) -> Column:
    decides = evaluate(node.expression.this, scope)
    value = evaluate(node.this, scope)
    value.controls = (*value.controls, decides)
    return value


def _ordered(node: exp.WithinGroup, scope: Scope) -> Column:
    """mode() and percentiles hand on one of what they order."""
    which = evaluate(node.this, scope)
    ordered = tuple(evaluate(part, scope) for part in node.expression.expressions)
    scope.aggregates = True
    how = function_name(node.this)
    return Column("", Hop.AGGREGATE, ordered, node, how, controls=(which,))


def _require_own_rows(node: exp.Expr, scope: Scope, before: int) -> None:
    """Refuse an aggregate that folds the rows of a query further out: it is of the innermost whose
    columns it is handed, in its FILTER, its order and its subqueries too.

    `before` is how many columns were touched before it was read.
    """
    of = {query for column, _ in scope.builder.touched[before:] for query in queries_of(column)}
    query = scope.query.outer
    while query is not None and scope.query not in of:
        if query in of:
            raise Unproved(
                "an aggregate of columns of a query further out, whose rows it folds",
                node,
                fix="Write it in the query whose columns it takes.",
            )
        query = query.outer


def _is_servers_function(node: exp.Expr) -> bool:
    """`pg_catalog.lower(x)`: the server's own, by its schema."""
    is_call = isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func)
    return is_call and isinstance(node.this, exp.Identifier) and fold(node.this) == "pg_catalog"


def _without_its_schema(node: exp.Expr) -> exp.Expr:
    """The parser knows functions by their names alone: which of them fold rows is told by that."""
    called: exp.Expr = node.expression
    if isinstance(called, exp.Anonymous):
        known = exp.func(called.name, *(a.copy() for a in called.expressions), dialect=spoken())
        if returns_one(known, function_name(known)):
            raise Unproved(
                f"{called.name}(), which folds rows, is called by its schema",
                node,
                fix="Take `pg_catalog.` out.",
            )
    return called


def _subquery(node: exp.Query, scope: Scope) -> Column:
    query = scope.subquery(node)
    query.by_place(len(query.places), node)
    values = tuple(query.order) or (Column("", Hop.CONSTANT),)  # of a row that is compared, several
    return Column("", Hop.SUBQUERY, values, node, "subquery")


def _case(node: exp.Case, scope: Scope) -> Column:
    controls = [evaluate(node.this, scope)] if node.this is not None else []
    values = []
    for branch in node.args["ifs"]:
        controls.append(evaluate(branch.this, scope))
        values.append(evaluate(branch.args["true"], scope))
    if node.args.get("default") is not None:
        values.append(evaluate(node.args["default"], scope))
    return Column("", Hop.CHOICE, tuple(values), node, "case", controls=tuple(controls))


def _window(node: exp.Window, scope: Scope) -> Column:
    outside = scope.aggregates
    inner = evaluate(node.this, scope)
    # An aggregate with OVER folds nothing, and one that it is handed does.
    scope.aggregates = outside or _is_handed_aggregate(node)
    windows = list(_windows(node, scope))
    for frame in filter(None, (one.args.get("spec") for one in windows)):
        for bound in (frame.args.get("start"), frame.args.get("end")):
            if isinstance(bound, exp.Expr):  # else it is UNBOUNDED or CURRENT ROW
                written_out(bound)
    partition = tuple(
        evaluate(part, scope) for one in windows for part in one.args.get("partition_by") or ()
    )
    order_by = tuple(
        (evaluate(part.this, scope), bool(part.args.get("desc")))
        for one in windows
        if one.args.get("order")
        for part in one.args["order"].expressions
    )
    return Column(
        "",
        Hop.WINDOW,
        inner.inputs,
        node,
        function_name(node.this),
        controls=inner.controls,
        query=scope.query,
        partition=partition,
        order_by=order_by,
    )


def _is_handed_aggregate(window: exp.Window) -> bool:
    function = window.this
    while isinstance(function, (exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)):
        function = function.this
    within = window.this.walk(prune=lambda part: isinstance(part, exp.Query))
    return any(
        part is not function
        and isinstance(part, exp.Func)
        and returns_one(part, function_name(part))
        for part in within
    )


def _windows(node: exp.Window, scope: Scope) -> Iterator[exp.Window]:
    """What an OVER says, and before it what the window says that it names or builds on."""
    if node.args.get("alias"):
        name = fold(node.args["alias"])
        named = [
            window
            for window in scope.query.node.args.get("windows") or ()
            if isinstance(window, exp.Window) and fold(window.this) == name and window is not node
        ]
        if len(named) != 1:
            raise Unproved(f"the window {name} is not one that this SELECT names", node)
        yield from _windows(named[0], scope)
    yield node


def _other(node: exp.Expr, scope: Scope) -> Column:
    name = function_name(node)
    refuse_unknown(node, name)
    before = len(scope.builder.touched)
    values = [evaluate(child, scope) for child in _children(node)]
    is_of_row = len(values) == 1 and may_be_row(values[0]) and isinstance(node, exp.Func)
    if is_of_row and name not in _OF_ROWS and not isinstance(node, (exp.Cast, *_OF_ANY)):
        raise Unproved(
            f"{name}() of a whole row: where Postgres has no such function, it is its column",
            node,
            fix="Name the column: x.y.",
        )
    inputs = tuple(value for value in values if value.hop is not Hop.CONSTANT)
    if returns_rows(node, name):
        scope.set_returning = scope.set_returning or node
        return Column("", Hop.GENERATED, inputs, node, name)
    if returns_one(node, name):
        _require_own_rows(node, scope, before)
        return _aggregate(node, name, inputs, scope)
    if isinstance(node, exp.ArrayOverlaps):  # && of two tsqueries is one of them both
        return Column("", Hop.COMBINED, inputs, node, name)
    if isinstance(node, (exp.Predicate, exp.Connector, exp.Not, *_MEASURES)):
        return Column("", Hop.CONDITION, inputs, node, name)
    if isinstance(node, _CHOICES):
        return Column("", Hop.CHOICE, tuple(values), node, name)
    if generates(node, name):
        return Column("", Hop.GENERATED, inputs, node, name)
    if not inputs:
        return Column("", Hop.CONSTANT, (), node, name)
    if scope.builder.minting and is_prefix(node, inputs):
        return Column("", Hop.PREFIX, inputs, node, name)
    if isinstance(node, exp.Cast):
        return Column("", Hop.CAST, inputs, node, "cast")
    return Column("", Hop.COMBINED, inputs, node, name)


def may_be_row(value: Column) -> bool:
    """Whether a value is, or hands on, a row as a whole, and not a document or text made of it."""
    if value.hop is Hop.WHOLE_ROW:
        return True
    if value.hop in (Hop.CAST, Hop.CONDITION) or value.how in _OF_ROWS - {"array_agg"}:
        return False
    return any(map(may_be_row, value.inputs))


def generates(node: exp.Expr, name: str) -> bool:
    """A function that gives another value each time."""
    return isinstance(node, _GENERATORS) or name in _GENERATOR_NAMES


def returns_rows(node: exp.Expr, name: str) -> bool:
    """A function of which one call may give any number of rows. So do many of the server's own."""
    return isinstance(node, _SET_RETURNING) or name in SET_RETURNING_NAMES or name.startswith("pg_")


def returns_one(node: exp.Expr, name: str) -> bool:
    """An aggregate: one value for many rows."""
    return isinstance(node, exp.AggFunc) or name in _AGGREGATE_NAMES


def is_prefix(node: exp.Expr, inputs: tuple[Column, ...]) -> bool:
    """`left(company_unique_id, 8)`: what a target_id is minted from, and no identity itself."""
    return (
        isinstance(node, exp.Left)
        and isinstance(node.expression, exp.Literal)
        and node.expression.this == "8"
        and len(inputs) == 1
        and inputs[0].exact
        and inputs[0].identity is not None
        and inputs[0].identity.kinds == {Kind.COMPANY}
    )


def _aggregate(node: exp.Expr, name: str, inputs: tuple[Column, ...], scope: Scope) -> Column:
    windowed = isinstance(
        node,
        (
            exp.Lag,
            exp.Lead,
            exp.FirstValue,
            exp.LastValue,
            exp.NthValue,
            exp.RowNumber,
            exp.Ntile,
            exp.Rank,
            exp.DenseRank,
        ),
    )
    scope.aggregates = scope.aggregates or not windowed
    if isinstance(node, _SELECTING) or name in _SELECTING_NAMES:
        return Column("", Hop.AGGREGATE, inputs, node, name)
    return Column("", Hop.AGGREGATE, (), node, name, controls=inputs)


def _children(node: exp.Expr) -> list[exp.Expr]:
    """The operands: parts that have a value, not types, units or names."""
    skip = (exp.DataType, exp.Identifier, exp.Var, exp.WindowSpec)
    found: list[exp.Expr] = []
    for child in node.iter_expressions():
        if isinstance(child, exp.Interval) and not _is_no_interval(child):
            if child.this is not None:
                found.append(child.this)
        elif isinstance(child, (exp.Order, exp.Distinct, exp.Tuple, exp.Where)):
            found.extend(_children(child))
        elif not isinstance(child, skip):
            found.append(child)
    return found


def operands(node: exp.Expr, operator: type[exp.Binary]) -> Iterator[exp.Expr]:
    """What one operator joins, brackets opened: of `a and (b and c)`, AND joins three."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, operator):
        yield from operands(node.this, operator)
        yield from operands(node.expression, operator)
    else:
        yield node


def function_name(node: exp.Expr) -> str:
    """The name of a function as it was called, or the kind of an operator."""
    if isinstance(node, exp.Anonymous):
        return str(node.this).strip('"').lower()  # as it is quoted, or as it is written
    if isinstance(node, exp.Func):
        return node.sql_name().lower()
    return node.key


def reads_by_text(name: str) -> bool:
    """A function that reads or writes what no syntax tree shows."""
    return name in _READ_BY_TEXT or _FAMILIES_THAT_READ.fullmatch(name) is not None


def _is_no_interval(node: exp.Expr) -> bool:
    """`interval[1]`: to Postgres the element of a column."""
    is_literal = isinstance(node.this, exp.Literal)
    return isinstance(node, exp.Interval) and not is_literal and spoken() == POSTGRES


def refuse_unknown(node: exp.Expr, name: str) -> None:
    """Functions and statements whose effect no syntax tree shows."""
    if reads_by_text(name):
        raise Unproved(f"{name}() reads or writes what the statement does not show", node)
    if isinstance(node, (exp.Command, exp.DML, exp.DDL, exp.Into)) and not isinstance(
        node, exp.Query
    ):
        raise Unproved(f"{node.key} inside a query", node)
    if isinstance(node, (exp.Parameter, exp.SessionParameter, exp.Placeholder)):
        raise Unproved("a parameter, or an operator that is written like one", node)
    if isinstance(node, exp.List) or _is_no_interval(node):
        raise Unproved("what is no interval, or a list, and may be a column", node)
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Star):
        raise Unproved(
            "a row that a star takes apart: how many columns it has is not shown",
            node,
            fix="Name each: (x).a, (x).b. Or put the row into a FROM.",
        )
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func):
        raise Unproved("a function outside pg_catalog: what it does is not shown here", node)

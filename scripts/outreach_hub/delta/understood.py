"""What of SQL is understood: it comes to the same for the same rows, in whichever build.

Only that is let pass. What is not named here may look at other rows, at the clock or at the server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

_TEXTS = (exp.Literal, exp.RawString, exp.National, exp.ByteString, exp.UnicodeString)
_STRUCTURE = (
    *(exp.Select, exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered),
    *(exp.Distinct, exp.Union, exp.Intersect, exp.Except, exp.With, exp.CTE, exp.Subquery),
    *(exp.Table, exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Star, exp.Values),
    *(exp.Tuple, exp.Paren, exp.Dot, exp.Var, exp.DataType, exp.DataTypeParam, exp.Null),
    *(exp.Boolean, exp.Rollup, exp.Cube, exp.GroupingSets, exp.Filter, exp.WithinGroup),
)
_OPERATORS = (
    *(exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE),
    *(exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.In, exp.Between, exp.Like, exp.ILike),
    *(exp.SimilarTo, exp.RegexpLike, exp.RegexpILike, exp.Escape, exp.Any, exp.All),
    *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.Pow, exp.DPipe),
    *(exp.Cast, exp.Collate, exp.AtTimeZone, exp.Case, exp.If, exp.Interval, exp.IntervalSpan),
    *(exp.Array, exp.Bracket, exp.JSONExtract, exp.JSONExtractScalar, exp.JSONPath),
    *(exp.JSONPathRoot, exp.JSONPathKey, exp.JSONPathSubscript),
)
_FUNCTIONS = (
    *(exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.Abs, exp.Ceil, exp.Floor, exp.Round),
    *(exp.Sign, exp.Sqrt, exp.Exp, exp.Ln, exp.Log, exp.Lower, exp.Upper, exp.Initcap, exp.Trim),
    *(exp.Length, exp.ByteLength, exp.Left, exp.Right, exp.Substring, exp.StrPosition, exp.Pad),
    *(exp.Replace, exp.RegexpReplace, exp.Translate, exp.Reverse, exp.Repeat, exp.SplitPart),
    *(exp.Concat, exp.ConcatWs, exp.Chr, exp.Unicode, exp.MD5, exp.Normalize, exp.Extract),
    *(exp.TimestampTrunc, exp.DateTrunc, exp.DateAdd, exp.DateSub, exp.DateDiff, exp.ToChar),
    *(exp.GenerateSeries, exp.ExplodingGenerateSeries),
    *(exp.StrToDate, exp.StrToTime, exp.TimeToStr, exp.UnixToTime, exp.MakeInterval),
)
_OF_SEVERAL_ROWS = (
    *(exp.Count, exp.Sum, exp.Min, exp.Max, exp.Avg, exp.GroupConcat, exp.ArrayAgg),
    *(exp.LogicalAnd, exp.LogicalOr, exp.PercentileCont, exp.PercentileDisc),
    *(exp.Window, exp.WindowSpec, exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank),
    *(exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue),
)
"""Which rows, is for who reads a query to see."""
_UNDERSTOOD = frozenset((*_TEXTS, *_STRUCTURE, *_OPERATORS, *_FUNCTIONS, *_OF_SEVERAL_ROWS))

_KNOWN = frozenset(
    {
        *("make_date", "make_timestamp", "justify_days", "date_bin", "isfinite"),
        *("jsonb_build_object", "json_build_object", "jsonb_build_array", "to_jsonb", "to_json"),
        *("row", "jsonb_strip_nulls", "num_nulls", "num_nonnulls", "btrim", "overlay"),
    }
)
"""Functions for which sqlglot has no name of its own."""
_OF_THE_DAY = re.compile(r"\b(now|today|tomorrow|yesterday)\b", re.IGNORECASE)
"""What Postgres takes for a time that passes, where a text becomes a date."""
_OF_THE_PLACE = frozenset(
    {
        *("ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"),
        *("user", "current_role", "system_user"),
    }
)
"""Columns of any table that say where a row lies, which its copy does elsewhere, and who asks."""


def of_another_build(tree: exp.Expr) -> Iterator[str]:
    """What a query has that may come to something else in each build."""
    for each in tree.walk():
        if isinstance(each, exp.Anonymous):
            if each.name.lower() not in _KNOWN or isinstance(each.parent, exp.Dot):
                yield f"calls {each.name}, which may look at anything"
        elif type(each) not in _UNDERSTOOD:
            yield f"has {type(each).__name__.lower()}"
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

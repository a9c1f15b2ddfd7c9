"""What a name means where it stands, resolved the way Postgres resolves it.

An unquoted name folds to lower case; a column is looked for in this FROM first, then in the queries
around it. What cannot be resolved raises `Unproved`: never a guess.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING

from sqlglot import exp

from outreach_hub.proof.dialect import folds_quoted, spoken
from outreach_hub.proof.path import Column, Hop
from outreach_hub.proof.scope import Query, said
from outreach_hub.proof.unproved import Unproved

if TYPE_CHECKING:
    from outreach_hub.proof.builder import Builder


_SYSTEM = {"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"}
"""Columns that every table has, and no list of its columns."""
_CALLS = {"current_role", "system_user", "user"}
"""Functions that Postgres calls by their name alone; the parser takes them for columns."""
_WRITTEN_ONE_WAY = {"abs", "array_agg", "avg", "coalesce", "count", "dense_rank", "first_value",
                    "greatest", "lag", "last_value", "lead", "least", "lower", "max", "md5", "min",
                    "rank", "round", "row_number", "split_part", "sum", "upper"}  # fmt: skip
_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
"""Postgres folds these letters alone: to it, a Kelvin sign is no k."""
_LONGEST = 63
"""Bytes of a name that Postgres looks at: two names that begin alike can be one."""


@dataclass
class Scope:
    """Where an expression stands: what its names mean, and what it tells its query."""

    builder: Builder
    query: Query
    ctes: dict[str, Query]
    aggregates: bool = False
    set_returning: exp.Expr | None = None

    def subquery(self, node: exp.Expr) -> Query:
        query = self.builder.build(node, self.ctes, self.query, "")
        self.query.nested.append(query)
        return query

    def column(self, node: exp.Column) -> Column:
        """Resolve a name as Postgres does: this FROM first, then the queries around it.

        A relation's name alone is its whole row where no query around has such a column.
        """
        if any(node.args.get(part) for part in ("db", "catalog")):
            raise Unproved("a column named through its schema", node)
        name = fold(node.this)
        table = fold(node.args["table"]) if node.args.get("table") else None
        is_call = name in _CALLS and not node.this.args.get("quoted")
        if table is None and (is_call or name in _SYSTEM):
            raise Unproved(f"{name} without its relation: a column, or what every table has", node)
        found = self._outward(lambda query: _column(query, name, node, table))
        if found is None and table is None:
            found = self._outward(lambda query: _whole_row(query, name, node))
        if found is None:
            raise _nowhere(node)
        self.builder.touched.append((found, node))
        return found

    def whole_row(self, node: exp.Column) -> Column:
        """`t.*` where a value has to be: all of its columns."""
        name = fold(node.args["table"])
        found = self._outward(lambda query: _whole_row(query, name, node))
        if found is None:
            raise _nowhere(node)
        return found

    def _outward(self, look: Callable[[Query], Column | None]) -> Column | None:
        query: Query | None = self.query
        while query is not None:
            found = look(query)
            if found is not None:
                if query is not self.query:
                    self.query.looks_at.append(query)
                return found
            query = query.outer
        return None


def _column(query: Query, name: str, node: exp.Expr, table: str | None) -> Column | None:
    if table is None and name in query.merged:
        column = query.merged[name]
        return Column(name, column.hop, column.inputs, node, column.how, column.item)
    items = [item for item in query.items if table in (None, item.alias)]
    hits = [item for item in items if item.lookup(name)]
    if len(hits) > 1:
        raise Unproved(f"the column {name} is in more than one relation of the FROM", node)
    if hits:
        return hits[0].reference(name, node)
    nameless = next((item for item in items if item.is_nameless), None)
    if table is None and nameless is not None:
        raise Unproved(
            f"{name} may be a column of `{nameless.alias}`, or of a query further out",
            node,
            fix="Say whose it is: relation.column. Name each column of a query in a FROM.",
        )
    if table is not None and items:  # to Postgres a function of its row: no name of one further out
        raise _nowhere(node)
    return None


def _whole_row(query: Query, name: str, node: exp.Expr) -> Column | None:
    for item in query.items:
        if item.alias == name:
            columns = tuple(item.reference(one, node) for one in item.names())
            return Column(name, Hop.WHOLE_ROW, columns, node, "whole row")
    return None


def _nowhere(node: exp.Expr) -> Unproved:
    name = node.sql(dialect=spoken())
    return Unproved(f"the column {name} is in no relation of the FROM", node)


def fold(identifier: exp.Expr | str) -> str:
    """A name as Postgres stores it."""
    name = identifier.name if isinstance(identifier, exp.Expr) else identifier
    if folds_quoted():
        return name.lower()
    quoted = isinstance(identifier, exp.Identifier) and identifier.args.get("quoted")
    kept = name if quoted else name.translate(_SMALL)
    return kept.encode()[:_LONGEST].decode(errors="ignore")


_TWINS = str.maketrans(
    "\u0430\u0441\u0501\u0435\u0456\u043e\u0440\u051b\u0455\u0443\u0442\u043c\u043f\u0433"
    "\u03b1\u03b9\u03bd\u03bf\u03c1\u03c4\u03c5\u0131",
    "acdeiopqsytmngainoptui",
)
"""Cyrillic and Greek letters that a reader takes for these."""


_ALSO_CALLED = {
    "company_unique_id": {"clcompanyid", "clcompanyuniqueid", "clid", "companyuid", "companyuuid"},
    "target_id": {"outreachtargetid", "targetuid", "targetuuid"},
}
"""What a reader takes for the same."""


def is_called(name: str, identity: str) -> bool:
    """A reader would take the name for that identity's, in whatever case or letters it is put.

    Or for another of the same kind: `parent_company_unique_id`.
    """
    plain = unicodedata.normalize("NFKC", name).casefold().translate(_TWINS)
    if plain.endswith(f"_{identity}"):
        return True
    name = "".join(filter(str.isalnum, plain))
    return name == identity.replace("_", "") or name in _ALSO_CALLED.get(identity, ())


def default_name(node: exp.Expr) -> str | None:
    """What Postgres calls an expression without an alias, where that is sure.

    It goes by the function as it was written, and by the type of a literal; the parser keeps
    neither, but for functions that have one name.
    """
    while isinstance(node, (exp.Cast, exp.Paren, exp.Collate, exp.Bracket, exp.Subquery)):
        node = node.this
    if isinstance(node, exp.Window):
        node = node.this
    if isinstance(node, exp.Case) and node.args.get("default") is not None:
        return default_name(node.args["default"])
    if isinstance(node, exp.SetOperation):
        return default_name(node.this)
    if isinstance(node, exp.Select):
        first = node.expressions[0]
        named = isinstance(first, exp.Alias)
        return fold(first.args["alias"]) if named else default_name(first)
    if isinstance(node, exp.Column):
        return fold(node.this)
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
        return fold(node.expression)
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower()
    if isinstance(node, exp.Func) and node.sql_name().lower() in _WRITTEN_ONE_WAY:
        return node.sql_name().lower()
    return None


def only(node: exp.Expr, *understood: str) -> None:
    """Refuse what this walk does not know of: a new version of the parser may know of more."""
    if extra := said(node) - set(understood):
        raise Unproved(f"{node.key} with {', '.join(sorted(extra))}: not understood here", node)

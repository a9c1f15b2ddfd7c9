"""How names are written, told apart and given, the way Postgres does it.

An unquoted name folds to lower case, and has 63 bytes. What a name means where it stands is
`scope`'s to say.
"""

from __future__ import annotations

import re
import unicodedata
from string import ascii_lowercase, ascii_uppercase

from sqlglot import exp

from outreach_hub.proof.dialect import folds_quoted

_WRITTEN_ONE_WAY = {"abs", "array_agg", "avg", "coalesce", "count", "dense_rank", "first_value",
                    "greatest", "lag", "last_value", "lead", "least", "lower", "max", "md5", "min",
                    "rank", "round", "row_number", "split_part", "sum", "upper"}  # fmt: skip
_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
"""Postgres folds these letters alone: to it, a Kelvin sign is no k."""
_LONGEST = 63
"""Bytes of a name that Postgres looks at: two names that begin alike can be one."""


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
    "company_unique_id": {
        *("clcompanyid", "clcompanyuniqueid", "clid", "companyid", "companyuid", "companyuuid"),
        "uniquecompanyid",
    },
    "target_id": {"outreachtargetid", "targetuid", "targetuuid", "tgtid"},
}
"""What a reader takes for the same."""
_COUNTED = {"count", "counts", "number", "total"}
"""The last word of a name that is of how many there are, and of none of them."""


def is_called(name: str, identity: str) -> bool:
    """A reader would take the name for that identity's, in whatever case or letters it is put.

    Or for another of the same kind: `parent_company_unique_id`, `target_id_2`, `target_ids`.
    """
    plain = unicodedata.normalize("NFKC", name).casefold().translate(_TWINS)
    if re.search(rf"(?:^|_){identity}(?:s?_|s?\d*$)", plain) and (
        plain.rpartition("_")[2] not in _COUNTED
    ):
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

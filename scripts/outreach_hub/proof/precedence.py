"""Operators of the tree take the operands that Postgres gives them.

To Postgres all its own operators are of one precedence, from left to right: `a ~ 'b' || c` is the
text `(a ~ 'b') || c`. The parser takes some of them for comparisons, which come after `||`, and
would have a condition where the engine has a text.
"""

from __future__ import annotations

from sqlglot import exp

from outreach_hub.proof.unproved import Unproved

_AFTER_ALL_OPERATORS = (
    *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ),
    *(exp.Like, exp.ILike, exp.SimilarTo, exp.Connector),
)
"""Comparisons to Postgres as well: what is on their right is put together first."""

_BEFORE_ALL_OPERATORS = (
    *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Pow),
    *(exp.Collate, exp.Dot),
)
_QUANTIFIERS = {"any", "all", "some"}


def require_brackets(tree: exp.Expr) -> None:
    """Raises where brackets would have to say what belongs together."""
    for node in tree.walk():
        if isinstance(node, exp.Predicate) and not isinstance(node, _AFTER_ALL_OPERATORS):
            right = node.args.get("expression")
            if isinstance(right, exp.Binary) and not isinstance(right, _BEFORE_ALL_OPERATORS):
                raise _unclear(right)
        if _is_quantified(node) and (
            isinstance(node.this, exp.Binary) or not isinstance(node.parent, exp.Predicate)
        ):
            raise _unclear(node)


def _is_quantified(node: exp.Expr) -> bool:
    """`any (array[...])`, whichever of its three names it has."""
    is_call = isinstance(node, exp.Anonymous) and str(node.this).lower() in _QUANTIFIERS
    return is_call or isinstance(node, (exp.Any, exp.All))


def _unclear(node: exp.Expr) -> Unproved:
    return Unproved(
        "two operators of one precedence, the first of which is a condition: Postgres takes them"
        " from left to right",
        node,
        fix="Put brackets around what belongs together.",
    )

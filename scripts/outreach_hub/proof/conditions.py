"""Conditions of a WHERE or an ON: what AND joins, each with both sides resolved."""

from __future__ import annotations

from sqlglot import exp

from outreach_hub.proof.expressions import evaluate, operands
from outreach_hub.proof.path import Column, Hop
from outreach_hub.proof.scope import Conjunct, Scope, said


def conditions(node: exp.Expr, scope: Scope) -> list[Conjunct]:
    """All that must hold of a row, one by one."""
    parts = (one for part in operands(node, exp.And) for one in _pairwise(part))
    return [_condition(part, scope) for part in parts]


def _pairwise(node: exp.Expr) -> list[exp.Expr]:
    """`(a, b) = (c, d)` is two equalities."""
    plain = node.unnest()
    if not (isinstance(plain, exp.EQ) and said(plain) == {"this", "expression"}):
        return [node]
    left, right = plain.this, plain.expression
    if not (isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple)):
        return [node]
    pairs = zip(left.expressions, right.expressions, strict=False)
    if len(left.expressions) != len(right.expressions):
        return [node]
    return [exp.EQ(this=one.copy(), expression=two.copy()) for one, two in pairs]


def _condition(node: exp.Expr, scope: Scope) -> Conjunct:
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Binary) and isinstance(node, exp.Predicate):
        left, right = evaluate(node.this, scope), evaluate(node.expression, scope)
        return Conjunct(node, Column("", Hop.CONDITION, (left, right), node), left, right)
    if isinstance(node, exp.Or):
        parts = tuple(_condition(part, scope) for part in (node.this, node.expression))
        flat = tuple(one for part in parts for one in (part.alternatives or (part,)))
        values = tuple(part.value for part in parts)
        return Conjunct(node, Column("", Hop.CONDITION, values, node), alternatives=flat)
    return Conjunct(node, evaluate(node, scope))

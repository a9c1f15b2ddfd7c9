"""The texts that an expression has written out, and that can become its value."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from outreach_hub.proof.dialect import spoken
from outreach_hub.proof.words import is_figure

_TEXTS = (exp.Literal, exp.RawString, exp.National, exp.ByteString, exp.UnicodeString, exp.Heredoc)


def written_in(node: exp.Expr) -> Iterator[str]:
    """The texts in an expression, but for those that something is only compared with, and those
    that become a number or a time."""
    for part in node.walk(bfs=False, prune=_has_no_texts):  # as they are read
        if isinstance(part, _TEXTS) and (part.is_string or not isinstance(part, exp.Literal)):
            yield str(part.this)


def _has_no_texts(node: exp.Expr) -> bool:
    if isinstance(node, exp.Cast):
        return is_figure(node.to.sql(dialect=spoken()))
    return isinstance(node, (exp.Predicate, exp.Query, exp.Case, exp.Interval))

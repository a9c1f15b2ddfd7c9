"""The one way to say "I cannot tell", which the prover turns into a refusal."""

from __future__ import annotations

from sqlglot import exp


class Unproved(Exception):
    """Something that this compiler does not understand, so that nothing about it can be claimed."""

    def __init__(
        self,
        reason: str,
        node: exp.Expr | None = None,
        code: str = "ID099",
        fix: str = "",
        at: int = 0,
    ) -> None:
        """`at` says where in the text it is, where there is no node that would."""
        super().__init__(reason)
        self.reason, self.node, self.code, self.fix, self.at = reason, node, code, fix, at

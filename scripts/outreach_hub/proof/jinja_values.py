"""Which expressions of a template come to a plain value, whatever the outside says.

A value from outside is a hole in the SQL, safe between quotes as long as it has none of its own:
vars are checked for that, and so is what the environment says. What is *made* of such a value may
put quotes beside it: `var('x') ~ "' or true"`, a filter, a list that Python writes with its quotes.
So only a few ways to make one of another are let pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jinja2 import nodes

from outreach_hub.variables import is_plain

_SCALARS = {"invocation_id", "dbt_version", "thread_id", "run_started_at"}
"""What dbt hands to a template as one value without quotes."""
_OF_TARGET = {"name", "schema", "dbname", "database", "type", "port", "threads"}
"""Not what may be any text, such as its search_path."""
_CALLS = {"var", "env_var"}
_NUMBERS = {"int", "float"}
_KEEPING = {"lower", "upper", "trim", "string", "as_text", "as_number", "as_bool", "abs", "round"}
_METHODS = {"strftime", "isoformat", "date", "astimezone", "lower", "upper", "strip"}
_SEPARATOR = re.compile(r"'\s*,\s*'")
_TIMES = {"datetime", "pytz"}
"""dbt's modules that make times, which have no quotes."""


def is_number(node: nodes.Node) -> bool:
    """`x | int`, which is a number whatever x is, unless it is told of something else to be then.

    dbt's own as_number is none: in SQL it leaves a text as it is.
    """
    return (
        isinstance(node, nodes.Filter)
        and node.name in _NUMBERS
        and not (node.dyn_args or node.dyn_kwargs)
        and all(_is_figure(each) for each in (*node.args, *(k.value for k in node.kwargs)))
    )


@dataclass(frozen=True)
class Values:
    """What is known of a template's own names and of the macros that it calls."""

    is_value: Callable[[nodes.Expr], bool]
    is_list: Callable[[nodes.Expr], bool]
    structures: Mapping[str, bool]
    """The vars that hold a list or a mapping; True where it is a list of values."""

    def plain(self, node: nodes.Node | None) -> bool:
        """Whether it is one plain value."""
        if isinstance(node, nodes.Const):
            return not isinstance(node.value, str) or is_plain(node.value)
        if isinstance(node, nodes.Name):
            return node.name in _SCALARS or self.is_value(node)
        if isinstance(node, (nodes.Getattr, nodes.Getitem)):
            return _is_of_target(node) or _is_of_times(node)
        if isinstance(node, nodes.CondExpr):
            return self.plain(node.expr1) and (node.expr2 is None or self.plain(node.expr2))
        if isinstance(node, nodes.Filter):
            return is_number(node) or self._is_kept(node)
        if isinstance(node, nodes.Concat):
            return all(map(self.plain, node.nodes))
        if isinstance(node, (nodes.Or, nodes.And, nodes.Add, nodes.Sub)):
            return self.plain(node.left) and self.plain(node.right)
        if isinstance(node, nodes.Call):
            return self._is_call(node) or self.is_value(node)
        return False

    def several(self, node: nodes.Node) -> bool:
        """Whether it is such a list, put between the quotes of the first and of the last."""
        return (
            isinstance(node, nodes.Filter)
            and node.name == "join"
            and not (node.kwargs or node.dyn_args or node.dyn_kwargs)
            and _is_separator(node.args)
            and (self.listed(node.node) or self.plain(node.node))
        )

    def listed(self, node: nodes.Node | None) -> bool:
        """Whether it is a list of plain values."""
        if isinstance(node, nodes.Call):
            return self.structures.get(_var_of(node) or "", False)
        return isinstance(node, nodes.Name) and self.is_list(node)

    def _is_kept(self, node: nodes.Filter) -> bool:
        if node.kwargs or node.dyn_args or node.dyn_kwargs:
            return False
        return node.name in _KEEPING and not node.args and self.plain(node.node)

    def _is_call(self, call: nodes.Call) -> bool:
        given = (*call.args, *(keyword.value for keyword in call.kwargs))
        if call.dyn_args or call.dyn_kwargs or not all(map(self.plain, given)):
            return False
        if isinstance(call.node, nodes.Name):
            is_named = bool(call.args) and isinstance(call.args[0], nodes.Const)
            is_value = call.node.name in _CALLS and _var_of(call) not in self.structures
            return is_named and is_value
        if isinstance(call.node, nodes.Getattr):
            is_method = call.node.attr in _METHODS and self.plain(call.node.node)
            return is_method or _is_of_times(call.node)
        return False


def _var_of(call: nodes.Call) -> str | None:
    """The x of `var('x')`."""
    name = call.args[0] if call.args else None
    is_var = isinstance(call.node, nodes.Name) and call.node.name == "var"
    return str(name.value) if is_var and isinstance(name, nodes.Const) else None


def _is_separator(arguments: list[nodes.Expr]) -> bool:
    """`join("', '")`, between the quotes of the first and of the last."""
    return (
        len(arguments) == 1
        and isinstance(arguments[0], nodes.Const)
        and _SEPARATOR.fullmatch(str(arguments[0].value)) is not None
    )


def _is_of_target(node: nodes.Getattr | nodes.Getitem) -> bool:
    part = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", None)
    return isinstance(node.node, nodes.Name) and node.node.name == "target" and part in _OF_TARGET


def _is_of_times(node: nodes.Node) -> bool:
    """`modules.datetime...`, as far as it is called by names alone."""
    while isinstance(node, nodes.Getattr):
        if isinstance(node.node, nodes.Name):
            return node.node.name == "modules" and node.attr in _TIMES
        node = node.node
    return False


def _is_figure(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const) and isinstance(node.value, (int, float))

"""How far a template may reach: what it calls, and what it looks into.

`jinja_branches` knows what comes from outside by the name that it has. But whatever a template can
call (ref, config, a macro, a package) holds the whole configuration of the run, and an adapter: so
it is called, and neither looked into nor handed on. And what stands in a branch's test or in a
printed value from outside is not carried out in a proof, so it may call nothing that sends
statements. Both are lists of what is allowed: a name that dbt adds is refused until it is here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeGuard

from jinja2 import nodes
from jinja2.defaults import DEFAULT_NAMESPACE

from outreach_hub.proof.expressions import SWITCH
from outreach_hub.proof.jinja_branches import OUTSIDE, Syntax, called, describe

_VALUES = {"this", "target", "flags", "execute", "project_name", "schema", "database", "model",
           "graph", "invocation_id", "run_started_at", "dbt_version", "thread_id", "modules",
           "selected_resources", "invocation_args_dict", "dbt_metadata_envs", "results", "schemas",
           "database_schemas"}  # fmt: skip
"""What may be looked into: `jinja_branches` knows how much of the outside is in each."""

_FUNCTIONS = {"ref", "source", "config", "var", "env_var", "doc", "return", "log", "print", "range",
              "tojson", "fromjson", "toyaml", "fromyaml", "set", "set_strict", "zip", "zip_strict",
              "dict", "namespace", "local_md5", "caller", "load_result"}  # fmt: skip

_METHODS = {"adapter.dispatch", "adapter.quote", "adapter.type", "adapter.get_relation",
            "adapter.get_columns_in_relation", "config.get", "config.require", "config.meta_get",
            "config.meta_require", "api.Relation.create", "exceptions.raise_compiler_error",
            "exceptions.warn"}  # fmt: skip

DBTS = frozenset({*_VALUES, *_FUNCTIONS, "adapter", "api", "builtins", "context", "env",
                  "exceptions", "render", "write"})  # fmt: skip
"""What dbt hands to a template, as far as an example needs it; a project's is asked of dbt."""


@dataclass(frozen=True)
class Reached:
    """Where a template reaches further than it may."""

    line: int
    reason: str
    fix: str
    text: str


@dataclass(frozen=True)
class Known:
    """What a project's templates are handed beside dbt's own functions."""

    macros: frozenset[str] = field(default_factory=frozenset)
    packages: frozenset[str] = field(default_factory=frozenset)
    """Names through which macros are called: `dbt_utils.star(...)`."""
    sending: frozenset[str] = field(default_factory=frozenset)
    """The macros that send statements, or call one that does."""
    context: frozenset[str] = DBTS
    """All names that dbt hands to a template."""


def reached(syntax: Syntax, known: Known, sends: bool = False) -> list[Reached]:
    """All places where a template reaches too far; `sends` where it may send statements."""
    found = [*_statements(syntax), *_beyond(syntax.tree, syntax, known)]
    return [fault for fault in found if not (sends and fault.fix == _SENDS)]


_PLAIN = "Write it with set, if, for and macros that are handed texts, and nothing else of Jinja's."
_UNFOLLOWED = {
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
    nodes.With: "with",
    nodes.Block: "block",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "from",
    nodes.Extends: "extends",
}
_DBTS_OWN = {*OUTSIDE, "model", "graph", "this", "return", "config", "ref"}
_HANDED_ON = {"model", "graph", "schemas", "database_schemas", "results", "statement", "context"}
"""Good names for what a macro is handed: of these the proof goes by what they are."""
_FORGED = re.compile(rf"{SWITCH}|[\ue000\ue001]", re.IGNORECASE)
"""By what the proof marks holes and lines."""


def _statements(syntax: Syntax) -> Iterator[Reached]:
    """What of Jinja hands values on in ways that the proof does not follow."""
    is_macro = isinstance(syntax.tree.body[0], nodes.Macro) if syntax.tree.body else False
    for node in syntax.tree.find_all(tuple(_UNFOLLOWED)):
        what = f"a template has {{% {_UNFOLLOWED[type(node)]} %}}"
        yield Reached(node.lineno, what, _PLAIN, "")
    for block in syntax.tree.find_all(nodes.AssignBlock):
        if block.filter is not None:
            yield Reached(block.lineno, "a block is set through a filter", _PLAIN, "")
    for loop in syntax.tree.find_all(nodes.For):
        if loop.recursive:
            yield Reached(loop.lineno, "a loop that calls itself", _PLAIN, "")
    for macro in syntax.signatures:
        if not is_macro:
            what = f"a macro within a template: {macro.name}()"
            yield Reached(macro.lineno, what, "Write it to a file of macros/.", "")
        own = {argument.name for argument in macro.args}
        for space in macro.find_all(nodes.NSRef):
            if space.name in own:
                what = f"a macro fills what it is handed: {space.name}"
                yield Reached(macro.lineno, what, "Have it return what it makes.", "")
    for name in syntax.tree.find_all(nodes.Name):
        is_own = name.ctx == "store" or (name.ctx == "param" and name.name not in _HANDED_ON)
        if is_own and name.name in _DBTS_OWN:
            what = f"a template gives `{name.name}` another meaning"
            yield Reached(name.lineno, what, "Call it otherwise.", "")
    for named in syntax.tree.find_all((nodes.Name, nodes.NSRef, nodes.Keyword)):
        word = str(getattr(named, "key" if isinstance(named, nodes.Keyword) else "name"))
        if not word.isascii():  # to Python, which runs it, another name may be the same
            what = f"the name {ascii(word)[1:-1]} in a template is not of a to z"
            yield Reached(named.lineno, what, "Call it otherwise.", "")
    for mark in _FORGED.finditer(syntax.text):
        line = syntax.text.count("\n", 0, mark.start()) + 1
        what = f"{ascii(mark.group())[1:-1]}, which the proof marks its own places with"
        yield Reached(line, what, "Call it otherwise.", "")


_SENDS = "A model, a test and a hook are proved by their text: let none send statements of its own."
_ABSENT = (
    "Spell it as the package does, or install the package itself: `outreach deps --hub`. Where the"
    " hub is out of reach, a stand-in is installed, which has no more than this project calls."
)
_CALL = "Call it, and use no more than what it returns; say it in SQL, or with var() or target."


def _beyond(node: nodes.Node, syntax: Syntax, known: Known) -> Iterator[Reached]:
    if isinstance(node, nodes.Call):
        yield from _call(node, syntax, known)
        return
    root = _root(node)
    if root is not None and root.name not in _VALUES and not _is_own(root.name, syntax, known):
        text = describe(node)
        yield Reached(
            root.lineno, f"attributes of `{root.name}` are read, or it is passed on", _CALL, text
        )
        return
    for child in node.iter_child_nodes():
        yield from _beyond(child, syntax, known)


def _call(call: nodes.Call, syntax: Syntax, known: Known) -> Iterator[Reached]:
    callee, name, text = call.node, called(call) or "", describe(call)
    if isinstance(callee, nodes.Call) and describe(callee.node) == "adapter.dispatch":
        yield from _arguments(callee, syntax, known)
        if not _names_a_macro(callee):
            yield Reached(call.lineno, "a macro whose name is not written out", _CALL, text)
    elif describe(callee) == "adapter.dispatch":
        yield Reached(call.lineno, "a macro is dispatched, and not called", _CALL, text)
    elif isinstance(callee, nodes.Name):
        if name not in _FUNCTIONS | known.macros and not _is_own(name, syntax, known):
            yield Reached(
                call.lineno,
                f"a template may not call `{name}`",
                _CALL,
                text,
            )
    elif _is_packages(callee, known):
        if callee.attr not in known.macros:
            what = f"the package {describe(callee.node)} has no macro `{callee.attr}`"
            yield Reached(call.lineno, what, _ABSENT, text)
    elif describe(callee) not in _METHODS:
        yield from _beyond(callee, syntax, known)
    if name in known.sending:
        yield Reached(call.lineno, f"`{name}` sends statements", _SENDS, text)
    yield from _arguments(call, syntax, known)


def _arguments(call: nodes.Call, syntax: Syntax, known: Known) -> Iterator[Reached]:
    for child in call.iter_child_nodes():
        if child is not call.node:
            yield from _beyond(child, syntax, known)


def _names_a_macro(dispatch: nodes.Call) -> bool:
    return bool(dispatch.args) and isinstance(dispatch.args[0], nodes.Const)


def _is_packages(callee: nodes.Node, known: Known) -> TypeGuard[nodes.Getattr]:
    """It is `package.macro`."""
    is_named = isinstance(callee, nodes.Getattr) and isinstance(callee.node, nodes.Name)
    return is_named and callee.node.name in known.packages  # type: ignore[attr-defined]


def _root(node: nodes.Node) -> nodes.Name | None:
    """The name that an expression begins with, if it only looks into it."""
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        node = node.node
    return node if isinstance(node, nodes.Name) and node.ctx == "load" else None


def _is_own(name: str, syntax: Syntax, known: Known) -> bool:
    """A name that the template has given a value wherever it is read, or that has none else."""
    handed = name in known.context or name in known.macros or name in known.packages
    return not (name in DEFAULT_NAMESPACE or (handed and name in syntax.looked_up))


def callers(calls: dict[str, set[str]], names: Iterable[str]) -> frozenset[str]:
    """The names, and those of every macro that calls one of them in turn."""
    by: dict[str, set[str]] = {}
    for name, others in calls.items():
        for other in others:
            by.setdefault(other, set()).add(name)
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        for known in {name, name.split("__", 1)[-1]} - found:  # a variant, and what dispatches it
            found.add(known)
            waiting.extend(by.get(known, ()))
    return frozenset(found)

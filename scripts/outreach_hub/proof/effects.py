"""What templates do beside being a query: which macros they call, and which statements they send.

A model is proved by its text. A macro that sends statements itself (run_query, statement) has no
text to prove, so it is either plainly harmless, or *reviewed*: known to the prover by the digest
of its text, together with every macro it calls (see `reviewed`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from jinja2 import nodes

from outreach_hub.proof.jinja_branches import Syntax, called, describe, part_of, root_of

_SENDERS = re.compile(
    r"\b(run_query|statement|noop_statement|drop_relation\w*|drop_schema\w*|rename_relation|"
    r"truncate_relation|create_schema|run_hooks|load_csv_rows|builtins|context)\b|"
    r"\badapter\s*\.\s*(execute|commit|add_query|expand_target_column_types|alter_\w+)\b"
)
"""By name, not by call: `set f = run_query` sends as well as `run_query(...)` does."""

_SHARED = {"graph", "results", "model", "this", "target", "flags", "var", "builtins", "context",
           "schemas", "database_schemas", "selected_resources", "invocation_args_dict"}  # fmt: skip
"""Names of what one template hands to the next: publishing and the guards go by it."""
_CHANGING = {"add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove",
             "reverse", "setdefault", "sort", "update"}  # fmt: skip

_COMMENT = re.compile(r"\{#.*?#\}", re.S)
_WRITES = re.compile(
    r"\b(insert\s+into|update\s+(only\s+)?\S+\s+set|delete\s+from|merge\s+into|truncate|copy\s|"
    r"drop\s|alter\s|create\s|do\s*\$|do\s+language|execute\s|call\s|set\s+(local\s+|session\s+)?"
    r"(search_path|role|session|schema)|set_config|prepare\s|security\s+definer|refresh\s+mater|"
    r"select\s+.*\binto\s+\w|lock\s+table|rename\s|listen\s|notify\s|reassign|import\s+foreign)",
    re.I | re.S,
)
_READS = re.compile(
    r"\s*(\(\s*)?(select|with|show|explain|analyze|vacuum|grant\s+(select|usage)\s+on|"
    r"comment\s+on)\b",
    re.I,
)
_CALLED = re.compile(r"([\w.]+)\s*\(")
_WORDS = {"and", "as", "by", "exists", "filter", "from", "in", "not", "on", "or", "over", "select",
          "using", "values", "where"}  # fmt: skip
_LOOKS = {"avg", "coalesce", "count", "current_setting", "date_trunc", "distinct", "extract",
          "has_schema_privilege", "has_table_privilege", "length", "lower", "max", "min", "now",
          "nullif", "string_agg", "sum", "to_char", "to_regclass", "trim", "upper"}  # fmt: skip
"""Functions that a statement may call and still only read."""


@dataclass
class MacroFacts:
    """One macro, as far as it matters what it does."""

    id: str
    name: str
    package: str
    path: str
    text: str
    calls: set[str] = field(default_factory=set)
    changes: list[str] = field(default_factory=list)
    """Where it changes what other templates are handed."""
    sent: list[str | None] = field(default_factory=list)
    """The texts that it sends; None where one is not written out in full."""

    @property
    def digest(self) -> str:
        return digest(self.text)

    @property
    def writes(self) -> bool:
        return bool(_WRITES.search(self.code))

    @property
    def is_harmless(self) -> bool:
        """All that it sends is written out here, and only reads."""
        named = len(_SENDERS.findall(self.code))
        return not self.writes and named == len(self.sent) and all(map(_only_reads, self.sent))

    @property
    def acts(self) -> bool:
        """It sends statements of which its text does not show that they only read."""
        return self.sends and not self.is_harmless

    @property
    def code(self) -> str:
        return _COMMENT.sub("", self.text)

    @property
    def sends(self) -> bool:
        return bool(_SENDERS.search(self.code))


def _only_reads(text: str | None) -> bool:
    return (
        text is not None
        and _READS.match(text) is not None
        and {name.lower() for name in _CALLED.findall(text)} <= _LOOKS | _WORDS
    )


def digest(text: str) -> str:
    """The digest of a macro's text; blanks at the ends of lines do not count."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def macro_facts(
    macros: Iterable[tuple[str, str, str, str, Syntax]],
) -> dict[str, MacroFacts]:
    """Facts by macro id, from (id, name, package, path, syntax)."""
    return {
        ident: MacroFacts(
            ident,
            name,
            package,
            path,
            syntax.text,
            syntax.calls,
            changes(syntax.tree),
            _sent(syntax),
        )
        for ident, name, package, path, syntax in macros
    }


def plain_calls(tree: nodes.Template) -> set[str] | None:
    """The macros that a hook calls, if calling them is all it does, and with names for arguments.

    A macro that sends statements must not be handed one: `{{ in_own_transaction('update ...') }}`.
    """
    names: set[str] = set()
    for node in tree.body:
        if not isinstance(node, nodes.Output):
            return None
        for part in node.nodes:
            if isinstance(part, nodes.TemplateData) and not part.data.strip():
                continue
            if not isinstance(part, nodes.Call) or not all(_is_plain(a) for a in _arguments(part)):
                return None
            names.add(called(part) or "")
    return names


def changes(tree: nodes.Template) -> list[str]:
    """The calls that change what is not the template's own: `graph.nodes.clear()`."""
    handed = {name.name for macro in tree.find_all(nodes.Macro) for name in macro.args}
    pairs: list[tuple[nodes.Node, nodes.Node]] = [
        (part.target, part.node) for part in tree.find_all(nodes.Assign)
    ]
    pairs += [(part.target, part.iter) for part in tree.find_all(nodes.For)]
    shared, before = _SHARED | handed, 0
    while len(shared) > before:
        before = len(shared)
        for target, value in pairs:
            if root_of(value) in shared:
                found = [target, *target.find_all(nodes.Name)]
                shared |= {name.name for name in found if isinstance(name, nodes.Name)}
    return [
        describe(call)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, (nodes.Getattr, nodes.Getitem))
        and part_of(call.node) in _CHANGING
        and root_of(call.node) in shared
    ]


def _arguments(call: nodes.Call) -> list[nodes.Node]:
    dynamic = [a for a in (call.dyn_args, call.dyn_kwargs) if a is not None]
    return [*call.args, *(k.value for k in call.kwargs), *dynamic]


def _is_plain(node: nodes.Node) -> bool:
    """A relation of a model, or what dbt itself hands over: a text could be any schema's name."""
    if isinstance(node, nodes.Call):
        names = _arguments(node)
        return called(node) in ("ref", "source") and all(isinstance(a, nodes.Const) for a in names)
    return isinstance(node, nodes.Name) and node.name in ("this", "results", "graph", "schemas")


def _sent(syntax: Syntax) -> list[str | None]:
    return [
        _written_out(call.args[0])
        for call in syntax.carriers
        if isinstance(call, nodes.Call) and called(call) in ("run_query", "execute") and call.args
    ]


def _written_out(node: nodes.Node) -> str | None:
    """The text of a value, if all of it is written out but for the names of known relations."""
    if isinstance(node, nodes.Const):
        return str(node.value)
    if isinstance(node, nodes.Concat):
        return _joined(node.nodes)
    if isinstance(node, nodes.Add):
        return _joined([node.left, node.right])
    is_this = isinstance(node, nodes.Name) and node.name == "this"
    is_named = isinstance(node, nodes.Call) and called(node) in ("ref", "source")
    return "relation" if is_this or is_named else None


def _joined(parts: Iterable[nodes.Node]) -> str | None:
    texts = [_written_out(part) for part in parts]
    return None if None in texts else "".join(text for text in texts if text)


def closure(names: Iterable[str], facts: dict[str, MacroFacts]) -> set[str]:
    """The ids of the macros named, and of all that they call in turn."""
    by_name: dict[str, list[MacroFacts]] = {}
    for fact in facts.values():
        for name in {fact.name, fact.name.split("__", 1)[-1]}:
            by_name.setdefault(name, []).append(fact)
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        for fact in by_name.get(waiting.pop(), ()):
            if fact.id not in found:
                found.add(fact.id)
                waiting.extend(fact.calls)
    return found


def replaces(name: str, names: Iterable[str]) -> bool:
    """A macro of this name is called in place of one of `names`.

    By its own name, or as the variant `adapter__name` that dispatch prefers to `default__name`.
    """
    bare = name.split("__", 1)[-1]
    return not {name, bare, f"default__{bare}"}.isdisjoint(names)

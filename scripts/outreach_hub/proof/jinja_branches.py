"""Which text a template can turn into: every branch that the world outside the files can switch.

dbt compiles one face of a model: the one that today's vars, target and database happen to give. A
fabrication can wait in another (`{% if target.name == 'prod' %}`). So a template is rewritten
before it is compiled: a test that depends on the outside asks `environment.choose` instead of
being evaluated, and the driver (`faces`) answers it both ways. A value from outside that is
*printed* becomes a marker, so that the parser sees a hole where SQL can vary, not today's value.

Dependence is a small taint analysis over the Jinja syntax trees of models and macros together: 0 =
fixed by the files, 1 = text in which values from outside are already marked, 2 = a value from
outside as it is, 3 = a list of such, which Python writes with quotes, 4 = something made of one,
which may bring quotes along (see `jinja_values`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeGuard

from jinja2 import meta, nodes
from jinja2.visitor import NodeTransformer

from outreach_hub.proof.jinja_values import Values, is_number

FIXED, MARKED, RAW, LISTED, MADE = range(5)

OUTSIDE = {
    "var",
    "env_var",
    "target",
    "flags",
    "run_started_at",
    "invocation_id",
    "modules",
    "adapter",
    "invocation_args_dict",
    "run_query",
    "load_result",
    "statement",
    "load_relation",
    "context",
    "env",
    "is_incremental",
    "should_full_refresh",
    "selected_resources",
    "thread_id",
    "builtins",
    "results",
    "schemas",
    "database_schemas",
    "store_result",
    "dbt_metadata_envs",
    "local_md5",
    "dbt_version",
    "fromjson",
    "submit_python_job",
    "load_agate_table",
    "get_where_subquery",
    "lipsum",
}
"""Names whose value is not fixed by the project's files."""

_PLACED = {"this"}
"""Names whose value says where the run takes place."""
_HANDED = {"schema", "database", "model", "graph"}
"""Names of dbt's for such values, and good names for what a template has of its own."""
_NODES = {"model", "graph", "node"}
"""Names of what the files fix, but for the places and times in it."""
_OF_FILES = {"name", "package_name", "resource_type", "columns", "description", "unique_id"}
"""What is in a node and fixed by the files."""
_KEEPING = (nodes.Name, nodes.Concat, nodes.CondExpr, nodes.Getattr, nodes.List, nodes.Tuple,
            nodes.Dict, nodes.Pair, nodes.Keyword, nodes.Const)  # fmt: skip
"""What leaves a text as it is, or puts it beside others."""
_KEEPING_FILTERS = {"trim", "join", "list"}
_PICKING = {*(name for name in dir(str) if name[0] != "_"), "get", "pop", "setdefault"} - {"join"}
"""Methods that take a text apart or ask what it is, and those that choose by it."""
_REFERENCES = {"ref", "source"}
_SHUFFLED = {"set", "set_strict"}
"""Their order is another one in each process."""
_FIXED_CALLS = {"adapter.dispatch", "adapter.quote", "adapter.type"}
_PLACES = {"schema", "database", "dbname", "profile_name", "user", "host", "relation_name",
           "created_at", "root_path"}  # fmt: skip
_FILLING = {"append", "extend", "insert", "update", "setdefault", "pop", "remove", "clear", "sort",
            "reverse", "popitem"}  # fmt: skip
_THE_SAME = {"var", "env_var", "target", "this", "schema", "database", "flags", "execute", "model",
             "is_incremental", "should_full_refresh", "invocation_id",
             "run_started_at"}  # fmt: skip
"""Names whose value is the same as long as one template is rendered."""
_METHODS = {name for kind in (str, list, dict, int) for name in dir(kind)}
"""What is called: the text of one that is not has its address in memory."""


class Syntax:
    """A text as a tree, which nobody changes, with what the analysis looks at in it."""

    def __init__(self, text: str, tree: nodes.Template) -> None:
        self.text, self.tree = text, tree
        kinds = (nodes.Assign, nodes.AssignBlock, nodes.For, nodes.Call, nodes.Output)
        self.carriers = list(tree.find_all(kinds))
        """The nodes through which a taint can spread."""
        self.calls = {n for c in self.carriers if isinstance(c, nodes.Call) and (n := called(c))}
        """The bare names of everything that it calls."""
        self.signatures = list(tree.find_all(nodes.Macro))

    @cached_property
    def given(self) -> set[str]:
        """The names that it gives a value somewhere."""
        names = (each for each in self.tree.find_all(nodes.Name) if each.ctx != "load")
        spaces = (each.name for each in self.tree.find_all(nodes.NSRef))
        return {"loop", "caller", "varargs", "kwargs", *(each.name for each in names), *spaces}

    @cached_property
    def only_returns(self) -> bool:
        """A macro that writes no text: all that it gives is what it returns."""
        return all(
            called(part) == "return"
            if isinstance(part, nodes.Call)
            else isinstance(part, nodes.TemplateData) and not part.data.strip()
            for output in self.tree.find_all(nodes.Output)
            for part in output.nodes
        )

    @cached_property
    def environment(self) -> set[str]:
        """The environment variables that it asks for by name."""
        return {
            str(call.args[0].value)
            for call in self.tree.find_all(nodes.Call)
            if called(call) == "env_var" and call.args and isinstance(call.args[0], nodes.Const)
        }

    def is_of_its_own(self, node: nodes.Node) -> bool:
        """Whether an expression may be another thing each time that it is come to."""
        inside = [node] if isinstance(node, nodes.Name) else []
        inside += node.find_all(nodes.Name)
        return any(each.name in self.given or each.name not in _THE_SAME for each in inside)

    @cached_property
    def looked_up(self) -> set[str]:
        """The names that it may have from dbt: somewhere it has given them no value itself."""
        return meta.find_undeclared_variables(self.tree)


@dataclass(eq=False)
class Template:
    """A model or a macro of one project, with what is known of the names in it."""

    name: str
    syntax: Syntax
    is_macro: bool
    is_reviewed: bool = False
    """A person has read it: what it is handed (`_HANDED`), it takes no branch by."""
    levels: dict[str, int] = field(default_factory=dict)
    returns: int = FIXED
    unplain: set[str] = field(default_factory=set)
    """Names of its own that may hold a text of the files that has quotes, or who knows what."""

    @property
    def names(self) -> set[str]:
        """What a macro is called by: adapter.dispatch uses the part after the prefix."""
        return {self.name, self.name.split("__", 1)[-1]} if self.is_macro else set()


class Taint:
    """A fixpoint over all templates: what is tainted, through assignments, calls and returns.

    `outside` names further macros, of which no template is here, that look beyond the files;
    `structures` the vars that hold lists or mappings, and which of them are lists of values.

    A template is looked at again when one of its names, or a macro that it calls, turned out worse.
    """

    def __init__(
        self,
        templates: Iterable[Template],
        outside: Iterable[str] = (),
        structures: Mapping[str, bool] | None = None,
    ) -> None:
        every = list(templates)
        self.structures = structures or {}
        self.outside = OUTSIDE.union(outside)
        self.macros: dict[str, list[Template]] = {}
        self.callers: dict[str, list[Template]] = {}
        for template in every:
            for name in template.names:
                self.macros.setdefault(name, []).append(template)
            for name in template.syntax.calls:
                self.callers.setdefault(name, []).append(template)
        self.waiting = dict.fromkeys(every)
        while self.waiting:
            template, _ = self.waiting.popitem()
            self._scan(template)

    def found_in(self, template: Template) -> object:
        """All that `level` knows of a template's expressions: same text and this, same levels."""
        called = sorted(
            (n, self._returned(n), self._returns_values(n))
            for n in template.syntax.calls
            if n in self.macros
        )
        levels, structures = sorted(template.levels.items()), sorted(self.structures.items())
        return tuple(levels), tuple(called), tuple(sorted(template.unplain)), tuple(structures)

    def _returned(self, name: str) -> int:
        return max(macro.returns for macro in self.macros[name])

    def _returns_values(self, name: str) -> bool:
        """Whether macros of this name give back plain values, and write no text of their own."""
        return all(
            macro.syntax.only_returns and "return" not in macro.unplain
            for macro in self.macros[name]
        )

    def _raise(self, template: Template, name: str, level: int) -> None:
        if level > template.levels.get(name, FIXED):
            template.levels[name] = level
            self.waiting[template] = None

    def _scan(self, template: Template) -> None:
        for signature in template.syntax.signatures:
            count = len(signature.args) - len(signature.defaults)
            own = [argument.name for argument in signature.args[count:]]
            for name, value in zip(own, signature.defaults, strict=True):
                self._hand(template, name, value, template)
        for node in template.syntax.carriers:
            if isinstance(node, nodes.Assign):
                for name in _names(node.target):
                    self._hand(template, name, node.node, template)
            elif isinstance(node, nodes.AssignBlock):
                level = max(
                    [FIXED, *(self._text_level(o, template) for o in node.find_all(nodes.Output))]
                )
                self._assign(template, node.target, level)
                template.unplain.update(_names(node.target))
            elif isinstance(node, nodes.For):
                level = self.weight(node.iter, template)
                for name in _names(node.target):
                    self._note_unplain(template, name, node.iter, template)
                self._assign(template, node.target, RAW if level == LISTED else level)
                if level:
                    self._counted(template, node)
            elif isinstance(node, nodes.Output):
                self._returns(template, self._text_level(node, template))
            elif isinstance(node, nodes.Call):
                self._call(template, node)

    def _counted(self, template: Template, loop: nodes.For) -> None:
        """What a loop over the outside counts, collects or was last: its turns are from there."""
        self._raise(template, "loop", RAW)
        given = [part.target for part in loop.find_all(nodes.Assign)]
        given += [part.target for part in loop.find_all(nodes.AssignBlock)]
        for target in given:
            self._assign(template, target, RAW)
        for call in loop.find_all(nodes.Call):
            if isinstance(call.node, nodes.Getattr) and isinstance(call.node.node, nodes.Name):
                name = call.node.node.name
                if name in template.syntax.given:
                    self._raise(template, name, RAW)

    def _text_level(self, output: nodes.Output, template: Template) -> int:
        levels = (
            self.level(n, template) for n in output.nodes if not isinstance(n, nodes.TemplateData)
        )
        return min(MARKED, max(levels, default=FIXED))

    def _returns(self, template: Template, level: int) -> None:
        if template.is_macro and level > template.returns:
            template.returns = level
            for name in template.names:
                self.waiting.update(dict.fromkeys(self.callers.get(name, ())))

    def _assign(self, template: Template, target: nodes.Node, level: int) -> None:
        for name in _names(target):
            self._raise(template, name, level)

    def _call(self, template: Template, call: nodes.Call) -> None:
        name = called(call)
        arguments = [*call.args, *(k.value for k in call.kwargs)]
        highest = max((self.weight(a, template) for a in arguments), default=FIXED)
        if call.dyn_args is not None or call.dyn_kwargs is not None:
            dynamic = [a for a in (call.dyn_args, call.dyn_kwargs) if a is not None]
            highest = max(highest, *(self.weight(a, template) for a in dynamic))
        if name == "return":
            self._returns(template, highest)
            for value in arguments:
                self._note_unplain(template, "return", value, template)
        elif isinstance(call.node, nodes.Getattr) and highest:
            filled = call.node.node
            if isinstance(filled, nodes.Name):  # a list appended to, say
                self._raise(template, filled.name, highest)
            if call.node.attr in _FILLING and not template.is_reviewed:
                for own in template.syntax.given:  # which may go by several names
                    self._raise(template, own, highest)
        for macro in self.macros.get(name or "", ()):
            for parameters in macro.syntax.signatures:
                self._bind(template, call, macro, parameters, highest)

    def _bind(
        self,
        template: Template,
        call: nodes.Call,
        macro: Template,
        signature: nodes.Macro,
        highest: int,
    ) -> None:
        names = [argument.name for argument in signature.args]
        given = [*zip(names, call.args, strict=False), *((k.key, k.value) for k in call.kwargs)]
        for name, value in given:
            self._hand(macro, name, value, template)
        self._raise(macro, "varargs", highest)
        self._raise(macro, "kwargs", highest)
        if call.dyn_args is not None or call.dyn_kwargs is not None:
            for name in names:
                self._raise(macro, name, highest)
            macro.unplain.update(names)

    def loose_settings(self, template: Template) -> dict[str, int]:
        """Settings in a config() block that something outside the files decides; their lines."""
        found: dict[str, int] = {}
        # Whatever stands around it may be from outside, and what Jinja takes for a test is more
        # than its ifs.
        outputs = (part for part in template.syntax.tree.body if isinstance(part, nodes.Output))
        at_once = [part for output in outputs for part in output.nodes]
        for call in template.syntax.tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "config":
                loose = [k for k in call.kwargs if self._decides(k.value, template)]
                found |= {keyword.key: keyword.lineno for keyword in loose}
                handed = (*call.args, call.dyn_args, call.dyn_kwargs)
                if call not in at_once or any(handed):
                    found["config"] = call.lineno
            elif called(call) in ("set_sql_header", "set") and "config" in describe(call):
                found["sql_header"] = call.lineno
        return found

    def _decides(self, node: nodes.Node, template: Template) -> bool:
        """The outside is in the value, or chooses between values that the files fix."""
        if any(node.find_all(nodes.Name)) or isinstance(node, nodes.Name):
            return True  # it may have been given by what the outside decides
        choices = [node] if isinstance(node, nodes.CondExpr) else []
        choices += list(node.find_all(nodes.CondExpr))
        return bool(self.level(node, template)) or any(
            self.level(choice.test, template) for choice in choices
        )

    def weight(self, node: nodes.Node, template: Template) -> int:
        """Its level, told apart from that of something made of a value from outside."""
        level = self.level(node, template)
        if level < RAW:
            return level

        values = self.values(template)
        return RAW if values.plain(node) else LISTED if values.listed(node) else MADE

    def values(self, template: Template) -> Values:
        """What is known of the names in a template, and of the macros that it calls."""

        def has(part: nodes.Expr, wanted: int) -> bool:
            if isinstance(part, nodes.Name):
                is_own = part.name not in self.outside and part.name not in template.unplain
                return is_own and template.levels.get(part.name) == wanted
            name = called(part) if isinstance(part, nodes.Call) else None
            is_macro = name in self.macros and self._returns_values(name)
            return is_macro and self._returned(name or "") == wanted

        return Values(lambda part: has(part, RAW), lambda part: has(part, LISTED), self.structures)

    def _hand(self, owner: Template, name: str, value: nodes.Node, giver: Template) -> None:
        """A name is given what an expression of the same template, or of its caller, comes to."""
        self._raise(owner, name, self.weight(value, giver))
        self._note_unplain(owner, name, value, giver)

    def _note_unplain(self, owner: Template, name: str, value: nodes.Node, giver: Template) -> None:
        """A name that in one place is given no plain value, is none though it is in another."""
        values = self.values(giver)
        if name in owner.unplain or values.plain(value) or values.listed(value):
            return
        owner.unplain.add(name)
        self.waiting[owner] = None

    def level(self, node: nodes.Node, template: Template) -> int:
        """How much of the outside is in an expression's value."""
        if isinstance(node, nodes.Name):
            outside = RAW if node.name in OUTSIDE else MARKED if node.name in _PLACED else FIXED
            if node.name in _HANDED and not template.is_reviewed:
                outside = RAW if node.name in template.syntax.looked_up else FIXED
            return max(outside, template.levels.get(node.name, FIXED))
        if _is_of_files(node):
            return FIXED
        if isinstance(node, nodes.CondExpr):  # its test is enumerated, so only its values count
            return max(self.level(n, template) for n in (node.expr1, node.expr2) if n is not None)
        if isinstance(node, nodes.Call):
            return self._call_level(node, template)
        if isinstance(node, nodes.Filter) and node.node is not None and is_number(node):
            return min(MARKED, self.level(node.node, template))
        if isinstance(node, nodes.Filter):
            if node.name == "random":
                return RAW
            if node.node is not None and _is_node(node.node):
                return MARKED
            if node.name == "sort" and _is_shuffled(node.node):
                return max((self.level(a, template) for a in node.node.args), default=FIXED)
        if part_of(node) in _METHODS and root_of(node) != "loop":
            return RAW
        children = max((self.level(n, template) for n in node.iter_child_nodes()), default=FIXED)
        if children and _takes_apart(node):
            return max(children, RAW)
        if part_of(node) in _PLACES:
            return max(children, MARKED)
        return children

    def _call_level(self, call: nodes.Call, template: Template) -> int:
        name = called(call)
        arguments = [*call.args, *(k.value for k in call.kwargs)]
        given = max((self.level(a, template) for a in arguments), default=FIXED)
        if describe(call.node) in _FIXED_CALLS:
            return given
        if name in self.macros:  # its own outputs are marked inside, its parameters bound there
            return max(self._returned(name), min(MARKED, given))
        written = any(_is_node(argument) for argument in arguments)  # tojson(model)
        if isinstance(call.node, nodes.Name) and (name in _REFERENCES or written):
            return max(MARKED, given)
        if isinstance(call.node, nodes.Name) and name in _SHUFFLED:
            return RAW
        if (name or part_of(call.node)) in self.outside:  # dbt.should_full_refresh(), say
            return RAW
        if isinstance(call.node, nodes.Getattr):
            level = max(self.level(call.node.node, template), given)
            if {str(a.value) for a in arguments if isinstance(a, nodes.Const)} & _PLACES:
                level = max(level, MARKED)  # config.get('schema')
        else:
            level = max(self.level(call.node, template), given)
        picks = isinstance(call.node, nodes.Getattr) and call.node.attr in _PICKING
        return max(level, RAW) if level and picks else level


def _takes_apart(node: nodes.Node) -> bool:
    """What it comes to is one of several things, by what a text is, or a part of that text: neither
    shows the others."""
    if isinstance(node, nodes.Filter):
        return node.name not in _KEEPING_FILTERS
    if isinstance(node, nodes.Getitem):
        return not (isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str))
    return not isinstance(node, _KEEPING)


def _is_shuffled(node: nodes.Node | None) -> TypeGuard[nodes.Call]:
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.node, nodes.Name)
        and node.node.name in _SHUFFLED
    )


def _is_node(node: nodes.Node) -> bool:
    """All of a node at once, with the places and times in it."""
    return isinstance(node, nodes.Name) and node.name in _NODES


def _is_of_files(node: nodes.Node) -> bool:
    """`model.name`, say: of all that is in the node, what each run is told alike."""
    is_part = isinstance(node, (nodes.Getattr, nodes.Getitem)) and isinstance(node.node, nodes.Name)
    return is_part and node.node.name == "model" and part_of(node) in _OF_FILES  # type: ignore[attr-defined]


def _names(target: nodes.Node) -> list[str]:
    """What an assignment gives a value."""
    if isinstance(target, (nodes.Name, nodes.NSRef)):
        return [target.name]
    found = [each.name for each in target.find_all(nodes.Name)]
    return found + [each.name for each in target.find_all(nodes.NSRef)]


def part_of(node: nodes.Node) -> str:
    """The x of `y.x` and `y['x']`."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    is_named = isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const)
    return str(node.arg.value) if is_named else ""  # type: ignore[attr-defined]


def root_of(node: nodes.Node) -> str:
    """The x of `x.y['z'](...) | list`."""
    while isinstance(node, (nodes.Getattr, nodes.Getitem, nodes.Call, nodes.Filter)):
        if node.node is None:
            return ""
        node = node.node
    return node.name if isinstance(node, nodes.Name) else ""


def called(call: nodes.Call) -> str | None:
    """The bare name of what is called: `f(x)`, `pkg.f(x)` and `adapter.dispatch('f')(x)` are f."""
    node = call.node
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node, nodes.Call) and called(node) == "dispatch" and node.args:
        first = node.args[0]
        return str(first.value) if isinstance(first, nodes.Const) else None
    return None


class Instrument(NodeTransformer):
    """Rewrites one template: tests ask, loops ask, values from outside are marked."""

    def __init__(self, taint: Taint, template: Template, lines: bool) -> None:
        self.taint, self.template, self.lines = taint, template, lines

    def visit_If(self, node: nodes.If) -> nodes.Node:
        self.generic_visit(node)
        node.test = self._test(node.test)
        return node

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:
        self.generic_visit(node)
        node.test = self._test(node.test)
        return node

    def visit_For(self, node: nodes.For) -> nodes.Node:
        tainted = self.taint.level(node.iter, self.template)
        key = describe(node.iter)
        is_fixed = not self.template.syntax.is_of_its_own(node.iter)
        self.generic_visit(node)
        if node.test is not None:
            node.test = self._test(node.test)
        if tainted:
            node.iter = _ask("choose_list", node.iter, nodes.Const(key), nodes.Const(is_fixed))
        return node

    def _captured(self, node: nodes.Node) -> nodes.Node:
        """Text that the template itself may look at: a mark in it would tell of the proof."""
        lines, self.lines = self.lines, False
        self.generic_visit(node)
        self.lines = lines
        return node

    visit_AssignBlock = visit_CallBlock = visit_FilterBlock = visit_Macro = _captured

    def visit_Output(self, node: nodes.Output) -> nodes.Node:
        parts: list[nodes.Expr] = []
        for part in node.nodes:
            if isinstance(part, nodes.TemplateData):
                parts.append(self._data(part))
                continue
            level = self.taint.weight(part, self.template)
            numeric = is_number(part)
            key = describe(part)
            harmless = _is_config_or_return(part)
            visited = self.visit(part)
            if not harmless and (level >= RAW or (numeric and level)):
                several = self.taint.values(self.template).several(part)
                about = (numeric, several or level <= RAW, several)
                visited = _ask("mark", nodes.Const(key), *map(nodes.Const, about))
            parts.append(visited)
        node.nodes = parts
        return node

    def _data(self, data: nodes.TemplateData) -> nodes.TemplateData:
        """A mark of the line, which `faces` takes out again and remembers."""
        if not self.lines or not data.data:
            return data
        made = nodes.TemplateData(f"\ue000{data.lineno}\ue001{data.data}")
        made.lineno = data.lineno
        return made

    def _test(self, test: Any) -> nodes.Expr:
        if isinstance(test, nodes.Not):
            test.node = self._test(test.node)
            return test
        if isinstance(test, (nodes.And, nodes.Or)):
            test.left, test.right = self._test(test.left), self._test(test.right)
            return test
        if self.taint.level(test, self.template):
            is_fixed = not self.template.syntax.is_of_its_own(test)
            return _ask("choose", nodes.Const(describe(test)), nodes.Const(is_fixed))
        fixed: nodes.Expr = test
        return fixed


def _is_config_or_return(part: nodes.Node) -> bool:
    """What prints nothing, by the names that no template gives another meaning."""
    name = part.node if isinstance(part, nodes.Call) else None
    return isinstance(name, nodes.Name) and name.name in ("config", "return")


def _ask(what: str, *arguments: Any) -> nodes.Call:
    """A call of the driver; the line only matters to messages of Jinja's own."""
    call = nodes.Call(nodes.EnvironmentAttribute(what), list(arguments), [], None, None)
    call.set_lineno(1)
    return call


def describe(node: nodes.Node) -> str:
    """An expression as its author would know it again; also its key: same text, same answer."""
    if isinstance(node, nodes.Const):
        return repr(node.value)
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{describe(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        return f"{describe(node.node)}[{describe(node.arg)}]"
    if isinstance(node, nodes.Call):
        return f"{describe(node.node)}({_given(node)})"
    if isinstance(node, (nodes.Filter, nodes.Test)) and node.node is not None:
        given = _given(node)
        how = "|" if isinstance(node, nodes.Filter) else "is"
        return f"{describe(node.node)} {how} {node.name}" + (f"({given})" if given else "")
    if isinstance(node, nodes.Compare):
        return " ".join([describe(node.expr), *(f"{o.op} {describe(o.expr)}" for o in node.ops)])
    parts = [f"{name}={_described(value)}" for name, value in node.iter_fields()]
    return f"{type(node).__name__.lower()}({', '.join(parts)})"


def _given(node: nodes.Call | nodes.Filter | nodes.Test) -> str:
    """What a call, a filter or a test is handed."""
    given = [describe(a) for a in node.args]
    given += [f"{k.key}={describe(k.value)}" for k in node.kwargs]
    given += [f"*{describe(a)}" for a in (node.dyn_args, node.dyn_kwargs) if a is not None]
    return ", ".join(given)


def _described(value: Any) -> str:
    if isinstance(value, nodes.Node):
        return describe(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_described, value))}]"
    return repr(value)

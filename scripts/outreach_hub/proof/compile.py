"""The front end: every face of every node, as dbt itself would compile it, and without a database.

dbt's own context renders the templates (ref, source, config, dispatch, packages: its rules, not a
copy of them); only what would reach a server is replaced. `get_relation` answers, once that the
table is there and once that it is not; any other query raises, since an answer from a database
would decide what is compiled. No other module of the proof imports dbt.
"""

from __future__ import annotations

import contextlib
import copy
import re
import shutil
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, TemplateSyntaxError, nodes

from outreach_hub.dbt import invoke
from outreach_hub.dbt_schemas import remembered
from outreach_hub.errors import UsageError
from outreach_hub.parse_state import of_these_files
from outreach_hub.profile import EMBEDDED, PROFILE
from outreach_hub.project import Project
from outreach_hub.proof.dialect import REFERRED, SPARK
from outreach_hub.proof.effects import (
    MacroFacts,
    changes,
    closure,
    digest,
    macro_facts,
    plain_calls,
)
from outreach_hub.proof.faces import Driver, Face, QueryNeeded, Stopped, TooManyFaces, Unrendered
from outreach_hub.proof.graph import Graph, Layer, Node, TestSpec, from_manifest, is_like_a_call
from outreach_hub.proof.jinja_branches import Taint, Template, describe
from outreach_hub.proof.parse_failures import parse_failure
from outreach_hub.proof.reach import Known, Reached, callers, reached
from outreach_hub.proof.reviewed import changed, only_reviewed, reviewed
from outreach_hub.proof.templates import Loader, parsed
from outreach_hub.variables import is_flat, is_structure, read_variables

ASKED = ("is_incremental", "should_full_refresh")
"""Macros that ask the database what is there. A proof answers, with yes and with no."""

_LOOKS_OUTSIDE = re.compile(
    r"\b(modules|flags|env_var|run_started_at|invocation_id|invocation_args_dict|this|graph)\b"
    r"|\bvar\(|\b(target|model)\."
)
"""What a macro of dbt's says that is another thing to another run."""
_SENDS = re.compile(
    r"\b(run_query|statement|run_hooks|load_result|write|submit_python_job)\b"
    r"|\badapter\.(?!dispatch\b|quote\b|type\b|get_relation\b|get_columns_in_relation\b)"
)
"""What a macro of dbt's says that does more than write text."""
_TAG = re.compile(r"\{#.*?#\}|(\{[{%].*?[%}]\})", re.S)
"""A piece of Jinja. What a macro says beside them, in SQL or in comments, does nothing."""
_CALLED = re.compile(r"(\w+)\s*\(")


class Unreadable(NamedTuple):
    """Why a template has no faces, and the line that says so."""

    reason: str
    line: int = 1


@dataclass
class Compiled:
    """A project's graph, with the faces of each node, or why a node has none."""

    graph: Graph
    faces: dict[str, list[Face]] = field(default_factory=dict)
    test_faces: dict[str, list[Face]] = field(default_factory=dict)
    """Of generic tests that nobody has read, by id."""
    test_failures: dict[str, str] = field(default_factory=dict)
    hook_faces: dict[tuple[str, int], list[Face]] = field(default_factory=dict)
    failures: dict[str, Unreadable] = field(default_factory=dict)
    hook_failures: dict[tuple[str, int], Unreadable] = field(default_factory=dict)
    hook_calls: dict[tuple[str, int], set[str] | None] = field(default_factory=dict)
    macros: dict[str, MacroFacts] = field(default_factory=dict)
    dbt_names: set[str] = field(default_factory=set)
    """Macros of dbt and of packages."""
    dbt_acts: set[str] = field(default_factory=set)
    """Macros of dbt but its SQL functions, whose text is in the models that call them."""
    loose_configs: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    """Settings in a config() that the outside decides, and their lines, by name and path."""
    changes: dict[str, list[str]] = field(default_factory=dict)
    """Where a node's template, or a hook of it, changes what other templates are handed."""
    environment: set[str] = field(default_factory=set)
    """The environment variables that templates ask for by name."""
    reached: list[tuple[str, str, Reached]] = field(default_factory=list)
    """Where a template, by name and path, reaches further than it may."""
    settings: dict[str, Any] = field(default_factory=dict)


def parse(root: Path, workspace: Path, target: str | None = None) -> tuple[Any, Any]:
    """Parse the project with the example profile: no server, no profiles.yml needed.

    Returns dbt's manifest and runtime configuration.
    """
    read_variables(Project(root))  # what is wrong with the file is told better than by dbt
    profiles = workspace / "profile"
    profiles.mkdir(parents=True, exist_ok=True)
    example = root / "profiles.example.yml"
    if not example.is_file():
        raise UsageError(
            "profiles.example.yml is missing: it names the targets to prove",
            where=str(root),
            hint="is this a checkout of this project?",
        )
    shutil.copyfile(example, profiles / "profiles.yml")
    arguments = [
        "--quiet",
        "--no-send-anonymous-usage-stats",
        "--log-level",
        "none",
        "--log-level-file",
        "none",
        "--partial-parse-file-diff",  # else a variable has dbt read nothing anew
        "parse",
        "--no-write-json",
        "--project-dir",
        str(root),
        "--profiles-dir",
        str(profiles),
        "--target-path",
        str(workspace / "target"),
        "--log-path",
        str(workspace / "logs"),
        "--profile",
        PROFILE,
        "--target",
        target or EMBEDDED,
    ]
    with remembered(workspace), of_these_files(Project(root), workspace / "target"):
        outcome = invoke(arguments)
    if outcome.exception is not None:
        raise parse_failure(outcome.exception, Project(root))
    return outcome.result, configuration()


def configuration() -> Any:
    """dbt's configuration of the invocation that has just parsed, and its adapter, unconnected."""
    from dbt.adapters.factory import register_adapter
    from dbt.config.runtime import RuntimeConfig
    from dbt.flags import get_flags
    from dbt.mp_context import get_mp_context

    config = RuntimeConfig.from_args(get_flags())
    register_adapter(config, get_mp_context())
    return config


def compile_project(manifest: Any, config: Any) -> Compiled:
    """All faces of all nodes of a parsed project."""
    compiled = Compiled(from_manifest(manifest, config.project_name))
    compiled.graph.yaml_files = _yaml_files(Path(config.project_root), manifest)
    front = _FrontEnd(manifest, config)
    front.describe(compiled)
    with front.without_a_database():
        for node in compiled.graph.nodes.values():
            if node.id in manifest.nodes and node.layer is not Layer.SEED:
                front.compile(node, compiled)
        for test in compiled.graph.tests:
            front.compile_test(test, compiled)
    return compiled


def _variables(config: Any) -> dict[str, Any]:
    """The vars of dbt_project.yml, and those that this run was given in their place."""
    return {**config.vars.to_dict(), **(config.cli_vars or {})}


def _is_of_a_test(macro: str, call: nodes.Call) -> bool:
    """How a generic test counts its failures, which is of no model."""
    is_test = macro.split("__", 1)[-1].startswith("test_")
    names = {keyword.key for keyword in call.kwargs}
    return is_test and not (call.args or call.dyn_kwargs) and names <= {"fail_calc", "meta"}


def _declared(variables: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The vars of dbt_project.yml, those of each package among them."""
    for name, value in variables.items():
        yield name, value
        if isinstance(value, dict):
            yield from _declared(value)


@cache
def _environment() -> Environment:
    """dbt's own, with its extensions and its sandbox."""
    from dbt_common.clients.jinja import get_environment

    made: Environment = get_environment(None)
    return made


class _FrontEnd:
    def __init__(self, manifest: Any, config: Any) -> None:
        from dbt.adapters.factory import get_adapter

        self.manifest, self.config = manifest, config
        self.adapter = get_adapter(config)
        self.dbts = {"dbt", f"dbt_{config.credentials.type}"}
        """Packages that come with dbt. Another adapter's is a package like any."""
        self.driver = Driver()
        environment = _environment()
        self.macros = [m for m in manifest.macros.values() if m.package_name not in self.dbts]
        self.templates = {
            m.unique_id: parsed(
                environment,
                m.name,
                m.macro_sql,
                is_macro=True,
                is_reviewed=reviewed().get(m.unique_id) == digest(m.macro_sql),
            )
            for m in self.macros
        }
        nodes = [n for n in manifest.nodes.values() if getattr(n, "language", "sql") == "sql"]
        self.bodies: dict[str, list[Template]] = {}
        for node in nodes:
            if getattr(node, "test_metadata", None) is None:
                texts = [node.raw_code, *(h.sql for h in _hooks(node))]
                self.bodies[node.unique_id] = [
                    parsed(environment, node.name, text, False) for text in texts
                ]
        disabled = [n for group in manifest.disabled.values() for n in group]
        asleep = {
            (n.name, n.original_file_path): parsed(environment, n.name, n.raw_code, False)
            for n in disabled
            if getattr(n, "raw_code", None) and getattr(n, "language", "sql") == "sql"
        }
        self.configured = asleep | {
            (n.name, n.original_file_path): self.bodies[n.unique_id][0]
            for n in nodes
            if n.unique_id in self.bodies
        }
        """By name and path. What is disabled here may be there elsewhere, by its own config()."""
        bodies = [*asleep.values(), *(text for body in self.bodies.values() for text in body)]
        self.own = [m for m in manifest.macros.values() if m.package_name in self.dbts]
        own = {m.name: " ".join(_TAG.findall(m.macro_sql)) for m in self.own}
        self.own_calls = {name: set(_CALLED.findall(tags)) for name, tags in own.items()}
        looking = {name for name, tags in own.items() if _LOOKS_OUTSIDE.search(tags)}
        declared = _variables(config)
        structures = {name: is_flat(v) for name, v in _declared(declared) if is_structure(v)}
        outside = callers(self.own_calls, looking)
        self.taint = Taint([*self.templates.values(), *bodies], outside, structures)
        self.loader = Loader(environment, self.taint, self.driver)
        self.asking: dict[str, Any] = {}
        """Macros that ask, ready to be rendered, by id."""

    def describe(self, compiled: Compiled) -> None:
        """What the templates say before any of them is rendered."""
        compiled.macros = macro_facts(
            (
                m.unique_id,
                m.name,
                m.package_name,
                m.original_file_path,
                self.templates[m.unique_id].syntax,
            )
            for m in self.macros
        )
        others = [m for m in self.macros if m.package_name != self.config.project_name]
        compiled.dbt_names = {m.name for m in (*self.own, *others)}
        compiled.dbt_acts = {
            m.name for m in self.own if not m.original_file_path.startswith("macros/utils/")
        }
        for ident, (body, *hooks) in self.bodies.items():
            for index, hook in enumerate(hooks):
                compiled.hook_calls[ident, index] = plain_calls(hook.syntax.tree)
            if ident.startswith("operation."):
                compiled.hook_calls[ident, -1] = plain_calls(body.syntax.tree)
            changed = [c for text in (body, *hooks) for c in changes(text.syntax.tree)]
            if changed:
                compiled.changes[ident] = changed
            for text in (body, *hooks):
                compiled.environment |= text.syntax.environment
        for place, body in self.configured.items():
            if loose := self.taint.loose_settings(body):
                compiled.loose_configs[place] = loose
        for template in self.templates.values():
            if not template.is_reviewed:
                compiled.environment |= template.syntax.environment
        compiled.reached = [*self._reached(compiled), *self._settings_of_macros()]
        project = self.config
        compiled.settings = {
            "vars": _variables(project),
            "dispatch": list(project.dispatch or ()),
            "query_comment": _query_comment(project),
            "flags": dict(project.flags or {}),
            "default_selector": project.get_default_selector_name(),
        }

    def _reached(self, compiled: Compiled) -> Iterator[tuple[str, str, Reached]]:
        """Of nodes, and of all macros that they, the tests and the project's own macros call."""
        facts = compiled.macros.values()
        calls = self.own_calls | {fact.name: fact.calls for fact in facts}
        calls = {name: called for name, called in calls.items() if name not in ASKED}
        senders = [m.name for m in self.own if _SENDS.search(m.macro_sql)]
        known = Known(
            frozenset(m.name for m in self.manifest.macros.values()),
            frozenset(m.package_name for m in self.manifest.macros.values()),
            callers(calls, [*senders, *(fact.name for fact in facts if fact.acts)]),
            self._handed(),
        )
        used = {fact.name for fact in facts if fact.package == compiled.graph.project}
        used |= {f"test_{test.name.split('.')[-1]}" for test in compiled.graph.tests}
        for test in compiled.graph.tests:
            for text in test.texts():
                for fault in _in_argument(text, known):
                    yield test.name, test.path, fault
        for ident, bodies in self.bodies.items():
            node = self.manifest.nodes[ident]
            for index, body in enumerate(bodies, -1):
                used |= body.syntax.calls
                if not _is_reviewed(compiled, ident, index):
                    for fault in reached(body.syntax, known):
                        yield node.name, node.original_file_path, fault
        for fact in changed(closure(used, compiled.macros), compiled.macros):
            sends = fact.package != compiled.graph.project or not fact.name.startswith("test_")
            for fault in reached(self.templates[fact.id].syntax, known, sends):
                yield fact.name, fact.path, fault

    def _settings_of_macros(self) -> Iterator[tuple[str, str, Reached]]:
        """Where a macro sets what the model is that calls it: of that, the model says nothing."""
        for macro in self.macros:
            template = self.templates[macro.unique_id]
            for call in template.syntax.tree.find_all(nodes.Call):
                if describe(call.node) == "config" and not (
                    template.is_reviewed or _is_of_a_test(macro.name, call)
                ):
                    reason = "a macro sets the config() of what calls it"
                    fix = "Write config() into the model, with its values written out."
                    fault = Reached(call.lineno, reason, fix, describe(call))
                    yield macro.name, macro.original_file_path, fault

    def _handed(self) -> frozenset[str]:
        """The names of all that dbt hands to a template, of whatever node it is."""
        some = next(iter(self.manifest.nodes.values()), None)
        return frozenset(self._context(some) if some is not None else ())

    @contextlib.contextmanager
    def without_a_database(self) -> Iterator[None]:
        """dbt's adapter, cut off; its macros replaced by the ones that ask."""
        from dbt_common.clients.jinja import template_cache

        connections = self.adapter.connections
        replaced: list[tuple[Any, str]] = []

        def replace(owner: Any, name: str, value: Any) -> None:
            setattr(owner, name, value)
            replaced.append((owner, name))

        for name in ("execute", "add_query", "open", "get_thread_connection", "begin"):
            replace(connections, name, _refuse(name))
        for name in (
            "get_columns_in_relation",
            "list_relations",
            "list_schemas",
            "execute",
            "get_relations_by_pattern",
            "create_schema",
            "drop_relation",
        ):
            replace(self.adapter, name, _refuse(f"adapter.{name}"))
        replace(self.adapter, "get_relation", self._relation)
        replace(template_cache, "get_node_template", self._macro_template)
        try:
            with _references_marked(self.adapter):
                yield
        finally:
            for owner, name in replaced:
                delattr(owner, name)

    def _macro_template(self, macro: Any) -> Any:
        """The template of a macro, made when it is first called: by its id, since a package may
        hold word for word what dbt has, and be handed what dbt's is not."""
        from dbt_common.clients.jinja import TemplateCache, template_cache

        if macro.unique_id not in self.templates:
            return TemplateCache.get_node_template(template_cache, macro)
        if macro.unique_id not in self.asking:
            template = self.templates[macro.unique_id]
            self.asking[macro.unique_id] = self.loader.load(template, {}, lines=False)
        return self.asking[macro.unique_id]

    def _relation(self, database: str, schema: str, identifier: str, **_: Any) -> Any:
        if not self.driver.choose(f"{identifier} exists"):
            return None
        return self.adapter.Relation.create(
            database=database, schema=schema, identifier=identifier, type="table"
        )

    def compile(self, node: Node, compiled: Compiled) -> None:
        raw = copy.copy(self.manifest.nodes[node.id])
        raw.extra_ctes = []  # a ref to an ephemeral is noted there, and dbt builds from it
        if getattr(raw, "language", "sql") != "sql":
            why = "a model in Python: what it does to identity is not shown"
            compiled.failures[node.id] = Unreadable(why)
            return
        if node.id not in self.bodies:
            return
        body, *hooks = self.bodies[node.id]
        context = self._context(raw)
        if not _is_reviewed(compiled, node.id, -1):
            made = self._attempt(node, body, context, lines=True)
            if isinstance(made, Unreadable):
                compiled.failures[node.id] = made
            else:
                compiled.faces[node.id] = made
        for index, hook in enumerate(hooks):
            if _is_reviewed(compiled, node.id, index):
                continue
            made = self._attempt(node, hook, context, lines=False)
            if isinstance(made, Unreadable):
                compiled.hook_failures[node.id, index] = made
            else:
                compiled.hook_faces[node.id, index] = made

    def compile_test(self, test: TestSpec, compiled: Compiled) -> None:
        """A generic test as it is called, unless it is dbt's or has been read by a person."""
        from dbt.clients.jinja import add_rendered_test_kwargs

        raw = self.manifest.nodes[test.id]
        name = f".test_{raw.test_metadata.name}"
        macros = [m for m in raw.depends_on.macros if m in self.templates and m.endswith(name)]
        if all(self.templates[macro].is_reviewed for macro in macros):
            return
        is_mine = any(m.startswith(f"macro.{compiled.graph.project}.") for m in macros)
        context = self._context(raw)
        context["get_where_subquery"] = context["dbt"]["get_where_subquery"]

        def called() -> Any:
            add_rendered_test_kwargs(context, raw)
            return self.loader.environment.from_string(raw.raw_code).render(context)

        try:
            compiled.test_faces[test.id] = list(self.driver.faces(lambda: self._render(called), {}))
        except (QueryNeeded, Unrendered, TooManyFaces) as error:
            if is_mine:  # a package's may ask for a table's columns
                compiled.test_failures[test.id] = str(error)

    def _attempt(
        self, node: Node, template: Template, context: dict[str, Any], lines: bool
    ) -> list[Face] | Unreadable:
        try:
            return self._faces(node, template, context, lines)
        except QueryNeeded as asked:
            why = f"its SQL depends on what only a run can tell: {asked.what}"
            return Unreadable(why, _line_of(asked))
        except Unrendered as error:
            why = (
                f"its template cannot be rendered: {error}. Does every macro that it calls exist,"
                " in macros/ or in a package that is installed?"
            )
            return Unreadable(why, _line_of(error))
        except TooManyFaces as asked:
            return Unreadable(f"too many branches to prove one by one: {asked}")

    def _faces(
        self, node: Node, template: Template, context: dict[str, Any], lines: bool
    ) -> list[Face]:
        loaded = self.loader.load(template, context, lines)
        settled = {} if node.is_incremental else {"is_incremental()": False}
        if node.config.get("full_refresh") is False:
            settled["should_full_refresh()"] = False
        faces = list(
            self.driver.faces(lambda: self._render(lambda: loaded.render(context)), settled)
        )
        if not faces:
            raise QueryNeeded("every branch of it stops with an error")
        return faces

    def _render(self, make: Callable[[], Any]) -> str:
        """Render, and tell a deliberate refusal (this face never runs) from everything else."""
        try:
            return str(make())
        except Exception as error:
            cause: BaseException | None = error
            while cause is not None and not isinstance(cause, (QueryNeeded, Stopped)):
                cause = cause.__cause__ or cause.__context__
            if cause is None:
                raise Unrendered(f"{type(error).__name__}: {error}") from error
            raise cause from None

    def _context(self, raw: Any) -> dict[str, Any]:
        from dbt.context.providers import generate_runtime_model_context

        context: dict[str, Any] = generate_runtime_model_context(raw, self.config, self.manifest)
        for name in ASKED:
            context[name] = partial(self.driver.choose, f"{name}()")
        for name in (
            "run_query",
            "statement",
            "load_result",
            "load_relation",
            "get_where_subquery",
        ):
            context[name] = _refuse(name)
        context["exceptions"] = {**context["exceptions"], "raise_compiler_error": _stop}
        return context


@contextlib.contextmanager
def _references_marked(adapter: Any) -> Iterator[None]:
    """Spark's relations say that dbt has rendered them, and no author by hand (see `dialect`)."""
    relation = adapter.Relation
    if adapter.type() != SPARK:
        yield
        return
    rendered = relation.render

    def marked(self: Any) -> str:
        text = str(rendered(self))
        return f"{REFERRED}.{text}" if self.schema and self.include_policy.schema else text

    relation.render = marked
    try:
        yield
    finally:
        relation.render = rendered


def _in_argument(text: str, known: Known) -> list[Reached]:
    """Where the argument of a test, which dbt renders, reaches further than it may."""
    if is_like_a_call(text):
        text = f"{{{{ {text} }}}}"
    try:
        return reached(parsed(_environment(), "argument", text, False).syntax, known)
    except TemplateSyntaxError as error:
        return [Reached(1, f"the argument is no template: {error}", "Mend its braces.", text)]


def plainly_called(template: str) -> set[str] | None:
    """The macros that a hook calls, if it does nothing else. Raises TemplateSyntaxError."""
    return plain_calls(parsed(_environment(), "hook", template, False).syntax.tree)


def _is_reviewed(compiled: Compiled, ident: str, index: int) -> bool:
    """A hook that only calls what has been read: what it becomes need not be looked at."""
    calls = compiled.hook_calls.get((ident, index))
    return calls is not None and only_reviewed(calls, compiled.macros, compiled.graph.project)


def _yaml_files(root: Path, manifest: Any) -> dict[str, str]:
    """The texts of dbt_project.yml and of every YAML that dbt read, by relative path."""
    found = {"dbt_project.yml": root / "dbt_project.yml"}
    if (root / "selectors.yml").is_file():
        found["selectors.yml"] = root / "selectors.yml"
    for file in manifest.files.values():
        path = file.path.original_file_path
        if Path(path).suffix.lower() in (".yml", ".yaml") and (root / path).is_file():
            found[path] = root / path
    return {name: path.read_text(encoding="utf-8") for name, path in sorted(found.items())}


def _query_comment(config: Any) -> str:
    """The project's own comment on queries, which is a template; '' where it is dbt's."""
    from dbt.adapters.contracts.connection import DEFAULT_QUERY_COMMENT

    comment = config.query_comment.comment
    return "" if comment == DEFAULT_QUERY_COMMENT else str(comment or "")


def _hooks(raw: Any) -> list[Any]:
    config = raw.config
    return [*(getattr(config, "pre_hook", None) or ()), *(getattr(config, "post_hook", None) or ())]


def _line_of(error: BaseException | None) -> int:
    """The line of the template that was being rendered, by the frames that Jinja puts in for it."""
    while error is not None:
        for frame, line in traceback.walk_tb(error.__traceback__):
            if "__jinja_exception__" in frame.f_globals:
                return line
        error = error.__cause__
    return 1


def _refuse(name: str) -> Any:
    def asked(*_: Any, **__: Any) -> Any:
        raise QueryNeeded(f"{name}()")

    return asked


def _stop(message: str, node: Any = None) -> Any:
    raise Stopped(message)

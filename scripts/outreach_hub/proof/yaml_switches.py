"""Where a YAML file of the project lets something outside it decide a setting.

dbt renders most of a file as it parses, with names by which all of the outside is within reach. So
a setting is text, or refers to something that the files have, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml
from jinja2 import Environment, TemplateSyntaxError, nodes

from outreach_hub.proof.jinja_branches import OUTSIDE
from outreach_hub.yaml_files import safe_loader

_MAY_SWITCH = re.compile(r"\{[{%]|var\s*\(")
_CALL = re.compile(r"\A\s*(env_)?var\s*\(")
"""What dbt renders without braces in the arguments of tests."""
_REFERENCES = {"doc", "ref", "source", "Dimension", "TimeDimension", "Entity", "Metric"}
_PROJECTS_HOOKS = {"on-run-start", "on-run-end", "query-comment"}
_HOOKS = {"pre-hook", "post-hook", "pre_hook", "post_hook"}
_LEFT_FOR_LATER = {"pre_hook", "post_hook"}
"""How hooks are called that dbt renders when it runs them; with a dash, as it parses the file."""
_RESOURCES = {"models", "seeds", "snapshots"}
_TESTS = {"data_tests", "tests"}
_SOURCES_OWN = {"schema", "database"}
_DATABASES = {"dbname", "database"}
_PARSER = Environment(autoescape=True)


def switches(text: str, path: str) -> Iterator[tuple[int, str, str]]:
    """(line, place, value) of every setting that a var, env_var, target or flag may decide."""
    if not (_MAY_SWITCH.search(text) or "\\" in text):  # by which YAML writes any letter
        return
    try:
        root = yaml.compose(text, Loader=safe_loader())
    except yaml.YAMLError:
        yield 1, path, "not YAML"
        return
    if root is not None:
        yield from _walk(root, (), path == "dbt_project.yml")


def _walk(
    node: yaml.Node, place: tuple[str, ...], is_project: bool
) -> Iterator[tuple[int, str, str]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = str(key.value).lstrip("+")
            if not _is_free(name, value, place, is_project):
                yield from _walk(value, (*place, name), is_project)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _walk(value, place, is_project)
    elif isinstance(node, yaml.ScalarNode) and _may_switch(node.value, place):
        yield node.start_mark.line + 1, ".".join(place), node.value


def _is_free(name: str, value: yaml.Node, place: tuple[str, ...], is_project: bool) -> bool:
    """Whether its Jinja is proved as a hook."""
    if is_project:  # all further in may be the name of a folder or a model
        is_hook = name in (_HOOKS if place else _PROJECTS_HOOKS)
        return is_hook and _is_text(value)
    is_config = len(place) == 2 and place[0] in _RESOURCES and place[1] == "config"
    return is_config and name in _LEFT_FOR_LATER


def _is_text(value: yaml.Node) -> bool:
    """A hook or several, each a text or a mapping that says `sql:`."""
    if isinstance(value, yaml.SequenceNode):
        return all(map(_is_text, value.value))
    if isinstance(value, yaml.MappingNode):
        return {str(key.value) for key, _ in value.value} <= {"sql", "transaction"}
    return isinstance(value, yaml.ScalarNode)


def _may_switch(text: str, place: tuple[str, ...]) -> bool:
    if _CALL.match(text):
        return True
    if not _MAY_SWITCH.search(text):
        return False
    try:
        tree = _PARSER.parse(text)
    except TemplateSyntaxError:
        return True
    parts = [part for output in tree.body for part in getattr(output, "nodes", [output])]
    if len(place) == 2 and place[0] == "sources" and place[1] in _SOURCES_OWN:
        return not (len(parts) == 1 and _is_place(parts[0]))
    # The arguments of tests, and what they hold for, are rendered with the project's macros.
    is_tests = not _TESTS.isdisjoint(place) and ("config" not in place or place[-1] == "where")
    is_query = place[0] == "sources" and place[-1] == "loaded_at_query"
    return not all(
        isinstance(part, nodes.TemplateData)
        or _refers(part, is_tests)
        or (is_query and isinstance(part, nodes.Name) and part.name == "this")
        for part in parts
    )


def _is_place(node: nodes.Node) -> bool:
    """A var by its name, or the target's database: where a source is, no branch decides."""
    if isinstance(node, nodes.Or):
        return _is_place(node.left) and _is_place(node.right)
    if isinstance(node, nodes.Getattr):
        is_target = isinstance(node.node, nodes.Name) and node.node.name == "target"
        return is_target and node.attr in _DATABASES
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
        names = [*node.args, *(keyword.value for keyword in node.kwargs)]
        return node.node.name == "var" and all(isinstance(each, nodes.Const) for each in names)
    is_none = isinstance(node, nodes.Const) and node.value is None
    return is_none or (isinstance(node, nodes.Name) and node.name == "none")


def _refers(node: nodes.Node, may_call: bool) -> bool:
    """A call with what is written out, of what refers to the files, or of a macro."""
    if not isinstance(node, nodes.Call) or node.dyn_args or node.dyn_kwargs:
        return False
    given = (*node.args, *(keyword.value for keyword in node.kwargs))
    if not all(isinstance(each, nodes.Const) or _refers(each, may_call) for each in given):
        return False
    if isinstance(node.node, nodes.Getattr):  # Dimension('x').grain('month')
        return _refers(node.node.node, False)
    name = node.node.name if isinstance(node.node, nodes.Name) else ""
    return name in _REFERENCES or (may_call and bool(name) and name not in OUTSIDE)

"""Where a YAML file of the project lets something outside it decide a setting."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from outreach_hub.yaml_files import safe_loader

_OUTSIDE = re.compile(
    r"\{[{%].*\b(var|env_var|target|flags|run_started_at|invocation_id|modules|execute|run_query)\b"
    r"|\A\s*(env_)?var\s*\(",  # which dbt renders in the arguments of tests
    re.S,
)
_MAY_SWITCH = re.compile(r"\{[{%]|var\s*\(")
_FREE = {
    "description",
    "on-run-start",
    "on-run-end",
    "pre-hook",
    "post-hook",
    "pre_hook",
    "post_hook",
    "query-comment",
    "label",
    "owner",
    "url",
}
"""Keys whose Jinja is prose, or is proved as a hook."""


def switches(text: str, path: str) -> Iterator[tuple[int, str, str]]:
    """(line, place, value) of every setting that a var, env_var, target or flag decides."""
    if not _MAY_SWITCH.search(text):
        return
    try:
        root = yaml.compose(text, Loader=safe_loader())
    except yaml.YAMLError:
        yield 1, path, "not YAML"
        return
    if root is not None:
        yield from _walk(root, ())


def _walk(node: yaml.Node, place: tuple[str, ...]) -> Iterator[tuple[int, str, str]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = str(key.value).lstrip("+")
            if name in _FREE or (place[:1] == ("sources",) and name in ("schema", "database")):
                continue
            yield from _walk(value, (*place, name))
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _walk(value, place)
    elif isinstance(node, yaml.ScalarNode) and _OUTSIDE.search(node.value):
        yield node.start_mark.line + 1, ".".join(place), node.value

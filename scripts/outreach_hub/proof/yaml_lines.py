"""Where a YAML file of the project speaks of a model, a source table, or one of its columns."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import yaml

from outreach_hub.proof.graph import Graph, Node
from outreach_hub.yaml_files import safe_loader

_KINDS = ("models", "seeds", "snapshots", "analyses", "functions")


def declared_at(node: Node, graph: Graph, column: str = "") -> tuple[str, int]:
    """The file and line that declare a column of a node, or else the node itself.

    Where nothing declares it, the first line of its own file: it is still to be declared.
    """
    path = node.yaml_path or node.path
    return path, line_in(graph.yaml_files.get(path, ""), node.name, column)


def line_in(text: str, name: str, column: str = "") -> int:
    """The line on which a text of YAML declares a column, or else what the column is of."""
    lines = _lines(text)
    return lines.get((name, column.lower())) or lines.get((name, "")) or 1


@lru_cache(maxsize=64)
def _lines(text: str) -> dict[tuple[str, str], int]:
    try:
        root = yaml.compose(text, Loader=safe_loader())
    except yaml.YAMLError:
        return {}
    found: dict[tuple[str, str], int] = {}
    for name, node in _declared(root):
        found.setdefault((name, ""), _line(node))
        for column in _items(node, "columns"):
            found.setdefault((name, _name(column).lower()), _line(column))
    return found


def _declared(root: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    for kind in _KINDS:
        for node in _items(root, kind):
            yield _name(node), node
    for source in _items(root, "sources"):
        for table in _items(source, "tables"):
            yield _name(table), table


def _items(node: yaml.Node | None, key: str) -> list[yaml.Node]:
    value = _value(node, key)
    return value.value if isinstance(value, yaml.SequenceNode) else []


def _name(node: yaml.Node) -> str:
    value = _value(node, "name")
    return str(value.value).strip('"') if isinstance(value, yaml.ScalarNode) else ""


def _value(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key:
                return value  # type: ignore[no-any-return]
    return None


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1

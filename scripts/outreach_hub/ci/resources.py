"""What a manifest of dbt's holds that is compared one by one, and what metrics are made of.

dbt takes a metric that computes something else for the same, and one whose description was mended
for another: of those the definition is compared here.
"""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

SEMANTIC = ("metric", "semantic model", "saved query")
_DEFINING = (
    *("type", "type_params", "filter", "time_granularity", "label"),
    *("model", "defaults", "entities", "dimensions", "measures", "primary_entity"),
    *("query_params", "exports"),
)
_NOT_DEFINING = ("description", "metadata", "config")


def resources(manifest: Manifest) -> dict[str, Any]:
    """All that is compared. Hooks are not: every run calls them."""
    found = ChainMap[str, Any](
        *(manifest.nodes, manifest.sources, manifest.exposures, manifest.unit_tests),
        *(manifest.metrics, manifest.semantic_models, manifest.saved_queries),
    )
    return {i: node for i, node in found.items() if kind_of(node) != "operation"}


def kind_of(node: Any) -> str:
    """What a node is, in words."""
    return str(node.resource_type).replace("_", " ")


def definition(node: Any) -> dict[str, Any]:
    """What a metric, or what it is made of, computes, by name of the part; nothing of others."""
    if kind_of(node) not in SEMANTIC:
        return {}
    return {name: part for name, part in _defining(node.to_dict()).items() if name in _DEFINING}


def _defining(part: Any) -> Any:
    if isinstance(part, dict):
        return {n: _defining(value) for n, value in part.items() if n not in _NOT_DEFINING}
    return [_defining(each) for each in part] if isinstance(part, (list, tuple)) else part

"""What a manifest of dbt's holds that is compared one by one."""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


def resources(manifest: Manifest) -> dict[str, Any]:
    """All that is compared. Hooks are not: every run calls them."""
    found = ChainMap[str, Any](
        *(manifest.nodes, manifest.sources, manifest.exposures, manifest.unit_tests),
    )
    return {i: node for i, node in found.items() if kind_of(node) != "operation"}


def kind_of(node: Any) -> str:
    """What a node is, in words."""
    return str(node.resource_type).replace("_", " ")

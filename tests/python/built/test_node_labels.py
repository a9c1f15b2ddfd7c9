"""The project's own tests, as a build's summary shows them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from outreach_hub.node_labels import label

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


def test_no_two_tests_are_shown_alike(manifest: Manifest) -> None:
    shown = Counter(label(node) for node in manifest.nodes.values() if node.resource_type == "test")
    assert len(shown) > 200
    assert [name for name, times in shown.items() if times > 1] == []
    assert max(map(len, shown)) < 100

"""What nobody has described. A page with blanks teaches its readers not to look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


def gaps(manifest: Manifest) -> list[str]:
    """Each thing of the project without a description, with the file that should hold it."""
    return [
        f"{what} ({path})"
        for what, path, description in _described(manifest)
        if not (description or "").strip()
    ]


def is_implementation(name: str) -> bool:
    """Whether a macro is one adapter's version of another (`postgres__folded` of `folded`)."""
    return "__" in name


def _described(manifest: Manifest) -> Iterator[tuple[str, str, str]]:
    project = manifest.metadata.project_name
    for node in (*manifest.nodes.values(), *manifest.sources.values()):
        kind = str(node.resource_type)
        if node.package_name != project or kind not in ("model", "source"):
            continue
        path = (node.patch_path or node.original_file_path).removeprefix(f"{project}://")
        name = f"{node.source_name}.{node.name}" if kind == "source" else node.name
        yield f"{kind} {name}", path, node.description
        for column in node.columns.values():
            yield f"column {name}.{column.name}", path, column.description
    for macro in manifest.macros.values():
        if macro.package_name != project or is_implementation(macro.name):
            continue
        yield f"macro {macro.name}", macro.original_file_path, macro.description
        for argument in macro.arguments:
            what = f"argument {argument.name} of {macro.name}"
            yield what, macro.original_file_path, argument.description
    others: tuple[Any, ...] = (
        *(manifest.exposures, manifest.metrics, manifest.semantic_models, manifest.groups),
    )
    for kind, found in zip(("exposure", "metric", "semantic model", "group"), others, strict=True):
        for each in found.values():
            if each.package_name == project:
                yield f"{kind} {each.name}", each.original_file_path, each.description

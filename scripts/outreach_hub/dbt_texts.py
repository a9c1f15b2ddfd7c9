"""Every text that dbt renders for the database, shown to the proof before it is run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.proof.aside import Proving
    from outreach_hub.proof.live import Text


@contextmanager
def shown_to(proving: Proving) -> Iterator[None]:
    """Within the block dbt runs no model, test or hook that the proof refuses: such a node fails,
    with the rule's code, and what hangs on it is skipped.

    dbt has no place for this: its compiler and the `render` of its hooks are wrapped.
    """
    from dbt.compilation import Compiler
    from dbt.context import providers

    from outreach_hub.proof.live import Text

    compile_node, get_rendered = Compiler.compile_node, providers.get_rendered

    def compiled(self: Any, node: Any, manifest: Manifest, *given: Any, **more: Any) -> Any:
        made = compile_node(self, node, manifest, *given, **more)
        text = getattr(made, "compiled_code", None)
        # Of a unit test there is a definition first, with nothing rendered.
        if text is not None and not (made.resource_type == "model" and _is_partial()):
            elsewhere = tuple(_deferred(made, manifest))
            _require(proving, made, Text(made.unique_id, text, elsewhere=elsewhere))
        return made

    def rendered(template: str, context: Any, node: Any = None, *given: Any, **more: Any) -> Any:
        text = get_rendered(template, context, node, *given, **more)
        _require(proving, node, Text(getattr(node, "unique_id", ""), str(text), template))
        return text

    Compiler.compile_node, providers.get_rendered = compiled, rendered
    try:
        yield
    finally:
        Compiler.compile_node = compile_node
        providers.get_rendered = get_rendered


def _is_partial() -> bool:
    """With --empty or --sample every relation is cut short, and nothing will be published."""
    from dbt.flags import get_flags

    flags = get_flags()
    return bool(getattr(flags, "EMPTY", False) or getattr(flags, "SAMPLE", None))


def _deferred(node: Any, manifest: Manifest) -> Iterator[tuple[str, str, str, str]]:
    """The relations of another hub that `--defer` has a node read, and whose they are."""
    for ident in node.depends_on.nodes:
        parent = manifest.nodes.get(ident)
        other = getattr(parent, "defer_relation", None)
        if other is not None:
            yield ident, other.database, other.schema, other.alias


def _require(proving: Proving, node: Any, text: Text) -> None:
    from dbt_common.exceptions import CompilationError

    found = proving.findings(text)
    if found:
        said = "\n".join(
            f"[{each.code}] as it would run here: {each.reason}. {each.fix} {each.sql}".rstrip()
            for each in found
        )
        raise CompilationError(said, node)

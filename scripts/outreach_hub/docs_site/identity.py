"""The rules and the proof, on the page of each model that carries identity.

They are put into the manifest in memory, for the page alone: a proof written into a YAML file would
be true only until the next edit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from outreach_hub.catalog.promises import TablePromise, promises
from outreach_hub.docs_site.gaps import is_implementation
from outreach_hub.doctrine import IDENTITY_COLUMNS
from outreach_hub.verdict import is_gate

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.proof.verdict import Verdict

OVERVIEW = "__overview__"


def put_in(manifest: Manifest, verdict: Verdict) -> None:
    """Complete the descriptions of models, of the overview, and of one adapter's macros."""
    promised = {promise.unique_id: promise for promise in promises(manifest)}
    for unique_id, node in manifest.nodes.items():
        paths = _paths(verdict, node.name) if node.resource_type == "model" else {}
        if paths:
            guards = list(_guards(manifest, unique_id, promised.get(unique_id)))
            node.description += "\n\n" + "\n".join(_chapter(verdict, node.name, paths, guards))
    overview = manifest.docs.get(f"doc.{manifest.metadata.project_name}.{OVERVIEW}")
    if overview is not None:
        overview.block_contents += "\n\n" + "\n".join(_rules())
    _lend_descriptions(manifest)


def _paths(verdict: Verdict, model: str) -> dict[str, list[str]]:
    """The proofs of a model's columns, by column."""
    found = {}
    for name, path in verdict.paths.items():
        node, _, column = name.partition(".")
        if node == model:
            found[column] = path
    return dict(sorted(found.items()))


def _chapter(
    verdict: Verdict, model: str, paths: dict[str, list[str]], guards: list[str]
) -> Iterator[str]:
    findings = [found for found in verdict.findings if found.node == model]
    yield "### Identity"
    yield ""
    if findings:
        yield "**Not proved.** `outreach prove` tells more:"
        yield ""
        yield from (f"- {found.code} `{found.subject}`: {found.reason}" for found in findings)
        yield ""
    for column, path in paths.items():
        yield f"**{column}**, from here to where CL minted it, as the SQL has it:"
        yield ""
        yield from (f"    {hop}" for hop in path)
        yield ""
    if guards:
        yield "**Guarded, in each build and by the database, by**"
        yield ""
        yield from (f"- {guard}" for guard in guards)
        yield ""
    yield from _rules()


def _rules() -> Iterator[str]:
    """Every rule, as the prover has it."""
    from outreach_hub.proof.rules import RULES

    titles: dict[str, list[str]] = {}
    for rule in RULES:
        titles.setdefault(rule.code, []).append(rule.title)
    yield "**The rules that `outreach prove` holds every model to**"
    yield ""
    yield "| code | rule |"
    yield "|---|---|"
    for code, said in sorted(titles.items()):
        yield f"| {code} | {'; '.join(dict.fromkeys(said))} |"


def _guards(manifest: Manifest, unique_id: str, promise: TablePromise | None) -> Iterator[str]:
    """Tests on identity, and constraints on it."""
    for test in manifest.nodes.values():
        if getattr(test, "attached_node", None) != unique_id:
            continue
        meta: dict[str, Any] = test.config.meta or {}
        kind = "gate" if is_gate(meta) else "test"
        if kind == "gate" or getattr(test, "column_name", None) in IDENTITY_COLUMNS:
            metadata = getattr(test, "test_metadata", None)
            name = metadata.name if metadata else test.name
            about = f" on {test.column_name}" if getattr(test, "column_name", None) else ""
            rule = f", rule {meta['code']}" if meta.get("code") else ""
            yield f"the {kind} `{name}`{about}{rule}"
    if promise is None:
        return
    for column in sorted(promise.not_null.intersection(IDENTITY_COLUMNS)):
        yield f"not null on {column}, kept by the database"
    for constraint in promise.constraints:
        if set(constraint.columns).intersection(IDENTITY_COLUMNS):
            yield f"{constraint}, kept by the database"


def _lend_descriptions(manifest: Manifest) -> None:
    """An adapter's version of a macro is described where the macro is."""
    by_name = {
        macro.name: macro
        for macro in manifest.macros.values()
        if macro.package_name == manifest.metadata.project_name
    }
    for name, macro in by_name.items():
        adapter, _, general = name.partition("__")
        if is_implementation(name) and not macro.description and general in by_name:
            macro.description = f"`{general}`, as {adapter} does it. {by_name[general].description}"

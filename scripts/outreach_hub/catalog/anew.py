"""Every hub that is added to, compared with what it would be if it were made anew.

A build reads of such a hub's source only what is new or has a later `loaded_at`. What changes there
without one is never seen again, and no count or key tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from psycopg import sql

from outreach_hub.catalog.finding import Finding
from outreach_hub.catalog.promises import Relation, relation_of
from outreach_hub.catalog.records import Rule, broken
from outreach_hub.database import trusted
from outreach_hub.doctrine import ANCHOR

if TYPE_CHECKING:
    import psycopg
    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.project import Project


def verify_added(
    connection: psycopg.Connection[Any],
    project: Project,
    manifest: Manifest,
    options: Sequence[str] = (),
) -> Iterator[Finding]:
    """Makes the rows of each anew, by the model's own SQL, and names those that are others."""
    from outreach_hub import dbt

    models = [node for node in manifest.nodes.values() if _is_added_to(node)]
    if not models:
        return
    selected = [word for node in models for word in ("--select", node.name)]
    arguments = ["compile", "--full-refresh", *selected, *options, dbt.NO_ARTIFACTS]
    done = dbt.run(project, arguments, manifest=manifest)
    dbt.require_success(done, "what is added to cannot be made anew, so it was not compared")
    for result in done.result.results:
        node = result.node
        if _is_added_to(node):
            yield from broken(connection, _rule(node, relation_of(node)))


def _is_added_to(node: Any) -> bool:
    is_model = node.resource_type == "model" and node.config.materialized == "incremental"
    return is_model and node.name != ANCHOR and len(node.primary_key) == 1


def _rule(node: Any, hub: Relation) -> Rule:
    (key,) = node.primary_key
    columns = sql.SQL(", ").join(map(sql.Identifier, node.columns))
    return Rule(
        "ID013",
        hub,
        "is not what its source makes of {keys} ({count} in all)",
        "build again if that landed since the last build; what was changed without a later"
        f" loaded_at is read by `outreach build --full-refresh -s {node.name}+`",
        sql.SQL(
            """
            with anew as (
                select {columns}
                from (
                    {made}
                ) as made
            )
            select {key}::text as key
            from (
                (table anew except select {columns} from {hub})
                union all
                (select {columns} from {hub} except table anew)
            ) as others
            """
        ).format(
            columns=columns,
            made=trusted(node.compiled_code),
            key=sql.Identifier(key),
            hub=hub.identifier,
        ),
    )

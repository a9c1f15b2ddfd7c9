"""No table with an identity lies where neither the gates nor the proofs look."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from outreach_hub.catalog.finding import Finding
from outreach_hub.catalog.keepers import REGISTRY
from outreach_hub.doctrine import IDENTITY_COLUMNS
from outreach_hub.schemas import AUDIT, HubSchemas

if TYPE_CHECKING:
    import psycopg
    from dbt.contracts.graph.manifest import Manifest


def check_strays(
    connection: psycopg.Connection[Any],
    schemas: HubSchemas,
    manifest: Manifest,
    other_sources: Collection[str] = (),
) -> Iterator[Finding]:
    """Tables and views that carry identity outside the hub, its sources and other targets' hubs.

    `other_sources` are schemas of such a hub's sources.
    """
    hubs = [schemas, *_other_hubs(connection)]
    sources = {*_source_schemas(manifest), *other_sources}
    rows = connection.execute(
        """
        select namespaces.nspname, relations.relname, string_agg(attname, ', ' order by attnum)
        from pg_attribute
        inner join pg_class as relations on attrelid = relations.oid
        inner join pg_namespace as namespaces on relations.relnamespace = namespaces.oid
        where
            lower(attname) = any(%s)
            and attnum > 0
            and not attisdropped
            and relations.relkind in ('r', 'p', 'v', 'm', 'f')
            and namespaces.nspname !~ '^pg_'
            and namespaces.nspname <> 'information_schema'
        group by namespaces.nspname, relations.relname
        order by namespaces.nspname, relations.relname
        """,
        [list(IDENTITY_COLUMNS)],
    )
    for schema, name, columns in rows:
        if schema not in sources and not any(hub.owns(schema) for hub in hubs):
            yield Finding(
                "ID010",
                f"{schema}.{name}",
                f"carries {columns} outside the hub's schemas, where no gate or constraint reaches",
                "drop it, or make it a model; a schema of CL's own is named in the source's "
                "config.meta.also_in",
            )


def _other_hubs(connection: psycopg.Connection[Any]) -> list[HubSchemas]:
    """Hubs of other targets in the same database, known by their registry."""
    rows = connection.execute(
        """
        select nspname
        from pg_class
        inner join pg_namespace on relnamespace = pg_namespace.oid
        where relname = %s and relkind = 'r' and nspname like '%%' || %s
        """,
        [REGISTRY, AUDIT],
    )
    return [HubSchemas(schema.removesuffix(AUDIT)) for (schema,) in rows]


def _source_schemas(manifest: Manifest) -> set[str]:
    sources = manifest.sources.values()
    also = (schema for source in sources for schema in source.source_meta.get("also_in", ()))
    return {source.schema for source in sources} | set(also)

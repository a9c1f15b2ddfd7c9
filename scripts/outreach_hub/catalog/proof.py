"""The catalog proof: what runs after every build, and first in `outreach verify`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from outreach_hub.catalog.finding import Finding
from outreach_hub.catalog.keepers import check_keepers, registry_promise
from outreach_hub.catalog.promises import promises, schemas_of
from outreach_hub.catalog.strays import check_strays
from outreach_hub.catalog.tables import check_tables

if TYPE_CHECKING:
    import psycopg
    from dbt.contracts.graph.manifest import Manifest


def verify(
    connection: psycopg.Connection[Any],
    manifest: Manifest,
    must_exist: Collection[str] | None = None,
    other_sources: Collection[str] = (),
    unmade: Collection[str] | None = None,
) -> list[Finding]:
    """What the catalog does not keep of what the manifest promises. Half a dozen catalog queries.

    `must_exist` names, by unique id, the models whose table may not be missing: those that a build
    has just made. None means all of them. A table that exists is checked in any case.
    `other_sources` are schemas of sources that are another hub's. `unmade` are, where a build has
    failed, the models that it was to make and did not: what is there, and what is published, is of
    their former code, and is not compared.
    """
    schemas = schemas_of(manifest)
    promised = promises(manifest)
    if unmade is not None:
        made = (promise for promise in promised if promise.unique_id not in unmade)
        promised = [replace(promise, published=None) for promise in made]
    promised.append(registry_promise(schemas))
    return [
        *check_tables(connection, promised, must_exist),
        *check_keepers(connection, schemas),
        *check_strays(connection, schemas, manifest, other_sources),
    ]

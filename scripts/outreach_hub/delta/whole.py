"""What no part can answer: models that spread over companies, and tests that compare them.

They run on production's tables, with the changed companies in place, before anything is committed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from psycopg import sql

from outreach_hub.catalog.promises import TABLE_MATERIALIZATIONS
from outreach_hub.delta import BuildEverything
from outreach_hub.delta.scope import GATE, OF_COMPANY, OF_ONE_COMPANY, ROW_BY_ROW, Scope

if TYPE_CHECKING:
    import psycopg
    from dbt.contracts.graph.manifest import Manifest
    from typing_extensions import LiteralString

    from outreach_hub.delta.small_hub import SmallHub


def made_anew(
    connection: psycopg.Connection[Any],
    small: SmallHub,
    manifest: Manifest,
    scope: Scope,
    compiled: Mapping[str, str],
) -> Iterator[tuple[Any, sql.Identifier]]:
    """The tables that spread over companies, each with a relation of all its rows.

    In the order in which they read one another: each is made when it is asked for.
    """
    for number, unique_id in enumerate(scope.spreading):
        node = manifest.nodes[unique_id]
        if node.config.materialized == "view":
            continue
        if node.config.materialized != "table":
            raise BuildEverything(f"{node.name} is {node.config.materialized}, and spreads")
        rows = sql.Identifier("pg_temp", f"whole_{number}")
        columns = sql.SQL(", ").join(
            sql.SQL("cast({0} as {1}) as {0}").format(
                sql.Identifier(column.name), _trusted(column.data_type or "text")
            )
            for column in node.columns.values()
        )
        connection.execute(
            sql.SQL("create table {} as select {} from ({}) as model").format(
                rows, columns, _trusted(small.in_production(compiled[unique_id]))
            )
        )
        yield node, rows


def test(
    connection: psycopg.Connection[Any],
    small: SmallHub,
    manifest: Manifest,
    scope: Scope,
    compiled: Mapping[str, str],
) -> None:
    """Runs the tests whose answer for a part is not one for all."""
    keys = _keys(manifest)
    for node in manifest.nodes.values():
        if node.resource_type != "test" or is_of_a_part(node, scope, keys):
            continue
        text = small.in_production(compiled[node.unique_id])
        row = connection.execute(
            sql.SQL("select count(*) from ({}) as failures").format(_trusted(text))
        ).fetchone()
        if row != (0,):
            raise BuildEverything(f"{node.name} does not hold for all companies")


def is_of_a_part(node: Any, scope: Scope, keys: frozenset[tuple[str, ...]]) -> bool:
    """Whether a test that passed for some companies, and did for the others, passes for all."""
    metadata = node.test_metadata
    if not metadata or any(parent in scope.spreading for parent in node.depends_on_nodes):
        return False
    if scope.constant >= set(node.depends_on_nodes):
        return True
    name, arguments = metadata.name, metadata.kwargs
    if name in ROW_BY_ROW | OF_ONE_COMPANY:
        return True
    if name == "unique":
        column = node.column_name
        return column in OF_COMPANY or (node.attached_node, column) in keys
    if name == "unique_combination_of_columns":
        return bool(OF_COMPANY & set(arguments["combination_of_columns"]))
    # An id that two companies claim is found where it is a key of the hub.
    return name == GATE and any(key[1:] == (arguments["key"],) for key in keys)


def _keys(manifest: Manifest) -> frozenset[tuple[str, ...]]:
    """Each table with the column that production's key keeps unique in it."""
    return frozenset(
        (node.unique_id, column.name)
        for node in manifest.nodes.values()
        if node.resource_type == "model" and node.config.materialized in TABLE_MATERIALIZATIONS
        for column in node.columns.values()
        if any(each.type.value in ("primary_key", "unique") for each in column.constraints)
    )


def _trusted(text: str) -> sql.SQL:
    """SQL that dbt compiled. Its percent signs are its own: it is run without parameters."""
    trusted: LiteralString = text
    return sql.SQL(trusted)

"""What no part can answer: models that spread over companies, and tests that compare them.

They run on production's tables, with the changed companies in place, before anything is committed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from psycopg import sql

from outreach_hub.catalog.promises import TABLE_MATERIALIZATIONS
from outreach_hub.catalog.records import broken, published
from outreach_hub.database import trusted
from outreach_hub.delta import BuildEverything
from outreach_hub.delta.rankings import Ranking
from outreach_hub.delta.scope import (
    OF_COMPANY,
    OF_ONE_COMPANY,
    ROW_BY_ROW,
    Scope,
    asks_after_a_row_alone,
)
from outreach_hub.doctrine import COMPANY_ID, GATE
from outreach_hub.proof.graph import WEAK

if TYPE_CHECKING:
    import psycopg
    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.catalog.promises import Relation
    from outreach_hub.delta.small_hub import SmallHub


_OTHER_ROWS = re.compile(r"\b(select|over)\b", re.IGNORECASE)
"""What a test's arguments have that look at more than the row in question."""


def tables(manifest: Manifest, scope: Scope) -> Iterator[Any]:
    """The models that spread over companies and are tables, in the order in which they are read."""
    for unique_id in scope.spreading:
        node = manifest.nodes[unique_id]
        if node.config.materialized == "view":
            continue
        if node.config.materialized != "table":
            raise BuildEverything(f"{node.name} is {node.config.materialized}, and spreads")
        yield node


def made_anew(
    connection: psycopg.Connection[Any], small: SmallHub, node: Any, text: str
) -> sql.Identifier:
    """A relation of all rows of a model with this compiled SQL, of what production has now."""
    rows = sql.Identifier("pg_temp", f"whole_{node.name}")
    columns = sql.SQL(", ").join(
        sql.SQL("cast({0} as {1}) as {0}").format(
            sql.Identifier(column.name), trusted(column.data_type or "text")
        )
        for column in node.columns.values()
    )
    connection.execute(
        sql.SQL("create table {} as select {} from ({}) as model").format(
            rows, columns, trusted(small.in_production(text))
        )
    )
    return rows


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
            sql.SQL("select count(*) from ({}) as failures").format(trusted(text))
        ).fetchone()
        if row != (0,):
            raise BuildEverything(f"{node.name} does not hold for all companies")


def require_records_in_place(
    connection: psycopg.Connection[Any], manifest: Manifest, marts: Collection[Relation]
) -> None:
    """Looks up the records of marts made anew, as `publish_marts` did those of the small hub."""
    for rule in published(manifest):
        if rule.subject in marts and any(broken(connection, rule)):
            raise BuildEverything(f"{rule.subject} has records of other companies")


def is_of_a_part(node: Any, scope: Scope, keys: frozenset[tuple[str, ...]]) -> bool:
    """Whether a test that passed for some companies, and did for the others, passes for all."""
    metadata = node.test_metadata
    if not metadata or any(_differ(parent, node, scope) for parent in node.depends_on_nodes):
        return False
    if scope.constant >= set(node.depends_on_nodes):
        return True
    name, arguments = metadata.name, metadata.kwargs
    conditions = (node.config.where, arguments.get("min_value"), arguments.get("max_value"))
    if (
        _counts_failures(node)
        or _OTHER_ROWS.search(str(arguments))
        or not all(asks_after_a_row_alone(each) for each in conditions if each is not None)
    ):
        return False
    if name == "relationships":
        others = set(node.depends_on_nodes) - {node.attached_node}
        is_by_id = node.column_name in scope.ids and node.column_name == arguments["field"]
        return is_by_id or others <= scope.constant
    if name in ROW_BY_ROW | OF_ONE_COMPANY:
        return True
    if name == "unique":
        column = node.column_name
        return column in OF_COMPANY or (node.attached_node, column) in keys
    if name == "unique_combination_of_columns":
        told_apart = scope.ids & set(arguments["combination_of_columns"])
        return not told_apart.isdisjoint({COMPANY_ID, *scope.present.get(node.attached_node, ())})
    # An id that two companies claim is found where it is a key of the hub.
    return name == GATE and any(key[1:] == (arguments["key"],) for key in keys)


def _counts_failures(node: Any) -> bool:
    """Whether some rows may fail: then all may be too many where those of each part are not."""
    counting = ("limit", "fail_calc", "error_if", "warn_if")
    return any(WEAK[name](getattr(node.config, name)) for name in counting)


def _differ(parent: str, node: Any, scope: Scope) -> bool:
    """Whether what a test looks at may be another in rows of companies that did not change."""
    if parent not in scope.spreading:
        return False
    ranking = scope.short_cuts.get(parent)
    return not isinstance(ranking, Ranking) or ranking.concerns(node)


def _keys(manifest: Manifest) -> frozenset[tuple[str, ...]]:
    """Each table with the column that production's key keeps unique in it."""
    return frozenset(
        (node.unique_id, column.name)
        for node in manifest.nodes.values()
        if node.resource_type == "model" and node.config.materialized in TABLE_MATERIALIZATIONS
        for column in node.columns.values()
        if any(each.type.value in ("primary_key", "unique") for each in column.constraints)
    )

"""What the manifest promises of each table: columns, nullability, keys, references."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from outreach_hub.doctrine import ANCHOR
from outreach_hub.schemas import HubSchemas

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

TABLE_MATERIALIZATIONS = ("table", "incremental")

_KINDS = {"primary_key": "primary key", "unique": "unique", "foreign_key": "foreign key"}
_REF = re.compile(r"ref\(\s*['\"](\w+)['\"]\s*\)")


@dataclass(frozen=True, order=True)
class Relation:
    """A table or view, by its name."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def identifier(self) -> sql.Identifier:
        """The name as it goes into a statement."""
        return sql.Identifier(self.schema, self.name)


@dataclass(frozen=True)
class Constraint:
    """A constraint, by what it does. Names differ from rebuild to rebuild and prove nothing."""

    kind: str
    columns: tuple[str, ...]
    to: Relation | None = None
    to_columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = f"{self.kind} ({', '.join(self.columns)})"
        return f"{told} to {self.to} ({', '.join(self.to_columns)})" if self.to else told


@dataclass(frozen=True)
class TablePromise:
    """One table, as its model's contract has it."""

    unique_id: str
    relation: Relation
    """Where dbt builds it."""
    published: Relation | None
    """Where readers find it, if it is published."""
    columns: tuple[str, ...]
    not_null: frozenset[str]
    constraints: tuple[Constraint, ...]
    unprovable: tuple[str, ...] = ()
    """Constraints of a kind that cannot be compared with the catalog."""


def promises(manifest: Manifest) -> list[TablePromise]:
    """Every table of the project that is under contract, in the order of its name."""
    models = {node.name: node for node in _models(manifest)}
    tables = (node for node in models.values() if _is_table(node))
    return sorted((_promise(node, models) for node in tables), key=lambda each: each.relation)


def schemas_of(manifest: Manifest) -> HubSchemas:
    """The hub's schemas, by what dbt put before the name that each folder gives."""
    node = next(node for node in _models(manifest) if node.name == ANCHOR)
    return HubSchemas(node.schema.removesuffix(node.config.schema))


def relation_of(node: Any) -> Relation:
    """Where dbt builds a model, or finds a source."""
    return Relation(node.schema, getattr(node, "identifier", None) or node.alias)


def referenced(text: str) -> str | None:
    """The model that `ref('...')` names in an argument that dbt leaves as it was written."""
    found = _REF.search(text)
    return found[1] if found else None


def _models(manifest: Manifest) -> Iterator[Any]:
    project = manifest.metadata.project_name
    for node in manifest.nodes.values():
        if node.resource_type == "model" and node.package_name == project:
            yield node


def _is_table(node: Any) -> bool:
    return node.config.materialized in TABLE_MATERIALIZATIONS


def _promise(node: Any, models: dict[str, Any]) -> TablePromise:
    not_null: set[str] = set()
    constraints: list[Constraint] = []
    unprovable: list[str] = []
    for kind, columns, declared in _declared(node):
        if kind == "not_null":
            not_null.update(columns)
        elif kind == "foreign_key":
            parent = _parent(declared.to, models)
            constraints.append(
                Constraint(_KINDS[kind], columns, parent, tuple(declared.to_columns))
            )
        elif kind in _KINDS:
            constraints.append(Constraint(_KINDS[kind], columns))
        elif kind != "check":  # it keeps rows out and vouches for none
            unprovable.append(f"{kind} ({declared.expression or ', '.join(columns)})")
        if kind == "primary_key":
            not_null.update(columns)
    publish_to = node.config.meta.get("publish_to")
    prefix = node.schema.removesuffix(node.config.schema)
    return TablePromise(
        unique_id=node.unique_id,
        relation=relation_of(node),
        published=Relation(prefix + publish_to, node.alias) if publish_to else None,
        columns=tuple(node.columns),
        not_null=frozenset(not_null),
        constraints=tuple(constraints),
        unprovable=tuple(unprovable),
    )


def _declared(node: Any) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    """Kind, columns and declaration of each constraint. dbt ignores a model's own `not_null`."""
    for column in node.columns.values():
        for constraint in column.constraints:
            yield str(constraint.type.value), (column.name,), constraint
    for constraint in node.constraints:
        if constraint.type.value != "not_null":
            yield str(constraint.type.value), tuple(constraint.columns), constraint


def _parent(to: str, models: dict[str, Any]) -> Relation:
    """The table that a foreign key names: as a ref where dbt has not yet compiled the model.

    Of a model it is this hub's own, wherever dbt would defer to.
    """
    name = referenced(to) or to.replace('"', "").split(".")[-1]
    if name in models:
        return relation_of(models[name])
    *_, schema, name = to.replace('"', "").split(".")
    return Relation(schema, name)

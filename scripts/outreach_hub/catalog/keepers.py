"""The triggers that keep targets as they were given, and the registry's own constraints.

No model declares them (macros/audit makes them), so that they are stated here once more: a proof
that read them from the macro would agree with whatever the macro was changed to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outreach_hub.catalog import database
from outreach_hub.catalog.finding import Finding
from outreach_hub.catalog.promises import Constraint, Relation, TablePromise
from outreach_hub.doctrine import ANCHOR, MINTED
from outreach_hub.schemas import HubSchemas

if TYPE_CHECKING:
    import psycopg

CODE = "ID010"
REGISTRY = "target_registry"

# Bits of pg_trigger.tgtype.
_FOR_EACH_ROW, _BEFORE, _DELETE, _UPDATE, _TRUNCATE = 1, 2, 8, 16, 32


@dataclass(frozen=True)
class Keeper:
    """A trigger that refuses a kind of change."""

    relation: Relation
    name: str
    events: dict[str, int]
    columns: tuple[str, ...] = ()

    @property
    def statement(self) -> str:
        events = " or ".join(self.events)
        of = f" of {', '.join(self.columns)}" if self.columns else ""
        return (
            f"create or replace trigger {self.name} before {events}{of} on {self.relation} "
            "for each statement execute function {audit}.refuse_change();"
        )


def keepers(schemas: HubSchemas) -> list[Keeper]:
    """Every trigger that must be there."""
    anchor = Relation(schemas.hub, ANCHOR)
    change = {"update": _UPDATE, "delete": _DELETE, "truncate": _TRUNCATE}
    removal = {"delete": _DELETE, "truncate": _TRUNCATE}
    return [
        Keeper(Relation(schemas.audit, REGISTRY), "append_only", change),
        Keeper(anchor, "rows_are_kept", removal),
        Keeper(anchor, "identity_is_kept", {"update": _UPDATE}, MINTED),
    ]


def registry_promise(schemas: HubSchemas) -> TablePromise:
    """What macros/audit/audit_tables_ddl.sql promises of the registry."""
    return TablePromise(
        unique_id=REGISTRY,
        relation=Relation(schemas.audit, REGISTRY),
        published=None,
        columns=MINTED,
        not_null=frozenset(MINTED),
        constraints=(
            Constraint("primary key", ("target_id",)),
            Constraint("unique", ("company_unique_id",)),
        ),
    )


def check_keepers(connection: psycopg.Connection[Any], schemas: HubSchemas) -> Iterator[Finding]:
    """Every keeper is there, enabled, unconditional, and refuses."""
    tables = database.relations(connection, {schemas.hub, schemas.audit})
    wanted = [keeper for keeper in keepers(schemas) if keeper.relation in tables]
    oids = [tables[keeper.relation].oid for keeper in wanted]
    found = database.triggers(connection, oids, marker="ID009")
    for keeper, oid in zip(wanted, oids, strict=True):
        problem = _problem(keeper, found.get((oid, keeper.name)))
        if problem:
            remedy = keeper.statement.format(audit=schemas.audit)
            yield Finding(
                CODE, str(keeper.relation), f"the trigger {keeper.name} {problem}", remedy
            )


def _problem(keeper: Keeper, found: database.FoundTrigger | None) -> str | None:
    if found is None:
        return "is missing"
    if not found.is_enabled:
        return "is disabled, or fires only on a condition"
    if not found.is_refusal:
        return "no longer refuses: its function was replaced"
    needed = _BEFORE | sum(keeper.events.values())
    if found.events & needed != needed or found.events & _FOR_EACH_ROW:
        return f"does not fire before every {' and '.join(keeper.events)}"
    watches_all = not found.columns
    if not watches_all and not (keeper.columns and found.columns >= set(keeper.columns)):
        return "does not watch every column of the identity"
    return None

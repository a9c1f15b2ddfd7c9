"""A pull request's own hub, in schemas of its own beside production's, and how it goes away.

The schemas of pull request 7 are `pr_7_outreach`, `pr_7_outreach_build` and so on. Whoever works in
them holds the hub's build lock; schemas whose lock nobody holds were left by a run that was killed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from psycopg import sql

from outreach_hub.build_lock import build_lock
from outreach_hub.database import connect_to
from outreach_hub.errors import EnvironmentFailure, UsageError
from outreach_hub.schemas import HubSchemas

if TYPE_CHECKING:
    import psycopg

    from outreach_hub.profile import Target

_SCHEMA = re.compile(r"(pr_(0|[1-9][0-9]*))_.+")
_KEPT = "kept by outreach ci --keep"


@dataclass(frozen=True)
class PullRequest:
    """Where one pull request is built."""

    number: int
    target: Target

    @classmethod
    def of(cls, number: int, target: Target) -> PullRequest:
        """On the server and in the database of a target, whose own schema does not matter."""
        return cls(number, replace(target, schema=f"pr_{number}"))

    @property
    def schemas(self) -> HubSchemas:
        return HubSchemas.of(self.target.schema)

    def __str__(self) -> str:
        return f"pull request {self.number}" if self.number else "this checkout"


def number_of(schema: str) -> int | None:
    """The pull request that a schema belongs to; None where it is no pull request's.

    Others name theirs alike: of `pr_7_...` only the hub's own schemas are.
    """
    found = _SCHEMA.fullmatch(schema)
    is_own = found and HubSchemas.of(found[1]).owns(schema)
    return int(found[2]) if found and is_own else None


def drop(connection: psycopg.Connection[Any], schemas: Sequence[str]) -> None:
    """Drops schemas of pull requests, all or none; refuses every other."""
    strangers = [schema for schema in schemas if number_of(schema) is None]
    if strangers:
        raise UsageError(
            f"not a pull request's schema, and so not dropped: {', '.join(strangers)}",
            hint="only pr_<number>_... is ever cleared away",
        )
    with connection.transaction():
        for schema in schemas:
            connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)))


def schemas_of(connection: psycopg.Connection[Any], number: int) -> list[str]:
    """What there is of a pull request's schemas."""
    return [name for name in _all(connection) if number_of(name) == number]


def clear(connection: psycopg.Connection[Any], number: int) -> list[str]:
    """Drops a pull request's schemas and says which. The caller holds its lock."""
    schemas = schemas_of(connection, number)
    drop(connection, schemas)
    return schemas


def clear_abandoned(target: Target, except_for: int) -> list[str]:
    """Drops what killed runs left: schemas that nobody works in and nobody asked to keep."""
    with connect_to(target, autocommit=True) as connection:
        found = {number_of(name) for name in _all(connection)} - {None, except_for}
        cleared: list[str] = []
        for number in sorted(each for each in found if each is not None):
            if _is_kept(connection, number):
                continue
            try:
                with build_lock(PullRequest.of(number, target).target, wait=False):
                    cleared += clear(connection, number)
            except EnvironmentFailure:
                continue  # somebody works in it, or it cannot be had: the next run asks again
        return cleared


def mark_as_kept(connection: psycopg.Connection[Any], number: int) -> list[str]:
    """Lets later runs of other pull requests leave the schemas alone, and names them."""
    schemas = schemas_of(connection, number)
    for schema in schemas:
        connection.execute(
            sql.SQL("comment on schema {} is {}").format(sql.Identifier(schema), sql.Literal(_KEPT))
        )
    return schemas


def _is_kept(connection: psycopg.Connection[Any], number: int) -> bool:
    rows = connection.execute(
        "select nspname from pg_namespace where obj_description(oid, 'pg_namespace') = %s", [_KEPT]
    )
    return number in {number_of(schema) for (schema,) in rows}


def _all(connection: psycopg.Connection[Any]) -> Iterator[str]:
    """Schemas of pull requests that this role may drop."""
    rows = connection.execute(
        r"""
        select nspname
        from pg_namespace
        where nspname ~ '^pr_[0-9]+_' and pg_has_role(nspowner, 'usage')
        order by nspname
        """
    )
    return (schema for (schema,) in rows.fetchall())

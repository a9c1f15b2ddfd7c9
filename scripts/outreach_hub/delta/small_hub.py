"""The hub of the companies that changed: their sources, and what production has of them already.

It lies in schemas of its own beside production's, `<target schema>__changed_...`, and goes away
with the build that made it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from psycopg import sql

from outreach_hub.catalog.promises import Relation
from outreach_hub.copies import copy_tables
from outreach_hub.delta.fingerprints import NOW, of_changed
from outreach_hub.doctrine import ANCHOR, COMPANY_ID
from outreach_hub.schemas import HubSchemas

if TYPE_CHECKING:
    import psycopg

    from outreach_hub.profile import Target

PREFIX_LENGTH = 8
"""Of a company's id in its target's: what company_target numbers targets by."""

SOURCE_VARIABLES = ("cl_schema", "raw_schema")
READERS = ("bi_role", "cl_role")


@dataclass(frozen=True)
class SmallHub:
    """Where it is, and whose it is a part of."""

    production: Target
    sources: Mapping[str, str]
    """The schemas of production's sources, by the var that names each."""

    @property
    def target(self) -> Target:
        return beside(self.production)

    @property
    def schemas(self) -> HubSchemas:
        return HubSchemas.of(self.target.schema)

    @property
    def variables(self) -> dict[str, str]:
        """The vars that lead its models to its own sources, and no reader to its marts."""
        return {**self._source_schemas, **dict.fromkeys(READERS, "")}

    @property
    def changed(self) -> Relation:
        """The companies that it is of."""
        return Relation(f"{self.target.schema}_companies", "changed")

    @property
    def standing(self) -> str:
        """The schema of what tables that span companies were made of before."""
        return f"{self.target.schema}_standing"

    @property
    def _source_schemas(self) -> dict[str, str]:
        return {name: f"{self.target.schema}_{name}" for name in self.sources}

    @property
    def moved(self) -> dict[str, str]:
        """Production's name of each of its schemas."""
        here, there = self.schemas, HubSchemas.of(self.production.schema)
        hub = ("hub", "build", "audit", "marts", "outbound")
        return {
            **{getattr(here, name): getattr(there, name) for name in hub},
            **{self._source_schemas[name]: schema for name, schema in self.sources.items()},
        }

    def owns(self, schema: str) -> bool:
        """Whether it is one of its schemas, and not merely called alike."""
        others = {self.changed.schema, self.standing, *self._source_schemas.values()}
        return schema in others or self.schemas.owns(schema)

    def in_production(self, text: str) -> str:
        """SQL that dbt compiled for this hub, as it reads production."""
        return re.sub(r'"(\w+)"', lambda found: f'"{self.moved.get(found[1], found[1])}"', text)

    def furnish(
        self,
        connection: psycopg.Connection[Any],
        sources: Iterable[Relation],
        added_to: Sequence[str],
    ) -> None:
        """Copies what the changed companies have landed, and have in the hub's tables `added_to`.

        In the transaction that found out which they are, so that all is of one moment.
        """
        here = {schema: self._source_schemas[name] for name, schema in self.sources.items()}
        rows = of_changed(self.changed)
        for schema in here.values():
            connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
        for source in sources:
            copy = Relation(here[source.schema], source.name).identifier
            connection.execute(
                sql.SQL("create table {} as select * from {} {}").format(
                    copy, source.identifier, rows
                )
            )
            connection.execute(sql.SQL("analyze {}").format(copy))
        copy_tables(connection, HubSchemas.of(self.production.schema), self.schemas, added_to, rows)


def beside(production: Target) -> Target:
    """The small hub's target."""
    return replace(production, schema=f"{production.schema}__changed")


def clear(connection: psycopg.Connection[Any], production: Target) -> None:
    """Drops the small hub, or what a killed build left of it. The caller holds the build lock."""
    small = SmallHub(production, dict.fromkeys(SOURCE_VARIABLES, ""))
    rows = connection.execute(
        "select nspname from pg_namespace where starts_with(nspname, %s) order by nspname",
        [f"{small.target.schema}_"],
    ).fetchall()
    for (schema,) in rows:
        if small.owns(schema):
            connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)))


def take_last_of_prefixes(
    connection: psycopg.Connection[Any], production: HubSchemas, changed: Relation
) -> None:
    """Adds the company that was numbered last of each new one's prefix, to go on from."""
    connection.execute(
        sql.SQL(
            """
            insert into {changed} ({company}, row_count)
            select last.{company}, now.row_count
            from (
                select distinct on (left({company}, {length})) {company}
                from {targets}
                where left({company}, {length}) in (
                    select left(changed.{company}, {length})
                    from {changed} as changed
                    left join {targets} as known on changed.{company} = known.{company}
                    where known.{company} is null
                )
                order by left({company}, {length}), sequence_num desc
            ) as last
            inner join {now} as now on last.{company} = now.{company}
            left join {changed} as changed on last.{company} = changed.{company}
            where changed.{company} is null
            """
        ).format(
            changed=changed.identifier,
            company=sql.Identifier(COMPANY_ID),
            targets=sql.Identifier(production.hub, ANCHOR),
            now=NOW,
            length=sql.Literal(PREFIX_LENGTH),
        )
    )

"""The gates as dbt compiled them, run on one world after another in transactions rolled back.

A build takes seconds, its queries milliseconds: the same SQL sees hundreds of worlds this way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import psycopg

from identity.hub import READS_NO_HUB, Hub, on_the_clock
from identity.worlds import World, land
from outreach_hub.database import connect_to


class Wrong(NamedTuple):
    """A row that a gate refuses."""

    source_table: str
    record_key: str | None
    code: str


@dataclass(frozen=True)
class Gates:
    """The query of company_target, and those of all gates that read no hub."""

    hub: Hub
    company_target: str
    queries: dict[str, str]

    @classmethod
    def compile(cls, hub: Hub) -> Gates:
        """Builds an empty world, so that every relation is there, and takes the SQL from dbt."""
        from outreach_hub.dbt import run

        hub.reset()
        built = hub.build(*READS_NO_HUB)
        assert built.exit_code == 0, built.result.output
        with hub.entered():
            compiled = run(hub.project, ["compile", *READS_NO_HUB, "--vars", on_the_clock()])
        nodes = [result.node for result in compiled.result.results]
        return cls(
            hub,
            next(node.compiled_code for node in nodes if node.name == "company_target"),
            {
                node.name: node.compiled_code
                for node in nodes
                if node.resource_type == "test" and node.config.meta.get("gate")
            },
        )

    def judge(self, world: World, meddle: Callable[[Any], None] = lambda _: None) -> Judgement:
        """Lands a world, gives the targets, lets `meddle` do its worst, and asks every gate."""
        with connect_to(self.hub.target, role="admin") as connection:
            try:
                land(connection, world)
                self._give_targets(connection)
                meddle(connection)
                return Judgement(
                    dict(
                        connection.execute(
                            "select company_unique_id, target_id from outreach.company_target"
                        ).fetchall()
                    ),
                    {
                        Wrong(row[0], row[1], row[2])
                        for query in self.queries.values()
                        for row in connection.execute(query)
                    },
                )
            finally:
                connection.rollback()

    def _give_targets(self, connection: psycopg.Connection[Any]) -> None:
        """What the merge and the hook of company_target come to in a first batch."""
        shape = connection.execute(f"select * from ({self.company_target}) as t limit 0")
        columns = ", ".join(column.name for column in shape.description or ())
        connection.execute(f"insert into outreach.company_target ({columns}) {self.company_target}")
        connection.execute(
            "insert into outreach_audit.target_registry select target_id, company_unique_id,"
            " sequence_num, first_targeted_at, 'test' from outreach.company_target"
        )


class Judgement(NamedTuple):
    """The targets given, and the rows refused."""

    targets: dict[str, str]
    wrong: set[Wrong]

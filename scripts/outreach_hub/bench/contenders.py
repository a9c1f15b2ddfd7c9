"""Who races: each builds the same tables from the same sources, beside the others."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from outreach_hub.bench.checksum import OF_THE_RUN, checksum
from outreach_hub.bench.measuring import Cost, run
from outreach_hub.bench.world import script
from outreach_hub.database import connect_to
from outreach_hub.errors import UsageError
from outreach_hub.schemas import HubSchemas
from outreach_hub.server import binary

if TYPE_CHECKING:
    from outreach_hub.bench.laboratory import Laboratory
    from outreach_hub.profile import Target

AS_OF = "2026-11-25"
"""The clock of the race: the day after the last that happens in a world."""

VARIABLES = f"{{as_of_date: {AS_OF}}}"

DBT = "from dbt.cli.main import cli; cli()"
RUNNER = (sys.executable, "-m", "outreach_hub")
PARSE = (sys.executable, "-c", DBT, "parse", "--vars", VARIABLES)

OVERRIDES = (
    "macros/materializations/create_table_as.sql",
    "macros/table_code/should_full_refresh.sql",
    "macros/constraints/postgres__test_unique.sql",
    "macros/constraints/postgres__test_relationships.sql",
)
"""Macros that stand for dbt's own."""

PARTS = ("dbt_project.yml", "packages.yml", "models", "macros", "vendor", "dbt_packages", "tests")


class Contender(ABC):
    """One way to build."""

    name: ClassVar[str]
    target: Target

    def __init__(self, laboratory: Laboratory) -> None:
        self.laboratory = laboratory

    def start(self) -> None:
        """At the line: the sources of the world, and nothing built. Always in one database.

        dbt parses anew for another.
        """
        self.target = self.laboratory.copy_world(f"of_{self.name}")

    def change(self, script: str, variables: Mapping[str, object]) -> None:
        """Something happens to its sources, as to those of all others."""
        self.laboratory.change(self.target, script, **variables)

    def build(self, *, again: bool = False) -> Cost:
        """One build, measured. `again`: all of it, even if nothing has changed."""
        self.laboratory.settle()
        return self._run(self.command(again))

    def warm_up(self) -> None:
        """What is done once a checkout, and so is not of a build: it has no part in the race."""
        for command in self.preparations():
            self._run(command)

    def preparations(self) -> Sequence[Sequence[str]]:
        return ()

    def _run(self, command: Sequence[str]) -> Cost:
        environment = self.laboratory.environment(self.target)
        return run(command, environment, self.folder(), self.laboratory.watched())

    @abstractmethod
    def command(self, again: bool) -> Sequence[str]: ...

    def folder(self) -> Path:
        return self.laboratory.project.root

    def schemas(self) -> Sequence[str]:
        """Where its tables are."""
        made = HubSchemas.of(self.target.schema)
        return made.hub, made.marts, made.outbound

    def contents(self) -> Mapping[str, str]:
        """A checksum of each table, by name."""
        with connect_to(self.target, role="admin") as connection:
            rows = connection.execute(
                """
                select nspname, relname
                from pg_class
                inner join pg_namespace on relnamespace = pg_namespace.oid
                where relkind = 'r' and nspname = any(%s)
                """,
                [list(self.schemas())],
            ).fetchall()
            return {
                name: checksum(connection, schema, name, without=OF_THE_RUN)
                for schema, name in rows
            }


class Ours(Contender):
    """This project, as its users run it."""

    name = "ours"

    def preparations(self) -> Sequence[Sequence[str]]:
        """The proof and the parse are kept until the code changes."""
        return [*RUNNER, "prove"], PARSE

    def command(self, again: bool) -> Sequence[str]:
        build = [*RUNNER, "build", "--vars", VARIABLES]
        return [*build, "--rebuild"] if again else build


class FromScratch(Ours):
    """This project, with a hub that is made anew: what the others are checked by."""

    name = "scratch"


class Handwritten(Contender):
    """A script: the same tables and constraints, nothing checked."""

    name = "handwritten"

    def command(self, again: bool) -> Sequence[str]:
        path = script(self.laboratory.project, "handwritten.sql")
        settings = ["-X", "-q", "-v", f"as_of={AS_OF}", "-f", str(path)]
        return [str(binary("psql")), self.target.url(), *settings]

    def schemas(self) -> Sequence[str]:
        return ("handwritten",)


class Stock(Contender):
    """The same project, with dbt's own way to make a table under a contract."""

    name = "stock"

    def __init__(self, laboratory: Laboratory) -> None:
        super().__init__(laboratory)
        laboratory.project.copy_to(self.folder(), PARTS)
        for name in OVERRIDES:
            (self.folder() / name).unlink()

    def preparations(self) -> Sequence[Sequence[str]]:
        return [PARSE]

    def command(self, again: bool) -> Sequence[str]:
        unit_tests = ["--exclude-resource-type", "unit_test"]
        return [sys.executable, "-c", DBT, "build", *unit_tests, "--vars", VARIABLES]

    def folder(self) -> Path:
        return self.laboratory.folder / "stock_project"


CONTENDERS: dict[str, type[Contender]] = {kind.name: kind for kind in (Ours, Handwritten, Stock)}


def named(names: str) -> list[type[Contender]]:
    """The contenders that `ours,stock` means."""
    found = []
    for name in names.split(","):
        if name.strip() not in CONTENDERS:
            raise UsageError(
                f"no contender is called {name.strip()!r}", hint=f"one of {', '.join(CONTENDERS)}"
            )
        found.append(CONTENDERS[name.strip()])
    return list(dict.fromkeys(found))

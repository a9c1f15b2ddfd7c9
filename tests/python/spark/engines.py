"""A hub on Postgres, the same hub on Spark, and what differs between the two."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from conftest import REPOSITORY, CliResult, run_in_process
from identity.hub import Evidence, Hub
from outreach_hub import dbt
from outreach_hub.database import connect_to
from outreach_hub.demo_world import AS_OF
from outreach_hub.exits import ExitCode
from outreach_hub.profile import load_spark_target
from outreach_hub.server import EmbeddedServer
from outreach_hub.spark.moving import copy_sources
from outreach_hub.spark.session import open_session

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from pyspark.sql import SparkSession

SPARK = ("--target", "spark")
FIRST_DAY = ("--vars", json.dumps({"as_of_date": AS_OF}))
MODELS_ALONE = ("--exclude-resource-types", "test", "unit_test")
RUN_TIMES = ("first_targeted_at", "last_changed_at")
"""Columns that hold the start of a run: the engines have runs of their own, in the same order."""

_VERSION = re.compile("__(v[0-9]{20})/")

Row = tuple[Any, ...]


class Table(NamedTuple):
    """A table that is built, and its columns' types, as Postgres calls them."""

    relation: str
    columns: dict[str, str]


@dataclass
class Engines:
    """Both of them, one project, and sources that are copied from the one to the other."""

    hub: Hub
    _manifest: list[Manifest] = field(default_factory=list)

    @classmethod
    def make(cls, server: EmbeddedServer, folder: Path) -> Engines:
        hub = Hub.make(server, folder)
        hub.reset()
        example = yaml.safe_load((REPOSITORY.root / "profiles.example.yml").read_text())
        on_spark = yaml.safe_dump(example["outreach"]["outputs"]["spark"])
        own = hub.project.root / "profiles.yml"
        profile = yaml.safe_load(own.read_text())
        profile["outreach"]["outputs"]["spark"] = yaml.safe_load(
            on_spark.replace("__SPARK_DIR__", str(folder / "spark"))
        )
        own.write_text(yaml.safe_dump(profile))
        return cls(hub)

    @property
    def session(self) -> SparkSession:
        with self.hub.entered():
            return open_session(load_spark_target(self.hub.project, "spark"))

    def copy_sources(self) -> None:
        with connect_to(self.hub.target, role="admin", autocommit=True) as connection:
            copy_sources(self.hub.project, connection, self.session)

    def build_on_both(self, *arguments: str) -> None:
        """A build on each, which has to go well."""
        for done in (self.build_on_postgres(*arguments), self.build_on_spark(*arguments)):
            assert done.exit_code == ExitCode.GOOD, done.output

    def build_on_spark(self, *arguments: str) -> CliResult:
        """`outreach build --target spark ...`, in this process."""
        with self.hub.entered():
            return run_in_process("build", *SPARK, *arguments)

    def build_on_postgres(self, *arguments: str) -> CliResult:
        with self.hub.entered():
            return run_in_process("build", "--rebuild", *arguments)

    def tables(self) -> Iterator[Table]:
        """Every hub and mart."""
        if not self._manifest:
            with self.hub.entered():
                self._manifest.append(dbt.parse(self.hub.project))
        for node in self._manifest[0].nodes.values():
            if node.resource_type == "model" and node.config.materialized in (
                "table",
                "incremental",
            ):
                columns = {c.name: str(c.data_type) for c in node.columns.values()}
                yield Table(f"{node.schema}.{node.alias}", columns)

    def differences(self) -> dict[str, list[str]]:
        """The rows that only one engine has, a few of each, by table; none where they agree."""
        found = {}
        runs = [sorted(self._runs(rows)) for rows in (self._on_postgres, self._on_spark)]
        for table in self.tables():
            mine, theirs = (
                Counter(_numbered(table, read(table), of_engine))
                for read, of_engine in zip((self._on_postgres, self._on_spark), runs, strict=True)
            )
            only = [
                *(f"Postgres alone: {row}" for row in list((mine - theirs).elements())[:3]),
                *(f"Spark alone: {row}" for row in list((theirs - mine).elements())[:3]),
            ]
            if only:
                found[table.relation] = only
        return found

    def targets_on_spark(self) -> dict[str, str]:
        """target_id of every company."""
        rows = self.session.sql("select company_unique_id, target_id from outreach.company_target")
        return {row["company_unique_id"]: row["target_id"] for row in rows.collect()}

    def evidence_on_spark(self) -> list[Evidence]:
        """All that was ever found there."""
        names = ", ".join(Evidence._fields)
        table = "outreach_audit.identity_failures"
        if not self.session.catalog.tableExists(table):
            return []
        return [
            Evidence(*row)
            for row in self.session.sql(f"select {names} from {table} order by found_at").collect()
        ]

    def version_shown(self, view: str) -> str:
        """The query behind a view."""
        rows = self.session.sql(f"describe table extended {view}").collect()
        return next(str(row["data_type"]) for row in rows if row["col_name"] == "View Text")

    def published_on_spark(self) -> dict[str, str]:
        """The version that a reader of each published view finds, by one query: the file's name."""
        names = [
            f"{schema}.{row['tableName']}"
            for schema in ("outreach_marts", "outreach_outbound")
            for row in self.session.sql(f"show tables in {schema}").collect()
        ]
        if not names:
            return {}
        query = " union all ".join(
            f"select '{name}' as view, max(file) as file"
            f" from (select input_file_name() as file from {name})"
            for name in names
        )
        rows = self.session.sql(query).collect()
        return {row["view"]: _VERSION.findall(row["file"])[0] for row in rows}

    def _on_postgres(self, table: Table) -> list[Row]:
        columns = ", ".join(
            f"cast(extract(epoch from {name}) * 1000000 as bigint)"
            if data_type == "timestamptz"
            else name
            for name, data_type in table.columns.items()
        )
        return self.hub.rows(f"select {columns} from {table.relation}")

    def _on_spark(self, table: Table) -> list[Row]:
        columns = ", ".join(
            f"unix_micros({name})" if data_type == "timestamptz" else name
            for name, data_type in table.columns.items()
        )
        found = self.session.sql(f"select {columns} from {table.relation}").collect()
        return [tuple(row) for row in found]

    def _runs(self, read: Any) -> set[Any]:
        anchor = Table("outreach.company_target", dict.fromkeys(RUN_TIMES, "timestamptz"))
        return {moment for row in read(anchor) for moment in row}


def _numbered(table: Table, rows: list[Row], runs: list[Any]) -> Iterator[Row]:
    """The rows, with the number of a run in the place of its start."""
    places = [place for place, name in enumerate(table.columns) if name in RUN_TIMES]
    for row in rows:
        changed = list(row)
        for place in places:
            changed[place] = runs.index(row[place])
        yield tuple(changed)

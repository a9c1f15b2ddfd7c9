"""The sources on Spark: tables of the types that the source YAML names, written whole.

A landed table is a version behind a view, as every table of the hub is there (macros/versions), so
that a landing that is killed leaves what was landed before. Only a session's own folder is ever
written to: what a cluster holds belongs to somebody.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from outreach_hub.errors import UsageError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from outreach_hub.sources import SourceTable

TYPES = {
    "text": "string",
    "double precision": "double",
    "timestamptz": "timestamp",
    "numeric": "decimal(38, 9)",
}
"""Types of the source YAML that Spark calls otherwise. Those of sql_type() and, for amounts as they
came, more places than any filing has."""

Row = Sequence[str | None]


def spark_type(data_type: str) -> str:
    """What Spark calls a type of the source YAML."""
    return TYPES.get(data_type, data_type)


def land(session: SparkSession, table: SourceTable, rows: Iterable[Row]) -> int:
    """Replaces a source table by these rows, its columns in the order of the YAML, as text.

    Returns how many there are. A value that is not of its column's type fails all of it.
    """
    relation = f"{table.schema}.{table.name}"
    version = f"{relation}__v{datetime.now(timezone.utc):%Y%m%d%H%M%S%f}"
    session.sql(f"create schema if not exists {table.schema}")
    before = _versions(session, table)
    columns = ", ".join(f"{c.name} {spark_type(c.data_type)}" for c in table.columns)
    session.sql(f"create table {version} ({columns}) using parquet")
    count = insert(session, table, version, rows)
    # Never `create or replace view`: it drops the view first, and a kill would leave none.
    verb = "alter" if session.catalog.tableExists(relation) else "create"
    session.sql(f"{verb} view {relation} as select * from {version}")  # noqa: S608
    for old in before:
        session.sql(f"drop table if exists {table.schema}.{old}")
    return count


def insert(session: SparkSession, table: SourceTable, into: str, rows: Iterable[Row]) -> int:
    """Adds rows of texts to a table that has the columns of `table`, each cast checked.

    By way of a file, which Spark reads in parallel. Returns how many there were.
    """
    names = [column.name for column in table.columns]
    folder = Path(tempfile.mkdtemp(prefix="outreach-landing-"))
    try:
        file = folder / "rows.json"
        count = 0
        with file.open("w", encoding="utf-8") as stream:
            for count, row in enumerate(rows, start=1):  # noqa: B007
                stream.write(json.dumps(dict(zip(names, row, strict=True))) + "\n")
        texts = session.read.json(
            str(file), schema=", ".join(f"{name} string" for name in names), mode="FAILFAST"
        )
        casts = {c.name: f"cast({c.name} as {spark_type(c.data_type)})" for c in table.columns}
        # dbt's sessions turn a value that cannot be cast into a null.
        unread = " or ".join(f"({n} is not null and {cast} is null)" for n, cast in casts.items())
        bad = texts.where(unread).take(1)
        if bad:
            raise UsageError(f"a value is not of its column's type: {bad[0].asDict()}", where=into)
        texts.selectExpr(*casts.values()).write.insertInto(into)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return count


def _versions(session: SparkSession, table: SourceTable) -> list[str]:
    found = session.sql(f"show tables in {table.schema} like '{table.name}__v*'").collect()
    return [row["tableName"] for row in found]

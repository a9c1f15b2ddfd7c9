"""Before a build on Spark: whether the sources are as the project reads them."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from outreach_hub.preflight import (
    Expected,
    Found,
    differences,
    expected_tables,
    normalised,
    sources_differ,
)
from outreach_hub.spark.questions import exists

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.profile import SparkTarget
    from outreach_hub.spark.questions import Ask

_AS_POSTGRES = {
    "string": "text",
    "double": "double precision",
    "timestamp": "timestamp with time zone",
    "int": "integer",
}


def check_sources(ask: Ask, target: SparkTarget, manifest: Manifest) -> None:
    """Raises one failure that lists every difference."""
    problems: list[str] = []
    for table in expected_tables(manifest):
        problems += differences(table, _found(ask, table))
    if problems:
        raise sources_differ(
            problems,
            where=f"target {target.name}",
            hint=f"`outreach demo --target {target.name}` loads a demo world, `outreach spark land`"
            " copies the sources of a Postgres target",
        )


def _found(ask: Ask, table: Expected) -> Found | None:
    if not exists(ask, table.schema, table.name):
        return None
    described = ask(f"describe table {table.relation}")
    # What a table is partitioned by comes after its columns, under a heading.
    columns = takewhile(lambda row: row[0] and not row[0].startswith("#"), described)
    return Found({row[0]: _type(row[1]) for row in columns})


def _type(spark_type: str) -> str:
    """As Postgres calls it, without length or precision: the source YAML speaks that language."""
    return normalised(_AS_POSTGRES.get(spark_type, spark_type))

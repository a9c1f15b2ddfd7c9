"""Before a build on Spark: whether the sources are as the project reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach_hub.errors import EnvironmentFailure
from outreach_hub.preflight import Found, differences, expected_tables, normalised

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from pyspark.sql import SparkSession

    from outreach_hub.profile import SparkTarget

_AS_POSTGRES = {
    "string": "text",
    "double": "double precision",
    "timestamp": "timestamp with time zone",
    "int": "integer",
}


def check_sources(session: SparkSession, target: SparkTarget, manifest: Manifest) -> None:
    """Raises one failure that lists every difference."""
    problems: list[str] = []
    for table in expected_tables(manifest):
        problems += differences(table, _found(session, table.relation))
    if problems:
        count = f"{len(problems)} differences" if len(problems) > 1 else "a difference"
        raise EnvironmentFailure(
            f"the sources are not as the project reads them, {count}:\n"
            + "\n".join(f"  - {problem}" for problem in problems),
            where=f"target {target.name}",
            hint=f"`outreach demo --target {target.name}` loads a demo world, `outreach spark land`"
            " copies the sources of a Postgres target",
        )


def _found(session: SparkSession, relation: str) -> Found | None:
    if not session.catalog.tableExists(relation):
        return None
    fields = session.table(relation).schema.fields
    types = {field.name: field.dataType.simpleString() for field in fields}
    return Found({name: _type(spark_type) for name, spark_type in types.items()})


def _type(spark_type: str) -> str:
    """As Postgres calls it, without length or precision: the source YAML speaks that language."""
    return normalised(_AS_POSTGRES.get(spark_type, spark_type))

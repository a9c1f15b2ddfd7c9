"""The metrics of models/marts/_marts__semantic_models.yml, computed by what that YAML says.

MetricFlow, the engine of dbt's semantic layer, turns a metric into SQL, so that a rate is defined
in one place, whoever asks for it. It is asked for the SQL alone: the connection is the runner's.
What the marts' build schema holds may never have been published; so the SQL reads what was.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from outreach_hub.catalog.promises import Relation, promises
from outreach_hub.extras import require

if TYPE_CHECKING:
    import psycopg
    from dbt.contracts.graph.manifest import Manifest


@dataclass(frozen=True)
class Metric:
    """A metric, as people read it."""

    name: str
    label: str
    description: str


class Metrics:
    """Every metric of the project, on the published marts."""

    def __init__(self, semantic_manifest: Any) -> None:
        from metricflow.engine.metricflow_engine import MetricFlowEngine
        from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

        self._engine = MetricFlowEngine(
            SemanticManifestLookup(semantic_manifest),
            sql_client=_postgres(),
        )
        self._metrics = {
            metric.name: Metric(
                name=metric.name,
                label=metric.label or metric.name,
                description=metric.description or "",
            )
            for metric in semantic_manifest.metrics
        }

    @classmethod
    def of(cls, manifest: Manifest) -> Metrics:
        """The metrics of a manifest, whose tables are where readers find them."""
        require("report", "metricflow")
        semantic_manifest = _semantic_manifest(manifest)
        published = {
            promise.relation: promise.published
            for promise in promises(manifest)
            if promise.published
        }
        spines = semantic_manifest.project_configuration.time_spines
        for element in (*semantic_manifest.semantic_models, *spines):
            at = element.node_relation
            found = published.get(Relation(at.schema_name, at.alias))
            if found:
                at.schema_name = found.schema
                at.relation_name = f'"{at.database}"."{found.schema}"."{found.name}"'
        return cls(semantic_manifest)

    def __iter__(self) -> Iterator[Metric]:
        return iter(self._metrics.values())

    def __getitem__(self, name: str) -> Metric:
        return self._metrics[name]

    def sql(self, *names: str, by: Sequence[str] = ()) -> str:
        """One query for metrics: a column a dimension and a metric, a row a group."""
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

        request = MetricFlowQueryRequest.create(metric_names=names, group_by_names=by)
        return str(self._engine.explain(request).sql_statement.sql)

    def read(
        self, connection: psycopg.Connection[Any], *names: str, by: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """The values, in the order of their dimensions."""
        from psycopg.rows import dict_row

        with connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(self.sql(*names, by=by).encode()).fetchall()
        return sorted(rows, key=lambda row: [(row[name] is None, row[name]) for name in by])

    def value(self, connection: psycopg.Connection[Any], name: str) -> Any:
        """The one value of a metric over everything."""
        return self.read(connection, name)[0][name]


def _semantic_manifest(manifest: Manifest) -> Any:
    """As MetricFlow has it. dbt hands its own over by a file, and by no other public way."""
    from dbt.contracts.graph.semantic_manifest import SemanticManifest
    from metricflow_semantics.model.dbt_manifest_parser import (
        parse_manifest_from_dbt_generated_manifest,
    )

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "semantic_manifest.json"
        SemanticManifest(manifest).write_json_to_file(str(path))
        return parse_manifest_from_dbt_generated_manifest(path.read_text(encoding="utf-8"))


def _postgres() -> Any:
    """What MetricFlow has to know of a database to write SQL for it, without being let near it."""
    from metricflow.protocols.sql_client import SqlEngine
    from metricflow.sql.render.postgres import PostgresSQLSqlPlanRenderer

    return SimpleNamespace(
        sql_engine_type=SqlEngine.POSTGRES, sql_plan_renderer=PostgresSQLSqlPlanRenderer()
    )

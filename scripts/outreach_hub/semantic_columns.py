"""What semantic models read has to be in the YAML of their marts: dbt does not look, and a metric
whose column was renamed would be found broken by whoever asks for it next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from outreach_hub.errors import DbtFailure

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


def require_columns(manifest: Manifest) -> None:
    """Raises DbtFailure for an entity, dimension or measure of a column that is not there."""
    wrong = list(_missing(manifest))
    if wrong:
        raise DbtFailure(
            "semantic models read columns that their models do not have:\n  " + "\n  ".join(wrong),
            hint="rename them there too, or take out the metrics that need them",
        )


def _missing(manifest: Manifest) -> Iterator[str]:
    for semantic_model in manifest.semantic_models.values():
        models = [manifest.nodes[each] for each in semantic_model.depends_on.nodes]
        there = {name.lower() for model in models for name in model.columns}
        for kind, elements in (
            ("entity", semantic_model.entities),
            ("dimension", semantic_model.dimensions),
            ("measure", semantic_model.measures),
        ):
            for element in elements:
                gone = sorted(set(_columns(element.expr or element.name)) - there)
                if gone and there:
                    yield (
                        f"{semantic_model.original_file_path}: the {kind} {element.name} of "
                        f"{semantic_model.name} reads {', '.join(gone)}, which "
                        f"{' and '.join(model.name for model in models)} does not have"
                    )


def _columns(expression: str) -> Iterator[str]:
    try:
        tree = sqlglot.parse_one(expression, dialect="postgres")
    except sqlglot.ParseError:
        return  # MetricFlow hands it to the database as it is, which says what is wrong
    yield from (column.name.lower() for column in tree.find_all(exp.Column))

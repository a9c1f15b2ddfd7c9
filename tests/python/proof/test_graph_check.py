"""The graph check of a bare `dbt build`: what it reads off a node, in whatever folder that lies."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest

from outreach_hub.proof.rules import id007_promotion, id014_outbound

GRAPH = Path(__file__).resolve().parents[3] / "macros" / "graph"


def forbidden_columns(path: str, config: dict[str, Any], *columns: str) -> list[str]:
    found: list[list[str]] = []
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    template = environment.from_string((GRAPH / "forbidden_columns.sql").read_text())
    context = {"modules": SimpleNamespace(re=re), "return": found.append}
    module: Any = template.make_module(context)
    module.forbidden_columns(
        {
            "original_file_path": path,
            "name": "people_signals",
            "columns": dict.fromkeys(columns),
            "config": config,
        }
    )
    return [line[1:6] for line in found[0]]


@pytest.mark.parametrize(
    ("path", "config"),
    [
        ("models/outbound/people_signals.sql", {}),
        ("models/marts/people_signals.sql", {"meta": {"publish_to": "outreach_outbound"}}),
        ("models/marts/people_signals.sql", {"schema": "outreach_outbound"}),
    ],
)
def test_nothing_local_leaves_from_any_folder(path: str, config: dict[str, Any]) -> None:
    assert forbidden_columns(path, config, "company_unique_id", "target_id") == ["ID014"]


@pytest.mark.parametrize("column", sorted(id014_outbound.LOCAL))
def test_what_is_local_to_the_proof_is_local_to_a_bare_build(column: str) -> None:
    assert forbidden_columns("models/outbound/people_signals.sql", {}, column) == ["ID014"]
    assert column in id014_outbound.TITLE


def test_a_mart_for_bi_has_its_local_ids() -> None:
    config = {"schema": "outreach_build", "meta": {"publish_to": "outreach_marts"}}
    assert forbidden_columns("models/marts/dim_people.sql", config, "target_id") == []


def test_a_lifecycle_column_is_refused_in_every_folder_but_staging() -> None:
    assert forbidden_columns("models/elsewhere/x.sql", {}, "Lifecycle_State") == ["ID007"]
    assert forbidden_columns("models/staging/cl/x.sql", {}, "lifecycle_state") == []


def test_a_bare_build_knows_the_lifecycle_columns_that_the_proof_knows() -> None:
    pattern = id007_promotion.LIFECYCLE.pattern
    assert pattern in (GRAPH / "forbidden_columns.sql").read_text().replace(
        "'\n            ~ '", ""
    )
    names = ["mql", "deal_SQL", "isClient", "became_client_at", "qualified_date", "product_sqls"]
    spelt = id007_promotion.spelt
    proved = [name for name in names if id007_promotion.LIFECYCLE.search(spelt(name))]
    assert len(proved) == 5
    assert [name for name in names if forbidden_columns("models/marts/x.sql", {}, name)] == proved

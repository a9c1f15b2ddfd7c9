"""A description that three models share is a block: changed in one place, it is changed in all."""

from __future__ import annotations

from collections import defaultdict

from conftest import REPOSITORY
from outreach_hub.yaml_files import entries, read_mapping

MODELS = REPOSITORY.root / "models"


def test_no_description_stands_in_three_models() -> None:
    models: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for path in MODELS.rglob("*.yml"):
        for model in entries(read_mapping(path), "models", path):
            for column in entries(model, "columns", path):
                if "{{" not in column["description"]:
                    models[column["name"], column["description"].strip()].add(model["name"])
    assert models
    assert {column: names for column, names in models.items() if len(names) > 2} == {}

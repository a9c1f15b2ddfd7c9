"""The names of the hub's schemas: as they are, or behind a target's own."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest

from conftest import REPOSITORY
from outreach_hub.schemas import HUB, MARTS, HubSchemas

MACROS = REPOSITORY.root / "macros" / "schema"


class Refused(Exception):
    """What dbt's own raise_compiler_error() raises."""


def schema_of(folders: str | None, resource_type: str, target_schema: str) -> str:
    """What dbt's hook answers for a node, whose folder names this schema or none."""

    def refuse(message: str) -> None:
        raise Refused(message)

    context = {
        "exceptions": SimpleNamespace(raise_compiler_error=refuse),
        "modules": SimpleNamespace(re=re),
        "target": SimpleNamespace(name="dev", schema=target_schema),
    }
    files = ("hub_schema.sql", "generate_schema_name.sql")
    text = "\n".join((MACROS / file).read_text() for file in files)
    module: Any = jinja2.Environment(autoescape=False).from_string(text).make_module(context)
    node = SimpleNamespace(resource_type=resource_type, original_file_path="models/crm/leads.sql")
    return str(module.generate_schema_name(folders, node)).strip()


LONG = "d" * 30


@pytest.mark.parametrize("target_schema", [HUB, "dev_ann", "pr_7", LONG, f"{LONG}__changed"])
def test_dbt_and_the_runner_mean_one_schema(target_schema: str) -> None:
    assert schema_of(MARTS, "model", target_schema) == HubSchemas.of(target_schema).marts


@pytest.mark.parametrize("resource_type", ["model", "seed", "snapshot"])
def test_what_is_in_no_room_is_refused_by_its_rule(resource_type: str) -> None:
    with pytest.raises(Refused, match=r"^\[ID012\] models/crm/leads.sql is in no room") as refused:
        schema_of(None, resource_type, HUB)
    assert "company_target, people, dol, blog" in str(refused.value)


@pytest.mark.parametrize("target_schema", ["dev_ann.smith", "Ann", "7days", "d" * 31])
def test_a_schema_that_needs_quotes_is_refused(target_schema: str) -> None:
    with pytest.raises(Refused, match=r"Set DBT_SCHEMA, or schema in profiles\.yml"):
        schema_of(MARTS, "model", target_schema)


def test_a_hook_needs_no_room() -> None:
    assert schema_of(None, "operation", "dev_ann") == "dev_ann"

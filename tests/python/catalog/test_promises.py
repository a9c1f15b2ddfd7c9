"""What is read out of the manifest as a promise, in each of the forms that dbt gives it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from outreach_hub.catalog.promises import (
    Constraint,
    Relation,
    promises,
    referenced,
    schemas_of,
)

TARGETS = Relation("dev_outreach", "company_target")
PAIR = ("target_id", "company_unique_id")


def constraint(kind: str, **declared: Any) -> SimpleNamespace:
    values = {"columns": [], "to": None, "to_columns": [], "expression": None, **declared}
    return SimpleNamespace(type=SimpleNamespace(value=kind), **values)


def model(name: str, schema: str = "outreach", **declared: Any) -> SimpleNamespace:
    columns = {
        column: SimpleNamespace(name=column, constraints=[constraint(kind) for kind in kinds])
        for column, kinds in declared.get("columns", {}).items()
    }
    return SimpleNamespace(
        unique_id=f"model.outreach.{name}",
        name=name,
        alias=name,
        resource_type="model",
        package_name=declared.get("package", "outreach"),
        schema=f"dev_{schema}",
        config=SimpleNamespace(
            materialized=declared.get("materialized", "table"),
            schema=schema,
            meta=declared.get("meta", {}),
        ),
        columns=columns,
        constraints=declared.get("constraints", []),
    )


def manifest(*models: SimpleNamespace) -> Any:
    every = [model("company_target", materialized="incremental"), *models]
    return SimpleNamespace(
        nodes={each.unique_id: each for each in every},
        metadata=SimpleNamespace(project_name="outreach"),
    )


def promise_of(declared: SimpleNamespace) -> Any:
    by_id = {promise.unique_id: promise for promise in promises(manifest(declared))}
    return by_id[declared.unique_id]


@pytest.mark.parametrize("to", ["ref('company_target')", '"db"."dev_outreach"."company_target"'])
def test_a_reference_is_the_same_before_and_after_dbt_resolved_it(to: str) -> None:
    reference = constraint("foreign_key", columns=list(PAIR), to=to, to_columns=list(PAIR))
    promised = promise_of(model("people", constraints=[reference]))
    assert promised.constraints == (Constraint("foreign key", PAIR, TARGETS, PAIR),)


def test_a_primary_key_promises_that_nothing_is_null() -> None:
    key = constraint("primary_key", columns=["target_id", "slot_type"])
    columns = {"target_id": [], "slot_type": [], "title": ["not_null"], "email": []}
    promised = promise_of(model("people_slots", columns=columns, constraints=[key]))
    assert promised.not_null == {"target_id", "slot_type", "title"}
    assert promised.columns == tuple(columns)


def test_not_null_of_a_model_promises_nothing_since_dbt_ignores_it() -> None:
    promised = promise_of(model("people", constraints=[constraint("not_null", columns=["email"])]))
    assert promised.not_null == frozenset()


def test_what_the_catalog_cannot_be_compared_by_is_told() -> None:
    custom = constraint("custom", expression="exclude (step_count with =)")
    assert promise_of(model("sequences", constraints=[custom])).unprovable == (
        "custom (exclude (step_count with =))",
    )


def test_a_check_keeps_rows_out_and_is_not_compared() -> None:
    check = constraint("check", expression="step_count > 0")
    assert promise_of(model("sequences", constraints=[check])).unprovable == ()


def test_a_mart_is_promised_where_it_is_published() -> None:
    mart = model("dim_people", "outreach_build", meta={"publish_to": "outreach_marts"})
    assert promise_of(mart).relation == Relation("dev_outreach_build", "dim_people")
    assert promise_of(mart).published == Relation("dev_outreach_marts", "dim_people")


def test_views_and_other_packages_promise_no_table() -> None:
    others = (model("stg_people", materialized="view"), model("theirs", package="dbt_utils"))
    assert [promise.relation.name for promise in promises(manifest(*others))] == ["company_target"]


def test_the_schemas_are_those_of_the_target() -> None:
    schemas = schemas_of(manifest())
    assert (schemas.hub, schemas.audit) == ("dev_outreach", "dev_outreach_audit")
    for name in ("dev_outreach_marts__before_12", "dev_outreach_outbound__next", "dev_outreach"):
        assert schemas.owns(name)
    for name in ("outreach", "dev_outreach_marts__copy", "dev_outreach__before_1", "public"):
        assert not schemas.owns(name)


def test_a_ref_is_found_in_an_argument() -> None:
    assert referenced("ref('stg_people__people')") == "stg_people__people"
    assert referenced('"db"."outreach"."people"') is None

from types import SimpleNamespace
from typing import Any

import pytest

from outreach_hub.dbt import DbtRun, NodeOutcome
from outreach_hub.node_labels import label, labels


def a_test(
    name: str,
    test: str,
    on: str | None,
    column: str | None = None,
    source: str = "",
    **kwargs: str,
) -> Any:
    return SimpleNamespace(
        resource_type="test",
        unique_id=f"test.outreach.{name}.0123456789",
        name=name,
        column_name=column,
        attached_node=on,
        sources=[source.split(".")] if source else [],
        test_metadata=SimpleNamespace(name=test, kwargs=kwargs),
    )


@pytest.mark.parametrize(
    ("node", "shown"),
    [
        (
            a_test(
                "identity_gate_stg_execution__sends_column_person_id_relation_ref_stg_people__people",
                "identity_gate",
                "model.outreach.stg_execution__sends",
            ),
            "identity_gate on stg_execution__sends",
        ),
        (
            a_test("not_null_people_title", "not_null", "model.outreach.people", "title"),
            "not_null on people.title",
        ),
        (
            a_test(
                "relationships_people_target_id__target_id__ref_company_target_",
                "relationships",
                "model.outreach.people",
                "target_id",
                to="ref('company_target')",
            ),
            "relationships on people.target_id to company_target",
        ),
        (
            a_test("source_unique_cl_eins_ein", "unique", None, "ein", source="cl.company_eins"),
            "unique on cl.company_eins.ein",
        ),
        (a_test("every_send_has_a_person", "not_null", "model.outreach.fct_sends"), None),
        (a_test("not_null_of_nothing", "not_null", None), None),
        (SimpleNamespace(resource_type="model", name="people"), None),
        (
            SimpleNamespace(
                resource_type="operation",
                name="outreach-on-run-end-1",
                raw_code="{{ publish_marts(results) }}",
            ),
            "publish_marts",
        ),
        (
            SimpleNamespace(resource_type="operation", name="on-run-end-3", raw_code="select 1"),
            None,
        ),
    ],
)
def test_a_node_is_shown_as_a_person_calls_it(node: Any, shown: str | None) -> None:
    assert label(node) == (shown or node.name)


def test_a_run_labels_what_was_in_it() -> None:
    node = a_test("unique_people_person_id", "unique", "model.outreach.people", "person_id")

    def outcome(unique_id: str, name: str) -> NodeOutcome:
        return NodeOutcome(unique_id, name, "test", "pass", "", "", 0.1)

    outcomes = (outcome(node.unique_id, node.name), outcome("test.outreach.other", "other"))
    result = SimpleNamespace(results=[SimpleNamespace(node=node), SimpleNamespace()])
    assert labels(DbtRun("build", True, 1.0, outcomes, result=result)) == {
        node.unique_id: "unique on people.person_id",
        "test.outreach.other": "other",
    }

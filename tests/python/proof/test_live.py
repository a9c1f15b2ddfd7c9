"""Texts that are to be run are judged as they are, whatever the templates were taken for."""

from __future__ import annotations

import re

import pytest

from conftest import REPOSITORY
from outreach_hub.proof.compile import parse
from outreach_hub.proof.live import Judge, Text

PEOPLE, TARGETS = '"outreach"."outreach"."people"', '"outreach"."outreach"."company_target"'
MART = "model.outreach.rpt_slot_coverage"
OPERATION = "operation.outreach.outreach-on-run-end-0"
WRITES = "update outreach_build.dim_people set email = 'x'"


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    manifest, _ = parse(REPOSITORY.root, tmp_path_factory.mktemp("live"))
    return Judge(manifest)


def codes(judge: Judge, node_id: str, sql: str, hook: str | None = None) -> set[str]:
    return {finding.code for finding in judge.findings(Text(node_id, sql, hook))}


def test_the_project_itself_is_proved(judge: Judge) -> None:
    assert judge.verdict.good


def test_a_join_that_is_another_one_than_in_the_file(judge: Judge) -> None:
    text = f"""
        select t.target_id, t.company_unique_id, max(p.email) as email
        from {TARGETS} as t left join {PEOPLE} as p on p.target_id = t.target_id /* */ {{}} /* */
        group by 1, 2
    """
    reading = "model.outreach.dim_people"
    assert codes(judge, reading, text.format("")) == set()
    assert codes(judge, reading, text.format("or true")) == {"ID003"}


def test_a_relation_that_the_model_does_not_refer_to(judge: Judge) -> None:
    assert codes(judge, MART, 'select * from "outreach"."cl"."company_identity"') == {"ID004"}
    assert codes(judge, MART, 'select * from "outreach"."elsewhere"."t"') == {"ID099"}


def test_a_relation_of_another_hub_that_a_run_defers_to(judge: Judge) -> None:
    text = """
        select t.target_id, t.company_unique_id from "prod"."outreach"."company_target" as t
    """
    reading = "model.outreach.dim_people"
    assert codes(judge, reading, text) == {"ID099"}
    deferred = ("model.outreach.company_target", "prod", "outreach", "company_target")
    assert not judge.findings(Text(reading, text, elsewhere=(deferred,)))


def test_more_than_one_statement(judge: Judge) -> None:
    assert codes(judge, MART, f"select 1 as n; {WRITES}") == {"ID099"}


def test_a_test_that_was_handed_a_second_statement(judge: Judge) -> None:
    named = {test.name: test.id for test in judge.prover.graph.tests}
    for test in ("relationships", "not_null", "accepted_values"):
        assert codes(judge, named[test], "select 1 from t where ';' = '1'") == set()
        assert codes(judge, named[test], f"select 1 as a; {WRITES}") == {"ID099"}


def test_a_unit_test_and_what_the_proof_does_not_know(judge: Judge) -> None:
    for unknown in ("unit_test.outreach.people.x", "test.outreach.by_hand"):
        assert codes(judge, unknown, "select 1 as n") == set()
        assert codes(judge, unknown, f"select 1 as n; {WRITES}") == {"ID099"}
    assert codes(judge, "test.outreach.by_hand", "select setval('s', 1)") == {"ID099"}


@pytest.mark.parametrize("node_id", [MART, OPERATION])
def test_a_hook_is_what_a_person_has_read_or_writes_nothing(judge: Judge, node_id: str) -> None:
    read = "{{ refuse_changed_targets(this) }}"
    assert codes(judge, node_id, WRITES, hook=read) == set()
    for template in (WRITES, "{{ refuse_changed_targets(this) }}; {{ var('x') }}", "{{ unclosed"):
        assert codes(judge, node_id, WRITES, hook=template) == {"ID099"}
    assert codes(judge, node_id, "analyze outreach_build.dim_people", hook="analyze x") == set()


def test_readers_are_judged_by_what_a_parent_came_to(judge: Judge) -> None:
    """A view that turns out to have another column under a name is known by that from then on."""
    staged, outputs = "model.outreach.stg_people__people", judge.prover.world.outputs
    landed = "source.outreach.outreach_raw.people"
    assert outputs[staged]["title"].source() == (landed, "title")
    columns = "person_id, company_unique_id, email as title"
    assert not judge.findings(
        Text(staged, f'select {columns} from "outreach"."outreach_raw"."people"')
    )
    assert outputs[staged].keys() == {"person_id", "company_unique_id", "title"}
    assert outputs[staged]["title"].source() == (landed, "email")


def test_the_values_of_a_var_stand_where_the_var_was_proved(judge: Judge) -> None:
    """and_admitted() is known by its var; in what is run, by the proof of the file, that there is
    no other list."""
    target = "model.outreach.company_target"
    faces = [re.sub(r"__switch_\d+__", "2026-01-01", f.sql) for f in judge.compiled.faces[target]]
    (admitted,) = (sql for sql in faces if "identity_status in ('2026-01-01')" in sql)
    assert codes(judge, target, admitted) == set()
    assert codes(judge, target, admitted.replace("identity_status in", "company_domain in")) == {
        "ID005"
    }

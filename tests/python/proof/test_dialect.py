"""Spark's SQL is read as Spark reads it; dbt-spark need not be there for that."""

from __future__ import annotations

import pytest
from sqlglot import exp

from outreach_hub.proof.dialect import REFERRED, speaking, spoken, told_apart
from outreach_hub.proof.graph import Graph
from outreach_hub.proof.names import fold
from outreach_hub.proof.prover import parse
from outreach_hub.proof.statements import faults
from outreach_hub.proof.subject import shown


def test_postgres_unless_it_is_said_otherwise() -> None:
    assert spoken() == "postgres"
    with speaking("spark"):
        assert spoken() == "spark"
    assert spoken() == "postgres"


def test_one_text_is_read_in_each() -> None:
    """A text between double quotes is a name to Postgres, and a value to Spark."""
    sql = 'select "company_unique_id" as company_unique_id from people'
    assert parse(sql).find(exp.Literal) is None
    with speaking("spark"):
        assert parse(sql).find(exp.Literal) is not None


def test_a_quoted_name_is_found_in_any_case_on_spark() -> None:
    name = exp.to_identifier("Company_Unique_Id", quoted=True)
    assert fold(name) == "Company_Unique_Id"
    with speaking("spark"):
        assert fold(name) == "company_unique_id"


@pytest.mark.parametrize(
    "written", ["char(36)", "CHAR(36)", "varchar(8)", "character varying(8)", "character(3)"]
)
def test_a_type_that_may_cut_is_no_text(written: str) -> None:
    with speaking("spark"):
        for cast in (f"cast(company_unique_id as {written})", f"company_unique_id::{written}"):
            (found,) = parse(f"select {cast} as id from people").find_all(exp.Cast)
            assert found.to.this is not exp.DType.TEXT
        (plain,) = parse("select cast(company_unique_id as string) as id").find_all(exp.Cast)
        assert plain.to.this is exp.DType.TEXT


def test_nothing_else_is_told_apart() -> None:
    sql = "select charter, as_char from characters as chars"
    assert told_apart(sql) == sql


def test_what_marks_a_reference_is_not_shown() -> None:
    with speaking("spark"):
        assert shown(parse(f"select 1 from {REFERRED}.outreach.people")) == (
            "SELECT 1 FROM outreach.people"
        )


def test_a_statement_is_judged_by_what_it_does() -> None:
    with speaking("spark"):
        update = f"update {REFERRED}.outreach.people set company_unique_id = 'x'"
        found = faults(update, Graph("outreach"))
    assert [fault[:2] for fault in found] == [
        ("ID099", "changes outreach.people outside the SQL that is proved")
    ]

"""Which failures of a dbt node are failures of identity."""

from typing import Any

import pytest

from outreach_hub.verdict import Failure, Verdict, is_environment, judge

HUB = {"doctrine_id": "04.04.04.02"}


def verdict(message: str, *, name: str = "people", **meta: Any) -> Verdict:
    return judge(Failure(name, message, meta=meta, key=["person_id"]))


@pytest.mark.parametrize("code", ["ID001", "ID011", "ID099"])
def test_a_test_says_so_by_its_code(code: str) -> None:
    assert verdict("Got 3 results, configured to fail if != 0", code=code) == (True, code)


def test_a_gate_of_several_codes_leaves_them_to_its_evidence() -> None:
    assert verdict("Got 3 results", gate=True) == (True, None)


def test_a_message_says_so_by_a_code_in_brackets() -> None:
    message = "Compilation Error in model people\n  [ID003] the target is reached by name"
    assert verdict(message) == (True, "ID003")


@pytest.mark.parametrize(
    "message",
    [
        "Got 3 results, configured to fail if != 0",
        'Database Error\n  relation "ID003" does not exist',
        "division by zero",
        "",
    ],
)
def test_anything_else_is_not(message: str) -> None:
    assert verdict(message, **HUB) == (False, None)


def test_a_code_that_is_not_the_doctrines_is_not() -> None:
    assert verdict("Got 1 result", code="PERF7") == (False, None)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (
            'null value in column "target_id" of relation "people__dbt_tmp" violates not-null '
            "constraint\nDETAIL:  Failing row contains (p1, null, ACME).",
            "ID011",
        ),
        (
            'null value in column "company_unique_id" of relation "people" violates not-null '
            "constraint",
            "ID001",
        ),
        ('column "target_id" of relation "people__dbt_tmp" contains null values', "ID011"),
        (
            'insert or update on table "people" violates foreign key constraint "people__target"\n'
            "DETAIL:  Key (target_id, company_unique_id)=(TGT-1, X) is not present in table "
            '"company_target".',
            "ID008",
        ),
        (
            'could not create unique index "people_pkey"\n'
            "DETAIL:  Key (person_id)=(p1) is duplicated.",
            "ID013",
        ),
        (
            'duplicate key value violates unique constraint "people_pkey"\n'
            "DETAIL:  Key (person_id)=(p1) already exists.",
            "ID013",
        ),
    ],
)
def test_the_database_says_so_by_a_constraint(message: str, code: str) -> None:
    assert verdict(f"Database Error in model people\n  {message}", **HUB) == (True, code)


def test_a_second_target_for_a_company_is_id009() -> None:
    message = (
        'duplicate key value violates unique constraint "company_target_company_unique_id_key"\n'
        "DETAIL:  Key (company_unique_id)=(X) already exists."
    )
    assert verdict(message, name="company_target", **HUB) == (True, "ID009")


@pytest.mark.parametrize(
    "message",
    [
        'null value in column "full_name" of relation "people" violates not-null constraint',
        'violates foreign key constraint "x"\nDETAIL:  Key (country)=(ZZ) is not present',
        'could not create unique index "x"\nDETAIL:  Key (email)=(a@b.example) is duplicated.',
        'could not create unique index "x"',
    ],
)
def test_a_constraint_on_other_columns_does_not(message: str) -> None:
    assert verdict(message, **HUB) == (False, None)


def test_a_constraint_of_a_model_outside_the_doctrine_does_not() -> None:
    assert verdict('null value in column "target_id" of relation "x" violates') == (False, None)


@pytest.mark.parametrize(
    "message",
    [
        "server closed the connection unexpectedly\n  This probably means the server terminated",
        'connection to server on socket "/run/.s.PGSQL.5432" failed: No such file or directory',
        "terminating connection due to administrator command",
        "FATAL:  the database system is starting up",
        'could not extend file "base/16384/16500": No space left on device',
        "permission denied for database outreach",
        "must be owner of view dim_dates",
        "cannot execute INSERT in a read-only transaction",
        "canceling statement due to statement timeout",
        "canceling statement due to lock timeout",
        'temporary file size exceeds temp_file_limit ("64kB")',
    ],
)
def test_a_server_that_went_away_is_the_environment(message: str) -> None:
    assert is_environment(message)


def test_an_error_in_sql_is_not() -> None:
    assert not is_environment('column "connection" does not exist')


@pytest.mark.parametrize(
    ("column", "code"),
    [("company_unique_id", "ID001"), ("target_id", "ID011"), ("bit_score", None), (None, None)],
)
def test_a_test_of_nulls_is_one_of_identity_by_its_column(
    column: str | None, code: str | None
) -> None:
    found = judge(Failure("not_null_x", "Got 1 result", never_null=column))
    assert found == (code is not None, code)

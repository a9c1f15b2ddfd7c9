"""The vars: what a build goes by is refused before it where it cannot be meant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import REPOSITORY, CliResult
from outreach_hub.errors import UsageError
from outreach_hub.exits import ExitCode
from outreach_hub.project import Project
from outreach_hub.variables import IDENTITY_STATUSES, is_plain, read_variables, variables_in_force


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The project's own vars, in a file to be edited."""
    (tmp_path / "dbt_project.yml").write_text((REPOSITORY.root / "dbt_project.yml").read_text())
    return Project(tmp_path)


def test_those_that_are_given_are_over_the_projects_own(project: Project) -> None:
    given = {"cl_schema": "lifecycle", "as_of_date": date(2026, 1, 31)}
    assert variables_in_force(project, {}) == read_variables(project)
    assert variables_in_force(project, given) == {**read_variables(project), **given}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("as_of_date", None),
        ("as_of_date", date(2026, 1, 31)),
        ("as_of_date", "2026-01-31"),
        ("admitted_identity_statuses", []),
        ("admitted_identity_statuses", ["PASS", "PENDING"]),
        ("evidence_limit", 0),
        ("evidence_limit", 5000),
        ("cl_database", None),
        ("cl_database", "lifecycle"),
        ("raw_schema", "landing"),
    ],
)
def test_what_can_be_meant_is_taken(project: Project, name: str, value: Any) -> None:
    assert variables_in_force(project, {name: value})[name] == value


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("as_of_date", "foo", "YYYY-MM-DD"),
        ("as_of_date", "2026-13-45", "YYYY-MM-DD"),
        ("as_of_date", "20260131", "YYYY-MM-DD"),
        ("as_of_date", datetime(2026, 1, 31, 10), "YYYY-MM-DD"),
        ("as_of_date", "", "YYYY-MM-DD"),
        ("admitted_identity_statuses", "PASS", "PENDING, PASS, FAIL"),
        ("admitted_identity_statuses", ["PASSS"], "PENDING, PASS, FAIL"),
        ("admitted_identity_statuses", [["PASS"]], "PENDING, PASS, FAIL"),
        ("admitted_identity_statuses", None, "PENDING, PASS, FAIL"),
        ("evidence_limit", -1, "0 or more"),
        ("evidence_limit", "100", "0 or more"),
        ("evidence_limit", True, "0 or more"),
        ("cl_schema", None, "a name"),
        ("raw_schema", ["landing"], "a name"),
        ("bi_role", "", "a name"),
        ("cl_database", 7, "null"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    project: Project, name: str, value: Any, allowed: str
) -> None:
    with pytest.raises(UsageError, match=f"the var {name} cannot be ") as raised:
        variables_in_force(project, {name: value})
    assert raised.value.where == "--vars"
    assert allowed in str(raised.value.hint)


def test_a_wrong_one_of_the_projects_own_is_found_in_its_file(project: Project) -> None:
    file = project.root / "dbt_project.yml"
    file.write_text(file.read_text().replace("evidence_limit: 1000", "evidence_limit: all"))
    with pytest.raises(UsageError, match="the var evidence_limit cannot be 'all'") as raised:
        variables_in_force(project, {})
    assert raised.value.where == str(file)
    assert variables_in_force(project, {"evidence_limit": 7})["evidence_limit"] == 7


def test_those_of_the_project_alone_are_over_those_of_all_packages(project: Project) -> None:
    file = project.root / "dbt_project.yml"
    nested = "vars:\n  outreach: {as_of_date: 2026-01-31}\n  dbt_utils: {surrogate: x}\n"
    file.write_text(file.read_text().replace("vars:\n", nested))
    found = read_variables(project)
    assert found["as_of_date"] == date(2026, 1, 31)
    assert found["dbt_utils"] == {"surrogate": "x"}
    assert "outreach" not in found


def test_a_name_that_the_project_does_not_have_is_refused(project: Project) -> None:
    with pytest.raises(UsageError, match="no var is called as_of_dat") as raised:
        variables_in_force(project, {"as_of_dat": "2026-01-31"})
    assert raised.value.where == "--vars"
    assert "as_of_date" in str(raised.value.hint)


@pytest.mark.parametrize("command", [["ci"], ["verify"], ["trace", "PER-1"], ["report"]])
def test_nothing_is_begun_with_such_a_var(
    project: Project,
    outreach: Callable[..., CliResult],
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
) -> None:
    monkeypatch.setenv("OUTREACH_PROJECT_DIR", str(project.root))
    done = outreach(*command, "--vars", "{as_of_date: tomorrow}")
    assert done.exit_code == ExitCode.USAGE
    assert "the var as_of_date cannot be 'tomorrow'" in done.stderr


def test_a_var_that_somebody_adds_may_be_anything(project: Project) -> None:
    file = project.root / "dbt_project.yml"
    file.write_text(file.read_text().replace("vars:\n", "vars:\n  their_own: [1, 2]\n"))
    assert variables_in_force(project, {"their_own": "x"})["their_own"] == "x"


@pytest.mark.parametrize("value", [["a"], {"a": 1}, {"a"}, b"a"])
def test_a_var_that_is_one_value_stays_one(project: Project, value: Any) -> None:
    file = project.root / "dbt_project.yml"
    file.write_text(file.read_text().replace("vars:\n", "vars:\n  their_own: x\n"))
    with pytest.raises(UsageError, match="the var their_own cannot be") as refused:
        variables_in_force(project, {"their_own": value})
    assert refused.value.where == "--vars"


@pytest.mark.parametrize(
    "value", ["it's", "a -- b", "{% x %}", "a */", "$$", "a\nb", "nan", "-Inf"]
)
def test_what_is_more_than_a_value_between_quotes_is_none(value: str) -> None:
    assert not is_plain(value)


def test_the_statuses_are_those_that_the_staging_model_accepts() -> None:
    models = yaml.safe_load((REPOSITORY.models_dir / "staging/cl/_cl__models.yml").read_text())
    (accepted,) = (
        test["accepted_values"]["arguments"]["values"]
        for model in models["models"]
        if model["name"] == "stg_cl__companies"
        for column in model["columns"]
        if column["name"] == "identity_status"
        for test in column["data_tests"]
        if "accepted_values" in test
    )
    assert tuple(accepted) == IDENTITY_STATUSES

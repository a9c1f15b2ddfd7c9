"""The runner and dbt mean one hub, whichever way it is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import CliResult
from outreach_hub.dbt_options import NO_UNIT_TESTS, as_given, is_whole, parse_options, target_named
from outreach_hub.errors import UsageError
from outreach_hub.exits import ExitCode
from outreach_hub.profile import target_name
from outreach_hub.project import Project


@pytest.mark.parametrize("words", [["-t", "dev"], ["--target", "dev"], ["--target=dev"]])
def test_a_target_is_named_in_any_of_dbts_ways(words: list[str]) -> None:
    assert as_given([*words, "-s", "people"]) == ["--target", "dev", "-s", "people"]
    assert target_named(as_given(words)) == "dev"


def test_of_a_name_that_is_given_twice_the_last_counts() -> None:
    assert target_named(as_given(["--target", "dev", "-t", "prod"])) == "prod"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["-tdev"], "write -t dev, or each option by itself"),
        (["-t=dev"], "write -t dev, or each option by itself"),
        (["-xt", "dev"], "write -x t, or each option by itself"),
        (["--project-dir", "/tmp"], "OUTREACH_PROJECT_DIR"),
        (["--project-dir=/tmp"], "OUTREACH_PROJECT_DIR"),
        (["-s", "people", "--profile", "other"], "--target"),
    ],
)
def test_what_would_have_dbt_work_on_another_hub_is_refused(words: list[str], hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        as_given(words)
    assert hint in str(refused.value.hint)


def test_a_folder_is_the_one_that_the_user_sees(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    given = parse_options(as_given(["--profiles-dir=here", "--target-path", "there"]))
    assert given == {
        "--profiles-dir": str(tmp_path / "here"),
        "--target-path": str(tmp_path / "there"),
    }


def test_the_environment_names_a_target_as_it_does_to_dbt(
    tiny_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_TARGET", "short")
    assert target_name(tiny_project) == "short"
    monkeypatch.setenv("DBT_ENGINE_TARGET", "long")
    assert target_name(tiny_project) == "long"
    assert target_name(tiny_project, "asked") == "asked"


@pytest.mark.parametrize("variable", ["DBT_ENGINE_TARGET", "DBT_TARGET"])
def test_a_target_of_the_environment_that_is_not_there_is_told(
    tiny_project: Project,
    outreach: Callable[..., CliResult],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    monkeypatch.setenv(variable, "nosuch")
    done = outreach("build")
    assert done.exit_code == ExitCode.USAGE
    assert "no target 'nosuch'" in done.stderr


def test_the_environment_names_no_other_profile(
    tiny_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from outreach_hub.dbt import parse

    monkeypatch.setenv("DBT_ENGINE_PROFILE", "other")
    assert "model.tiny.company_target" in parse(tiny_project).nodes


@pytest.mark.parametrize(
    ("variable", "value", "whole"),
    [
        ("DBT_EXCLUDE_RESOURCE_TYPES", "test", False),
        ("DBT_ENGINE_RESOURCE_TYPES", "model", False),
        ("DBT_EMPTY", "true", False),
        ("DBT_EMPTY", "false", True),
        ("DBT_ENGINE_SAMPLE", "3 days", False),
    ],
)
def test_a_build_that_the_environment_narrows_is_not_one_of_everything(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, whole: bool
) -> None:
    monkeypatch.setenv(variable, value)
    assert is_whole(NO_UNIT_TESTS) is whole

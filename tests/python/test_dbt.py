"""dbt in process, on a project of three models: results, exit codes, messages."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from conftest import HEEDS_CTRL_C, REPOSITORY, CliResult
from outreach_hub.database import connect, connect_to
from outreach_hub.dbt import parse, run
from outreach_hub.dbt_options import as_given, parse_options, without_unit_tests
from outreach_hub.errors import DbtFailure, IdentityFailure, UsageError
from outreach_hub.exits import ExitCode
from outreach_hub.profile import Target
from outreach_hub.project import Project

Outreach = Callable[..., CliResult]


@pytest.fixture
def companies(database: Target) -> Callable[..., None]:
    """Fills the stand-in CL with companies, by id and name."""

    def fill(*rows: tuple[str | None, str | None]) -> None:
        with connect_to(database, role="admin") as admin:
            admin.execute(
                """
                create table if not exists cl.company_identity (
                    company_unique_id text, company_name text, created_at timestamptz
                )
                """
            )
            admin.cursor().executemany(
                "insert into cl.company_identity values (%s, %s, now())", rows
            )

    return fill


def test_a_build_that_works(
    tiny_project: Project, companies: Callable[..., None], outreach: Outreach
) -> None:
    companies(("a", "A Co"), ("b", "B Co"))
    done = outreach("build")
    assert done.exit_code == ExitCode.GOOD
    assert "3 model success, 2 test pass" in done.stdout
    assert "success  model company_target" in done.stderr
    assert "nothing to publish" in done.stderr
    assert "company_target" in (tiny_project.root / "logs" / "dbt.log").read_text()
    with connect(tiny_project) as connection:
        assert connection.execute("select companies from outreach.failing").fetchone() == (2,)


def test_its_summary_for_a_machine(
    tiny_project: Project, companies: Callable[..., None], outreach: Outreach
) -> None:
    companies(("a", None))
    done = outreach("build", "--json")
    document = json.loads(done.stdout)
    assert document["exit_code"] == done.exit_code == ExitCode.DBT_FAILURE
    assert document["totals"]["test fail"] == 1
    assert len(document["invocation_id"]) == 36
    (failure,) = document["failures"]
    assert failure["node"].startswith("test.tiny.not_null_company_target_company_name")
    assert failure["file"] == "models/_models.yml"
    assert failure["failing_rows"] == 1
    assert failure["is_identity"] is False


def test_its_summary_for_a_person(
    tiny_project: Project, companies: Callable[..., None], outreach: Outreach
) -> None:
    companies(("a", None))
    done = outreach("build")
    assert "fail  test not_null on company_target.company_name\n  models/_models.yml" in done.stdout


def test_dbts_arguments_are_dbts(
    tiny_project: Project, companies: Callable[..., None], outreach: Outreach
) -> None:
    companies(("a", "A Co"))
    done = outreach(
        "build", "-s", "stg_cl__companies", "company_target", "--exclude", "test_type:data"
    )
    assert "build: 2 model success, in" in done.stdout


def test_a_null_identity_is_an_identity_failure(
    tiny_project: Project, companies: Callable[..., None], outreach: Outreach
) -> None:
    companies((None, "Nobody"))
    done = outreach("build")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert "ID001  model company_target" in done.stdout
    assert "no gate ran and passed" in done.stdout
    assert "fix what is listed above" in done.stdout


def test_an_identity_twice_is_an_identity_failure(
    tiny_project: Project, companies: Callable[..., None], outreach: Outreach
) -> None:
    companies(("a", "A Co"), ("a", "A Company"))
    done = outreach("build")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert "ID009  model company_target" in done.stdout


def test_identity_is_not_hidden_by_another_failure(
    tiny_project: Project, companies: Callable[..., None]
) -> None:
    companies(("a", None))
    (tiny_project.models_dir / "gate.yml").write_text(
        "models: [{name: failing, columns: [{name: companies, data_tests: [{accepted_values: "
        "{arguments: {values: [7]}, config: {meta: {code: ID011}}}}]}]}]\n"
    )
    (tiny_project.models_dir / "failing.sql").write_text("select 1 as companies")
    done = run(tiny_project, ["build"])
    assert {outcome.exit_code for outcome in done.failures} == {1, 4}
    assert done.exit_code == ExitCode.IDENTITY_FAILURE


def test_a_gate_that_was_told_to_warn_fails_all_the_same(
    tiny_project: Project, companies: Callable[..., None]
) -> None:
    companies(("a", None))
    properties = tiny_project.models_dir / "_models.yml"
    properties.write_text(
        properties.read_text().replace(
            "          - not_null\n",
            "          - not_null: {config: {severity: warn, meta: {code: ID001}}}\n",
        )
    )
    done = run(tiny_project, ["build"])
    (gate,) = done.failures
    assert (gate.status, gate.verdict.code) == ("warn", "ID001")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE


@pytest.mark.parametrize(
    ("fail_with", "code", "said"),
    [("identity", 1, "reached by name"), ("sql", 4, "division by zero")],
)
def test_a_model_that_fails(
    tiny_project: Project,
    companies: Callable[..., None],
    outreach: Outreach,
    fail_with: str,
    code: int,
    said: str,
) -> None:
    companies(("a", "A Co"))
    (tiny_project.models_dir / "failing.sql").write_text(
        (tiny_project.models_dir / "failing.sql")
        .read_text()
        .replace("{% if", "{{ config(materialized='table') }}\n{% if", 1)
    )
    done = outreach("build", "--vars", f"{{fail_with: {fail_with}}}")
    assert done.exit_code == code
    assert "models/failing.sql" in done.stdout
    assert said in done.stdout
    assert "Traceback" not in done.output


def test_missing_sources_stop_it_before_anything_is_written(
    tiny_project: Project, outreach: Outreach
) -> None:
    done = outreach("build")
    assert done.exit_code == ExitCode.ENVIRONMENT
    assert "cl.company_identity: there is no such table" in done.stderr
    assert "outreach load" in done.stderr
    with connect(tiny_project) as connection:
        found = connection.execute("select to_regnamespace('outreach') is null").fetchone()
        assert found == (True,)


def test_vars_name_other_sources(tiny_project: Project, outreach: Outreach) -> None:
    done = outreach("build", "--vars", "{cl_schema: their_cl}")
    assert "their_cl.company_identity: there is no such table" in done.stderr


def test_without_a_server_it_says_so_before_dbt_is_imported(
    tiny_project: Project, outreach_process: Callable[..., CliResult]
) -> None:
    profile = tiny_project.profiles_file
    profile.write_text(profile.read_text().replace("/run", "/nowhere"))
    done = outreach_process("build")
    assert done.exit_code == ExitCode.ENVIRONMENT
    assert "the embedded server is not running" in done.stderr
    assert "reading the project" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["build", "--no-such-option"], UsageError),
        (["build", "--vars", "{"], UsageError),
        (["build", "--target", "nowhere"], UsageError),
    ],
)
def test_what_the_caller_did_wrong_is_usage(
    tiny_project: Project, arguments: list[str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        run(tiny_project, arguments)


def test_a_model_that_does_not_parse_is_named(tiny_project: Project) -> None:
    (tiny_project.models_dir / "failing.sql").write_text("{{ ref('nothing') }}")
    with pytest.raises(DbtFailure, match="nothing"):
        parse(tiny_project)


def test_a_refusal_at_parse_is_an_identity_failure(tiny_project: Project) -> None:
    (tiny_project.models_dir / "failing.sql").write_text(
        "{{ exceptions.raise_compiler_error('[ID004] only company_target reads CL') }}"
    )
    with pytest.raises(IdentityFailure) as raised:
        parse(tiny_project)
    assert raised.value.code == "ID004"


@pytest.mark.parametrize("variables", ["{a", "a: [", "not a mapping"])
def test_vars_that_are_none_are_a_usage_error(
    tiny_project: Project, outreach: Outreach, variables: str
) -> None:
    done = outreach("build", "--vars", variables)
    assert done.exit_code == ExitCode.USAGE
    assert "Traceback" not in done.output


def test_the_parse_is_given_what_it_depends_on() -> None:
    arguments = ["-s", "people", "--vars", "{a: 1}", "--target=dev", "--full-refresh"]
    assert parse_options(as_given(arguments)) == {"--vars": "{a: 1}", "--target": "dev"}


@pytest.mark.parametrize("command", ["build", "test"])
def test_a_selection_of_nothing_is_a_usage_error(
    tiny_project: Project, companies: Callable[..., None], outreach: Outreach, command: str
) -> None:
    companies(("a", "A Co"))
    done = outreach(command, "-s", "comapny_target", "--json")
    assert done.exit_code == ExitCode.USAGE
    assert json.loads(done.stdout)["error"]["where"] == "comapny_target"
    assert "matches nothing" in done.stderr
    assert "where: comapny_target" in done.stderr


def test_a_part_of_a_selection_that_is_nothing_is_told(
    tiny_project: Project, companies: Callable[..., None], outreach: Outreach
) -> None:
    companies(("a", "A Co"))
    done = outreach("build", "-s", "+company_target", "nosuch")
    assert done.exit_code == ExitCode.GOOD
    assert "warning: nothing matches nosuch" in done.stderr


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        ("name: [", ["verify", "--json"], "dbt_project.yml"),
        ("", ["grant"], "dbt_project.yml"),
        (None, ["build", "--json", "--vars", "{as_of_date: 2026-13-45}"], "month must be in"),
        (None, ["build", "--json", "--vars", "{a"], "--vars cannot be read"),
        (None, ["verify", "--json", "--vars", "{a"], "--vars cannot be read"),
        (None, ["prove", "--format", "json", "--target", "nosuch"], "nosuch"),
    ],
)
def test_what_the_caller_wrote_wrong_is_usage_to_people_and_machines(
    tiny_project: Project,
    outreach_process: Outreach,
    text: str | None,
    arguments: list[str],
    said: str,
) -> None:
    shutil.copy(REPOSITORY.example_profiles, tiny_project.root)
    if text is not None:
        (tiny_project.root / "dbt_project.yml").write_text(text)
    done = outreach_process(*arguments)
    assert done.exit_code == ExitCode.USAGE
    for_machine = {"--json", "--format"} & {*arguments}
    assert (
        (json.loads(done.stdout)["exit_code"] == ExitCode.USAGE) if for_machine else not done.stdout
    )
    assert said in done.stderr
    assert "\x1b[" not in done.stderr
    assert "Traceback" not in done.stderr


def test_tests_alone(
    tiny_project: Project, companies: Callable[..., None], outreach: Outreach
) -> None:
    companies(("a", "A Co"))
    outreach("build")
    done = outreach("test", "--json")
    assert json.loads(done.stdout)["totals"] == {"test pass": 2}


@pytest.mark.slow
def test_ctrl_c_in_a_build_is_clean(
    tiny_project: Project, companies: Callable[..., None], database: Target
) -> None:
    companies(("a", "A Co"))
    (tiny_project.models_dir / "company_target.sql").write_text(
        "select company_unique_id, company_name from {{ ref('stg_cl__companies') }}\n"
        "where pg_sleep(60) is not null\n"
    )
    code = (
        "import sys, outreach_hub.building as building; from outreach_hub.cli import main;"
        "building.require_proof = print; building.JUDGED = ();"
        "sys.argv = ['outreach', 'build']; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", HEEDS_CTRL_C + code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            "PYTHONPATH": str(REPOSITORY.root / "scripts"),
            "OUTREACH_PROJECT_DIR": str(tiny_project.root),
        },
    )
    sleeping = """
        select count(*) from pg_stat_activity
        where query like '%pg_sleep(60)%' and state = 'active' and pid <> pg_backend_pid()
    """
    with connect_to(database, role="admin", autocommit=True) as admin:
        while admin.execute(sleeping).fetchone() == (0,):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=120)
        assert admin.execute(sleeping).fetchone() == (0,)
    assert process.returncode == ExitCode.INTERRUPTED
    assert "Traceback" not in stderr
    assert stderr.endswith("interrupted\n")


@pytest.mark.parametrize(
    ("arguments", "left_out"),
    [
        ([], True),
        (["-s", "people"], True),
        (["-s", "test_type:unit"], False),
        (["--resource-type", "unit_test"], False),
        (["--exclude-resource-type=exposure"], False),
    ],
)
def test_unit_tests_are_left_out_unless_asked_for(arguments: list[str], left_out: bool) -> None:
    said = without_unit_tests(arguments)
    assert said[: len(arguments)] == arguments
    assert (said[len(arguments) :] == ["--exclude-resource-type", "unit_test"]) is left_out


@pytest.mark.slow
def test_a_terminal_gets_a_bar_and_leaves_no_lines(
    tiny_project: Project, companies: Callable[..., None]
) -> None:
    companies(("a", "A Co"))
    leader, follower = pty.openpty()
    code = (
        "import outreach_hub.building as building; from outreach_hub.project import Project;"
        "building.JUDGED = (); building.run_checked(Project.find(), 'build', [])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=follower,
        stderr=follower,
        env={
            "PYTHONPATH": str(REPOSITORY.root / "scripts"),
            "OUTREACH_PROJECT_DIR": str(tiny_project.root),
            "TERM": "xterm-256color",
        },
    )
    os.close(follower)
    shown = b""
    with contextlib.suppress(OSError):  # so does a terminal end that everybody has left
        while chunk := os.read(leader, 65536):
            shown += chunk
    os.close(leader)
    assert process.wait() == 0, shown
    assert b"dbt build (embedded)" in shown
    assert b"5/5" in shown
    assert b"nothing to publish" in shown
    assert b"success  model" not in shown

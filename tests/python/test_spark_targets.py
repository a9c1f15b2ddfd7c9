"""A target on Spark, where Spark need not be installed: what is read of it, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conftest import REPOSITORY, CliResult
from outreach_hub import extras
from outreach_hub.dbt import DbtRun
from outreach_hub.errors import UsageError
from outreach_hub.exits import ExitCode
from outreach_hub.profile import is_spark, load_spark_target, load_target
from outreach_hub.project import Project
from outreach_hub.setup_profiles import write_profiles
from outreach_hub.spark.questions import literal


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The profile of a fresh checkout, and nothing else."""
    parts = ("dbt_project.yml", "profiles.example.yml")
    project = REPOSITORY.copy_to(tmp_path_factory.mktemp("checkout"), parts)
    write_profiles(project)
    (project.packages_dir / "dbt_utils").mkdir(parents=True)
    monkeypatch.setenv("OUTREACH_PROJECT_DIR", str(project.root))
    return project


def test_the_example_has_one(project: Project) -> None:
    assert is_spark(project, "spark")
    assert not is_spark(project)
    target = load_spark_target(project, "spark")
    assert (target.method, target.schema, target.is_session) == ("session", "outreach", True)
    assert target.parameters["spark.sql.warehouse.dir"] == f"{project.state_dir}/spark/warehouse"
    assert target.parameters["spark.sql.session.timeZone"] == "UTC"


def test_the_environment_sets_its_size(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_SPARK_PARTITIONS", "64")
    monkeypatch.setenv("DBT_SPARK_DIR", "/srv/hub")
    parameters = load_spark_target(project, "spark").parameters
    assert parameters["spark.sql.shuffle.partitions"] == "64"
    assert (
        "databaseName=/srv/hub/catalog;"
        in parameters["spark.hadoop.javax.jdo.option.ConnectionURL"]
    )


def test_postgres_is_not_spark_nor_the_other_way(project: Project) -> None:
    with pytest.raises(UsageError, match="the target 'spark' is on spark, and this is only for"):
        load_target(project, "spark")
    with pytest.raises(UsageError, match="the target 'dev' is not on Spark"):
        load_spark_target(project, "dev")


@pytest.mark.parametrize(
    "command",
    [
        ["verify"],
        ["rollback"],
        ["targets", "export", "targets.csv"],
        ["grant"],
        ["bench", "generate", "-n", "10"],
    ],
)
def test_what_is_only_for_postgres_says_so(
    command: list[str], project: Project, outreach: Callable[..., CliResult]
) -> None:
    done = outreach(*command, "--target", "spark")
    assert done.exit_code == ExitCode.USAGE
    assert "this is only for Postgres" in done.stderr


@pytest.mark.parametrize("command", ["build", "test", "prove", "failures"])
def test_what_is_not_installed_is_said(
    command: str,
    project: Project,
    outreach: Callable[..., CliResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda module: None)
    done = outreach(command, "--target", "spark")
    assert done.exit_code == ExitCode.USAGE
    assert "this needs pyspark, dbt.adapters.spark, not installed here" in done.stderr
    assert "'.[spark]'" in done.stderr


def test_the_demo_is_for_no_other_target(
    project: Project, outreach: Callable[..., CliResult]
) -> None:
    done = outreach("demo", "--target", "dev")
    assert done.exit_code == ExitCode.USAGE
    assert "only for the embedded server and for Spark in this process" in done.stderr


def test_the_environment_names_an_endpoint(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_spark_target(project, "spark").is_in_process
    monkeypatch.setenv("SPARK_REMOTE", "sc://spark.example.com:15002")
    target = load_spark_target(project, "spark")
    assert (target.remote, target.is_in_process) == ("sc://spark.example.com:15002", False)
    assert "spark.master" not in target.parameters  # Spark refuses both


@pytest.mark.parametrize("command", [["demo"], ["spark", "land"]])
def test_sources_at_an_endpoint_are_never_written(
    command: list[str],
    project: Project,
    outreach: Callable[..., CliResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPARK_REMOTE", "sc://spark.example.com:15002")
    done = outreach(*command, "--target", "spark")
    assert done.exit_code == ExitCode.USAGE
    assert "is at sc://spark.example.com:15002, and sources are only ever written in" in done.stderr
    assert "a cluster's own tools fill its sources" in done.stderr


def test_what_an_endpoint_needs_is_said(
    project: Project, outreach: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_REMOTE", "sc://spark.example.com:15002")
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "pyarrow" else name)
    done = outreach("failures", "--target", "spark")
    assert done.exit_code == ExitCode.USAGE
    assert "this needs pyarrow, not installed here" in done.stderr
    assert "'.[connect]'" in done.stderr


def test_a_thrift_server_is_named_by_the_environment(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_SPARK_HOST", "spark.example.com")
    monkeypatch.setenv("DBT_SPARK_USER", "ann")
    target = load_spark_target(project, "spark_thrift")
    assert (target.method, target.host, target.is_session) == ("thrift", "spark.example.com", False)
    assert {name: target.settings[name] for name in ("port", "user", "password", "auth")} == {
        "port": "10000",
        "user": "ann",
        "password": "",
        "auth": "NONE",
    }
    assert set(target.parameters) == {
        "spark.sql.session.timeZone",
        "spark.sql.shuffle.partitions",
        "spark.sql.defaultColumn.useNullsForMissingDefaultValues",
    }  # a server refuses whatever is not a session's


def test_its_password_is_in_no_text_of_the_target(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_SPARK_PASSWORD", "secret-of-ann")
    target = load_spark_target(project, "spark_thrift")
    assert target.settings["password"] == "secret-of-ann"
    assert "secret-of-ann" not in repr(target)


@pytest.mark.parametrize("command", [["demo"], ["spark", "land"]])
def test_nor_are_they_written_through_a_thrift_server(
    command: list[str],
    project: Project,
    outreach: Callable[..., CliResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DBT_SPARK_HOST", "spark.example.com")
    done = outreach(*command, "--target", "spark_thrift")
    assert done.exit_code == ExitCode.USAGE
    assert "is at spark.example.com, and sources are only ever written in" in done.stderr


def test_what_thrift_needs_is_said(
    project: Project, outreach: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "pyhive" else name)
    done = outreach("failures", "--target", "spark_thrift")
    assert done.exit_code == ExitCode.USAGE
    assert "this needs pyhive, not installed here" in done.stderr
    assert "'.[thrift]'" in done.stderr


def test_a_thrift_server_at_a_sessions_port_is_refused(
    project: Project, outreach: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_SPARK_PORT", "443")
    done = outreach("failures", "--target", "spark_thrift")
    assert done.exit_code == ExitCode.USAGE
    assert "has the port 443, dbt's for a session: no claim would keep two builds apart" in (
        done.stderr
    )


def test_another_kind_of_endpoint_is_refused(
    project: Project, outreach: Callable[..., CliResult]
) -> None:
    profile = project.profiles_file
    profile.write_text(profile.read_text().replace("method: thrift", "method: odbc"))
    done = outreach("failures", "--target", "spark_thrift")
    assert done.exit_code == ExitCode.USAGE
    assert "the target 'spark_thrift' is of the method odbc: this needs a session" in done.stderr


def test_a_value_is_quoted_as_spark_reads_it() -> None:
    assert literal(None) == "null"
    assert literal("it's \\ one") == r"'it\'s \\ one'"


def test_nothing_is_copied_where_dbt_could_not_make_the_registry(
    project: Project, outreach: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = DbtRun("run-operation", success=False, seconds=0.1)
    monkeypatch.setattr("outreach_hub.dbt.run", lambda *_: failed)
    monkeypatch.setattr("outreach_hub.spark.building.started", lambda _: None)
    monkeypatch.setattr("outreach_hub.database.connect_to", pytest.fail)
    done = outreach("spark", "land")
    assert done.exit_code == ExitCode.DBT_FAILURE
    assert "Spark has no registry of targets, and nothing was copied" in done.stderr

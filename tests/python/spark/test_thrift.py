"""The same build through a Thrift server, which the target spark_thrift names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.util import find_spec

import pytest

from conftest import CliResult
from outreach_hub.exits import ExitCode
from outreach_hub.profile import load_spark_target
from outreach_hub.project import Project
from outreach_hub.spark.questions import NEEDED_FOR_THRIFT, Ask, asking, exists
from spark.engines import FIRST_DAY
from spark.servers import free_port, served

pytestmark = pytest.mark.skipif(
    not all(find_spec(name) for name in NEEDED_FOR_THRIFT),
    reason="pip install -c constraints.txt -e '.[thrift]'",
)

THRIFT = ("--target", "spark_thrift")
CLAIM = "build_claim"


@pytest.fixture(scope="module")
def port(landed: Project) -> Iterator[int]:
    """Spark's own Thrift server, on this machine alone, over that warehouse."""
    port = free_port()
    settings = {
        "spark.hadoop.hive.server2.thrift.bind.host": "127.0.0.1",
        "spark.hadoop.hive.server2.thrift.port": str(port),
    }
    with served(landed, "hive.thriftserver.HiveThriftServer2", port, settings):
        yield port


@pytest.fixture
def ask(port: int, landed: Project, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Questions of one's own there; commands in a process of theirs go there as well."""
    monkeypatch.setenv("OUTREACH_PROJECT_DIR", str(landed.root))
    monkeypatch.setenv("DBT_SPARK_HOST", "127.0.0.1")
    monkeypatch.setenv("DBT_SPARK_PORT", str(port))
    return asking(load_spark_target(landed, "spark_thrift"))


def test_the_demo_is_built_and_published_there(
    ask: Ask, outreach_process: Callable[..., CliResult]
) -> None:
    done = outreach_process("build", *THRIFT, *FIRST_DAY)
    assert done.exit_code == ExitCode.GOOD, done.output
    assert "Published 13 marts and 1 outbound model" in done.output
    shown = ask(
        "select count(*), count(distinct target_id), count(registry.target_id)"
        " from outreach_marts.dim_company_targets"
        " left join outreach.company_target using (target_id, company_unique_id)"
        " left join outreach_audit.target_registry as registry using (target_id, company_unique_id)"
    )
    assert [tuple(row) for row in shown] == [(60, 60, 60)]
    assert not exists(ask, "outreach_audit", CLAIM)


def test_a_second_build_is_refused_there(
    ask: Ask, outreach_process: Callable[..., CliResult]
) -> None:
    ask(f"create view outreach_audit.{CLAIM} as select 'another' as invocation_id")
    try:
        done = outreach_process("build", *THRIFT, *FIRST_DAY)
        assert done.exit_code == ExitCode.ENVIRONMENT, done.output
        assert "Another build is on" in done.output
        assert exists(ask, "outreach_audit", CLAIM)
    finally:
        ask(f"drop view outreach_audit.{CLAIM}")


def test_a_wrong_row_is_refused_and_listed(
    ask: Ask, outreach_process: Callable[..., CliResult]
) -> None:
    """After the build above, whose publication is on record and is read here."""
    (table,) = (row[1] for row in ask("show tables in outreach_raw like 'people__v*'"))
    ask(
        f"insert into outreach_raw.{table} select 'PER-WRONG' as person_id, 'UNKNOWN' as"
        " company_unique_id, * except (person_id, company_unique_id)"
        f" from outreach_raw.{table} limit 1"
    )
    done = outreach_process("build", *THRIFT, *FIRST_DAY, "-s", "stg_people__people")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE, done.output
    listed = outreach_process("failures", *THRIFT, "--code", "ID001", "--json")
    assert listed.exit_code == ExitCode.GOOD, listed.output
    (run,) = json.loads(listed.stdout)["runs"]
    (group,) = run["groups"]
    assert (group["code"], group["source_table"]) == ("ID001", "outreach_raw.people")
    assert [row["record_key"] for row in group["failures"]] == ["PER-WRONG"]


def test_a_server_that_is_none_is_said(
    landed: Project,
    outreach_process: Callable[..., CliResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OUTREACH_PROJECT_DIR", str(landed.root))
    monkeypatch.setenv("DBT_SPARK_HOST", "127.0.0.1")
    monkeypatch.setenv("DBT_SPARK_PORT", "1")
    done = outreach_process("failures", *THRIFT)
    assert done.exit_code == ExitCode.ENVIRONMENT
    assert "no Thrift server of Spark answers at 127.0.0.1:1: " in done.stderr
    assert "Traceback" not in done.stderr

"""The same build at a Spark Connect endpoint, which SPARK_REMOTE names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from conftest import CliResult
from outreach_hub.exits import ExitCode
from outreach_hub.project import Project
from outreach_hub.spark.session import NEEDED_TO_CONNECT
from spark.engines import FIRST_DAY, SPARK
from spark.servers import free_port, served

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

pytestmark = pytest.mark.skipif(
    not all(find_spec(name) for name in NEEDED_TO_CONNECT),
    reason="pip install -c constraints.txt -e '.[connect]'",
)

CLAIM = "outreach_audit.build_claim"


@pytest.fixture(scope="module")
def endpoint(landed: Project) -> Iterator[str]:
    """Spark's own Connect server, on this machine alone, over that warehouse."""
    port = free_port()
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
    }
    with served(landed, "connect.service.SparkConnectServer", port, settings):
        yield f"sc://127.0.0.1:{port}"


@pytest.fixture
def remote(
    endpoint: str, landed: Project, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SparkSession]:
    """A session of one's own there; commands in a process of theirs go there as well."""
    from pyspark.sql.connect.session import SparkSession

    monkeypatch.setenv("OUTREACH_PROJECT_DIR", str(landed.root))
    monkeypatch.setenv("SPARK_REMOTE", endpoint)
    session = SparkSession.builder.remote(endpoint).create()
    yield session
    session.stop()


def test_a_build_is_whole_there(
    remote: SparkSession, outreach_process: Callable[..., CliResult]
) -> None:
    done = outreach_process("build", *SPARK, *FIRST_DAY, timeout=1200)
    assert done.exit_code == ExitCode.GOOD, done.output
    assert "Traceback" not in done.output
    targets = remote.sql("select target_id from outreach.company_target").collect()
    assert len({row["target_id"] for row in targets}) == 60
    shown = remote.sql(
        "select count(*) from outreach_marts.dim_company_targets as targets"
        " inner join outreach.company_target using (target_id, company_unique_id)"
    )
    assert shown.collect()[0][0] == 60
    (registered,) = remote.sql("select count(*) from outreach_audit.target_registry").collect()
    assert registered[0] == 60
    assert remote.sql("show views in outreach_audit like 'build_claim'").collect() == []


def test_a_second_build_is_refused_there(
    remote: SparkSession, outreach_process: Callable[..., CliResult]
) -> None:
    """Both would give the same targets to different companies."""
    remote.sql(f"create view {CLAIM} as select 'another' as invocation_id").collect()
    try:
        done = outreach_process("build", *SPARK, *FIRST_DAY)
        assert done.exit_code == ExitCode.ENVIRONMENT, done.output
        assert "Another build is on" in done.output
        assert f"drop view {CLAIM}" in done.output
        assert remote.sql(f"select invocation_id from {CLAIM}").collect()[0][0] == "another"
    finally:
        remote.sql(f"drop view {CLAIM}").collect()


@pytest.mark.parametrize(
    ("url", "code", "said"),
    [
        ("sc://127.0.0.1:1", ExitCode.ENVIRONMENT, "no Spark answers at 127.0.0.1:1"),
        ("127.0.0.1:15002", ExitCode.USAGE, "'127.0.0.1:15002' names no Spark Connect endpoint"),
    ],
)
def test_an_endpoint_that_is_none_is_said(
    url: str,
    code: ExitCode,
    said: str,
    landed: Project,
    outreach_process: Callable[..., CliResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OUTREACH_PROJECT_DIR", str(landed.root))
    monkeypatch.setenv("SPARK_REMOTE", url)
    done = outreach_process("failures", *SPARK)
    assert done.exit_code == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr

"""The same build at a Spark Connect endpoint, which SPARK_REMOTE names."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest import PROJECT_PARTS, REPOSITORY, CliResult
from outreach_hub.exits import ExitCode
from outreach_hub.profile import load_spark_target
from outreach_hub.project import Project
from outreach_hub.setup_profiles import write_profiles
from outreach_hub.spark.session import NEEDED_TO_CONNECT
from spark.engines import FIRST_DAY, SPARK

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

pytestmark = pytest.mark.skipif(
    not all(find_spec(name) for name in NEEDED_TO_CONNECT),
    reason="pip install -c constraints.txt -e '.[connect]'",
)

FILL = """
from outreach_hub.profile import load_spark_target
from outreach_hub.project import Project
from outreach_hub.spark.demo import load_demo
from outreach_hub.spark.session import open_session

project = Project.find()
load_demo(project, open_session(load_spark_target(project, "spark")))
"""
CLAIM = "outreach_audit.build_claim"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A checkout, and the demo world in the sources of a warehouse that nobody has open."""
    folder = tmp_path_factory.mktemp("endpoint")
    project = REPOSITORY.copy_to(folder / "checkout", PROJECT_PARTS)
    write_profiles(project)
    subprocess.run(
        [sys.executable, "-c", FILL],
        env=os.environ
        | {
            "OUTREACH_PROJECT_DIR": str(project.root),
            "PYTHONPATH": str(REPOSITORY.root / "scripts"),
        },
        check=True,
        capture_output=True,
        timeout=300,
    )
    return project


@pytest.fixture(scope="module")
def endpoint(project: Project) -> Iterator[str]:
    """Spark's own Connect server, on this machine alone, over that warehouse."""
    import pyspark

    home = Path(pyspark.__file__).parent
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    settings = {
        **load_spark_target(project, "spark").parameters,
        "spark.master": "local[2]",
        "spark.sql.catalogImplementation": "hive",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
    }
    with (project.root / "server.log").open("w") as log:
        server = subprocess.Popen(
            [
                home / "bin" / "spark-submit",
                *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer"),
                *(f"--conf={name}={value}" for name, value in settings.items()),
                "spark-internal",
            ],
            env=os.environ | {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(port, server)
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(60)


@pytest.fixture
def remote(
    endpoint: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SparkSession]:
    """A session of one's own there; commands in a process of theirs go there as well."""
    from pyspark.sql.connect.session import SparkSession

    monkeypatch.setenv("OUTREACH_PROJECT_DIR", str(project.root))
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
    assert remote.sql(f"show views in outreach_audit like '{CLAIM}'").collect() == []


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
    project: Project,
    outreach_process: Callable[..., CliResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OUTREACH_PROJECT_DIR", str(project.root))
    monkeypatch.setenv("SPARK_REMOTE", url)
    done = outreach_process("failures", *SPARK)
    assert done.exit_code == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 120
    while time.monotonic() < ends and server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail("the Spark Connect server has not started")

"""Spark's own servers, on this machine alone, over the warehouse of a checkout."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from conftest import PROJECT_PARTS, REPOSITORY
from outreach_hub.profile import load_spark_target
from outreach_hub.project import Project
from outreach_hub.setup_profiles import write_profiles

FILL = """
from outreach_hub.profile import load_spark_target
from outreach_hub.project import Project
from outreach_hub.spark.demo import load_demo
from outreach_hub.spark.session import open_session

project = Project.find()
load_demo(project, open_session(load_spark_target(project, "spark")))
"""


def landed_demo(folder: Path) -> Project:
    """A checkout, and the demo world in the sources of a warehouse that nobody has open."""
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


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port: int = free.getsockname()[1]
        return port


@contextmanager
def served(
    project: Project, server_class: str, port: int, settings: Mapping[str, str]
) -> Iterator[None]:
    """A server, from its first answer at the port to the end of the block."""
    import pyspark

    home = Path(pyspark.__file__).parent
    settings = {
        **load_spark_target(project, "spark").parameters,
        "spark.master": "local[2]",
        "spark.sql.catalogImplementation": "hive",
        **settings,
    }
    with (project.root / "server.log").open("w") as log:
        server = subprocess.Popen(
            [
                home / "bin" / "spark-submit",
                *("--class", f"org.apache.spark.sql.{server_class}"),
                *(f"--conf={name}={value}" for name, value in settings.items()),
                "spark-internal",
            ],
            env=os.environ | {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(port, server)
        yield
    finally:
        server.terminate()
        server.wait(60)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 120
    while time.monotonic() < ends and server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail("Spark's server has not started")

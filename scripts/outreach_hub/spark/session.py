"""The Spark session that dbt uses too: it takes the one that is there.

In this process, or of a Spark Connect endpoint where SPARK_REMOTE names one.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from outreach_hub.errors import EnvironmentFailure, UsageError
from outreach_hub.extras import require
from outreach_hub.profile import SPARK_REMOTE

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from outreach_hub.profile import SparkTarget

NEEDED = ("pyspark", "dbt.adapters.spark")
"""Modules of the extra `spark`."""

NEEDED_TO_CONNECT = ("pandas", "pyarrow", "grpc_status", "zstandard")
"""Modules of the extra `connect`."""

_IN_USE = re.compile(r"Another instance of Derby may have already booted the database")
_QUIET = ("SQLQueryContextLogger", "py4j", "pyspark")
"""Loggers that print a stack trace for every refused statement: dbt tells what was refused."""


def open_session(target: SparkTarget) -> SparkSession:
    """The session of a target, in this process or at a Spark Connect endpoint, or the one started.

    Raises where it cannot be had, and where the target is an endpoint of another kind.
    """
    if not target.is_session:
        raise UsageError(
            f"the target {target.name!r} is of the method {target.method}: this needs a session",
            hint="docs/spark.md has the endpoints there are, Spark Connect and Thrift",
        )
    require("spark", *NEEDED)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return _connected(target) if target.remote else _started(target)


def require_in_process(target: SparkTarget) -> None:
    """Raises where the tables are not those of a session's own folder."""
    if not target.is_in_process:
        raise UsageError(
            f"the target {target.name!r} is at {target.remote or target.host}, and sources are"
            " only ever written in this process",
            hint="a cluster's own tools fill its sources; `outreach build` works on both",
        )


def _connected(target: SparkTarget) -> SparkSession:
    """A session of an endpoint, whose own settings stand but for those of a session."""
    require("connect", *NEEDED_TO_CONNECT)
    where = f"target {target.name}, {SPARK_REMOTE}"
    endpoint = urlsplit(target.remote)
    if endpoint.scheme != "sc" or not endpoint.hostname:
        raise UsageError(
            f"{target.remote!r} names no Spark Connect endpoint",
            where=where,
            hint=f"{SPARK_REMOTE}=sc://host:15002, as Spark has it",
        )
    try:  # Its client would try for ten minutes.
        with socket.create_connection((endpoint.hostname, endpoint.port or 15002), timeout=10):
            pass
    except OSError as failure:
        raise EnvironmentFailure(
            f"no Spark answers at {endpoint.hostname}:{endpoint.port or 15002}: {failure}",
            where=where,
            hint="start-connect-server.sh of Spark starts one (docs/spark.md)",
        ) from None
    # It warns of each setting that is the endpoint's, at every statement.
    warnings.filterwarnings("ignore", module="pyspark")
    from pyspark.errors import PySparkException

    try:
        session = _builder(target).getOrCreate()
        session.sql("select 1").collect()
    except (PySparkException, RuntimeError) as failure:
        raise EnvironmentFailure(f"Spark refuses: {_first_line(failure)}", where=where) from None
    return session


def _started(target: SparkTarget) -> SparkSession:
    """Starts Spark in this process, with the settings of the target.

    Its catalog is a database of one process: whoever has it open keeps others out, which is what
    keeps two builds apart. Raises where it is in use, and where there is no Java.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    # Its scripts would ask the network which address this machine has.
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    folder = Path(target.parameters.get("spark.sql.warehouse.dir", "")).parent
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with _stderr_to(folder / "spark.log"):
            session = _builder(target).getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        session.catalog.listDatabases()
    except (PySparkException, Py4JError, RuntimeError, OSError) as failure:
        raise _explained(target, failure, _read(folder / "derby.log")) from None
    return session


def _builder(target: SparkTarget) -> SparkSession.Builder:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.enableHiveSupport()
    for key, value in target.parameters.items():
        builder = builder.config(key, value)
    return builder


@contextmanager
def _stderr_to(path: Path) -> Iterator[None]:
    """What Spark's own process says goes to a file from its first word on: it takes ours over."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with path.open("ab") as log:
            os.dup2(log.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _read(log: Path) -> str:
    """What the catalog's database said as it started: Spark keeps that to itself."""
    try:
        return log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _explained(target: SparkTarget, failure: Exception, catalog: str) -> EnvironmentFailure:
    where = f"target {target.name}"
    if _IN_USE.search(catalog):
        return EnvironmentFailure(
            "another process has Spark's catalog open, so another build is on",
            where=where,
            hint="wait for it to end; the catalog serves one process at a time",
        )
    return EnvironmentFailure(
        f"Spark does not start: {_first_line(failure)}",
        where=where,
        hint="it needs Java 17 or newer (`java -version`), and a folder that can be written",
    )


def _first_line(failure: Exception) -> str:
    lines = str(failure).splitlines()
    return next((line for line in lines if line.strip()), type(failure).__name__)

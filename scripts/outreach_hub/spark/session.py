"""The Spark session that dbt uses too: it takes the one that is there."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from outreach_hub.errors import EnvironmentFailure, UsageError
from outreach_hub.extras import require

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from outreach_hub.profile import SparkTarget

NEEDED = ("pyspark", "dbt.adapters.spark")
"""Modules of the extra `spark`."""

_IN_USE = re.compile(r"Another instance of Derby may have already booted the database")
_QUIET = ("SQLQueryContextLogger", "py4j", "pyspark")
"""Loggers that print a stack trace for every refused statement: dbt tells what was refused."""


def open_session(target: SparkTarget) -> SparkSession:
    """Starts Spark in this process, with the settings of the target, or takes the one started.

    Its catalog is a database of one process: whoever has it open keeps others out, which is what
    keeps two builds apart. Raises where it is in use, where there is no Java, and where the target
    is an endpoint.
    """
    if not target.is_session:
        raise UsageError(
            f"the target {target.name!r} is a {target.method} endpoint, and this needs a session",
            hint="a cluster's own tools fill its sources; `outreach build` works on both",
        )
    require("spark", *NEEDED)
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # Its scripts would ask the network which address this machine has.
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    folder = Path(target.parameters.get("spark.sql.warehouse.dir", "")).parent
    folder.mkdir(parents=True, exist_ok=True)
    builder = SparkSession.builder.enableHiveSupport()
    for key, value in target.parameters.items():
        builder = builder.config(key, value)
    try:
        with _stderr_to(folder / "spark.log"):
            session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        session.catalog.listDatabases()
    except (PySparkException, Py4JError, RuntimeError, OSError) as failure:
        raise _explained(target, failure, _read(folder / "derby.log")) from None
    return session


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
    said = str(failure)
    where = f"target {target.name}"
    if _IN_USE.search(catalog):
        return EnvironmentFailure(
            "another process has Spark's catalog open, so another build is on",
            where=where,
            hint="wait for it to end; the catalog serves one process at a time",
        )
    first = next((line for line in said.splitlines() if line.strip()), type(failure).__name__)
    return EnvironmentFailure(
        f"Spark does not start: {first}",
        where=where,
        hint="it needs Java 17 or newer (`java -version`), and a folder that can be written",
    )

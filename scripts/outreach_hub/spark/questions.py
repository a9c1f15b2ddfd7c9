"""What the runner asks of Spark: rows for a statement, of a session or through a Thrift server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from outreach_hub.errors import EnvironmentFailure, UsageError
from outreach_hub.extras import require
from outreach_hub.profile import SPARK, THRIFT
from outreach_hub.spark.session import open_session

if TYPE_CHECKING:
    from outreach_hub.profile import SparkTarget

Ask = Callable[[str], Sequence[Sequence[Any]]]
"""Sends a statement and returns its rows."""

OF_A_SESSION = "443"
"""The port that a dbt target has that names none (macros/engine/is_endpoint.sql)."""

NEEDED_FOR_THRIFT = ("pyhive", "thrift", "thrift_sasl", "dbt.adapters.spark")
"""Modules of the extra `thrift`."""


def asking(target: SparkTarget) -> Ask:
    """How to ask a target. Raises where it cannot be reached."""
    if target.method == THRIFT:
        if str(target.settings.get("port", OF_A_SESSION)) == OF_A_SESSION:
            raise UsageError(
                f"the target {target.name!r} has the port {OF_A_SESSION}, dbt's for a session: no"
                " claim would keep two builds apart",
                hint="name the port that the Thrift server listens on, and let it be another",
            )
        return _through_thrift(target)
    session = open_session(target)
    return lambda statement: session.sql(statement).collect()


def exists(ask: Ask, schema: str, name: str) -> bool:
    """Whether there is a table or view of this name."""
    return bool(
        ask(f"show schemas like '{schema}'") and ask(f"show tables in {schema} like '{name}'")
    )


def literal(text: str | None) -> str:
    """A value as Spark's SQL has it."""
    if text is None:
        return "null"
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _through_thrift(target: SparkTarget) -> Ask:
    """By a connection that dbt makes, with the settings that dbt's own will have."""
    require("thrift", *NEEDED_FOR_THRIFT)
    from dbt.adapters.contracts.connection import Connection
    from dbt.adapters.exceptions import FailedToConnectError
    from dbt.adapters.spark.connections import SparkConnectionManager, SparkCredentials

    logging.getLogger("thrift.transport").setLevel(logging.CRITICAL)  # dbt shows what it says
    settings = {
        name: value
        for name, value in target.settings.items()
        if value != "" and name not in ("type", "threads")
    }
    connection = Connection(SPARK, target.name, credentials=SparkCredentials(**settings))
    try:
        SparkConnectionManager.open(connection)
    except FailedToConnectError as failure:
        raise EnvironmentFailure(
            f"no Thrift server of Spark answers at {target.host}:{settings.get('port')}:"
            f" {str(failure).splitlines()[-1].strip()}",
            where=f"target {target.name}",
            hint="start-thriftserver.sh of Spark starts one (docs/spark.md)",
        ) from None

    def ask(statement: str) -> Sequence[Sequence[Any]]:
        cursor = connection.handle.cursor()
        cursor.execute(statement)
        rows: Sequence[Sequence[Any]] = cursor.fetchall()
        return rows

    return ask

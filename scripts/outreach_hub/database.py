"""Connections to the database of a target, and plain words where there is none to be had."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Literal

from outreach_hub.errors import EnvironmentFailure
from outreach_hub.profile import Target, load_target

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql
    from typing_extensions import LiteralString

    from outreach_hub.project import Project

Role = Literal["build", "admin"]
EMBEDDED_ADMIN = "postgres"

_SESSION = {
    "row_security": "off",
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "quote_all_identifiers": "off",
    "idle_session_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "transaction_timeout": "0",
}
"""What every session here works with, whatever the server, the database, the role or PG* say: all
rows; times in the zone and the writing in which they are shown, compared and read, and names as
they are; and as long as it takes, for one session holds the lock, or a moment of the sources, while
dbt builds by others."""


def connect(
    project: Project,
    target: str | None = None,
    role: Role = "build",
    autocommit: bool = False,
) -> psycopg.Connection[Any]:
    """A connection to a target's database, as the build role or as the one that administers it.

    The embedded server's administrator is `postgres`. Elsewhere it is DBT_ADMIN_USER with
    DBT_ADMIN_PASSWORD, or the build role where those are not set.
    """
    return connect_to(load_target(project, target), role=role, autocommit=autocommit)


def connect_to(
    target: Target, role: Role = "build", autocommit: bool = False
) -> psycopg.Connection[Any]:
    """As `connect`, for settings already read.

    A query from which a policy of row security would hide rows is refused: records that vanish
    would be taken for records that never were.
    """
    import psycopg

    user, password = credentials(target, role)
    settings: dict[str, Any] = {
        "host": target.host,
        "port": target.port,
        "user": user,
        "dbname": target.dbname,
        "connect_timeout": target.connect_timeout,
        "application_name": "outreach",
        "client_encoding": "UTF8",
    }
    if password:
        settings["password"] = password
    if target.sslmode:
        settings["sslmode"] = target.sslmode
    try:
        connection = psycopg.connect(autocommit=True, **settings)
    except psycopg.OperationalError as error:
        raise _explained(error, target, role) from None
    read_any_day(connection)
    connection.execute(
        "select set_config(name, value, false)"
        " from unnest(%s::text[], %s::text[]) as wanted (name, value)"
        " inner join pg_settings using (name)",
        [list(_SESSION), list(_SESSION.values())],
    )
    connection.autocommit = autocommit
    return connection


def read_any_day(connection: psycopg.Connection[Any]) -> None:
    """Has days and times that Python has none for (infinity, before Christ, the year 10000) come as
    Postgres' text for them: what lands may be such, and is to be shown."""
    from psycopg import DataError
    from psycopg.types import datetime as types

    def falling_back(loader: type[Any]) -> type[Any]:
        class Falling(loader):  # type: ignore[misc]
            def load(self, data: Any) -> Any:
                try:
                    return super().load(data)
                except DataError:
                    return bytes(data).decode()

        return Falling

    for name, loader in (
        ("date", types.DateLoader),
        ("timestamp", types.TimestampLoader),
        ("timestamptz", types.TimestamptzLoader),
    ):
        connection.adapters.register_loader(name, falling_back(loader))


def exists(connection: psycopg.Connection[Any] | psycopg.Cursor[Any], name: sql.Identifier) -> bool:
    """Whether there is a table or view of this name."""
    found = connection.execute("select to_regclass(%s) is not null", [name.as_string()])
    return found.fetchone() == (True,)


def trusted(text: str) -> sql.SQL:
    """SQL that dbt compiled. Its percent signs are its own: it is run without parameters."""
    from psycopg import sql

    as_written: LiteralString = text
    return sql.SQL(as_written)


def speed_up(connection: psycopg.Connection[Any]) -> None:
    """Lets this transaction scan and hash whole tables: with all cores, and in memory.

    The settings suit one session that works alone; `parallel_tuple_cost` is a tenth of the default,
    which takes rows that workers hand over for dearer than they are.
    """
    for setting, value in (("work_mem", "256MB"), ("parallel_tuple_cost", "0.01")):
        connection.execute("select set_config(%s, %s, true)", [setting, value])


def credentials(target: Target, role: Role) -> tuple[str, str]:
    """User and password by which a role reaches a target."""
    if role == "admin":
        if target.is_embedded:
            return EMBEDDED_ADMIN, ""
        if os.environ.get("DBT_ADMIN_USER"):
            return os.environ["DBT_ADMIN_USER"], os.environ.get("DBT_ADMIN_PASSWORD", "")
    return target.user, target.password


def _explained(error: Exception, target: Target, role: Role) -> EnvironmentFailure:
    """What stands in the way of a connection; what libpq said, where nothing better is known."""
    said = " ".join(str(error).split())
    message, hint = next(
        (trouble[1:] for trouble in _CONNECTION_TROUBLE if re.search(trouble[0], said)),
        (f"cannot connect: {said}", "check the target's settings"),
    )
    user, _ = credentials(target, role)
    is_own = role == "admin" and "DBT_ADMIN_USER" in os.environ
    hint = hint.format(
        target=target.name,
        user="DBT_ADMIN_USER" if is_own else "DBT_USER (or PGUSER)",
        password="DBT_ADMIN_PASSWORD" if is_own else "DBT_PASSWORD (or PGPASSWORD)",
    )
    if target.is_embedded and message == _NO_SERVER:
        message, hint = "the embedded server is not running", "run `outreach db start`"
    where = f"target {target.name}, {target.url(user)}"
    return EnvironmentFailure(message, where=where, hint=hint)


_NO_SERVER = "no server answers"

_CONNECTION_TROUBLE = (
    # What libpq says, as a regular expression; what it means; what to do about it.
    (
        "password authentication failed",
        "the server refused the user or the password",
        "check {user} and {password}",
    ),
    (
        "no password supplied",
        "the server wants a password and none is set",
        "set {password}",
    ),
    (
        r"no pg_hba\.conf entry",
        "the server does not admit this user from this machine",
        "ask its administrator for an entry in pg_hba.conf, or check DBT_SSLMODE",
    ),
    (
        "too many clients",
        "the server has no connection left",
        "wait for other work to end, or lower DBT_THREADS",
    ),
    (
        "starting up",
        "the server is still starting, or recovering from a crash",
        "try again in a moment",
    ),
    ("shutting down", "the server is shutting down", "start it again, then retry"),
    (
        "does not support SSL",
        "the server does not speak TLS, and the target insists on it",
        "set DBT_SSLMODE=prefer if that is acceptable for this server",
    ),
    (
        'permission denied for database "',
        "this role may not connect to the database",
        "an administrator has to run `outreach grant --target {target} --apply`",
    ),
    (
        "is not permitted to log in",
        "this role may not log in",
        "an administrator has to run `alter role ... login`, or check DBT_USER",
    ),
    (
        'too many connections for role "',
        "the role has no connection left",
        "wait for other work to end, or lower DBT_THREADS",
    ),
    (
        'too many connections for database "',
        "the database has no connection left",
        "wait for other work to end, or lower DBT_THREADS",
    ),
    (
        'database "[^"]*" does not exist',
        "the server has no such database",
        "create it, or check DBT_DBNAME (embedded: `outreach db start` makes it)",
    ),
    (
        'role "[^"]*" does not exist',
        "the server has no such role",
        "create it, or check DBT_USER (embedded: `outreach db start` makes it)",
    ),
    ("could not translate host name", "no such host", "check DBT_HOST"),
    ("failed to resolve host", "no such host", "check DBT_HOST"),
    ("Name or service not known", "no such host", "check DBT_HOST"),
    ("timeout expired", _NO_SERVER, "check DBT_HOST and DBT_PORT, and that it is up"),
    ("Connection refused", _NO_SERVER, "check DBT_HOST and DBT_PORT, and that it is up"),
    ("No such file or directory", _NO_SERVER, "check DBT_HOST and DBT_PORT, and that it is up"),
    (
        "Permission denied",
        "this user may not reach the server's socket",
        "run as the user who started it, or stop it and start your own",
    ),
)

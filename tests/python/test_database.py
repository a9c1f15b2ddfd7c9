"""What a connection that fails tells its user."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest

from outreach_hub.database import _explained, connect_to, credentials
from outreach_hub.errors import EnvironmentFailure
from outreach_hub.profile import Target
from outreach_hub.server import EmbeddedServer

PROD = Target("prod", "127.0.0.1", 1, "builder", "outreach", "outreach", password="s3cr3t!")


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))  # bound, but nobody listens
        yield holder.getsockname()[1]


def failure(target: Target) -> EnvironmentFailure:
    with pytest.raises(EnvironmentFailure) as raised:
        connect_to(target)
    return raised.value


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("timestamptz 'infinity'", "infinity"),
        ("timestamp '4713-01-02 BC'", "4713-01-02 00:00:00 BC"),
        ("date '12345-01-01'", "12345-01-01"),
        ("date '2026-11-28'", date(2026, 11, 28)),
    ],
)
def test_days_that_python_has_not_come_as_text(
    database: Target, written: str, read: str | date
) -> None:
    with connect_to(database) as connection:
        assert connection.execute(f"select {written}").fetchone() == (read,)


def test_a_session_works_with_its_own_settings(database: Target) -> None:
    settings = (
        "datestyle to 'SQL, DMY'",
        "intervalstyle to iso_8601",
        "timezone to 'Asia/Tokyo'",
        "idle_session_timeout to '1s'",
        "idle_in_transaction_session_timeout to '1s'",
        "quote_all_identifiers to on",
        "client_encoding to sql_ascii",
    )
    with connect_to(database, role="admin") as admin:
        for setting in settings:
            admin.execute(f"alter database {database.dbname} set {setting}".encode())
    with connect_to(database) as connection:
        read = connection.execute("select date '2026-11-25', interval '2 days', '25/11/2026'::date")
        assert read.fetchone() == (date(2026, 11, 25), timedelta(days=2), date(2026, 11, 25))
        read = connection.execute(
            "select timestamptz '2026-11-25 12:00+00' :: text, setting from pg_settings"
            " where name like 'idle_%session_timeout'"
        )
        assert read.fetchall() == [("2026-11-25 12:00:00+00", "0")] * 2
        read = connection.execute("select format_type('text'::regtype, null), 'Å'")
        assert read.fetchone() == ("text", "Å")


def test_as_the_build_role_or_its_administrator(database: Target) -> None:
    for role, user in (("build", "outreach_build"), ("admin", "postgres")):
        with connect_to(database, role=role) as connection:  # type: ignore[arg-type]
            assert connection.execute("select current_user").fetchone() == (user,)


def test_elsewhere_variables_name_the_administrator(monkeypatch: pytest.MonkeyPatch) -> None:
    assert credentials(PROD, "admin") == ("builder", "s3cr3t!")
    monkeypatch.setenv("DBT_ADMIN_USER", "owner")
    monkeypatch.setenv("DBT_ADMIN_PASSWORD", "0wner")
    assert credentials(PROD, "admin") == ("owner", "0wner")


def test_no_embedded_server(tmp_path: Path) -> None:
    error = failure(EmbeddedServer(tmp_path / ".outreach").target())
    assert error.message == "the embedded server is not running"
    assert error.hint == "run `outreach db start`"


def test_nobody_listens(closed_port: int) -> None:
    error = failure(replace(PROD, port=closed_port))
    assert error.message == "no server answers"
    assert "DBT_HOST" in str(error.hint)


@pytest.fixture(scope="module")
def guarded() -> Iterator[Target]:
    """A server that wants a password, by TCP."""
    folder = Path(tempfile.mkdtemp(prefix="outreach-guarded-", dir="/tmp"))
    server = EmbeddedServer(folder, durable=False)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
    try:
        server.start()
        with connect_to(server.target("postgres"), role="admin", autocommit=True) as admin:
            admin.execute("create role builder login password 'right'")
        server.stop()
        auto = server.data_dir / "postgresql.auto.conf"
        auto.write_text(f"listen_addresses = '127.0.0.1'\nport = {port}\n")
        hba = server.data_dir / "pg_hba.conf"
        hba.write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        server.start()
        yield replace(PROD, port=port, dbname="postgres")
    finally:
        server.stop()
        shutil.rmtree(folder)


def test_the_right_password(guarded: Target) -> None:
    with connect_to(replace(guarded, password="right")) as connection:
        assert connection.execute("select current_user").fetchone() == ("builder",)


def test_a_wrong_password_is_told_but_not_shown(guarded: Target) -> None:
    error = failure(guarded)
    assert error.message == "the server refused the user or the password"
    assert "s3cr3t!" not in f"{error.message} {error.where} {error.hint}"


def test_a_missing_password(guarded: Target) -> None:
    assert "wants a password" in failure(replace(guarded, password="")).message


def test_no_such_host() -> None:
    assert failure(replace(PROD, host="nowhere.invalid")).message == "no such host"


def test_no_such_database(database: Target) -> None:
    error = failure(replace(database, dbname="elsewhere"))
    assert error.message == "the server has no such database"


def test_no_such_role(database: Target) -> None:
    error = failure(replace(database, user="nobody_here"))
    assert error.message == "the server has no such role"


@pytest.mark.parametrize(
    ("statement", "message", "hint"),
    [
        (
            "revoke connect on database {database} from public, {user}",
            "this role may not connect to the database",
            "`outreach grant --target embedded --apply`",
        ),
        ("alter role {user} nologin", "this role may not log in", "alter role"),
        (
            "alter role {user} connection limit 0",
            "the role has no connection left",
            "wait for other work to end",
        ),
        (
            "alter database {database} connection limit 0",
            "the database has no connection left",
            "wait for other work to end",
        ),
    ],
)
def test_what_is_there_and_shut_is_not_called_missing(
    database: Target, statement: str, message: str, hint: str
) -> None:
    user = f"role_of_{database.dbname}"
    with connect_to(database, role="admin", autocommit=True) as admin:
        admin.execute(f"create role {user} login")
        try:
            admin.execute(statement.format(database=database.dbname, user=user))
            error = failure(replace(database, user=user))
        finally:
            admin.execute(f"drop owned by {user}")
            admin.execute(f"drop role {user}")
    assert error.message == message
    assert hint in str(error.hint)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ('FATAL: password authentication failed for user "x"', "refused the user or the password"),
        ("fe_sendauth: no password supplied", "wants a password and none is set"),
        ('FATAL: no pg_hba.conf entry for host "1.2.3.4", database "x"', "does not admit"),
        ("FATAL: sorry, too many clients already", "no connection left"),
        ("FATAL: the database system is starting up", "still starting"),
        ("server does not support SSL, but SSL was required", "does not speak TLS"),
        ("something new", "cannot connect: something new"),
    ],
)
def test_what_libpq_says_is_put_plainly(said: str, message: str) -> None:
    error = _explained(psycopg.OperationalError(said), PROD, "build")
    assert message in error.message
    assert error.hint
    assert "s3cr3t!" not in f"{error.message} {error.where} {error.hint}"


def test_an_administrators_password_is_looked_for_where_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused = psycopg.OperationalError("FATAL: password authentication failed")
    hint = "check DBT_USER (or PGUSER) and DBT_PASSWORD (or PGPASSWORD)"
    assert _explained(refused, PROD, "admin").hint == hint
    monkeypatch.setenv("DBT_ADMIN_USER", "postgres")
    assert _explained(refused, PROD, "admin").hint == "check DBT_ADMIN_USER and DBT_ADMIN_PASSWORD"
    assert _explained(refused, PROD, "build").hint == hint

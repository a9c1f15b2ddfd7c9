"""The embedded server through its life: first start, crash, stale files, refusals."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from outreach_hub import server as server_module
from outreach_hub.database import connect_to
from outreach_hub.errors import EnvironmentFailure
from outreach_hub.server import LONGEST_SOCKET_PATH, SOCKET_NAME, EmbeddedServer
from outreach_hub.stand_in import furnish


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Not pytest's own: as root, the server's user has to be able to enter."""
    folder = Path(tempfile.mkdtemp(prefix="outreach-server-", dir="/tmp"))
    yield folder
    EmbeddedServer(folder / "state", durable=False).stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(folder: Path) -> EmbeddedServer:
    """A stopped server, its data made."""
    server = EmbeddedServer(folder / "state", durable=False)
    if not server.data_dir.exists():
        server.start()
    server.stop()
    return server


def answers(server: EmbeddedServer) -> bool:
    with connect_to(server.target("postgres"), role="admin") as connection:
        return connection.execute("select 1").fetchone() == (1,)


def kill(server: EmbeddedServer) -> int:
    """As a power cut would: no process of the server gets to clean up."""
    pid = server.status().pid
    assert pid is not None
    postmaster = psutil.Process(pid)
    postmaster.suspend()  # first: it would go on to start children, and to bury some that end
    family = [postmaster, *postmaster.children(recursive=True)]
    for process in reversed(family):
        process.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(family, timeout=60)
    assert not alive
    return pid


def test_starts_answers_and_stops(server: EmbeddedServer) -> None:
    assert server.start().is_running
    assert answers(server)
    assert server.stop() is True
    assert server.status().state == "stopped"
    assert server.stop() is False


def test_starting_a_running_server_changes_nothing(server: EmbeddedServer) -> None:
    pid = server.start().pid
    assert server.start().pid == pid


def test_the_socket_is_for_its_own_user_alone(server: EmbeddedServer) -> None:
    server.start()
    assert server.socket_dir.stat().st_mode & 0o077 == 0
    assert server.data_dir.stat().st_mode & 0o077 == 0


def test_it_is_not_a_child_that_dies_with_its_starter(server: EmbeddedServer) -> None:
    code = (
        "from pathlib import Path; from outreach_hub.server import EmbeddedServer;"
        f"EmbeddedServer(Path({str(server.state_dir)!r}), durable=False).start()"
    )
    scripts = str(Path(server_module.__file__).parents[1])
    subprocess.run(
        [sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": scripts}
    )
    assert answers(server)


def test_comes_back_from_a_crash_with_what_was_committed(folder: Path) -> None:
    server = EmbeddedServer(folder / "durable")
    try:
        server.start()
        with connect_to(server.target("postgres"), role="admin") as connection:
            connection.execute("create table kept as select 7 as number")
        kill(server)
        assert server.status().state == "stopped"
        assert server.start().is_running
        with connect_to(server.target("postgres"), role="admin") as connection:
            assert connection.execute("select number from kept").fetchone() == (7,)
    finally:
        server.stop()


def test_a_table_that_skipped_the_wal_survives_a_crash(folder: Path) -> None:
    """What a build makes and fills in one transaction is not logged, but is on disk by then."""
    server = EmbeddedServer(folder / "unlogged")
    server.start()
    try:
        with connect_to(server.target("postgres"), role="admin") as connection:
            before = lsn(connection)
            connection.execute("create table kept as select * from generate_series(1, 200000) as n")
            connection.execute("alter table kept add primary key (n)")
            connection.commit()
            assert lsn(connection) - before < 1_000_000
        kill(server)
        server.start()
        with connect_to(server.target("postgres"), role="admin") as connection:
            kept = connection.execute("select count(*), sum(n) from kept where n > 0").fetchone()
        assert kept == (200_000, 20_000_100_000)
    finally:
        server.stop()


def lsn(connection: psycopg.Connection[Any]) -> int:
    """Bytes of WAL that the server has written in its life."""
    found = connection.execute("select pg_current_wal_lsn() - '0/0'").fetchone()
    assert found is not None
    return int(found[0])


def test_locks_with_the_number_of_another_program_are_stale(server: EmbeddedServer) -> None:
    server.start()
    pid = kill(server)
    sleeper = subprocess.Popen(["sleep", "60"], user=server.data_dir.stat().st_uid, cwd="/")
    try:
        for lock in (
            server.data_dir / "postmaster.pid",
            server.socket_dir / f"{SOCKET_NAME}.lock",
        ):
            lock.write_text(lock.read_text().replace(str(pid), str(sleeper.pid), 1))
        assert server.status().state == "stopped"
        assert server.start().is_running
    finally:
        sleeper.kill()
        sleeper.wait()


@pytest.mark.parametrize("content", ["", "garbage\n", "999999\n/nowhere\n"])
def test_a_broken_pid_file_is_no_server(server: EmbeddedServer, content: str) -> None:
    pid_file = server.data_dir / "postmaster.pid"
    pid_file.write_text(content)
    assert server.status().state == "stopped"
    pid_file.unlink()


def test_half_made_data_are_made_again(folder: Path) -> None:
    server = EmbeddedServer(folder / "half", durable=False)
    unfinished = server.state_dir / "pgdata.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    try:
        assert server.start().is_running
        assert not unfinished.exists()
    finally:
        server.stop()


def test_two_starts_at_once_make_one_server(server: EmbeddedServer) -> None:
    said: list[str] = []
    threads = [threading.Thread(target=server.start, args=[said.append]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers(server)
    assert "another process is starting the server: waiting for it" in said


def test_a_checkout_too_deep_for_a_socket_works(folder: Path) -> None:
    deep = folder.joinpath(*["a-folder-with-a-long-name"] * 5)
    server = EmbeddedServer(deep / ".outreach", durable=False)
    assert len(str(deep / ".outreach" / "run" / SOCKET_NAME)) > LONGEST_SOCKET_PATH
    try:
        server.start()
        assert len(str(server.socket_dir / SOCKET_NAME)) <= LONGEST_SOCKET_PATH
        assert furnish(server.target())
        with connect_to(server.target()) as connection:
            assert connection.execute("select current_user").fetchone() == ("outreach_build",)
    finally:
        server.stop()
        shutil.rmtree(server.socket_dir)


def test_a_socket_folder_of_somebody_else_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = EmbeddedServer(folder / "squatted", durable=False)
    trap = folder / "trap"
    trap.mkdir()
    server.state_dir.mkdir()
    server.socket_dir.symlink_to(trap)
    with pytest.raises(EnvironmentFailure, match="belongs to somebody else"):
        server.start()


def test_data_of_another_version_are_not_touched(server: EmbeddedServer) -> None:
    version_file = server.data_dir / "PG_VERSION"
    version_file.write_text("16\n")
    try:
        with pytest.raises(EnvironmentFailure, match="of Postgres 16") as raised:
            server.start()
        assert "targets export" in str(raised.value.hint)
    finally:
        version_file.write_text("18\n")


def test_a_wrong_setting_is_told_in_the_servers_words(server: EmbeddedServer) -> None:
    setting = server.data_dir / "postgresql.auto.conf"
    before = setting.read_text()
    setting.write_text("shared_buffers = 'plenty'\n")
    try:
        with pytest.raises(EnvironmentFailure, match="does not start") as raised:
            server.start()
        assert raised.value.where == str(server.log_file)
    finally:
        setting.write_text(before)


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.EROFS, "on a disk that can be written"),
        (errno.ENOSPC, "free some disk space"),
        (errno.EACCES, "the user who made the folder"),
    ],
)
def test_a_disk_that_refuses_is_told_with_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(EnvironmentFailure) as raised:
        EmbeddedServer(folder / "refused").start()
    assert os.strerror(number) in raised.value.message
    assert advice in str(raised.value.hint)


def test_somebody_elses_folder_is_told_as_such(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> str:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "read_text", refuse)
    for ask in (server.status, server.start, server.stop):
        with pytest.raises(EnvironmentFailure) as raised:
            ask()
        assert "the user who made the folder" in str(raised.value.hint)
    monkeypatch.undo()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes its user")
def test_root_starts_what_a_user_made(folder: Path) -> None:
    server = EmbeddedServer(folder / "users", durable=False)
    server.start()
    server.stop()
    for path in (server.state_dir, *server.state_dir.rglob("*")):
        os.chown(path, 65534, 65534, follow_symlinks=False)
    try:
        assert server.start().is_running
        pid = server.status().pid
        assert pid is not None
        assert psutil.Process(pid).uids().real == 65534
    finally:
        server.stop()

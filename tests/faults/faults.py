"""What is done to a build, each at a moment that its caller has waited for.

A fault is a function of the laboratory and the build under way. It does its harm, sees the build
end, puts the machine (not the database) right again, and returns what it finds wrong with the way
the build ended.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from builds import Build
from laboratory import Laboratory

Problems = list[str]
CLEAR_REFUSAL = "nother build is on"


@dataclass(frozen=True)
class Moment:
    """A build at the moment of a fault."""

    laboratory: Laboratory
    build: Build
    selection: tuple[str, ...]
    chance: random.Random


def kill_postmaster(now: Moment) -> Problems:
    pid = now.laboratory.server.status().pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    problems = ended(now.build)
    now.laboratory.await_server()
    return problems


def kill_backend(now: Moment) -> Problems:
    pids = _backends(now.laboratory)
    if pids:
        with suppress(ProcessLookupError):
            os.kill(now.chance.choice(pids), signal.SIGKILL)
    problems = ended(now.build)
    now.laboratory.await_server()
    return problems


def kill_runner(now: Moment) -> Problems:
    now.build.send(signal.SIGKILL)
    now.build.wait()
    return []


def interrupt_runner(now: Moment) -> Problems:
    now.build.send(signal.SIGINT)
    return ended(now.build)


def cut_connections(now: Moment) -> Problems:
    with now.laboratory.admin() as admin:
        for pid in _backends(now.laboratory):
            admin.execute("select pg_terminate_backend(%s)", [pid])
    return ended(now.build)


def fill_disk(now: Moment) -> Problems:
    """The tablespace that builds write to has no page left until the build has ended."""
    ballast = now.laboratory.tablespace / "ballast"
    try:
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(8192))
        return ended(now.build)
    finally:
        ballast.unlink(missing_ok=True)


def forbid_writing(now: Moment) -> Problems:
    """The folders of the database's files take no new file, until the build has ended."""
    with _read_only(_data_folders(now.laboratory)):
        return ended(now.build)


def build_twice(now: Moment) -> Problems:
    second = now.laboratory.start(*now.selection)
    problems = ended(now.build) + ended(second)
    codes = (now.build.exit_code, second.exit_code)
    if codes != (0, 0):
        problems.append(f"of two builds one did not wait its turn: they ended with {codes}")
    return problems


def build_bare_beside(now: Moment) -> Problems:
    bare = now.laboratory.start_bare(*now.selection)
    problems = ended(now.build) + ended(bare)
    for build in (now.build, bare):
        if build.exit_code and CLEAR_REFUSAL not in build.said():
            problems.append(f"it refuses without saying that another build is on: {build.said()}")
    if now.build.exit_code and bare.exit_code:
        problems.append("both builds refused")
    return problems


FAULTS: dict[str, Callable[[Moment], Problems]] = {
    "postmaster killed (-9)": kill_postmaster,
    "backend killed (-9)": kill_backend,
    "runner killed (-9)": kill_runner,
    "runner interrupted (Ctrl-C)": interrupt_runner,
    "connections cut": cut_connections,
    "disk full": fill_disk,
    "data folder read-only": forbid_writing,
    "second build": build_twice,
    "bare dbt build beside": build_bare_beside,
}


def possible(laboratory: Laboratory) -> list[str]:
    """The faults that can be had here: only root can mount a small disk."""
    return [name for name in FAULTS if name != "disk full" or laboratory.has_tablespace]


def ended(build: Build) -> Problems:
    """Whether the build came to an end by itself, and in words."""
    exit_code = build.wait()
    if exit_code is None:
        return [f"it hung: {build.said()}"]
    if "Traceback (most recent call last)" in build.said():
        return [f"it ended in a traceback: {build.said()}"]
    return []


def _backends(laboratory: Laboratory) -> list[int]:
    """Server processes of the build under way."""
    query = "select pid from pg_stat_activity where usename = 'outreach_build'"
    for _ in range(50):
        with suppress(psycopg.Error), laboratory.admin() as admin:
            pids = [pid for (pid,) in admin.execute(query)]
            if pids:
                return pids
        time.sleep(0.01)
    return []


def _data_folders(laboratory: Laboratory) -> list[Path]:
    with laboratory.admin() as admin:
        row = admin.execute("select oid from pg_database where datname = current_database()")
        [(oid,)] = row.fetchall()
    return [
        laboratory.server.data_dir / "base" / str(oid),
        *laboratory.tablespace.glob(f"PG_*/{oid}"),
    ]


@contextmanager
def _read_only(folders: list[Path]) -> Iterator[None]:
    modes = {folder: folder.stat().st_mode for folder in folders}
    try:
        for folder in folders:
            folder.chmod(0o500)
        yield
    finally:
        for folder, mode in modes.items():
            folder.chmod(mode)

"""Measures loading at the nation's size against plain COPY: the figures of docs/loading.md.

    cd tests/python
    python -m load.measure [--rows 250000] [--layout F_5500_2023_layout.csv]

Everything is on a server of its own, with the embedded server's settings. Each figure is the best
of several runs, taken in turns, so that what else the machine does falls on all of them alike.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from load.national_file import NATIONAL_ROWS, ein_of, official_headings, write_national_file
from outreach_hub.database import connect_to
from outreach_hub.load import load_files
from outreach_hub.load.filings import FILINGS
from outreach_hub.profile import Target
from outreach_hub.project import Project
from outreach_hub.server import EmbeddedServer
from outreach_hub.sources import read_sources
from outreach_hub.stand_in import furnish

Connection = psycopg.Connection[Any]

PEAK_MEMORY = """
import resource, sys
from pathlib import Path
from outreach_hub.database import connect_to
from outreach_hub.load import load_files
from outreach_hub.project import Project
from outreach_hub.server import EmbeddedServer
from outreach_hub.sources import read_sources

state, project, *paths = map(Path, sys.argv[1:])
with connect_to(EmbeddedServer(state).target(), role="admin") as connection:
    load_files(connection, read_sources(Project(project)), "dol_filings", paths)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


class Cost(NamedTuple):
    """What a piece of work took, by the clock and of the processors."""

    seconds: float
    cpu: float


def main() -> None:
    """Makes the files, measures, and prints a table in Markdown."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=NATIONAL_ROWS)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--layout", type=Path)
    options = arguments.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="outreach-measure-", dir="/tmp"))
    project = Project.find(Path(__file__))
    server = EmbeddedServer(folder / "server")
    try:
        server.start()
        furnish(server.target())
        _measure(folder, project, server.target(), options.rows, options.runs, options.layout)
        _measure_memory(server, project, folder / "national.csv")
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _measure(
    folder: Path, project: Project, target: Target, rows: int, runs: int, layout: Path | None
) -> None:
    sources = read_sources(project)
    in_use = [column.heading for column in FILINGS.layout(sources.find("dol_filings")).columns]
    headings = official_headings(in_use, layout)
    path = folder / "national.csv"
    write_national_file(path, rows, headings)
    packed = folder / "national.csv.gz"
    with path.open("rb") as plain, gzip.open(packed, "wb", compresslevel=6) as archive:
        shutil.copyfileobj(plain, archive)
    size = path.stat().st_size / 1e6
    _say(f"{rows:,} rows of {len(headings)} columns, {size:,.0f} MB\n")

    def known_eins(one_in: int) -> Path:
        known = folder / f"known-{one_in}.csv"
        eins = sorted({ein_of(number) for number in range(rows)})[::one_in]
        known.write_text("company_unique_id,ein\n" + "".join(f"CO-{e},{e}\n" for e in eins))
        return known

    with connect_to(target, role="admin") as connection:

        def load(table: str, file: Path) -> None:
            load_files(connection, sources, table, [file])

        def plain_copy() -> None:
            _plain_copy(connection, path, headings)

        def fresh(one_in: int) -> None:
            _reset(connection)
            load("company_eins", known_eins(one_in))

        best: dict[str, Cost] = {}

        def timed(what: str, work: Callable[[], None]) -> None:
            start, cpu = time.perf_counter(), _cpu_seconds(connection)
            work()
            cost = Cost(time.perf_counter() - start, _cpu_seconds(connection) - cpu)
            best[what] = Cost(*map(min, cost, best.get(what, cost)))

        for _ in range(runs):
            timed("plain COPY into a table of text columns", plain_copy)
            fresh(10)
            timed("outreach load, CL knows 1 EIN in 10", lambda: load("dol_filings", path))
            timed("... the same file again", lambda: load("dol_filings", path))
            fresh(1)
            timed("outreach load, CL knows every EIN", lambda: load("dol_filings", path))
            fresh(10)
            timed("outreach load, gzipped", lambda: load("dol_filings", packed))
    copied = best["plain COPY into a table of text columns"].seconds
    _say("| | seconds | rows/s | MB/s | of plain COPY's speed | CPU seconds |")
    _say("|---|---|---|---|---|---|")
    for what, (took, cpu) in best.items():
        rate, throughput = f"{rows / took:,.0f}", f"{size / took:.0f}"
        _say(f"| {what} | {took:.1f} | {rate} | {throughput} | {copied / took:.0%} | {cpu:.1f} |")


def _cpu_seconds(connection: Connection) -> float:
    """What this process and its server process have used. Linux only."""
    stat = Path(f"/proc/{connection.info.backend_pid}/stat").read_text()
    user, system = stat.rpartition(")")[2].split()[11:13]
    return time.process_time() + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _plain_copy(connection: Connection, path: Path, headings: list[str]) -> None:
    columns = ", ".join(f"{heading.lower()} text" for heading in headings)
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("drop table if exists public.plain")
        cursor.execute(f"create table public.plain ({columns})".encode())
        with (
            cursor.copy("copy public.plain from stdin (format csv, header true)") as copy,
            path.open("rb") as file,
        ):
            while chunk := file.read(1 << 18):
                copy.write(chunk)


def _reset(connection: Connection) -> None:
    with connection.transaction():
        connection.execute("drop table if exists cl.company_eins")
        connection.execute("drop table if exists outreach_raw.dol_filings")
        connection.execute("drop table if exists outreach_raw.pending_dol_filings")


def _measure_memory(server: EmbeddedServer, project: Project, path: Path) -> None:
    """In a process of its own, which has done nothing else."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK_MEMORY, str(server.state_dir), str(project.root), str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    _say(f"\npeak memory of the loading process: {int(done.stdout) / 1024:.0f} MB")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()

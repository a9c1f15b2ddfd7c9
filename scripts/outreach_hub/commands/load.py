"""`outreach load`: CSV files into the landing area, or into a stand-in CL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outreach_hub import console
from outreach_hub.commands import JsonOption, TargetOption, VariablesOption, command_app
from outreach_hub.errors import UsageError
from outreach_hub.project import Project

if TYPE_CHECKING:
    from rich.progress import Progress as Screen

    from outreach_hub.load import LoadReport, Progress

app = command_app()

SHOWN_LINES = 20
SHOWN_COLUMNS = 8


@app.command()
def load(
    table: Annotated[
        str | None,
        typer.Argument(help="A source table: cl.company_identity, outreach_raw.people, people."),
    ] = None,
    files: Annotated[
        list[Path] | None, typer.Argument(help="CSV files, plain, gzipped or zipped.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only look: report what a load would do.")
    ] = False,
    retry: Annotated[
        bool,
        typer.Option(
            "--retry", help="Land waiting filings and schedules that can be attached now."
        ),
    ] = False,
    make_tables: Annotated[
        bool,
        typer.Option("--make-tables", help="Create the missing landing tables and columns, empty."),
    ] = False,
    json: JsonOption = False,
    target: TargetOption = None,
    variables: VariablesOption = None,
) -> None:
    """Load CSV files into a table of the landing area, or of a stand-in CL.

    Loads all files or none. Lists every line that cannot be loaded, with its number and the reason.
    Loading a file again changes nothing; a record that is sent again replaces the existing one. An
    empty cell is NULL; no value is ever altered.

    `dol_filings` takes the national Form 5500 files as the Department of Labor publishes them,
    `dol_schedule_a` and `dol_schedule_a_brokers` those of Schedule A and its Part 1. Filings are
    attached by CL's own EIN bridge, and schedules by their filing's ACK_ID alone; rows that cannot
    be attached yet wait for `outreach load --retry`.

    Tables of CL are only loaded into a stand-in. See docs/loading.md.

    Exit codes: 0 loaded, 2 the file or the arguments are wrong, 3 no database or no permission.
    """
    from outreach_hub.database import connect
    from outreach_hub.load import (
        OFFICIAL_FEEDS,
        Refused,
        feed_of,
        load_files,
        make_landing,
        retry_pending,
    )
    from outreach_hub.sources import read_sources
    from outreach_hub.variables import variables_in_force
    from outreach_hub.yaml_files import read_vars

    project = Project.find()
    sources = read_sources(project, variables_in_force(project, read_vars(variables)))
    if make_tables:
        if files or table or retry or check:
            raise UsageError("--make-tables takes no table, no file and no other option")
        with connect(project, target, role="admin") as connection:
            made = make_landing(connection, sources)
        _print_made(made, json)
        return
    feeds = OFFICIAL_FEEDS
    if retry:
        feed = feed_of(sources.find(table).full_name) if table else None
        feeds = (feed,) if feed else OFFICIAL_FEEDS
        if files or (table and not feed):
            names = ", ".join(sources.find(feed.table).name for feed in OFFICIAL_FEEDS)
            raise UsageError(f"--retry takes no file, and no other table than {names}")
    elif not table or not files:
        raise UsageError(
            "say which table to load, and from which files",
            hint="such as `outreach load people people.csv`",
        )
    try:
        with connect(project, target, role="admin") as connection, _progress(files or []) as seen:
            if retry:
                reports = retry_pending(connection, sources, feeds, check=check)
            else:
                assert table and files
                reports = [
                    load_files(connection, sources, table, files, check=check, progress=seen)
                ]
    except Refused as refused:
        if not json:
            _print_refused(refused.report)
        raise
    if json:
        told = [report.as_dict() for report in reports]
        console.print_json({"retried": told} if retry else told[0])
    else:
        for report in reports:
            _print_report(report)


def _print_made(made: list[str], json: bool) -> None:
    if json:
        console.print_json({"made": made})
    else:
        told = "\n".join(f"made {name}" for name in made) or "every landing table is there"
        console.out().print(told, markup=False)


def _print_report(report: LoadReport) -> None:
    from outreach_hub.load import feed_of

    _print_notes(report)
    out = console.out()
    files = console.counted(len(report.files), "file")
    feed = feed_of(report.table)
    waiting = f"waiting {feed.words.rows if feed else 'rows'} tried"
    read = f"{report.rows:,} rows read from {files}" if report.files else waiting
    only = " (only checked: nothing was changed)" if report.check else ""
    out.print(f"{report.table}: {read}{only}", markup=False)
    replacing = f", in place of {report.replaced:,} earlier ones" if report.replaced else ""
    for count, what in (
        (report.landed, f"landed{replacing}"),
        (report.unchanged, "were there already"),
        (report.repeated, "repeat another line of their file"),
        (report.pending, f"{feed.words.unattached if feed else 'wait'}: they wait for --retry"),
    ):
        if count or what.startswith("landed"):
            out.print(f"{count:>11,} {what}", markup=False)
    if report.waiting is not None:
        out.print(f"{report.waiting:>11,} wait in all", markup=False)


def _print_refused(report: LoadReport) -> None:
    _print_notes(report)
    err = console.err()
    for refusal in report.refused[:SHOWN_LINES]:
        err.print(f"{refusal.file}:{refusal.line}: {refusal.reason}", markup=False)
    if len(report.refused) > SHOWN_LINES:
        err.print(f"... and {len(report.refused) - SHOWN_LINES:,} more: --json lists all")


def _print_notes(report: LoadReport) -> None:
    for file in report.files:
        _print_columns(file.path, "has columns that are not in use", file.unknown_columns)
        _print_columns(file.path, "lacks columns, landed as NULL", file.absent_columns)
        _print_columns(
            file.path,
            "has columns under former names",
            [f"{former} (now {name})" for name, former in file.renamed_columns.items()],
        )
    for warning in report.warnings:
        console.err().print(f"warning: {warning}", style="yellow", markup=False)


def _print_columns(path: str, what: str, columns: list[str]) -> None:
    if columns:
        console.notice(f"{path} {what}: {console.some(columns, SHOWN_COLUMNS)}")


class _Bar:
    """A bar over the bytes of all files."""

    def __init__(self, screen: Screen, total: int) -> None:
        self._screen = screen
        self._task = screen.add_task("", total=total)

    def step(self, what: str) -> None:
        self._screen.update(self._task, description=what)

    def advance(self, count: int) -> None:
        self._screen.advance(self._task, count)


@contextmanager
def _progress(files: list[Path]) -> Iterator[Progress | None]:
    """A progress bar for a person; nothing where output is piped, since a load takes seconds."""
    err = console.err()
    if not err.is_terminal or not files:
        yield None
        return
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Screen

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Screen(*columns, TimeRemainingColumn(), console=err, transient=True) as screen:
        yield _Bar(screen, sum(path.stat().st_size for path in files if path.is_file()))

"""`outreach targets`: the target ids, backed up and restored."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outreach_hub import console
from outreach_hub.commands import (
    JsonOption,
    NoWaitOption,
    TargetOption,
    VariablesOption,
    command_app,
)
from outreach_hub.project import Project

if TYPE_CHECKING:
    from outreach_hub.targets import Restored

app = command_app("Back up and restore the target ids: once given, they never change.")


@app.command("export")
def export_command(
    file: Annotated[str, typer.Argument(help="Where to write the CSV; - for standard output.")],
    target: TargetOption = None,
) -> None:
    """Write every target to a CSV file: a backup.

    Reads company_target or, where that is lost, the registry of what was minted. The file takes its
    name only when it is whole; its folder is made. Refuses where the two disagree (ID009).

    Exit codes: 0 written, 1 the targets disagree, 2 no targets, 3 no database, or the file cannot
    be written.
    """
    from outreach_hub.database import connect_to
    from outreach_hub.profile import load_target
    from outreach_hub.refusals import in_plain_words
    from outreach_hub.schemas import HubSchemas
    from outreach_hub.targets import export_targets
    from outreach_hub.whole_file import whole_file, writing

    settings = load_target(Project.find(), target)
    schemas = HubSchemas.of(settings.schema)
    with connect_to(settings) as connection, in_plain_words("outreach targets export"):
        if file == "-":
            export_targets(connection, schemas, sys.stdout.buffer.write)
            return
        path = Path(file)
        with writing("the backup", path), whole_file(path) as written:
            count = export_targets(connection, schemas, written.write)
            written.flush()
            os.fsync(written.fileno())  # a backup outlives the machine
    console.notice(f"{count:,} targets written to {path}")


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="A CSV that `outreach targets export` wrote.")],
    no_wait: NoWaitOption = False,
    target: TargetOption = None,
    variables: VariablesOption = None,
) -> None:
    """Restore company_target and the registry from a backup, each target as it was.

    All or nothing. Refuses a backup that contradicts company_target, the registry, the records of
    any hub table or CL. If company_target is lost, it is created again, with its constraints, its
    triggers and the references to it. If it exists and agrees, nothing changes. Run `outreach
    build` afterwards: it brings domains, scores and statuses up to date.

    Exit codes: 0 restored, or nothing to restore; 1 a contradiction (ID006, ID009, ID011); 2 not a
    backup; 3 no database.
    """
    from outreach_hub.build_lock import build_lock
    from outreach_hub.database import connect_to
    from outreach_hub.profile import load_target
    from outreach_hub.refusals import in_plain_words
    from outreach_hub.schemas import HubSchemas
    from outreach_hub.targets import anchor_of, read_backup, restore_targets
    from outreach_hub.variables import given_variables

    project = Project.find()
    given_variables(project, variables)
    settings = load_target(project, target)
    with (
        build_lock(settings, wait=not no_wait, notify=console.notice),
        connect_to(settings) as connection,
        in_plain_words(
            "outreach targets import",
            "a backup is checked against CL, which has to be there; `outreach grant --apply`"
            " lets the build role read it",
        ),
    ):
        done = restore_targets(
            connection,
            HubSchemas.of(settings.schema),
            anchor_of(project, settings, variables),
            file,
            read_backup(file),
        )
    console.out().print(_told(done), markup=False)


@app.command("list")
def list_command(
    json: JsonOption = False,
    target: TargetOption = None,
) -> None:
    """List every target: its company, its context, and since when it is one."""
    from outreach_hub.database import connect_to
    from outreach_hub.evidence_text import tame
    from outreach_hub.profile import load_target
    from outreach_hub.refusals import in_plain_words
    from outreach_hub.schemas import HubSchemas
    from outreach_hub.targets import list_targets

    settings = load_target(Project.find(), target)
    with connect_to(settings) as connection, in_plain_words("outreach targets list"):
        listed = list_targets(connection, HubSchemas.of(settings.schema))
    if json:
        console.print_json([row._asdict() for row in listed])
        return
    _print_columns(
        ("target_id", "company_unique_id", "status", "tier", "since"),
        [
            (
                tame(row.target_id),
                tame(row.company_unique_id),
                row.outreach_status,
                row.bit_tier or "",
                row.first_targeted_at.strftime("%Y-%m-%d"),
            )
            for row in listed
        ],
    )
    console.notice(console.counted(len(listed), "target"))


def _print_columns(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    for line in console.columns([header, *rows]):
        console.out().print(line, markup=False, highlight=False, soft_wrap=True)


def _told(done: Restored) -> str:
    if not (done.restored or done.registered or done.guards):
        return (
            f"nothing to restore: company_target already has all {done.read:,} targets of the file"
        )
    parts = [
        f"{done.restored:,} targets restored" if done.restored else "company_target is unchanged",
        f"{done.registered:,} registered again" if done.registered else "",
        f"{done.guards:,} constraints and triggers put back" if done.guards else "",
    ]
    return ", ".join(filter(None, parts)) + ": now run `outreach build`"

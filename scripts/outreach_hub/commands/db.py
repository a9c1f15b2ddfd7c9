"""`outreach db`: the embedded Postgres, and a way into any target's database."""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from outreach_hub import console
from outreach_hub.commands import PASSES_TO_DBT, JsonOption, command_app
from outreach_hub.database import Role, connect_to, credentials
from outreach_hub.errors import EnvironmentFailure, UsageError
from outreach_hub.exits import ExitCode
from outreach_hub.profile import Target, load_target
from outreach_hub.project import Project
from outreach_hub.server import EmbeddedServer, binary

app = command_app("Start, stop and look into the embedded Postgres.")

TargetOption = Annotated[
    str | None,
    # without -t, which is psql's own for tuples only
    typer.Option("--target", help="Another target of profiles.yml."),
]
AdminOption = Annotated[
    bool, typer.Option("--admin", help="As the administrator, not as the build role.")
]

NEEDS_TLS = ("require", "verify-ca", "verify-full")
"""sslmodes that a libpq without TLS refuses."""


@app.command()
def start() -> None:
    """Start the embedded server; the first time, create its database.

    It listens on a Unix socket only, keeps its data in .outreach/, and runs until `outreach db
    stop`. It creates the database `outreach`, the roles outreach_build, outreach_bi and
    outreach_cl, and empty stand-ins for CL and the landing area that the build role can only read.
    Settings are chosen for this machine: see .outreach/pgdata/outreach.conf, and `alter
    system` to override them.

    Exit codes: 0 it runs, 3 it cannot be started.
    """
    from outreach_hub.stand_in import furnish

    server = EmbeddedServer.of(Project.find())
    was_running = server.status().is_running
    server.start(console.notice)
    furnish(server.target())
    console.notice("the server was running" if was_running else "the server is running")


@app.command()
def stop() -> None:
    """Stop the embedded server. Open transactions are rolled back; nothing committed is lost."""
    stopped = EmbeddedServer.of(Project.find()).stop()
    console.notice("the server is stopped" if stopped else "the server was not running")


@app.command()
def furnish(target: TargetOption = None) -> None:
    """Create the database, roles and stand-ins on a server of your own: for CI, or to try.

    The stand-ins are an empty CL and an empty landing area, which `outreach load` then fills. The
    roles are the target's user, outreach_bi and outreach_cl, without a password. Runs as the
    administrator (DBT_ADMIN_USER). Refuses a database that has a CL or a landing.

    Exit codes: 0 they are there, 1 CL or a landing that is no stand-in, 2 no such target, 3 no
    server or no permission.
    """
    from outreach_hub.refusals import in_plain_words
    from outreach_hub.stand_in import furnish as make

    settings = load_target(Project.find(), target)
    with in_plain_words(f"target {settings.name}, {settings.url()}"):
        made = make(settings)
    console.notice("the stand-ins were created" if made else "the stand-ins exist already")


@app.command()
def status(json: JsonOption = False) -> None:
    """Say whether the embedded server runs, and where. Exits 3 where it does not."""
    found = EmbeddedServer.of(Project.find()).status()
    if json:
        console.print_json(asdict(found))
    else:
        console.out().print(
            f"{found.state}{f' (process {found.pid})' if found.pid else ''}\n"
            f"data    {found.data_dir}\nsocket  {found.socket_dir}\nlog     {found.log_file}",
            markup=False,
        )
    raise typer.Exit(ExitCode.GOOD if found.is_running else ExitCode.ENVIRONMENT)


@app.command()
def url(target: TargetOption = None, admin: AdminOption = False) -> None:
    """Print the database's URL, for a tool that takes one. Never with the password."""
    settings = load_target(Project.find(), target)
    user, _ = credentials(settings, "admin" if admin else "build")
    console.out().print(settings.url(user), markup=False)


@app.command(context_settings=PASSES_TO_DBT)
def psql(ctx: typer.Context, target: TargetOption = None, admin: AdminOption = False) -> None:
    """Open psql on the database. Further arguments are psql's: `outreach db psql -c 'select 1'`.

    On another target than the embedded server it is your own psql, where one is on the PATH.

    Exit codes: psql's own; 2 no such target, 3 no server.
    """
    settings = load_target(Project.find(), target)
    role: Role = "admin" if admin else "build"
    program = _psql_for(settings)
    connect_to(settings, role).close()  # says in plain words what stands in the way
    user, password = credentials(settings, role)
    environment = os.environ | _libpq_variables(settings, password)
    os.execve(program, [str(program), settings.url(user), *ctx.args], environment)  # noqa: S606


def _psql_for(settings: Target) -> Path:
    """The embedded server's is always there, and was built without TLS."""
    own = None if settings.is_embedded else shutil.which("psql")
    if own:
        return Path(own)
    if not _is_socket(settings) and settings.sslmode in NEEDS_TLS:
        raise UsageError(
            f"the target {settings.name!r} insists on TLS (sslmode {settings.sslmode}),"
            " which the embedded server's psql cannot",
            where=settings.url(),
            hint="install PostgreSQL's client, so that another psql is on the PATH",
        )
    program = binary("psql")
    if not os.access(program, os.X_OK):
        raise EnvironmentFailure("psql cannot be run here", where=str(program))
    return program


def _is_socket(settings: Target) -> bool:
    return settings.host.startswith("/")


def _libpq_variables(settings: Target, password: str) -> dict[str, str]:
    """By the environment: arguments can be read by every user of the machine."""
    sslmode = "disable" if _is_socket(settings) else settings.sslmode or ""
    variables = {"PGPASSWORD": password, "PGSSLMODE": sslmode}
    return {name: value for name, value in variables.items() if value}

"""`outreach grant`: the least privileges of each role."""

from __future__ import annotations

from typing import Annotated

import typer

from outreach_hub import console
from outreach_hub.commands import TargetOption, VariablesOption, command_app
from outreach_hub.project import Project

app = command_app()

SOURCES = {
    "cl_schema": ("CL", ""),
    "raw_schema": ("the landing", ", or run `outreach load --make-tables`"),
}
"""The vars that say where the sources are: what lies there, and what else makes it."""


@app.command()
def grant(
    apply: Annotated[
        bool, typer.Option("--apply", help="Run the statements, all or none, instead of printing.")
    ] = False,
    build_role: Annotated[
        str | None, typer.Option(help="Who builds; the target's user if not given.")
    ] = None,
    bi_role: Annotated[
        str | None, typer.Option(help="Who reads the marts; the var bi_role if not given.")
    ] = None,
    cl_role: Annotated[
        str | None, typer.Option(help="Who reads the outbound; the var cl_role if not given.")
    ] = None,
    target: TargetOption = None,
    variables: VariablesOption = None,
) -> None:
    """Print the statements that give each role what it needs and no more, or run them.

    The build role may read CL and the landing and create the hub's schemas; BI's role may read the
    marts; CL's role may read the outbound. The statements fit the database as it is now, and can be
    run again at any time. They are run as the administrator (DBT_ADMIN_USER, or the embedded
    server's). A new role gets no password: set one with psql's \\password. Roles of other names
    than the vars' go into the vars bi_role and cl_role too: each publish grants what it publishes.

    The vars cl_schema and raw_schema name the schemas of CL and the landing. If one does not exist,
    the command says so and grants nothing on it.

    Exit codes: 0 done, 2 wrong arguments, 3 no database or no permission.
    """
    from outreach_hub.database import connect_to
    from outreach_hub.profile import load_target
    from outreach_hub.refusals import in_plain_words
    from outreach_hub.roles import Roles, absent, grants
    from outreach_hub.schemas import HubSchemas
    from outreach_hub.sources import read_sources
    from outreach_hub.variables import variables_in_force
    from outreach_hub.yaml_files import read_vars

    project = Project.find()
    settings = load_target(project, target)
    in_force = variables_in_force(project, read_vars(variables))
    sources = read_sources(project, in_force)
    roles = Roles(
        build=build_role or settings.user,
        bi=bi_role or in_force["bi_role"],
        cl=cl_role or in_force["cl_role"],
        sources=tuple(sorted({table.schema for table in sources})),
    )
    advice = "run it as an administrator: set DBT_ADMIN_USER and DBT_ADMIN_PASSWORD"
    with (
        connect_to(settings, role="admin") as connection,
        in_plain_words(f"target {settings.name}", hint=advice),
    ):
        missing = absent(connection, roles.sources)
        statements = grants(connection, roles, HubSchemas.of(settings.schema))
        for statement in statements:
            if apply:
                connection.execute(statement)
            else:
                console.out().print(f"{statement.as_string()};", markup=False)
    for name, (what, otherwise) in SOURCES.items():
        if in_force[name] in missing:
            console.notice(
                f"warning: there is no schema {in_force[name]} in the database, so nothing is"
                f" granted on {what}: set the var {name}{otherwise}"
            )
    if apply:
        console.notice(f"{len(statements)} statements were run")

"""`outreach spark`: what a hub on Spark needs beside a build."""

from __future__ import annotations

from typing import Annotated

import typer

from outreach_hub import console
from outreach_hub.commands import command_app
from outreach_hub.profile import EMBEDDED
from outreach_hub.project import Project

app = command_app("The hub on Apache Spark: its sources and targets, taken from Postgres.")


@app.callback()
def spark() -> None:
    """The hub on Apache Spark: its sources and targets, taken from Postgres."""


@app.command()
def land(
    source: Annotated[str, typer.Option("--from", help="The Postgres target to copy.")] = EMBEDDED,
    target: Annotated[
        str, typer.Option("--target", "-t", help="The Spark target to copy to.")
    ] = "spark",
) -> None:
    """Copy CL's tables, the landing and the targets given from Postgres into Spark's folder.

    Each source table is replaced whole, as of one moment in the database. The targets that were
    given there are added to Spark's registry, so that every company keeps its target_id; where the
    two registries contradict each other, nothing is copied.

    Only for Spark in this process: what a cluster reads is filled by whoever owns it.

    Exit codes: 0 copied, 1 the targets contradict each other, 2 wrong arguments, 3 no database or
    no Spark, 4 dbt cannot make the registry.
    """
    from outreach_hub.database import connect_to
    from outreach_hub.dbt import require_success, run
    from outreach_hub.profile import load_spark_target, load_target
    from outreach_hub.refusals import in_plain_words
    from outreach_hub.schemas import HubSchemas
    from outreach_hub.spark.building import started
    from outreach_hub.spark.moving import copy_sources, copy_targets
    from outreach_hub.spark.session import require_in_process

    project = Project.find()
    database, destination = load_target(project, source), load_spark_target(project, target)
    require_in_process(destination)
    session = started(destination)
    with console.working("preparing the registry"):
        done = run(project, ["run-operation", "create_audit_tables", "--target", destination.name])
    require_success(done, "Spark has no registry of targets, and nothing was copied")
    with (
        connect_to(database, role="admin", autocommit=True) as connection,
        in_plain_words(f"target {database.name}"),
        console.working(f"copying from {database.name}"),
    ):
        targets = copy_targets(
            connection, session, HubSchemas.of(database.schema), HubSchemas.of(destination.schema)
        )
        copied = copy_sources(project, connection, session)
    screen = console.out()
    for name, rows in copied.items():
        screen.print(f"{rows:>12,}  {name}", markup=False)
    screen.print(f"{targets:>12,}  targets that are new on Spark")

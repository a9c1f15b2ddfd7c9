"""`outreach bench`: worlds of any size, and what builds of them cost."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from outreach_hub import console
from outreach_hub.bench.world import MOST_COMPANIES
from outreach_hub.commands import TargetOption, command_app
from outreach_hub.profile import load_target
from outreach_hub.project import Project

app = command_app("Measure builds at size.")

CompaniesOption = Annotated[
    int,
    typer.Option("--companies", "-n", min=1, max=MOST_COMPANIES, help="How many CL has minted."),
]
SeedOption = Annotated[int, typer.Option("--seed", help="Another seed is another world.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


@app.command()
def generate(
    companies: CompaniesOption,
    seed: SeedOption = 7,
    target: TargetOption = None,
    json: JsonOption = False,
) -> None:
    """Fill the sources with an invented world, inside Postgres: the same for the same seed.

    Most companies are small and a few huge. On average a company has 3 people, 1.5 filings, 2 blog
    signals, 10 sends and 10 engagement events; a third of the ids share their first 8 characters;
    some sends and events are landed twice, or late. The latest thing in it happened on 2026-11-24.

    Only into marked stand-ins that are empty, beside a hub that is: those of a fresh `outreach db
    start`, or of `outreach db furnish` in a database of your own.

    Exit codes: 0 generated; 2 not stand-ins, not empty, or wrong arguments; 3 no database.
    """
    from outreach_hub.bench.world import generate as fill

    settings = load_target(Project.find(), target)
    with console.working(f"generating {companies:,} companies"):
        world = fill(Project.find(), settings, companies, seed)
    if json:
        console.print_json(asdict(world))
        return
    for name, table in world.tables.items():
        console.out().print(f"{name:36} {table.rows:>14,} rows", markup=False)
    rows = sum(table.rows for table in world.tables.values())
    console.out().print(f"{rows:,} rows in {world.seconds:.1f} s; `outreach build` builds them")



@app.callback()
def bench() -> None:
    """Measure builds at size."""

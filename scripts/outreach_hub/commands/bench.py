"""`outreach bench`: worlds of any size, and what builds of them cost."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from outreach_hub import console
from outreach_hub.bench.world import MOST_COMPANIES
from outreach_hub.commands import PASSES_TO_DBT, JsonOption, TargetOption, command_app, for_dbt
from outreach_hub.extras import require
from outreach_hub.profile import load_target
from outreach_hub.project import Project

app = command_app("Measure builds at any size.")

RESULTS = "docs/benchmark.json"
PLOT = "docs/benchmark.svg"
PAGE = "docs/benchmark.md"

CompaniesOption = Annotated[
    int,
    typer.Option("--companies", "-n", min=1, max=MOST_COMPANIES, help="How many CL has minted."),
]
SeedOption = Annotated[int, typer.Option("--seed", help="Another seed is another world.")]
StepsOption = Annotated[int, typer.Option("--steps", min=0, help="How many slow steps to show.")]


@app.command()
def generate(
    companies: CompaniesOption,
    seed: SeedOption = 7,
    target: TargetOption = None,
    json: JsonOption = False,
) -> None:
    """Fill the sources with invented data, inside Postgres: the same for the same seed.

    Most companies are small and a few huge. On average a company has 3 people, 1.5 filings, 2 blog
    signals, 10 sends and 10 engagement events; a third of the ids share their first 8 characters;
    some sends and events are landed twice, or late. The latest event is of 2026-11-24.

    Needs empty, marked stand-ins and an empty hub: those of a fresh `outreach db start`, or of
    `outreach db furnish` in a database of your own.

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


@app.command()
def run(
    companies: CompaniesOption,
    repeats: Annotated[int, typer.Option("--repeats", "-r", min=1, help="Laps of a case.")] = 3,
    contenders: Annotated[
        str, typer.Option("--contenders", help="Who races, with commas between.")
    ] = "ours,handwritten,stock",
    cases: Annotated[
        str, typer.Option("--cases", help="Which, with commas between, after the first build.")
    ] = "full,none,again,tenth,one,status",
    seed: SeedOption = 7,
    record: Annotated[
        bool, typer.Option("--record", help="Put the results into docs/benchmark.*.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Race this project against other ways to the same tables, and check that they are the same.

    Runs on its own server in a temporary folder, with the settings and durability of `outreach db
    start`. `ours` is `outreach build` with all its proofs, gates and tests; `handwritten` is
    benchmarks/handwritten.sql, the same tables and constraints with nothing checked; `stock` is the
    same project by dbt alone, with dbt's own tables under contract.

    The contenders take turns at each case: a first full build, nothing changed, 0.1 % and 1 % of
    rows new or changed, one company's status. After each case the contents of all contenders are
    compared, and with a hub built from scratch. Prints medians, ratios, and peaks of memory and
    disk.

    Exit codes: 0 raced; 1 contents differ; 2 wrong arguments; 3 no server; 4 a contender failed.
    """
    from outreach_hub.bench import plot, results
    from outreach_hub.bench.contenders import named
    from outreach_hub.bench.laboratory import laboratory
    from outreach_hub.bench.race import chosen, race

    racing, run_through = named(contenders), chosen(cases)
    if record:
        require("report", "vl_convert")
    project = Project.find()
    with laboratory(project) as built:
        with console.working(f"generating {companies:,} companies"):
            built.fill(companies, seed)
        laps = race(built, racing, run_through, repeats, console.notice)
    document = results.summed_up(companies, seed, laps)
    if record:
        races = results.record(project.root / RESULTS, document)
        (project.root / PLOT).write_text(plot.draw(races) + "\n", encoding="utf-8")
        page = project.root / PAGE
        page.write_text(results.into_page(page.read_text(encoding="utf-8"), races), "utf-8")
    if json:
        console.print_json(document)
    else:
        console.out().print(results.as_table(document))
        console.out().print(results.circumstances(document), markup=False)


@app.command(context_settings=PASSES_TO_DBT)
def profile(ctx: typer.Context, json: JsonOption = False, steps: StepsOption = 10) -> None:
    """Build everything, changed or not, and show where the time went.

    Elapsed time: importing dbt, parsing, proving, looking for changes, dbt itself, the catalog's
    proof. Within dbt: models, tests and hooks, then the slowest steps, each by its own time; dbt
    runs several at once. Takes every argument of `dbt build`.

    Exit codes: those of `outreach build`.
    """
    from outreach_hub.bench.profiling import profile as take_apart
    from outreach_hub.build_summary import print_summary, slowest
    from outreach_hub.node_labels import labels

    found = take_apart(Project.find(), for_dbt(ctx))
    slow = slowest(found.run, steps)
    if json:
        document = {
            "seconds": found.seconds,
            "phases": found.phases,
            "nodes": found.nodes,
            "steps": {step.unique_id: step.seconds for step in slow},
        }
        console.print_json(document)
        raise typer.Exit(found.run.exit_code)
    print_summary(found.run)
    screen = console.out()
    for name, seconds in found.phases.items():
        screen.print(f"{name:40} {seconds:9.2f} s {seconds / found.seconds:7.1%}", markup=False)
    for name, seconds in found.nodes.items():
        screen.print(f"  {name:38} {seconds:9.2f} s, added up", markup=False)
    screen.print(f"{'in all':40} {found.seconds:9.2f} s")
    shown_as = labels(found.run)
    for step in slow:
        name = f"{step.resource_type} {shown_as[step.unique_id]}"
        screen.print(f"  {step.seconds:9.2f} s  {name}", markup=False)
    raise typer.Exit(found.run.exit_code)

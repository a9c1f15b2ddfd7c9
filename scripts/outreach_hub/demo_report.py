"""What `outreach demo` shows at its end: every hub and mart, the doctrine's status, what to try."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outreach_hub import console
from outreach_hub.build_summary import evidence

if TYPE_CHECKING:
    import psycopg

    from outreach_hub.dbt import DbtRun

LAYERS = {
    "company_target": "the anchor",
    "people": "hubs",
    "dol": "hubs",
    "blog": "hubs",
    "execution": "hubs",
    "marts": "marts",
    "outbound": "outbound",
}
"""Folders of models/, and what each is called here."""

STORED = ("table", "incremental")

TO_TRY = (
    ("db psql", "look around: \\dt outreach_marts.*"),
    ("prove", "prove from the SQL that every identity is CL's"),
    ("verify", "compare the database with what the models promise"),
    ("report", "one page on all of it, to hand over"),
    ("targets export", "back the target ids up"),
    ("docs", "every model, column and test, as one page"),
    ("db stop", "stop the server; `db start` brings all of it back"),
)


@dataclass(frozen=True)
class Built:
    """A relation that the build made, with its size."""

    layer: str
    folder: str
    name: str
    rows: int


def count_built(run: DbtRun, connection: psycopg.Connection[Any]) -> list[Built]:
    """Every table that the run built, in the order of the layers."""
    built = []
    for layer, folder, node in _tables(run):
        row = connection.execute(f"select count(*) from {node.relation_name}").fetchone()  # noqa: S608
        built.append(Built(layer, folder, node.name, row[0] if row else 0))
    order = list(LAYERS)
    return sorted(built, key=lambda table: (order.index(table.folder), table.name))


def _tables(run: DbtRun) -> Iterator[tuple[str, str, Any]]:
    for result in run.result.results:
        node = result.node
        if str(node.resource_type) != "model" or node.config.materialized not in STORED:
            continue
        folder = node.fqn[1]
        if folder in LAYERS:
            yield LAYERS[folder], folder, node


def print_report(built: Sequence[Built], run: DbtRun, seconds: float, as_of: str) -> None:
    """A table for a person; the same words, unframed, where it is piped."""
    screen = console.out()
    screen.print(_table(built))
    tests = sum(outcome.resource_type in ("test", "unit_test") for outcome in run.outcomes)
    screen.print(
        "doctrine: every identity proved to be CL's, from the SQL\n"
        f"          {evidence(run)}, with {tests - len(run.gates)} other tests\n"
        "          every promised constraint is in the catalog"
    )
    screen.print(f"as of {as_of}, the demo's own today; {seconds:.1f} s in all")
    screen.print("\nto try next:")
    program = "outreach" if shutil.which("outreach") else ".venv/bin/outreach"
    for command, what in TO_TRY:
        screen.print(f"  {program} {command:<14}  {what}", markup=False)


def _table(built: Sequence[Built]) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD if console.out().is_terminal else None)
    table.add_column("layer")
    table.add_column("table")
    table.add_column("rows", justify="right")
    for relation in built:
        table.add_row(relation.layer, relation.name, f"{relation.rows:,}")
    return table

"""What `outreach demo` shows at its end: every hub and mart, the doctrine's status, what to try."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outreach_hub import console
from outreach_hub.build_summary import evidence

if TYPE_CHECKING:
    import psycopg
    from pyspark.sql import SparkSession

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

CONSTRAINTS = "every promised constraint is in the catalog"
CONSTRAINTS_ON_SPARK = "every promised constraint was checked before its table was shown"

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
    return _counted(run, lambda query: (connection.execute(query).fetchone() or [0])[0])


def count_on_spark(run: DbtRun, session: SparkSession) -> list[Built]:
    """The same of a build on Spark."""
    return _counted(run, lambda query: session.sql(query).collect()[0][0])


def _counted(run: DbtRun, ask: Callable[[str], int]) -> list[Built]:
    built = [
        Built(layer, folder, node.name, ask(f"select count(*) from {node.relation_name}"))  # noqa: S608
        for layer, folder, node in _tables(run)
    ]
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


TO_TRY_ON_SPARK = (
    ("prove", "prove from the SQL that every identity is CL's"),
    ("build --target spark --vars '{as_of_date: 2026-11-25}'", "build it again"),
    ("failures --target spark", "the rows that failed, where a build did"),
)


def print_report(
    built: Sequence[Built], run: DbtRun, seconds: float, as_of: str, *, on_spark: bool = False
) -> None:
    """A table for a person; the same words, unframed, where it is piped."""
    screen = console.out()
    screen.print(_table(built))
    tests = sum(outcome.resource_type in ("test", "unit_test") for outcome in run.outcomes)
    screen.print(
        "doctrine: every identity proved to be CL's, from the SQL\n"
        f"          {evidence(run)}, with {tests - len(run.gates)} other tests\n"
        f"          {CONSTRAINTS_ON_SPARK if on_spark else CONSTRAINTS}"
    )
    screen.print(f"as of {as_of}, the demo's own today; {seconds:.1f} s in all")
    screen.print("\nto try next:")
    program = "outreach" if shutil.which("outreach") else ".venv/bin/outreach"
    for command, what in TO_TRY_ON_SPARK if on_spark else TO_TRY:
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

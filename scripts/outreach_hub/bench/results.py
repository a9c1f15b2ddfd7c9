"""What a race came to: medians and ratios, shown to people and machines, and put on record."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outreach_hub.bench.contenders import CONTENDERS
from outreach_hub.bench.race import CASES, Lap
from outreach_hub.errors import UsageError
from outreach_hub.server_settings import GB

if TYPE_CHECKING:
    from rich.table import Table

Document = dict[str, Any]

TITLES = (
    *("case", "contender", "s", "ours = 1", "of its full", "CPU s", "ours = 1"),
    *("runner MB", "server MB", "disk MB"),
)
WORDS = 2
"""How many of the columns are words and not numbers."""

BEGIN, END = "<!-- results -->", "<!-- end of results -->"

FULL = CASES[0].name
OURS = "ours"
BUSY = 1.5
"""Processes a core, on average, above which a machine had other work to do."""


def summed_up(companies: int, seed: int, laps: Sequence[Lap]) -> Document:
    """The medians of each contender in each case, with the machine that they are of."""
    import psutil

    cores = os.cpu_count() or 1
    load = statistics.median(lap.load for lap in laps)
    return {
        "companies": companies,
        "seed": seed,
        "repeats": max(lap.repeat for lap in laps),
        "machine": {
            "cores": cores,
            "memory_gb": round(psutil.virtual_memory().total / GB),
            "load": round(load, 1),
            "busy": load > BUSY * cores,
        },
        "cases": {
            case.name: {
                name: _medians([lap for lap in of_case if lap.contender == name])
                for name in CONTENDERS
                if any(lap.contender == name for lap in of_case)
            }
            for case in CASES
            if (of_case := [lap for lap in laps if lap.case == case.name])
        },
    }


def _medians(laps: Sequence[Lap]) -> dict[str, float]:
    def median(of: Callable[[Lap], float]) -> float:
        return round(statistics.median(map(of, laps)), 2)

    return {
        "seconds": median(lambda lap: lap.cost.seconds),
        "cpu_seconds": median(lambda lap: lap.cost.cpu_seconds),
        "runner_mb": median(lambda lap: lap.cost.runner_mb),
        "server_mb": median(lambda lap: lap.cost.server_mb),
        "disk_mb": median(lambda lap: lap.cost.disk_mb),
    }


def as_table(document: Document) -> Table:
    """A row a case and contender: times, what they are of ours and of its own full build, peaks."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for number, title in enumerate(TITLES):
        table.add_column(title, justify="right" if number >= WORDS else "left")
    for row in rows(document):
        table.add_row(*row)
    return table


def as_markdown(document: Document) -> str:
    """The same table, for the documentation."""
    rule = ["---:" if number >= WORDS else "---" for number in range(len(TITLES))]
    lines = [f"| {' | '.join(cells)} |" for cells in (TITLES, rule, *rows(document))]
    return "\n".join([circumstances(document) + ".", "", *lines])


def into_page(page: str, races: Sequence[Document]) -> str:
    """The page with the tables of these races, largest first, between its marks."""
    before, found, rest = page.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise UsageError(
            f"the page has no {BEGIN} ... {END}", hint="they mark where the results go"
        )
    tables = "\n\n".join(as_markdown(race) for race in reversed(races))
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"


def rows(document: Document) -> list[list[str]]:
    """The table's cells."""
    cases = document["cases"]
    written = []
    for case, contenders in cases.items():
        for name, cost in contenders.items():
            ours = contenders.get(OURS)
            full = cases[FULL][name]["seconds"]
            written.append(
                [
                    case,
                    name,
                    f"{cost['seconds']:,.2f}",
                    _ratio(cost, ours, "seconds"),
                    f"{cost['seconds'] / full:.0%}" if case != FULL else "",
                    f"{cost['cpu_seconds']:,.2f}",
                    _ratio(cost, ours, "cpu_seconds"),
                    *(f"{cost[peak]:,.0f}" for peak in ("runner_mb", "server_mb", "disk_mb")),
                ]
            )
    return written


def circumstances(document: Document) -> str:
    """On what machine, and whether it had other work."""
    machine = document["machine"]
    busy = "busy with other work" if machine["busy"] else "idle otherwise"
    return (
        f"{document['companies']:,} companies, medians of {document['repeats']}; "
        f"{machine['cores']} cores, {machine['memory_gb']} GB, {busy} (load {machine['load']}); "
        "all contents the same"
    )


def _ratio(cost: dict[str, float], ours: dict[str, float] | None, of: str) -> str:
    return f"{cost[of] / ours[of]:.2f}" if ours else ""


def read(path: Path) -> list[Document]:
    """Races on record, by size. None where there is no file."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the results on record cannot be read: {error}",
            where=str(path),
            hint="restore the file, or remove it to begin a new record",
        ) from None
    return sorted(found, key=lambda document: int(document["companies"]))


def record(path: Path, document: Document) -> list[Document]:
    """Puts a race on record, in place of an earlier one of its size, and returns all of them."""
    others = [each for each in read(path) if each["companies"] != document["companies"]]
    races = sorted([*others, document], key=lambda each: int(each["companies"]))
    path.write_text(json.dumps(races, indent=1) + "\n", encoding="utf-8")
    return races

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
        "runner_mb": median(lambda lap: lap.cost.runner_mb),
        "server_mb": median(lambda lap: lap.cost.server_mb),
        "disk_mb": median(lambda lap: lap.cost.disk_mb),
    }


def as_table(document: Document) -> Table:
    """A row a case and contender: times, what they are of ours and of its own full build, peaks."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("case")
    table.add_column("contender")
    for title in ("s", "ours = 1", "of its full", "runner MB", "server MB", "disk MB"):
        table.add_column(title, justify="right")
    for row in rows(document):
        table.add_row(*row)
    return table


def rows(document: Document) -> list[list[str]]:
    """The table's cells. A contender that runs everything again is compared with our own rerun."""
    cases = document["cases"]
    written = []
    for case, contenders in cases.items():
        for name, cost in contenders.items():
            ours = contenders.get(OURS, {}).get("seconds")
            full = cases[FULL][name]["seconds"]
            written.append(
                [
                    case,
                    name,
                    f"{cost['seconds']:,.2f}",
                    f"{cost['seconds'] / ours:.2f}" if ours else "",
                    f"{cost['seconds'] / full:.0%}" if case != FULL else "",
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

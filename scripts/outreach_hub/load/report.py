"""What a load found and did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from outreach_hub.console import counted
from outreach_hub.errors import UsageError

_SHOWN_KEYS = 5


class Refusal(NamedTuple):
    """A line that cannot be loaded, and why."""

    file: str
    line: int
    reason: str


@dataclass
class FileReport:
    """How one file was read."""

    path: str
    encoding: str
    rows: int = 0
    unknown_columns: list[str] = field(default_factory=list)
    absent_columns: list[str] = field(default_factory=list)
    renamed_columns: dict[str, str] = field(default_factory=dict)
    """Columns found by their heading of earlier years, and that heading."""


@dataclass
class LoadReport:
    """What one call read, landed and refused. Counts are of rows.

    `landed` rows were written to the table, `replaced` ones had to go for them, `repeated` ones
    came more than once in a file, `unchanged` ones were there already. `pending` rows of an
    official file belong to no company that CL knows, or to no filing that has landed; `waiting` is
    how many of those there are by now.
    """

    table: str
    check: bool = False
    created: bool = False
    files: list[FileReport] = field(default_factory=list)
    landed: int = 0
    replaced: int = 0
    repeated: int = 0
    pending: int = 0
    waiting: int | None = None
    warnings: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    def refuse(self, file: str, line: int, reason: str) -> None:
        self.refused.append(Refusal(file, line, reason))

    def warn_of_conflicts(self, key: Sequence[str], values: Sequence[str]) -> None:
        """Several records under one key: the gates will fail on them, and not the loader."""
        if not values:
            return
        shown = "; ".join(values[:_SHOWN_KEYS]) + ("; ..." if len(values) > _SHOWN_KEYS else "")
        self.warnings.append(
            f"{len(values):,} of {', '.join(key)} have several rows that differ: all are kept, for "
            f"the identity gates to judge (ID013): {shown}"
        )

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)

    @property
    def unchanged(self) -> int:
        if self.refused or not self.files:
            return 0
        return self.rows - self.repeated - self.landed - self.pending

    def as_dict(self) -> dict[str, Any]:
        document = asdict(self) | {"rows": self.rows, "unchanged": self.unchanged}
        document["refused"] = [refusal._asdict() for refusal in self.refused]
        return document


class Refused(UsageError):
    """Lines were refused, so nothing was loaded; `report` names each of them."""

    def __init__(self, report: LoadReport) -> None:
        lines = counted(len(report.refused), "line")
        were = "was" if len(report.refused) == 1 else "were"
        super().__init__(f"{lines} {were} refused, and nothing was loaded", where=report.table)
        self.report = report
        self.details = report.as_dict()

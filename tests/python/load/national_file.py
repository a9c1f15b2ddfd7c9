"""A synthetic Form 5500 file of the nation's size: the official columns, invented filings.

Its rows are as long as the published ones (about 870 bytes), two in five have quoted cells, and its
EINs recur as sponsors with several plans make them do.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

NATIONAL_ROWS = 250_000
ROWS_AN_EIN = 3
COLUMNS = 140
QUOTED = 0.4

_WORDS = ("UNITED", "VALLEY", "STEEL", "HEALTH", "GROUP", "REGIONAL", "SUPPLY", "LOGISTICS")


def official_headings(in_use: Sequence[str], layout: Path | None = None) -> list[str]:
    """The layout's own headings, or the ones in use among as many others as officially."""
    if layout:
        with layout.open(encoding="utf-8", newline="") as file:
            return [row["FIELD_NAME"] for row in csv.DictReader(file)]
    return [*in_use, *(f"NOT_IN_USE_{n}" for n in range(len(in_use), COLUMNS))]


def ein_of(number: int) -> str:
    """The EIN of the filing with this number: some begin with a zero, as real ones do."""
    return f"{(number // ROWS_AN_EIN) * 7919 % 1_000_000_000:09d}"


def write_national_file(path: Path, rows: int, headings: Sequence[str]) -> None:
    """The same file for the same arguments, always."""
    dice = random.Random(5500)
    fillers = [_filler(heading, dice) for heading in headings]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(headings)
        for number in range(rows):
            cells = dict(zip(headings, (dice.choice(filler) for filler in fillers), strict=True))
            cells["ACK_ID"] = f"20240101{number % 1_000_000:06d}NAL{number:013d}"
            cells["SPONS_DFE_EIN"] = ein_of(number)
            cells["SPONS_DFE_PN"] = f"{1 + number % ROWS_AN_EIN:03d}"
            name = " ".join(dice.choices(_WORDS, k=3))
            cells["SPONSOR_DFE_NAME"] = f"{name}, INC." if dice.random() < QUOTED else name
            cells["PLAN_NAME"] = f"{name} EMPLOYEE BENEFIT PLAN"
            writer.writerow(cells.values())


def _filler(heading: str, dice: random.Random) -> list[str]:
    """What a column may say: most of the official ones are empty, or a short code."""
    if heading.endswith(("_DATE", "_PRD", "_RECEIVED")):
        first = date(2020, 1, 1)
        return [(first + timedelta(days=dice.randrange(1500))).isoformat() for _ in range(300)]
    if heading.endswith("_CNT"):
        return ["", *(str(dice.randrange(5000)) for _ in range(300))]
    if heading.endswith(("_IND", "_CD")):
        return ["", "0", "1"]
    if heading.endswith("BNFT_CODE"):
        return ["", "4A", "4A4B4D4Q", "2E2F2G2J2K2T3D"]
    return ["", "", "", *(" ".join(dice.choices(_WORDS, k=2)) for _ in range(2))]

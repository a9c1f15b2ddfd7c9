"""`outreach load` as its user sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import CliResult
from load.conftest import CHECKOUT
from load.national_file import ein_of, official_headings, write_national_file
from outreach_hub.database import connect_to
from outreach_hub.load.filings import FILINGS
from outreach_hub.profile import Target
from outreach_hub.project import Project
from outreach_hub.sources import Sources

Outreach = Callable[..., CliResult]


@pytest.fixture
def national(command_line: Project, sources: Sources, outreach: Outreach) -> Path:
    """A small file of the national kind, one EIN of which CL knows."""
    layout = FILINGS.layout(sources.find("dol_filings"))
    path = command_line.root / "F_5500_2023.csv"
    write_national_file(path, 30, official_headings([column.heading for column in layout.columns]))
    Path("eins.csv").write_text(f"company_unique_id,ein\nCL-1,{ein_of(0)}\n", encoding="utf-8")
    assert outreach("load", "cl.company_eins", "eins.csv").exit_code == 0
    return path


def test_what_happened_is_said(national: Path, outreach: Outreach) -> None:
    result = outreach("load", "dol_filings", national.name)
    assert (result.exit_code, result.stdout) == (
        0,
        "outreach_raw.dol_filings: 30 rows read from 1 file\n"
        "          3 landed\n"
        "         27 belong to no company that CL knows: they wait for --retry\n"
        "         27 wait in all\n",
    )
    assert result.stderr == (
        "F_5500_2023.csv has columns that are not in use: NOT_IN_USE_24, NOT_IN_USE_25, "
        "NOT_IN_USE_26, NOT_IN_USE_27, NOT_IN_USE_28, NOT_IN_USE_29, NOT_IN_USE_30, NOT_IN_USE_31 "
        "and 108 more\n"
    )


def test_checking_says_so(national: Path, outreach: Outreach) -> None:
    result = outreach("load", "dol_filings", national.name, "--check")
    assert result.stdout.startswith(
        "outreach_raw.dol_filings: 30 rows read from 1 file (only checked: nothing was changed)\n"
    )
    assert outreach("load", "--retry", "dol_filings").stdout == (
        "outreach_raw.dol_filings: waiting filings tried\n"
        "          0 landed\n"
        "          0 wait in all\n"
    )


def test_retrying_lands_what_cl_has_learned(national: Path, outreach: Outreach) -> None:
    outreach("load", "dol_filings", national.name)
    Path("eins.csv").write_text(f"company_unique_id,ein\nCL-2,{ein_of(3)}\n", encoding="utf-8")
    outreach("load", "cl.company_eins", "eins.csv")
    assert outreach("load", "--retry").stdout == (
        "outreach_raw.dol_filings: waiting filings tried\n"
        "          3 landed\n"
        "         24 wait in all\n"
        "outreach_raw.dol_schedule_a: waiting Schedules A tried\n"
        "          0 landed\n"
        "          0 wait in all\n"
        "outreach_raw.dol_schedule_a_brokers: waiting brokers tried\n"
        "          0 landed\n"
        "          0 wait in all\n"
    )
    retried = json.loads(outreach("load", "--retry", "dol_filings", "--json").stdout)["retried"]
    assert [(each["table"], each["waiting"]) for each in retried] == [
        ("outreach_raw.dol_filings", 24)
    ]


def test_the_report_as_json(national: Path, outreach: Outreach) -> None:
    report: dict[str, Any] = json.loads(
        outreach("load", "dol_filings", national.name, "--json").stdout
    )
    (file,) = report.pop("files")
    assert len(file.pop("unknown_columns")) == 116
    assert file == {
        "path": "F_5500_2023.csv",
        "encoding": "UTF-8",
        "rows": 30,
        "absent_columns": [],
        "renamed_columns": {},
    }
    assert report == {
        "table": "outreach_raw.dol_filings",
        "check": False,
        "created": True,
        "rows": 30,
        "landed": 3,
        "replaced": 0,
        "unchanged": 0,
        "repeated": 0,
        "pending": 27,
        "waiting": 27,
        "warnings": [],
        "refused": [],
    }


LIMIT = """
import sys
from outreach_hub.cli import run
code = run(["load", "dol_filings", sys.argv[1]])
with open("/proc/self/status") as status:  # getrusage would count the parent's memory at the fork
    (peak,) = (line.split()[1] for line in status if line.startswith("VmHWM"))
print("peak", int(peak) // 1024)
sys.exit(code)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(national: Path, sources: Sources) -> None:
    """40,000 rows of 34 MB here; what a national file takes is the same (docs/loading.md)."""
    layout = FILINGS.layout(sources.find("dol_filings"))
    headings = official_headings([column.heading for column in layout.columns])
    write_national_file(national, 40_000, headings)
    done = subprocess.run(
        [sys.executable, "-c", LIMIT, national.name],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT.root / "scripts")},
        check=True,
    )
    assert int(done.stdout.rpartition("peak ")[2]) < 150


def test_an_empty_landing_is_made_whole_and_never_a_cl(
    command_line: Project, sources: Sources, outreach: Outreach
) -> None:
    result = outreach("load", "--make-tables")
    made = [f"outreach_raw.{table.name}" for table in sources if table.source != "cl"]
    assert (result.exit_code, result.stdout.splitlines()) == (0, [f"made {name}" for name in made])
    again = outreach("load", "--make-tables")
    assert (again.exit_code, again.stdout) == (0, "every landing table is there\n")
    assert json.loads(outreach("load", "--make-tables", "--json").stdout) == {"made": []}


def test_a_column_that_the_landing_lacks_is_made(
    command_line: Project, outreach: Outreach, database: Target
) -> None:
    assert outreach("load", "--make-tables").exit_code == 0
    with connect_to(database, role="admin") as admin:
        admin.execute("alter table outreach_raw.people drop column full_name")
    result = outreach("load", "--make-tables")
    assert (result.exit_code, result.stdout) == (0, "made outreach_raw.people.full_name\n")
    assert outreach("load", "--make-tables").stdout == "every landing table is there\n"


@pytest.mark.parametrize("other", [("people", "people.csv"), ("--retry",), ("--check",)])
def test_making_tables_goes_with_nothing_else(
    command_line: Project, outreach: Outreach, other: tuple[str, ...]
) -> None:
    result = outreach("load", *other, "--make-tables")
    assert result.exit_code == 2
    assert "--make-tables takes no table, no file and no other option" in result.stderr

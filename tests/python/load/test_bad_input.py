"""Bad input on the command line: one clear message, exit code 2, and nothing half-loaded."""

from __future__ import annotations

import codecs
import gzip
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import CliResult, write_profile
from outreach_hub.database import connect_to
from outreach_hub.profile import Target
from outreach_hub.project import Project

Outreach = Callable[..., CliResult]
Said = tuple[int, str, str]
"""An exit code, stdout and stderr."""

HEADER = "company_unique_id,bit_score,scored_at"
GOOD = f"{HEADER}\nCL-1,10,2026-01-01\nCL-2,20,2026-01-01\n"
LANDED = [("CL-0", "2026-01-01")]

BAD_FILES: dict[str, tuple[bytes, str]] = {
    "missing column": (
        b"company_unique_id,scored_at\nCL-1,2026-01-01\n",
        "error: the file lacks the column bit_score\n"
        "  where: bad.csv:1\n"
        "  to do: its header is: company_unique_id, scored_at\n",
    ),
    "two missing columns": (
        b"scored_at\n2026-01-01\n",
        "error: the file lacks the columns company_unique_id, bit_score\n"
        "  where: bad.csv:1\n"
        "  to do: its header is: scored_at\n",
    ),
    "separated by semicolons": (
        GOOD.replace(",", ";").encode(),
        "error: the file lacks the columns company_unique_id, bit_score, scored_at\n"
        "  where: bad.csv:1\n"
        "  to do: it looks separated by semicolons: save it with commas\n",
    ),
    "repeated column": (
        f"{HEADER},BIT_SCORE\nCL-1,10,2026-01-01,11\n".encode(),
        "error: the header repeats bit_score\n  where: bad.csv:1\n",
    ),
    "wrong type": (
        GOOD.replace("20,2026", "hot,2026").encode(),
        "bad.csv:3: bit_score 'hot' is not a number such as 0.25\n"
        "error: 1 line was refused, and nothing was loaded\n"
        "  where: cl.bit_scores\n",
    ),
    "several faults in several lines": (
        f"{HEADER}\nCL-1,x,today\n,1,2026-01-01\nCL-3,1,2026-01-01\n".encode(),
        "bad.csv:2: bit_score 'x' is not a number such as 0.25; "
        "scored_at 'today' is not a time such as 2024-01-31T09:30:00Z\n"
        "bad.csv:3: company_unique_id is empty, and it is the key\n"
        "error: 2 lines were refused, and nothing was loaded\n"
        "  where: cl.bit_scores\n",
    ),
    "ragged": (
        GOOD.replace("CL-2,20", "CL-2,20,30").encode(),
        "bad.csv:3: has 4 cells where the header has 3\n"
        "error: 1 line was refused, and nothing was loaded\n"
        "  where: cl.bit_scores\n",
    ),
    "quote never closed": (
        GOOD.replace("CL-2", '"CL-2').encode(),
        "bad.csv:3: a quote opened here is never closed\n"
        "error: 1 line was refused, and nothing was loaded\n"
        "  where: cl.bit_scores\n",
    ),
    "text after a quote": (
        GOOD.replace("CL-2", '"CL"-2').encode(),
        "bad.csv:3: text follows a closing quote\n"
        "error: 1 line was refused, and nothing was loaded\n"
        "  where: cl.bit_scores\n",
    ),
    "NUL byte": (
        GOOD.replace("CL-2", "CL\0-2").encode(),
        "bad.csv:3: holds a NUL byte, which no text may\n"
        "error: 1 line was refused, and nothing was loaded\n"
        "  where: cl.bit_scores\n",
    ),
    "NUL byte in the header": (
        GOOD.replace("bit_score", "bit\0score").encode(),
        "error: the header holds NUL bytes\n"
        "  where: bad.csv:1\n"
        "  to do: save the file as CSV in UTF-8\n",
    ),
    "empty": (b"", "error: the file is empty\n  where: bad.csv\n"),
    "header only": (
        f"{HEADER}\n".encode(),
        "error: the file has a header and no rows\n  where: bad.csv\n",
    ),
    "UTF-16": (
        GOOD.encode("utf-16"),
        "error: the file is in UTF-16\n  where: bad.csv\n  to do: save it as CSV in UTF-8\n",
    ),
    "wrong encoding": (
        GOOD.encode().replace(b"CL-2", b"CL-\x81"),
        "error: the file is neither UTF-8 nor Latin-1\n"
        "  where: bad.csv:3\n"
        "  to do: save it as CSV in UTF-8\n",
    ),
    "gzip cut short": (
        gzip.compress(GOOD.encode())[:-9],
        "error: the archive is damaged or cut short\n  where: bad.csv\n  to do: fetch it again\n",
    ),
}


@pytest.fixture
def landed(command_line: Project, outreach: Outreach) -> Project:
    """The project, with one score loaded, in whose folder `bad.csv` will be written."""
    Path("good.csv").write_text(f"{HEADER}\nCL-0,5,2026-01-01\n", encoding="utf-8")
    assert outreach("load", "cl.bit_scores", "good.csv").exit_code == 0
    return command_line


def said(result: CliResult) -> Said:
    return result.exit_code, result.stdout, result.stderr


def scores(database: Target) -> list[tuple[str, str]]:
    with connect_to(database) as connection:
        return connection.execute(
            "select company_unique_id, scored_at::date::text from cl.bit_scores order by 1"
        ).fetchall()


@pytest.mark.parametrize("name", BAD_FILES)
@pytest.mark.usefixtures("landed")
def test_a_bad_file_is_refused_whole(database: Target, outreach: Outreach, name: str) -> None:
    content, message = BAD_FILES[name]
    Path("bad.csv").write_bytes(content)
    Path("first.csv").write_text(GOOD.replace("2026-01-01", "2026-02-02"), encoding="utf-8")
    files = ("first.csv", "bad.csv")
    assert said(outreach("load", "cl.bit_scores", *files)) == (2, "", message)
    assert said(outreach("load", "cl.bit_scores", *files, "--check")) == (2, "", message)
    assert scores(database) == LANDED


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(codecs.BOM_UTF8 + GOOD.encode(), id="BOM"),
        pytest.param(GOOD.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(codecs.BOM_UTF8 + GOOD.replace("\n", "\r\n").encode(), id="BOM and CRLF"),
        pytest.param(GOOD.rstrip("\n").encode(), id="no newline at the end"),
        pytest.param((GOOD + "\n\n").encode(), id="empty lines at the end"),
        pytest.param(gzip.compress(GOOD.encode()), id="gzip"),
    ],
)
@pytest.mark.usefixtures("landed")
def test_what_is_only_unusual_is_loaded(
    database: Target, outreach: Outreach, content: bytes
) -> None:
    Path("fine.csv").write_bytes(content)
    result = outreach("load", "cl.bit_scores", "fine.csv")
    assert said(result) == (0, "cl.bit_scores: 2 rows read from 1 file\n          2 landed\n", "")
    assert scores(database) == [*LANDED, ("CL-1", "2026-01-01"), ("CL-2", "2026-01-01")]


@pytest.mark.usefixtures("landed")
def test_a_zip_with_two_csv_files(database: Target, outreach: Outreach) -> None:
    with zipfile.ZipFile("two.zip", "w") as archive:
        archive.writestr("b.csv", GOOD)
        archive.writestr("a.csv", GOOD)
    assert said(outreach("load", "bit_scores", "two.zip")) == (
        2,
        "",
        "error: the zip holds 2 CSV files: a.csv, b.csv\n"
        "  where: two.zip\n"
        "  to do: a zip to load holds exactly one\n",
    )
    assert scores(database) == LANDED


@pytest.mark.usefixtures("command_line")
def test_a_file_that_is_not_there(outreach: Outreach) -> None:
    assert said(outreach("load", "people", "nowhere.csv")) == (
        2,
        "",
        "error: the file cannot be read: No such file or directory\n  where: nowhere.csv\n",
    )


@pytest.mark.usefixtures("command_line")
def test_an_unknown_table(outreach: Outreach) -> None:
    result = outreach("load", "persons", "a.csv")
    assert result.exit_code == 2
    assert result.stderr.startswith(
        "error: no source table is called 'persons'\n  to do: one of outreach_raw.blog_signals, "
    )


@pytest.mark.usefixtures("command_line")
@pytest.mark.parametrize("arguments", [("people",), ("--check",)])
def test_a_file_has_to_be_named(outreach: Outreach, arguments: tuple[str, ...]) -> None:
    assert said(outreach("load", *arguments)) == (
        2,
        "",
        "error: say which table to load, and from which files\n"
        "  to do: such as `outreach load people people.csv`\n",
    )


@pytest.mark.usefixtures("command_line")
@pytest.mark.parametrize("arguments", [("people",), ("dol_filings", "a.csv")])
def test_retry_is_for_waiting_filings_alone(outreach: Outreach, arguments: tuple[str, ...]) -> None:
    assert said(outreach("load", "--retry", *arguments)) == (
        2,
        "",
        "error: --retry takes no file, and no other table than "
        "dol_filings, dol_schedule_a, dol_schedule_a_brokers\n",
    )


@pytest.mark.usefixtures("command_line")
def test_a_real_cl_is_never_written_to(database: Target, outreach: Outreach) -> None:
    with connect_to(database, role="admin") as admin:
        admin.execute("delete from outreach_audit.stand_in where schema_name = 'cl'")
    Path("good.csv").write_text(GOOD, encoding="utf-8")
    assert said(outreach("load", "cl.bit_scores", "good.csv")) == (
        2,
        "",
        "error ID007: the schema cl is not a marked stand-in CL, and a real CL is never written "
        "to\n"
        "  to do: load CL's tables only into the embedded server's stand-in\n",
    )


@pytest.mark.usefixtures("command_line")
def test_without_the_marker_table_nothing_is_a_stand_in(
    database: Target, outreach: Outreach
) -> None:
    with connect_to(database, role="admin") as admin:
        admin.execute("drop table outreach_audit.stand_in")
    Path("good.csv").write_text(GOOD, encoding="utf-8")
    assert outreach("load", "cl.bit_scores", "good.csv").exit_code == 2


@pytest.mark.usefixtures("landed")
def test_all_refused_lines_are_in_the_json(outreach: Outreach) -> None:
    lines = "".join(f"CL-{number},hot,2026-01-01\n" for number in range(30))
    Path("bad.csv").write_text(f"{HEADER}\n{lines}", encoding="utf-8")
    plain = outreach("load", "bit_scores", "bad.csv")
    assert "bad.csv:21: bit_score 'hot' is not a number such as 0.25\n... and 10 more" in (
        plain.stderr
    )
    machine = outreach("load", "bit_scores", "bad.csv", "--json")
    assert machine.exit_code == 2
    refused = json.loads(machine.stdout)["refused"]
    assert [refusal["line"] for refusal in refused] == list(range(2, 32))
    assert refused[0] == {
        "file": "bad.csv",
        "line": 2,
        "reason": "bit_score 'hot' is not a number such as 0.25",
    }


def test_no_database_is_an_environment_failure(
    command_line: Project, database: Target, outreach: Outreach, tmp_path: Path
) -> None:
    write_profile(command_line, replace(database, host=str(tmp_path)))
    Path("good.csv").write_text(GOOD, encoding="utf-8")
    result = outreach("load", "cl.bit_scores", "good.csv")
    assert result.exit_code == 3
    assert "the embedded server is not running" in result.stderr

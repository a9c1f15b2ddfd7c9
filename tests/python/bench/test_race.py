"""The race: what it says, what it refuses, and that all who race come to the same."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import REPOSITORY, CliResult
from outreach_hub.bench import plot, results
from outreach_hub.bench.checksum import checksum
from outreach_hub.bench.contenders import named
from outreach_hub.bench.measuring import Cost, Server, run
from outreach_hub.bench.race import Lap, chosen, differences
from outreach_hub.database import connect_to
from outreach_hub.errors import DbtFailure, UsageError
from outreach_hub.exits import ExitCode
from outreach_hub.profile import Target
from outreach_hub.project import Project
from outreach_hub.server_settings import MB


def lap(case: str, contender: str, seconds: float, repeat: int = 1) -> Lap:
    return Lap(repeat, case, contender, Cost(seconds, 2 * seconds, 200, 100, 50), load=1.0)


LAPS = [
    *(lap("first full build", "ours", seconds, n) for n, seconds in enumerate((9, 2, 4), 1)),
    *(lap("first full build", "stock", seconds, n) for n, seconds in enumerate((8, 16, 12), 1)),
    lap("nothing changed", "ours", 1),
    lap("nothing changed", "stock", 6),
]


def test_it_tells_medians_ratios_and_shares() -> None:
    document = results.summed_up(1000, 7, LAPS)
    assert document["repeats"] == 3
    rows = [row[:7] for row in results.rows(document)]
    assert rows == [
        ["first full build", "ours", "4.00", "1.00", "", "8.00", "1.00"],
        ["first full build", "stock", "12.00", "3.00", "", "24.00", "3.00"],
        ["nothing changed", "ours", "1.00", "1.00", "25%", "2.00", "1.00"],
        ["nothing changed", "stock", "6.00", "6.00", "50%", "12.00", "6.00"],
    ]


def test_a_race_goes_on_record_in_place_of_one_of_its_size(tmp_path: Path) -> None:
    path = tmp_path / "benchmark.json"
    for companies, seed in ((1000, 7), (100, 7), (1000, 8)):
        races = results.record(path, results.summed_up(companies, seed, LAPS))
    assert [(race["companies"], race["seed"]) for race in races] == [(100, 7), (1000, 8)]
    assert results.read(path) == races
    drawn = plot.draw(races)
    assert drawn.startswith("<svg")
    assert "Seconds at 1,000 companies" in drawn
    assert "Seconds of a first full build" in drawn


def test_the_page_takes_the_tables_between_its_marks() -> None:
    page = f"# Title\n\n{results.BEGIN}\nold\n{results.END}\n\nMore.\n"
    written = results.into_page(page, [results.summed_up(1000, 7, LAPS)])
    assert written.startswith(f"# Title\n\n{results.BEGIN}\n\n1,000 companies, medians of 3; ")
    assert (
        "| nothing changed | stock | 6.00 | 6.00 | 50% | 12.00 | 6.00 | 200 | 100 | 50 |\n"
        in written
    )
    assert written.endswith(f"|\n\n{results.END}\n\nMore.\n")
    assert results.into_page(written, [results.summed_up(1000, 7, LAPS)]) == written
    with pytest.raises(UsageError, match="the page has no"):
        results.into_page("# Title\n", [])


def test_a_broken_record_is_named(tmp_path: Path) -> None:
    path = tmp_path / "benchmark.json"
    path.write_text("{")
    with pytest.raises(UsageError, match="cannot be read"):
        results.read(path)


def test_tables_that_differ_or_are_missing_are_named() -> None:
    assert differences({"a": "1:5", "b": "2:6"}, {"a": "1:5", "b": "2:7", "c": "1:1"}) == [
        "b: 2:6, but 2:7",
        "c: missing, but 1:1",
    ]


def test_a_checksum_is_of_rows_and_not_of_their_order_or_that_of_columns(
    database: Target,
) -> None:
    with connect_to(database, role="admin") as connection:
        connection.execute("create table one as values (1, 'a'), (2, 'b')")
        connection.execute(
            "create table other as select column2, column1, now() as made_at"
            " from (values (2, 'b'), (1, 'a')) as given"
        )
        connection.execute("create table third as values (1, 'b'), (2, 'a')")
        one, other, third = (
            checksum(connection, "public", name, without=["made_at"])
            for name in ("one", "other", "third")
        )
    assert one == other
    assert one != third
    assert one.startswith("2:") and third.startswith("2:")


def test_contenders_are_named_once_each_and_by_their_names() -> None:
    assert [kind.name for kind in named("stock, ours,stock")] == ["stock", "ours"]


def test_an_unknown_contender_is_refused_before_anything_is_made(
    project: object, outreach: Callable[..., CliResult]
) -> None:
    done = outreach("bench", "run", "--companies", "5", "--contenders", "ours,theirs")
    assert done.exit_code == 2
    assert "no contender is called 'theirs'" in done.stderr
    assert "one of ours, handwritten, stock" in done.stderr


def test_cases_are_run_in_their_order_after_the_first_build() -> None:
    assert [case.key for case in chosen("one, none")] == ["full", "none", "one"]
    with pytest.raises(UsageError, match="no case is called 'ten'"):
        chosen("ten")


@pytest.mark.long
def test_a_race_that_is_told_to_end_leaves_no_server_behind(project: Project) -> None:
    folder = Path(tempfile.mkdtemp(prefix="outreach-test-", dir="/tmp"))
    folder.chmod(0o755)  # root's server runs as a user of its own
    environment = {"TMPDIR": str(folder), "PYTHONPATH": str(REPOSITORY.root / "scripts")}
    process = subprocess.Popen(
        [sys.executable, "-m", "outreach_hub", "bench", "run", "--companies", "5"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if line.startswith("generating"):
                process.terminate()
                break
        assert process.wait(timeout=120) == ExitCode.INTERRUPTED
        assert list(folder.iterdir()) == []
    finally:
        process.kill()
        shutil.rmtree(folder)


@pytest.mark.parametrize("held", [0, 300 * MB])
def test_a_process_is_measured_by_itself(held: int, tmp_path: Path) -> None:
    """What the race has in memory is none of a contender's."""
    ours = bytearray(held)
    server = Server(os.getpid(), tmp_path)
    at_rest = run([sys.executable, "-S", "-c", "pass"], os.environ, tmp_path, server)
    assert at_rest.runner_mb < 50, len(ours)
    takes = f"b'.' * {100 * MB}"
    busy = run([sys.executable, "-S", "-c", takes], os.environ, tmp_path, server)
    assert 100 < busy.runner_mb < 150


def test_a_contender_that_fails_is_told_with_what_it_said_last(tmp_path: Path) -> None:
    fails = [sys.executable, "-S", "-c", "import sys; print('all'); sys.exit(7)"]
    with pytest.raises(DbtFailure, match=r"with exit code 7:\nall$"):
        run(fails, os.environ, tmp_path, Server(os.getpid(), tmp_path))


@pytest.mark.long
def test_all_who_race_come_to_the_same(
    project: object, outreach: Callable[..., CliResult], tmp_path: Path
) -> None:
    done = outreach("bench", "run", "--companies", "40", "--repeats", "1", "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert list(document["cases"]) == [
        "first full build",
        "nothing changed",
        "nothing changed, all run again",
        "0.1 % new or changed",
        "1 % new or changed",
        "one company's status",
    ]
    for case, contenders in document["cases"].items():
        racing = ["ours"] if case.endswith("again") else ["ours", "handwritten", "stock"]
        assert list(contenders) == racing
        assert all(cost["seconds"] > 0 for cost in contenders.values())
    assert document["cases"]["nothing changed"]["ours"]["runner_mb"] < 300


@pytest.fixture
def landed(tiny_project: object, database: Target) -> None:
    """What the tiny project reads."""
    with connect_to(database, role="admin") as admin:
        admin.execute(
            "create table cl.company_identity as select 'a' as company_unique_id,"
            " 'A Co' as company_name, now() as created_at"
        )


@pytest.mark.usefixtures("landed")
def test_a_build_ends_with_its_slowest_steps(
    outreach: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach_hub.build_summary.SHORTEST_STEP", 0.0)
    done = outreach("build")
    assert done.exit_code == 0, done.output
    step = r"\w+ [\w. ]+ \d+\.\d s"
    steps = rf"; slowest: {step}, {step}, {step}$"
    assert re.search(r"build: .* in \d+\.\d s" + steps, done.stdout, re.MULTILINE)


@pytest.mark.usefixtures("landed")
def test_a_profile_says_where_the_time_went(outreach: Callable[..., CliResult]) -> None:
    done = outreach("bench", "profile", "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert list(document["phases"]) == ["prove", "changes", "import", "parse", "dbt", "catalog"]
    assert sum(document["phases"].values()) <= document["seconds"]
    assert document["nodes"]["models"] > 0

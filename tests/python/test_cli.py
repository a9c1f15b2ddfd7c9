"""The command line itself: help, refusals, exit codes, and what it imports."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest

from conftest import HEEDS_CTRL_C, REPOSITORY, CliResult
from outreach_hub import __version__, cli, errors
from outreach_hub.exits import ExitCode

REFUSAL = errors.IdentityFailure("x", code="ID011", where="people", hint="ask CL")
HEAVY = ("dbt", "sqlglot", "psycopg", "jinja2", "yaml")


def test_help_lists_every_command(outreach: Callable[..., CliResult]) -> None:
    done = outreach("--help")
    assert done.exit_code == ExitCode.GOOD
    for name in cli.COMMANDS:
        assert f" {name} " in done.stdout


def test_no_arguments_are_a_call_for_help(outreach: Callable[..., CliResult]) -> None:
    done = outreach()
    assert done.exit_code == ExitCode.GOOD
    assert "Usage" in done.stdout


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_explains_itself(outreach: Callable[..., CliResult], name: str) -> None:
    done = outreach(name, "--help")
    assert done.exit_code == ExitCode.GOOD
    assert len(done.stdout.split()) > 20


def every_call_for_help() -> Iterator[tuple[str, ...]]:
    yield ()
    for name in cli.COMMANDS:
        yield (name,)
        yield from ((name, sub) for sub in getattr(cli._load(name), "commands", ()))


CALLS_FOR_HELP = tuple(every_call_for_help())


@pytest.mark.parametrize("names", CALLS_FOR_HELP, ids=" ".join)
def test_help_fits_a_narrow_terminal(
    outreach: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    """Its paragraphs are filled to the terminal's width, not to that of the source."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    told = outreach(*names, "--help").stdout
    assert "╭" not in told and "..." not in told.partition("Commands:")[2]
    prose = [line.strip() for line in re.split(r"^\w+:$", told, flags=re.M)[0].splitlines()]
    for line, after in pairwise(prose):
        if line and after:
            assert len(f"{line} {after.split()[0]}") > 76, f"a stump: {line!r}, then {after!r}"


@pytest.mark.parametrize("names", CALLS_FOR_HELP, ids=" ".join)
def test_a_switch_does_not_ask_for_a_value(
    outreach: Callable[..., CliResult], names: tuple[str, ...]
) -> None:
    assert "<bool>" not in outreach(*names, "--help").stdout


def test_version(outreach: Callable[..., CliResult]) -> None:
    assert outreach("--version").stdout == f"outreach {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["biuld"], "Did you mean 'build'?"),
        (["setup", "--nope"], "No such option"),
        (["db"], "Usage: outreach db"),
        (["deps", "--hub", "--offline"], "exclude each other"),
        (["prove", "people"], "outreach prove --select people"),
        (["prove", "--reviewed", "publish_marts", "nope"], "no macro publish_marts, nope waits"),
        (["prove", "-s", "people", "--reviewed", "nope", "dol"], "dol may belong to either"),
    ],
)
def test_a_mistake_is_one_message_and_exit_2(
    outreach: Callable[..., CliResult], arguments: list[str], said: str
) -> None:
    done = outreach(*arguments)
    assert done.exit_code == ExitCode.USAGE
    assert said in done.output
    assert "Traceback" not in done.output


def test_outside_of_a_project_it_says_so(
    outreach: Callable[..., CliResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = outreach("db", "status")
    assert done.exit_code == ExitCode.USAGE
    assert "no dbt_project.yml" in done.stderr


def failing_with(failure: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise failure

    return fail


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (REFUSAL, 1),
        (errors.UsageError("x"), 2),
        (errors.EnvironmentFailure("x"), 3),
        (errors.DbtFailure("x"), 4),
        (psycopg.errors.AdminShutdown("x"), 3),
        (psycopg.OperationalError("server closed the connection unexpectedly"), 3),
        (psycopg.errors.QueryCanceled("canceling statement due to statement timeout"), 3),
        (psycopg.errors.UndefinedTable("a bug"), 70),
        (KeyboardInterrupt(), 130),
        (RuntimeError("a bug"), 70),
    ],
)
def test_each_failure_has_its_exit_code(
    outreach: Callable[..., CliResult],
    monkeypatch: pytest.MonkeyPatch,
    failure: BaseException,
    code: int,
) -> None:
    monkeypatch.setattr("outreach_hub.project.Project.find", failing_with(failure))
    done = outreach("setup")
    assert done.exit_code == code
    assert ("Traceback" in done.stderr) == (code == ExitCode.INTERNAL)
    if code == ExitCode.IDENTITY_FAILURE:
        assert done.stderr == "error ID011: x\n  where: people\n  to do: ask CL\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", "--json"),
        ("build", "--json", "--no-such-option"),
        ("ci", "--format", "json"),
        ("prove", "--format=json"),
    ],
)
def test_a_machine_is_told_of_a_failure_in_a_document(
    outreach: Callable[..., CliResult],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
) -> None:
    monkeypatch.setattr("outreach_hub.project.Project.find", failing_with(REFUSAL))
    done = outreach(*arguments)
    assert json.loads(done.stdout) == {
        "exit_code": 1,
        "result": "identity_failure",
        "error": {"message": "x", "where": "people", "hint": "ask CL", "code": "ID011"},
    }
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert done.stderr.startswith("error ID011: x")


def test_a_machine_is_told_of_a_wrong_option_too(outreach: Callable[..., CliResult]) -> None:
    done = outreach("verify", "--json", "--nope")
    document = json.loads(done.stdout)
    assert (document["exit_code"], document["result"]) == (ExitCode.USAGE, "usage")
    assert "--nope" in document["error"]["message"]


def test_a_failed_proof_is_an_annotation(
    outreach: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach_hub.project.Project.find", failing_with(REFUSAL))
    done = outreach("prove", "--format", "github")
    assert done.stdout == "::error title=outreach ID011::x%0Apeople%0Aask CL\n"


def test_a_failed_proof_is_a_notification_of_sarif(
    outreach: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach_hub.project.Project.find", failing_with(REFUSAL))
    (run,) = json.loads(outreach("prove", "--format", "sarif").stdout)["runs"]
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 1)
    (said,) = invocation["toolExecutionNotifications"]
    assert said["message"]["text"] == "outreach ID011: x\npeople\nask CL"


def _imported_by(*arguments: str) -> set[str]:
    code = (
        "import sys; from outreach_hub.cli import run; run(sys.argv[1:]);"
        "print('|'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(REPOSITORY.root / "scripts")},
    )
    return {name.split(".")[0] for name in done.stderr.splitlines()[-1].split("|")}


def test_help_imports_nothing_heavy() -> None:
    assert not _imported_by("--help") & set(HEAVY)


def test_help_is_quick() -> None:
    """0.3 s on an idle machine. Processor time, as a busy machine says nothing about the code."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "outreach_hub", "--help"],
        capture_output=True,
        check=True,
        env={"PYTHONPATH": str(REPOSITORY.root / "scripts")},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < 0.8


def test_a_reader_that_leaves_is_told_from_a_failure() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as left:
        done = subprocess.run(
            [sys.executable, "-m", "outreach_hub", "--help"],
            stdout=left,
            stderr=subprocess.PIPE,
            env={"PYTHONPATH": str(REPOSITORY.root / "scripts"), "PATH": "/usr/bin:/bin"},
            check=False,
        )
    assert done.returncode == ExitCode.READER_LEFT
    assert done.stderr == b""


@pytest.mark.parametrize(
    "lost", [">/dev/full", ">/dev/full 2>&1", "2>/dev/full >/dev/full", ">&-", ">&- 2>&-"]
)
@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="this system has no full disk to write to"
)
def test_output_that_cannot_be_written_is_no_failure_of_identity(lost: str) -> None:
    command = f"{sys.executable} -m outreach_hub --version {lost}"
    done = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == (ExitCode.ENVIRONMENT if "full" in lost else ExitCode.GOOD)


def test_piped_output_is_plain(outreach_process: Callable[..., CliResult]) -> None:
    for arguments in (["--version"], ["db", "status"]):
        assert "\x1b" not in outreach_process(*arguments).output


def test_ctrl_c_is_clean() -> None:
    code = (
        "import time, outreach_hub.project as p; from outreach_hub.cli import main;"
        "p.Project.find = lambda *_: (print('working', flush=True), time.sleep(30));"
        "import sys; sys.argv = ['outreach', 'db', 'status']; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", HEEDS_CTRL_C + code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(REPOSITORY.root / "scripts")},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "working\n"
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=20)
    assert process.returncode == ExitCode.INTERRUPTED
    assert stderr == "interrupted\n"

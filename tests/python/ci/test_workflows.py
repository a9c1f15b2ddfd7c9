"""The workflows: well-formed, and of commands that are there and run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import REPOSITORY, run_in_process
from outreach_hub.server import EmbeddedServer

WORKFLOWS = sorted((REPOSITORY.root / ".github" / "workflows").glob("*.yml"))
MAIN = REPOSITORY.root / ".github" / "workflows" / "main.yml"
PULL_REQUEST = REPOSITORY.root / ".github" / "workflows" / "pull_request.yml"
RUNNER = ".venv/bin/outreach"
SETS_UP = {"Set up", "Lint and test"}
"""Steps that this very test run has behind it, or around it."""


def read(path: Path) -> dict[str, Any]:
    """GitHub reads `on` as a word; YAML 1.1 reads it as true."""
    document = yaml.safe_load(path.read_text())
    document["on"] = document.pop(True)
    return dict(document)


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    return dict(read(path)["jobs"])


def scripts() -> Iterator[tuple[str, str]]:
    for path in WORKFLOWS:
        for name, job in jobs(path).items():
            for step in job["steps"]:
                if "run" in step:
                    yield f"{path.stem}/{name}/{step['name']}", step["run"]


SCRIPTS = dict(scripts())


def words(script: str) -> Iterator[list[str]]:
    """Each simple command of a script."""
    for line in script.replace("\\\n", " ").splitlines():
        for part in re.split(r"\|\||&&|;|\|", line):
            yield shlex.split(part, comments=True)


def test_each_runs_at_its_time() -> None:
    assert {path.stem: list(read(path)["on"]) for path in WORKFLOWS} == {
        "main": ["push"],
        "nightly": ["schedule", "workflow_dispatch"],
        "pull_request": ["pull_request"],
    }


def test_what_is_too_long_for_a_pull_request_runs_each_night() -> None:
    ci = (REPOSITORY.root / ".ci" / "run").read_text()
    scripts = [script for name, script in SCRIPTS.items() if name.startswith("nightly/")]
    for target in ("test-long", "mutants"):
        assert f"make {target}\n" not in ci
        assert f"make {target}" in scripts


def test_a_pull_request_is_held_to_the_checks_of_main() -> None:
    """Before it is merged: afterwards production waits for them."""
    of_main, of_pull_request = (jobs(path)["checks"] for path in (MAIN, PULL_REQUEST))
    assert of_pull_request == of_main
    assert of_main["steps"][-1]["run"] == ".ci/run"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_it_is_well_formed(path: Path) -> None:
    document = read(path)
    assert set(document) <= {"name", "on", "permissions", "concurrency", "env", "jobs"}
    for name, job in document["jobs"].items():
        assert job["runs-on"] == "ubuntu-latest", name
        assert set(job.get("needs", "").split()) <= set(document["jobs"])
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step), step
            assert set(step) <= {"name", "run", "uses", "with", "if", "env"}, step
            assert "uses" not in step or re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step["uses"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_nobody_is_trusted_with_more_than_reading(path: Path) -> None:
    assert read(path)["permissions"] == {"contents": "read"}


def test_a_fork_needs_no_secret() -> None:
    of_forks = [job for job in jobs(PULL_REQUEST).values() if "if" not in job]
    assert len(of_forks) == 3
    assert "secrets." not in yaml.safe_dump(of_forks)


def test_what_a_stranger_writes_is_never_part_of_a_command() -> None:
    """A title or a branch may be anything: it comes in as a variable of the environment."""
    assert [name for name, script in SCRIPTS.items() if "${{" in script] == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_bash_can_read_it(name: str) -> None:
    done = subprocess.run(["bash", "-n"], input=SCRIPTS[name], text=True, capture_output=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_command_of_the_project_exists(name: str) -> None:
    for command in words(SCRIPTS[name]):
        if command[:1] == ["make"]:
            assert re.search(rf"^{command[1]}:", (REPOSITORY.root / "Makefile").read_text(), re.M)
        elif command[:1] == [RUNNER]:
            _require_command(command[1:])
        elif command and "/" in command[0]:
            assert os.access(REPOSITORY.root / command[0], os.X_OK), command[0]


def _require_command(arguments: list[str]) -> None:
    """The command has a help, and every option given is in it."""
    options = [word for word in arguments if word.startswith("-")]
    names = [word for word in arguments[:2] if re.fullmatch(r"[a-z]+", word)]
    helped = run_in_process(*names, "--help")
    if helped.exit_code:
        helped = run_in_process(names[0], "--help")
    assert helped.exit_code == 0, arguments
    passes_on = "every argument of `dbt" in " ".join(helped.stdout.split())
    for option in options:
        assert option in helped.stdout or passes_on, f"{arguments}: {option}"


@pytest.mark.long
def test_the_jobs_of_a_fork_run(server: EmbeddedServer, tmp_path: Path) -> None:
    """Each step as it is, but for setting up, on a repository with a branch for a pull request."""
    checkout = _checkout(tmp_path / "checkout")
    summary = tmp_path / "summary.md"
    environment = {
        **os.environ,
        **jobs(PULL_REQUEST)["slim"]["env"],
        "DBT_HOST": str(server.target().host),
        "DBT_DBNAME": "workflow",
        "GITHUB_STEP_SUMMARY": str(summary),
        "BASE": "main",
        "PR": "12",
        "PYTHONPATH": str(checkout / "scripts"),
    }
    for name, script in SCRIPTS.items():
        workflow, job, step = name.split("/")
        if workflow == "pull_request" and job in ("proof", "slim") and step not in SETS_UP:
            done = subprocess.run(
                ["bash", "-e", "-o", "pipefail", "-c", script],
                cwd=checkout,
                env=environment,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, f"{name}\n{done.stdout}{done.stderr}"
    told = summary.read_text()
    assert told.count("## outreach ci: passed") == 2
    assert "rpt_slot_coverage" in told


def _checkout(folder: Path) -> Path:
    """What GitHub checks out: a commit on no branch, with the base fetched beside it."""
    origin = folder.with_name("origin")
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@b.example"]

    def run(*command: str, cwd: Path) -> None:
        subprocess.run(command, cwd=cwd, check=True, capture_output=True)

    run(*git, "clone", "--quiet", str(REPOSITORY.root), str(origin), cwd=REPOSITORY.root)
    run(*git, "checkout", "--quiet", "-B", "main", cwd=origin)
    run(*git, "clone", "--quiet", str(origin), str(folder), cwd=origin)
    mart = folder / "models" / "marts" / "rpt_slot_coverage.sql"
    mart.write_text(mart.read_text().replace("candidate_count > 1", "candidate_count > 2"))
    run(*git, "commit", "--quiet", "--all", "--message", "change", cwd=folder)
    run(*git, "checkout", "--quiet", "--detach", cwd=folder)
    (folder / ".venv").symlink_to(REPOSITORY.root / ".venv")
    run(".venv/bin/outreach", "setup", cwd=folder)
    run(".venv/bin/outreach", "deps", cwd=folder)
    return folder

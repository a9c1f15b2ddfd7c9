"""dbt's packages: from the hub or, where that cannot be reached, the stand-ins in vendor/.

`dbt deps` retries an unreachable hub for minutes and ends in a stack of exceptions. So the hub is
asked first, for as long as a person waits without wondering.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from enum import Enum
from typing import TYPE_CHECKING

from outreach_hub.console import notice, working
from outreach_hub.errors import EnvironmentFailure, UsageError
from outreach_hub.yaml_files import entries, read_mapping

if TYPE_CHECKING:
    from pathlib import Path

    from outreach_hub.project import Project

ANSWER_WITHIN = 3.0
"""Seconds that the hub has to answer, name resolution included."""
DOWNLOAD_WITHIN = 60.0


class Origin(Enum):
    """Where the packages come from."""

    EITHER = "the hub, or the stand-in where it is out of reach"
    HUB = "the hub alone"
    STAND_IN = "the stand-in alone"


def install(project: Project, origin: Origin = Origin.EITHER) -> Origin:
    """Fills dbt_packages/, and returns where from."""
    if origin is not Origin.STAND_IN:
        trouble = _install_from_hub(project)
        if trouble is None:
            return Origin.HUB
        if origin is Origin.HUB:
            raise EnvironmentFailure(
                f"the package hub is out of reach: {trouble}",
                where=_hub_url(),
                hint="`outreach deps` without --hub installs the stand-in instead",
            )
        notice(f"the package hub is out of reach ({trouble}): installing the stand-in")
    _install_stand_ins(project)
    return Origin.STAND_IN


def check_installed(project: Project) -> None:
    """Raises what to do where a package is missing: dbt would name its own command, for the hub."""
    if not (project.root / "packages.yml").exists():
        return
    installed = {path.parent.name for path in project.packages_dir.glob("*/dbt_project.yml")}
    missing = [name for name in _wanted_packages(project) if name.split("/")[-1] not in installed]
    if missing:
        raise UsageError(
            f"dbt's packages are not installed: {', '.join(missing)}",
            where=str(project.packages_dir),
            hint="run `outreach deps`",
        )


def _install_from_hub(project: Project) -> str | None:
    """What went wrong, or None."""
    with working("asking the package hub"):
        trouble = _ask_hub(_wanted_packages(project))
    if trouble:
        return trouble
    with working("downloading dbt's packages"):
        try:
            done = subprocess.run(
                [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "deps"],
                cwd=project.root,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=DOWNLOAD_WITHIN,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"it did not send them within {DOWNLOAD_WITHIN:.0f} s"
    lines = (done.stdout + done.stderr).strip().splitlines() or ["no reason given"]
    return lines[-1].strip() if done.returncode else None


def _ask_hub(packages: list[str]) -> str | None:
    """Asks in a thread, as a name that does not resolve heeds no timeout."""
    from urllib.error import URLError
    from urllib.request import urlopen

    answers: list[str | None] = []

    def ask() -> None:
        try:
            for package in packages:
                with urlopen(f"{_hub_url()}api/v1/{package}.json", timeout=ANSWER_WITHIN) as page:  # noqa: S310
                    json.load(page)
            answers.append(None)
        except (OSError, ValueError) as error:
            reason = error.reason if isinstance(error, URLError) else error
            answers.append(" ".join(str(reason).split()) or type(error).__name__)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(ANSWER_WITHIN)
    return answers[0] if answers else f"no answer within {ANSWER_WITHIN:.0f} s"


def _hub_url() -> str:
    """As dbt has it, without the second that importing dbt takes."""
    return os.environ.get("DBT_PACKAGE_HUB_URL") or "https://hub.getdbt.com/"


def _wanted_packages(project: Project) -> list[str]:
    file = project.root / "packages.yml"
    listed = entries(read_mapping(file), "packages", file)
    return [entry["package"] for entry in listed if "package" in entry]


def _install_stand_ins(project: Project) -> None:
    stand_ins = sorted(path.parent for path in project.vendor_dir.glob("*/dbt_project.yml"))
    if not stand_ins:
        raise UsageError("there is no stand-in to install", where=str(project.vendor_dir))
    try:
        project.packages_dir.mkdir(exist_ok=True)
        for stand_in in stand_ins:
            _replace(stand_in, project.packages_dir / stand_in.name)
    except OSError as error:
        raise EnvironmentFailure(
            f"the packages cannot be written: {error.strerror}", where=str(error.filename)
        ) from None


def _replace(source: Path, destination: Path) -> None:
    """By renames, so that a build under way never sees half of a package."""
    fresh, old = (destination.with_name(f".{destination.name}.{what}") for what in ("new", "old"))
    for left in (fresh, old):
        shutil.rmtree(left, ignore_errors=True)
    shutil.copytree(source, fresh)
    if destination.exists():
        destination.rename(old)
    fresh.rename(destination)
    shutil.rmtree(old, ignore_errors=True)

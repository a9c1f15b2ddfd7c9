"""Builds to be killed: each is a process of its own, forked from one that has dbt at hand.

Importing dbt and parsing the project is half of a build and none of what is tried here, so that it
is done once. From there on a build is the runner's own.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from outreach_hub import building, dbt
from outreach_hub.cli import run
from outreach_hub.errors import OutreachError
from outreach_hub.project import Project

LONGEST_BUILD = 300
"""Seconds after which a build counts as hanging."""


@dataclass
class Build:
    """One build under way, or ended."""

    pid: int
    output: Path
    exit_code: int | None = None

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    @property
    def models(self) -> int:
        """How many models it has built so far."""
        return self.said().count("  model ")

    @property
    def has_ended(self) -> bool:
        if self.exit_code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.exit_code = os.waitstatus_to_exitcode(status)
        return self.exit_code is not None

    def wait(self) -> int | None:
        """Its exit code; None where it hung and had to be killed."""
        deadline = time.monotonic() + LONGEST_BUILD
        while not self.has_ended:
            if time.monotonic() > deadline:
                self.send(signal.SIGKILL)
                os.waitpid(self.pid, 0)
                return None
            time.sleep(0.02)
        return self.exit_code

    def wait_for_models(self, count: int) -> None:
        """Until it has built so many, or ended."""
        while not self.has_ended and self.models < count:
            time.sleep(0.02)

    def send(self, signal_number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal_number)


@dataclass
class Builder:
    """Forks builds of one project."""

    project: Project
    folder: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def prepare(self, variables: tuple[str, ...]) -> None:
        """Does what every build would do alike: the proof is left out, the parse is kept."""
        self.folder.mkdir()
        os.environ["OUTREACH_PROJECT_DIR"] = str(self.project.root)
        os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
        # dbt's own reader of SQL is native code, and hangs in a fork of a process that has used it.
        os.environ["DBT_STATIC_PARSER"] = "false"
        os.chdir(self.project.root)
        manifest = dbt.parse(self.project, variables)
        parsed = {(): manifest, variables: manifest}
        parse = dbt.parse
        building.require_proof = lambda project, target=None: None
        building.JUDGED = ()
        # A build of what changed reads the project for a hub of its own.
        dbt.parse = lambda project, arguments=(): (
            parsed.get(tuple(arguments)) or parse(project, arguments)
        )

    def start(self, program: str, *arguments: str) -> Build:
        """`outreach ...` or `dbt ...`."""
        output = self.folder / f"{next(self.numbers)}.txt"
        output.touch()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            self._become(program, arguments, output)
        return Build(pid, output)

    def _become(self, program: str, arguments: tuple[str, ...], output: Path) -> None:
        exit_code = 70
        # A shell starts what runs in its background with Ctrl-C ignored, and that is passed on.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            said = os.open(output, os.O_WRONLY | os.O_APPEND)
            os.dup2(said, 1)
            os.dup2(said, 2)
            exit_code = run([*arguments]) if program == "outreach" else self._dbt(arguments)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(exit_code)

    def _dbt(self, arguments: tuple[str, ...]) -> int:
        try:
            done = dbt.run(
                self.project,
                [*arguments, "--exclude-resource-type", "unit_test"],
                manifest=dbt.parse(self.project),
            )
        except OutreachError as error:
            sys.stdout.write(f"{error}\n")
            return int(error.exit_code)
        for failure in done.failures:
            sys.stdout.write(f"{failure.name}: {failure.message}\n")
        return int(done.exit_code)

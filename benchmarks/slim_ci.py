"""What slim CI costs at size: a full build, then pull requests beside it, in one run.

    python benchmarks/slim_ci.py --companies 100000

Makes a checkout and a server of its own in a temporary folder, fills the sources by `outreach bench
generate`, builds production, and runs `outreach ci` on a changed document, on each of the marts
named with a column more, and on the last of them once more with all that reads it
(`--all-readers`). Times are of whole processes, as a user waits for them.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
AS_OF = "2026-11-25"
MARTS = (
    *("rpt_slot_coverage", "rpt_renewal_calendar", "rpt_enrichment_queue", "rpt_engagement_daily"),
    *("rpt_campaign_performance", "dim_people", "dim_company_targets", "fct_blog_signals"),
    *("fct_dol_filings", "fct_dol_insurance_contracts", "fct_sends", "fct_engagement_events"),
)
GIT = ("git", "-c", "user.name=bench", "-c", "user.email=bench@bench.example")

Edit = Callable[[str], str]


class Laboratory:
    """A checkout with a server, thrown away afterwards."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DBT_", "PG", "OUTREACH_", "GITHUB_"))
        }
        self.environment["PYTHONPATH"] = str(self.root / "scripts")
        self._run(*GIT, "clone", "--quiet", str(REPOSITORY), str(self.root), cwd=folder)
        self._run(*GIT, "checkout", "--quiet", "-B", "main", cwd=self.root)

    def outreach(self, *arguments: str) -> float:
        """Seconds that a command of the runner took. It has to go well."""
        started = time.monotonic()
        self._run(sys.executable, "-m", "outreach_hub", *arguments, cwd=self.root)
        return time.monotonic() - started

    def ci(self, edits: Mapping[str, Edit], *options: str) -> float:
        """Seconds of `outreach ci` on a commit of edits, by file."""
        for path, edit in edits.items():
            file = self.root / path
            file.write_text(edit(file.read_text()))
        self._run(*GIT, "commit", "--quiet", "--all", "--message", "a change", cwd=self.root)
        try:
            return self.outreach("ci", "--pr", "1", *options)
        finally:
            self._run(*GIT, "reset", "--quiet", "--hard", "HEAD~1", cwd=self.root)

    def _run(self, *command: str, cwd: Path) -> None:
        done = subprocess.run(
            command, cwd=cwd, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def with_a_column_more(mart: str) -> dict[str, Edit]:
    """A mart whose last step, `select * from ...`, adds a column, which its contract declares."""

    def query(text: str) -> str:
        changed, count = re.subn(
            r"\nselect \* from (\w+)\s*$", r"\nselect *, '' as note from \1\n", text
        )
        assert count == 1, mart
        return changed

    def contract(text: str) -> str:
        before, name, after = text.partition(f"  - name: {mart}\n")
        column = "    columns:\n      - name: note\n        data_type: text\n"
        assert name, mart
        return before + name + after.replace("    columns:\n", column, 1)

    return {
        f"models/marts/{mart}.sql": query,
        "models/marts/_marts__models.yml": contract,
    }


def measure(companies: int, marts: Sequence[str]) -> None:
    """One run: prints a line a measurement."""
    with tempfile.TemporaryDirectory(prefix="slim-ci-") as folder:
        laboratory = Laboratory(Path(folder))
        for command in (("setup",), ("deps",), ("db", "start")):
            laboratory.outreach(*command)
        try:
            laboratory.outreach("bench", "generate", "--companies", str(companies))
            full = laboratory.outreach("build", "--vars", f"{{as_of_date: {AS_OF}}}")
            report(f"full build of {companies:,} companies", full, full)
            document: dict[str, Edit] = {"README.md": lambda text: f"{text}More.\n"}
            report("a document", laboratory.ci(document), full)
            for mart in marts:
                report(f"the mart {mart}", laboratory.ci(with_a_column_more(mart)), full)
            everything = laboratory.ci(with_a_column_more(marts[-1]), "--all-readers")
            report("the last one and all that reads it", everything, full)
        finally:
            laboratory.outreach("db", "stop")


def report(what: str, seconds: float, full: float) -> None:
    """One measurement."""
    sys.stdout.write(f"{what:40} {seconds:8.1f} s {seconds / full:8.1%}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=100_000)
    parser.add_argument("--marts", nargs="+", default=MARTS)
    given = parser.parse_args()
    measure(given.companies, given.marts)

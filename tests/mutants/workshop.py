"""A copy of the project in which cases are tried: patch, prove, put back.

One workshop a process: dbt is imported once and its partial parse is kept, so that a case costs a
few tenths of a second. The parse of the untouched project is put back before each case, so that dbt
re-reads only what the case changes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus import DBT, Case, CorpusError, patched

PROJECT = Path(__file__).resolve().parents[2]
PARTS = (
    *("dbt_project.yml", "packages.yml", "profiles.example.yml", ".dbtignore"),
    *("models", "macros", "tests", "vendor"),
)
CRASH = "crash"
"""Stands for a verdict where the prover broke down: never an expected one."""


@dataclass(frozen=True)
class Refusal:
    """One finding: its code, the model it is about, and what was said."""

    code: str
    node: str
    text: str


@dataclass(frozen=True)
class Outcome:
    """What the prover said of the project: nothing where it passed."""

    refusals: tuple[Refusal, ...] = ()
    seconds: float = 0.0

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(refusal.code for refusal in self.refusals)

    def is_right(self, case: Case) -> bool:
        return not self.codes if case.must_pass else bool(self.codes & case.expect)


class Workshop:
    """The copy. Use as a context manager: it is gone afterwards."""

    def __init__(self, source: Path = PROJECT) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="outreach-mutants-"))
        self.root = self.folder / "project"
        self.root.mkdir()
        for part in PARTS:
            _copy(source / part, self.root / part)
        packages = self.root / "dbt_packages"
        packages.mkdir()
        # What `outreach deps` installs offline, but by link: a patch of vendor/ is installed at once.
        (packages / "dbt_utils").symlink_to(self.root / "vendor" / "dbt_utils")

    def __enter__(self) -> Workshop:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def edited(self, case: Case) -> Iterator[None]:
        """The project as the case leaves it; put back afterwards."""
        before: dict[Path, str | None] = {}
        try:
            for path, text in list(patched(case, self.root)):
                before[path] = path.read_text() if path.exists() else None
                _write(path, text)
            yield
        finally:
            for path, text in before.items():
                _write(path, text)

    def prove(self) -> Outcome:
        """Prove the project as it stands, from the parse of the untouched one."""
        self._restore_parse()
        started = time.perf_counter()
        refusals = tuple(_refusals(self.root))
        self._keep_parse()
        return Outcome(refusals, time.perf_counter() - started)

    def judge(self, case: Case) -> Outcome:
        """The prover's verdict on a case."""
        if not self._kept.exists():
            self.prove()
        try:
            with self.edited(case):
                return self.prove()
        except CorpusError as error:
            return Outcome((Refusal(CRASH, "", f"the corpus is wrong: {error}"),))

    @property
    def _kept(self) -> Path:
        return self.folder / "untouched.msgpack"

    @property
    def _parse(self) -> Path:
        return self.root / ".outreach" / "proof" / "target" / "partial_parse.msgpack"

    def _restore_parse(self) -> None:
        if self._kept.exists():
            shutil.copyfile(self._kept, self._parse)

    def _keep_parse(self) -> None:
        if not self._kept.exists() and self._parse.exists():
            shutil.copyfile(self._parse, self._kept)


def _refusals(root: Path) -> Iterator[Refusal]:
    from outreach_hub.errors import DbtFailure, OutreachError
    from outreach_hub.project import Project
    from outreach_hub.proof import prove

    try:
        verdict = prove(Project(root), use_cache=False)
    except OutreachError as error:
        code = error.code or (DBT if isinstance(error, DbtFailure) else CRASH)
        yield Refusal(code, "", error.message)
        return
    except Exception:
        yield Refusal(CRASH, "", traceback.format_exc(limit=-3))
        return
    for finding in verdict.findings:
        where = f"{finding.path}:{finding.line} {finding.subject}"
        yield Refusal(finding.code, finding.node, f"{where}: {finding.reason}")
    if not verdict.good and not verdict.findings:
        yield Refusal("ID099", "", "nothing was proved")


def _copy(source: Path, destination: Path) -> None:
    if source.is_dir():
        ignored = shutil.ignore_patterns("python", "mutants", "faults", "__pycache__")
        shutil.copytree(source, destination, ignore=ignored)
    else:
        shutil.copyfile(source, destination)


def _write(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            os.removedirs(path.parent)  # the folders that a case made, where they are empty again
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

"""A copy of the project in which cases are tried: patch, prove, put back.

One workshop a process: dbt is imported once and its partial parse is kept. The parse of the
untouched project is put back before each case, so that dbt re-reads only what the case changes; of
that it works out again only what it has not yet seen (see `memory`).
"""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import cached_property, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from batching import Member
from corpus import DBT, Case, CorpusError, patched, sql_alone
from memory import remember, unpack
from outreach_hub.parse_state import PARSE, RECORD
from outreach_hub.project import Project

PROJECT = Path(__file__).resolve().parents[2]
PARTS = (
    *("dbt_project.yml", "packages.yml", "profiles.example.yml", ".dbtignore"),
    *("models", "macros", "tests", "vendor"),
)
TARGET = os.environ.get("MUTANTS_TARGET")
"""The target whose SQL is proved; by default that of Postgres."""

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
    """The copy, in a folder that its caller gives and takes away."""

    def __init__(self, folder: Path, source: Path = PROJECT) -> None:
        self.folder = folder
        self.root = self.folder / "project"
        Project(source).copy_to(self.root, PARTS)
        packages = self.root / "dbt_packages"
        packages.mkdir()
        # What `outreach deps` installs offline, but by link: a patch of vendor/ counts at once.
        (packages / "dbt_utils").symlink_to(self.root / "vendor" / "dbt_utils")

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
        refusals = tuple(_refusals(self._verdict))
        self._keep_parse()
        return Outcome(refusals, time.perf_counter() - started)

    def prove_texts(self, texts: dict[str, str]) -> Outcome:
        """Prove other SQL for some models, by name, as if the files held it.

        dbt's parse of the untouched project is used as it is, so this is for SQL that configures
        the model as before and reads what it read before; it takes a third of the time.
        """
        manifest, config = self._parsed
        nodes = {node.name: node for node in manifest.nodes.values() if node.name in texts}
        before = {name: node.raw_code for name, node in nodes.items()}
        started = time.perf_counter()
        try:
            for name, node in nodes.items():
                node.raw_code = texts[name].strip()
            refusals = tuple(_refusals(lambda: _proved(manifest, config)))
        finally:
            for name, node in nodes.items():
                node.raw_code = before[name]
        return Outcome(refusals, time.perf_counter() - started)

    def parse(self) -> tuple[Any, Any]:
        """dbt's manifest and configuration of the project as it stands."""
        from outreach_hub.proof.compile import parse

        self._restore_parse()
        return parse(self.root, self._workspace, TARGET)

    @cached_property
    def _parsed(self) -> tuple[Any, Any]:
        return self.parse()

    def _verdict(self) -> Any:
        from outreach_hub.proof import prove

        return prove(Project(self.root), use_cache=False, target=TARGET)

    def warm(self) -> None:
        """Do once what every case needs: its fork finds it done."""
        # dbt's manifest is many small objects: left to itself, the collector costs half of a proof.
        gc.disable()
        assert self.untouched
        assert self._parsed
        unpack(self._kept.read_bytes())
        gc.freeze()

    def judge(self, case: Case) -> Outcome:
        """The prover's verdict on a case: what it refuses because of it."""
        if not case.edits:
            return self.untouched
        known = {(refusal.code, refusal.text) for refusal in self.untouched.refusals}
        try:
            texts = sql_alone(case, self.root)
            if texts:
                outcome = self.prove_texts(texts)
            else:
                with self.edited(case):
                    outcome = self.prove()
        except CorpusError as error:
            return Outcome((Refusal(CRASH, "", f"the corpus is wrong: {error}"),))
        new = tuple(r for r in outcome.refusals if (r.code, r.text) not in known)
        return replace(outcome, refusals=new)

    def judge_together(self, members: Sequence[Member]) -> list[tuple[Case, Outcome]]:
        """Verdicts on cases that do not meet (see `batching`): at once, and alone where wrong.

        To a case belongs what is said of the models that it changes. A verdict that would be a miss
        or a false alarm is never the batch's: that case is tried by itself.
        """
        if len(members) == 1:
            return [(members[0].case, self.judge(members[0].case))]
        edits = tuple(edit for member in members for edit in member.case.edits)
        together = self.judge(replace(members[0].case, edits=edits))
        verdicts = []
        for case, models in ((member.case, member.models) for member in members):
            own = tuple(r for r in together.refusals if case.must_pass or r.node in models)
            outcome = replace(together, refusals=own)
            verdicts.append((case, outcome if outcome.is_right(case) else self.judge(case)))
        return verdicts

    def graph_findings(self, members: Sequence[Member]) -> tuple[list[str], list[str]]:
        """The names of some cases, and what the graph check of a bare build says of them all."""
        from dbt.clients.jinja import MacroGenerator
        from dbt.context.providers import generate_runtime_macro_context

        edits = tuple(edit for member in members for edit in member.case.edits)
        with self.edited(replace(members[0].case, edits=edits)):
            manifest, config = self.parse()
        manifest.build_flat_graph()
        macro = manifest.macros["macro.outreach.graph_findings"]
        context = generate_runtime_macro_context(macro, config, manifest, "outreach")
        found = MacroGenerator(macro, context)(manifest.flat_graph["nodes"])
        return [member.case.name for member in members], list(found)

    @cached_property
    def untouched(self) -> Outcome:
        """The verdict on the project as it is. Proved first, so that its parse is kept."""
        return self.prove()

    @property
    def _kept(self) -> Path:
        return self.folder / "untouched.msgpack"

    @property
    def _workspace(self) -> Path:
        return self.root / ".outreach" / "proof" / (TARGET or "")

    @property
    def _target(self) -> Path:
        return self._workspace / "target"

    def _restore_parse(self) -> None:
        if self._kept.exists():
            shutil.copyfile(self._kept, self._target / PARSE)
            shutil.copyfile(self.folder / RECORD, self._target / RECORD)

    def _keep_parse(self) -> None:
        if not self._kept.exists() and (self._target / PARSE).exists():
            shutil.copyfile(self._target / PARSE, self._kept)
            shutil.copyfile(self._target / RECORD, self.folder / RECORD)


def say(text: str) -> None:
    """Print at once, to a file or a pipe as well: a long run is watched."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


Item = TypeVar("Item")
Result = TypeVar("Result")

_work: Callable[[Any], Any]
"""What this worker process does with each item."""


def in_workshops(
    work: Callable[[Workshop, Item], Result], items: Iterable[Item], workers: int
) -> Iterator[Result]:
    """Does the work on each item, in several workshops at once. Results come as they are done."""
    # Processes of their own from the start: dbt keeps state that two workers must not share.
    with (
        tempfile.TemporaryDirectory(prefix="outreach-mutants-") as folder,
        ProcessPoolExecutor(
            workers, get_context("spawn"), _open_workshop, (work, folder)
        ) as executor,
    ):
        for done in as_completed([executor.submit(_do, item) for item in items]):
            yield done.result()


def _open_workshop(work: Callable[[Workshop, Any], Any], folder: str) -> None:
    global _work
    remember()
    workshop = Workshop(Path(tempfile.mkdtemp(dir=folder)))
    workshop.warm()
    _work = partial(work, workshop)


def _do(item: Any) -> Any:
    return apart(partial(_work, item))


def apart(work: Callable[[], Result]) -> Result:
    """The result of some work, done in a fork of this warm process.

    A proof leaves a hundred megabytes of dbt's objects lying in cycles. They go with the fork,
    which costs a few hundredths of a second; to look for them costs a tenth of all proofs.
    """
    context = get_context("fork")
    reader, writer = context.Pipe(duplex=False)
    fork = context.Process(target=lambda: writer.send(work()))
    fork.start()
    writer.close()
    try:
        told: Result = reader.recv()
        return told
    finally:
        fork.join()


def _proved(manifest: Any, config: Any) -> Any:
    from outreach_hub.proof.compile import compile_project
    from outreach_hub.proof.dialect import speaking
    from outreach_hub.proof.prover import prove_compiled

    with speaking(config.credentials.type):
        return prove_compiled(compile_project(manifest, config))


def _refusals(proved: Callable[[], Any]) -> Iterator[Refusal]:
    from outreach_hub.errors import DbtFailure, OutreachError

    try:
        verdict = proved()
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


def _write(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            os.removedirs(path.parent)  # the folders that a case made, where they are empty again
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

"""`outreach ci`, in order: prove, compare with production, build beside it, compare rows, leave.

What is cheap and decides most comes first. Whatever goes wrong, the report says what was found up
to there, and the schemas go away.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import psycopg

from outreach_hub import console
from outreach_hub.build_lock import build_lock, is_building, wait_for_end
from outreach_hub.catalog.promises import Relation, relation_of
from outreach_hub.ci import beside, notes
from outreach_hub.ci import state as states
from outreach_hub.ci.beside import PullRequest
from outreach_hub.ci.changes import Changes, compare, load_manifest
from outreach_hub.ci.comparing import Pair, comparing
from outreach_hub.ci.deferral import write_state
from outreach_hub.ci.given import changed_variables, plain, variables_for
from outreach_hub.ci.outcome import Outcome, Request
from outreach_hub.ci.readers import Reach, look_into
from outreach_hub.ci.revision import Revision
from outreach_hub.ci.selection import DBT_ARGUMENTS, Selection, is_mart, mark, select
from outreach_hub.ci.state import State
from outreach_hub.copies import copy_tables
from outreach_hub.database import connect_to
from outreach_hub.errors import IdentityFailure, OutreachError
from outreach_hub.evidence import failed_runs
from outreach_hub.exits import ExitCode
from outreach_hub.failing_rows import with_examples
from outreach_hub.packages import check_installed
from outreach_hub.profile import Target, load_target, write_profile_beside
from outreach_hub.refusals import in_plain_words, of_the_server
from outreach_hub.schemas import HubSchemas
from outreach_hub.variables import read_variables
from outreach_hub.verdict import is_gate

if TYPE_CHECKING:
    from pathlib import Path

    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.dbt import Callback
    from outreach_hub.project import Project
    from outreach_hub.proof.verdict import Verdict

PRODUCTION = HubSchemas()
KEPT_FOLDERS = 10


def run_ci(project: Project, request: Request) -> Outcome:
    """All of it. A failure that its reader can act on is in the outcome, not raised."""
    outcome = Outcome(request, head=Revision.of(project.root))
    with timed(outcome):
        check_installed(project)
        try:
            slim = _Slim.of(project, outcome)
            verdict = slim.prove()
        except OutreachError:
            # That production cannot be asked keeps nobody from hearing of an identity.
            outcome.proof = _proved(project)
            raise
        try:
            slim.compare()
            slim.check_sources()
            if not slim.selection.is_empty:
                slim.build(verdict)
        finally:
            outcome.proof = verdict()
    return outcome


def prove_only(project: Project, request: Request) -> Outcome:
    """The static proof and the gates of the whole project: what needs no database and no secret."""
    outcome = Outcome(request, head=Revision.of(project.root))
    with timed(outcome):
        check_installed(project)
        outcome.proof = _proved(project)
    return outcome


def _proved(project: Project) -> Verdict:
    from outreach_hub.proof import prove

    with console.working("proving identity"):
        return prove(project)


@contextmanager
def _one_model_has_all_cores() -> Iterator[None]:
    """A pull request builds a model or two, where a full build keeps every core busy by itself.

    Rows that parallel workers hand over cost the planner a tenth of what they are taken to cost.
    """
    before = os.environ.get("PGOPTIONS")
    os.environ["PGOPTIONS"] = f"-c parallel_tuple_cost=0.01 {before or ''}".rstrip()
    try:
        yield
    finally:
        if before is None:
            del os.environ["PGOPTIONS"]
        else:
            os.environ["PGOPTIONS"] = before


@contextmanager
def timed(outcome: Outcome) -> Iterator[None]:
    """Puts what its reader can act on, and the time taken, into the outcome."""
    started = time.monotonic()
    try:
        yield
    except OutreachError as error:
        outcome.error = error
    except psycopg.OperationalError as error:  # between any two statements the server may be lost
        outcome.error = of_the_server(error)
    finally:
        outcome.seconds = time.monotonic() - started


def keep_newest(folders: Path) -> None:
    """What dbt has parsed of pull requests that were run long ago will not be parsed again."""
    found = sorted(folders.iterdir(), key=lambda folder: -folder.stat().st_mtime)
    for folder in found[KEPT_FOLDERS:]:
        shutil.rmtree(folder, ignore_errors=True)


class _Slim:
    """One pull request, from comparison to clearing away."""

    def __init__(self, project: Project, outcome: Outcome, pull_request: PullRequest) -> None:
        self.project = project
        self.outcome = outcome
        self.pull_request = pull_request
        self.folder = project.state_dir / "ci" / pull_request.target.schema
        self.reach = Reach()

    @classmethod
    def of(cls, project: Project, outcome: Outcome) -> _Slim:
        request = outcome.request
        target = load_target(project, request.target)
        return cls(project, outcome, PullRequest.of(request.number, target))

    @property
    def target(self) -> Target:
        return self.pull_request.target

    @property
    def selection(self) -> Selection:
        assert self.outcome.selection is not None
        return self.outcome.selection

    @cached_property
    def state(self) -> State | None:
        """Production's."""
        request = self.outcome.request
        if request.state_folder is not None:
            return states.from_folder(request.state_folder.resolve(), self.project)
        with connect_to(self.target) as connection, in_plain_words("outreach_audit.dbt_state"):
            return states.newest(connection, request.base)

    @cached_property
    def manifest(self) -> Manifest:
        """The project's, with the clock and the vars of production."""
        from outreach_hub.dbt import parse

        write_profile_beside(self.project, self.target, self.folder)
        keep_newest(self.folder.parent)
        options = self._options(self.state)
        with console.working("reading the project"):
            return parse(self.project, options)

    def prove(self) -> Callable[[], Verdict]:
        """Begins the proof; whoever calls what it returns waits for the verdict.

        It is of the parse that is built from as well, unless a proof of the same files is known.
        """
        from outreach_hub.proof import known_proof
        from outreach_hub.proof.aside import Proving

        known = known_proof(self.project)
        if known:
            return lambda: known
        proving = Proving(self.manifest)

        def verdict() -> Verdict:
            with closing(proving):
                return proving.verdict()

        return cache(verdict)

    def compare(self) -> None:
        """What changed since production was built, and what that calls for."""
        outcome, state = self.outcome, self.state
        outcome.state = state
        if state and self._is_unchanged:
            # Not a byte that dbt reads is another: no need even to start it.
            nodes = state.manifest["nodes"].values()
            outcome.gates = sum(is_gate(each["config"].get("meta") or {}) for each in nodes)
            outcome.changes, outcome.selection = Changes(), Selection(frozenset())
        else:
            outcome.changes = self._changes(state)
            nodes = self.manifest.nodes.values()
            outcome.gates = sum(is_gate(each.config.meta or {}) for each in nodes)
            outcome.selection = select(self.manifest, outcome.changes)
        if state:
            own, given = self._own_variables, outcome.request.variables
            theirs = [n for n in changed_variables(state, own) if n not in given]
            outcome.notes += notes.on_variables(state, theirs, own)
            outcome.notes += notes.on_state(state, self.project.root)

    def _compare_anew(self) -> None:
        """With the state that a build of production has left meanwhile."""
        for known in ("state", "manifest", "_is_unchanged"):
            self.__dict__.pop(known, None)
        self.outcome.notes.clear()
        self.compare()

    def check_sources(self) -> None:
        """Raises where production would not build from the sources as they are: dbt does not
        compare what their YAML says of columns."""
        from outreach_hub.preflight import check_sources, expected_tables

        if not self._is_unchanged:
            check_sources(self.target, expected_tables(self.manifest))

    def spare(self) -> None:
        """Leaves out the marts that read nothing of what differs in those that changed."""
        outcome, state, changes = self.outcome, self.state, self.outcome.changes
        if not state or not changes or changes.everything or outcome.request.all_readers:
            return
        self.reach = look_into(
            self.project, self.manifest, state, changes, self.selection, self._options(state)
        )
        if self.reach.spared:
            outcome.selection = select(self.manifest, changes, self.reach.spared)

    def build(self, verdict: Callable[[], Verdict]) -> None:
        """Builds what was chosen beside production, if it is proved, and compares the marts.

        Until the verdict is there, production's tables are copied and nothing else is made.
        """
        if is_building(self.target, PRODUCTION.hub) and not verdict().good:
            return
        if wait_for_end(self.target, PRODUCTION.hub, console.notice):
            self._compare_anew()
        left = beside.clear_abandoned(self.target, except_for=self.pull_request.number)
        if left:
            self._note(f"cleared what a killed run left: {', '.join(left)}")
        where = f"target {self.target.name}, {self.target.url()}"
        with (
            build_lock(self.target, wait=self.outcome.request.wait, notify=console.notice),
            in_plain_words(where, f"if a privilege is missing: {notes.TO_BE_GRANTED}"),
        ):
            published = self._publication()
            try:
                self._furnish_and_spare()
                if not verdict().good:
                    return
                with comparing(self.target, self._pairs(), self.outcome.request.sample) as marts:
                    self._run(marts)
                    with console.working("comparing rows"):
                        self.outcome.differences = marts.differences()
                self._note_what_else_changed(published)
            finally:
                self._leave()

    # -- the steps -----------------------------------------------------------------------------

    @cached_property
    def _is_unchanged(self) -> bool:
        state = self.state
        if state is None or self.outcome.request.variables:
            return False
        return state.content == states.content_of(self.project)

    @cached_property
    def _own_variables(self) -> dict[str, Any]:
        """The vars of this checkout's dbt_project.yml."""
        return plain(read_variables(self.project))

    def _changes(self, state: State | None) -> Changes:
        if state is None:
            self._note(
                "A full build of production stores one: `outreach build --rebuild`. Without it the"
                " day and the vars are this checkout's, and rows may differ for that reason."
            )
            return Changes(everything=self._why_no_state())
        manifest = self.manifest
        write_state(state.manifest, self.folder, self.target.dbname)
        variables = changed_variables(state, self._own_variables)
        return compare(manifest, load_manifest(self.folder), state, variables)

    def _why_no_state(self) -> str:
        with connect_to(self.target) as connection:
            others = states.branches(connection)
        there_is = f"; there is one of {', '.join(others)}" if others else ""
        return f"there is no state of {self.outcome.request.base} yet{there_is}"

    def _options(self, state: State | None) -> list[str]:
        """dbt's options: this hub, and the clock and vars that production was built with."""
        given = variables_for(state, self._own_variables, self.outcome.request.variables)
        return [
            *("--target", self.target.name, "--profiles-dir", str(self.folder)),
            *("--target-path", str(self.folder / "target"), "--vars", json.dumps(given)),
        ]

    def _furnish_and_spare(self) -> None:
        """Both at once: the one is Postgres's work, the other Python's."""
        copies = self.selection.copies
        with (
            console.working("looking into what differs, copying what is added to"),
            ThreadPoolExecutor(1, thread_name_prefix="copying") as pool,
        ):
            copying = pool.submit(self._furnish, copies)
            self.spare()
            self.outcome.copied = tuple(copying.result())

    def _furnish(self, copies: Sequence[str]) -> list[str]:
        with connect_to(self.target) as connection:
            beside.clear(connection, self.pull_request.number)
            connection.commit()
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            with connection.transaction():
                return copy_tables(connection, PRODUCTION, self.pull_request.schemas, copies)

    def _run(self, marts: Callback) -> None:
        from outreach_hub.building import verified
        from outreach_hub.dbt import run
        from outreach_hub.dbt_progress import watching

        state = self.outcome.state
        mark(self.manifest, self.selection.chosen)
        defer = ("--defer", "--state", str(self.folder)) if state else ()
        arguments = ["build", *self._options(state), *DBT_ARGUMENTS, *defer]
        said = f"dbt build ({self.pull_request})"
        with watching(said, self.manifest) as watcher, _one_model_has_all_cores():
            try:
                done = run(
                    self.project, arguments, manifest=self.manifest, callbacks=[watcher, marts]
                )
            except IdentityFailure:
                self._keep_evidence()
                raise
        self.outcome.run = done
        if done.exit_code is not ExitCode.ENVIRONMENT:
            self.outcome.run = verified(done, self.target, self.manifest)
        self._keep_evidence()
        has_wrong_rows = self.outcome.evidence is not None
        self.outcome.run = replace(self.outcome.run, has_wrong_rows=has_wrong_rows)
        if self.outcome.run.failures and self.outcome.request.sample:
            with connect_to(self.target, autocommit=True) as connection:
                self.outcome.run = with_examples(self.outcome.run, connection)

    def _keep_evidence(self) -> None:
        """Reads it before it goes with the schemas."""
        with connect_to(self.target) as connection:
            found = failed_runs(connection, self.pull_request.schemas)
            self.outcome.evidence = found[0] if found else None

    def _pairs(self) -> dict[str, Pair]:
        """The marts that are built, as production publishes them and as they are built here.

        One that is only called otherwise is compared with what production calls it.
        """
        assert self.outcome.changes is not None
        before = {each.now: each.published_as for each in self.outcome.changes.removed}
        marts = filter(is_mart, (self.manifest.nodes[i] for i in self.selection.models))
        pairs = {}
        for node in marts:
            published = before.get(node.name) or f"{node.config.meta['publish_to']}.{node.alias}"
            schema, name = published.split(".", 1)
            pairs[node.unique_id] = (Relation(PRODUCTION.named(schema), name), relation_of(node))
        return pairs

    def _publication(self) -> int | None:
        """The number of production's newest publication."""
        with connect_to(self.target) as connection:
            return states.newest_publication(connection)

    def _note_what_else_changed(self, published: int | None) -> None:
        with connect_to(self.target) as connection:
            writes = states.source_writes(
                connection, {f"{s.schema}.{s.identifier}" for s in self.manifest.sources.values()}
            )
        outcome = self.outcome
        if outcome.run:
            outcome.notes += notes.on_privileges(outcome.run)
        outcome.notes += notes.on_publication(outcome.state, published)
        outcome.notes += notes.on_build(self.selection, outcome.copied, outcome.state, writes)
        if self.selection.spared:
            outcome.notes += notes.on_spared(outcome.differences, self.reach.differing_by_name)
        if self._publication() != published:
            self._note("Production was built meanwhile: run this again if anything looks odd.")

    def _leave(self) -> None:
        """Whatever happened: nothing stays that was not asked for, nor copies that nobody used."""
        number = self.pull_request.number
        with connect_to(self.target) as connection:
            if self.outcome.request.keep and self.outcome.run:
                self.outcome.kept = tuple(beside.mark_as_kept(connection, number))
            else:
                beside.clear(connection, number)

    def _note(self, text: str) -> None:
        self.outcome.notes.append(text)


def drop_schemas(project: Project, request: Request) -> list[str]:
    """Drops what `--keep` kept of one pull request, once nobody works in it."""
    pull_request = PullRequest.of(request.number, load_target(project, request.target))
    with (
        build_lock(pull_request.target, wait=request.wait, notify=console.notice),
        connect_to(pull_request.target) as connection,
        in_plain_words(str(pull_request)),
    ):
        return beside.clear(connection, request.number)

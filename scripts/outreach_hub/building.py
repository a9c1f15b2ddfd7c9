"""A dbt command as the runner runs it: everything that can be known before it, and proved after.

The order is by cost. An unreachable server is reported in a tenth of a second, before dbt is even
imported; an unproved identity before the database is touched; a missing source before anything is
written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from outreach_hub import console, delta, last_build
from outreach_hub.build_lock import build_lock
from outreach_hub.database import connect_to
from outreach_hub.dbt_options import is_whole, parse_options, target_named
from outreach_hub.errors import (
    GRANT,
    EnvironmentFailure,
    IdentityFailure,
    OutreachError,
    UsageError,
)
from outreach_hub.exits import ExitCode
from outreach_hub.lock_waits import lock_waits_told
from outreach_hub.packages import check_installed
from outreach_hub.phases import phase
from outreach_hub.preflight import check_owners, check_reachable, check_sources, expected_tables
from outreach_hub.profile import Target, is_spark, load_target
from outreach_hub.refusals import in_plain_words
from outreach_hub.schemas import HubSchemas
from outreach_hub.variables import given_variables

if TYPE_CHECKING:
    import psycopg
    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.dbt import DbtRun
    from outreach_hub.delta.landed import Landed
    from outreach_hub.last_build import LastBuild
    from outreach_hub.profile import SparkTarget
    from outreach_hub.project import Project
    from outreach_hub.proof.aside import Proving
    from outreach_hub.proof.verdict import Verdict

SHOWN_CHANGES = 3
JUDGED: Sequence[str] = ("build", "test")
"""dbt's commands whose texts are run, and not only written down: each is judged first."""


def build(
    project: Project,
    arguments: Sequence[str],
    *,
    wait: bool = True,
    rebuild: bool = False,
    changed_only: bool = False,
) -> DbtRun:
    """dbt build between the two proofs: of the SQL before it, and of the catalog after it.

    Where nothing has changed since the last build of everything, nothing is run, and where only
    some companies' rows have, in a hub of some size or with `changed_only`, no other is built;
    unless `rebuild`. One build at a time for each target: a second one waits for the first, or
    refuses. On Spark the checks that stand for the catalog are part of the build, and all is built.
    """
    variables = parse_options(arguments).get("--vars", "")
    given = given_variables(project, variables)
    if is_spark(project, target_named(arguments)):
        from outreach_hub.spark import building as on_spark

        return on_spark.build(project, arguments)
    target = _reachable_target(project, arguments)
    with phase("prove"):
        proved = last_build.code(project)
        require_proof(project)
    whole = is_whole(arguments)
    with build_lock(target, wait=wait, notify=console.notice):
        with phase("changes"):
            outside = last_build.code_and_clock(project, variables, given)
        if outside[last_build.FILES] != proved:  # the wait for another build may be long
            require_proof(project)
        delta.clear_leftovers(target)
        if whole and not rebuild:
            with phase("changes"):
                last = _last_build(target, outside)
            if last and not last.changed:
                keep_revision(project, target)
                return not_run(last)
            if last and (changed_only or delta.pays(last)):
                from outreach_hub.delta.building import build_changed

                if done := build_changed(project, target, last, outside, given, changed_only):
                    return done
        manifest = _parsed(project, arguments, target)
        require_unchanged(project, outside)
        if not whole:
            return _run_verified(project, arguments, target, manifest)
        from outreach_hub.delta.landed import landed

        names = [table.relation for table in expected_tables(manifest)]
        with landed(target, names) as sources:
            done = _run_verified(project, arguments, target, manifest)
            if done.exit_code is ExitCode.GOOD:
                with phase("changes"):
                    _keep_state(target, done, outside, sources)
            elif done.exit_code is ExitCode.IDENTITY_FAILURE and (moved := sources.moved()):
                console.notice(
                    f"written to while this build ran: {console.some(moved, SHOWN_CHANGES)}. What"
                    " lands between a hub and its gate counts as lost; build again when landing"
                    " stands still"
                )
        return done


def _run_verified(
    project: Project, arguments: Sequence[str], target: Target, manifest: Manifest
) -> DbtRun:
    from outreach_hub.catalog import check_strays
    from outreach_hub.dbt import DbtRun

    with connect_to(target) as connection:  # before anything is published
        strays = tuple(check_strays(connection, HubSchemas.of(target.schema), manifest))
    if strays:
        return DbtRun("build", success=False, seconds=0.0, findings=strays)
    done = with_evidence(run_watched(project, "build", arguments, target, manifest), target)
    if done.exit_code is ExitCode.ENVIRONMENT:
        return done
    with phase("catalog"):
        done = verified(done, target, manifest)
        keep_manifest(project, done, target, manifest)
    return done


def run_checked(
    project: Project,
    command: str,
    arguments: Sequence[str],
    prepare: Callable[[Manifest], None] | None = None,
) -> DbtRun:
    """Another dbt command that works on the database, once it is known that it can.

    `prepare` sees the manifest first, and may refuse or complete it.
    """
    given_variables(project, parse_options(arguments).get("--vars"))
    if is_spark(project, target_named(arguments)):
        from outreach_hub.spark import building as on_spark

        return on_spark.run_checked(project, command, arguments, prepare)
    target = _reachable_target(project, arguments)
    manifest = _parsed(project, arguments, target)
    if prepare:
        prepare(manifest)
    done = run_watched(project, command, arguments, target, manifest)
    return with_evidence(done, target)


def with_evidence(done: DbtRun, target: Target) -> DbtRun:
    """The run, with whether its gates have put wrong rows on record, and rows of other tests."""
    if done.exit_code in (ExitCode.GOOD, ExitCode.ENVIRONMENT):
        return done
    from outreach_hub.evidence import failed_runs
    from outreach_hub.failing_rows import with_examples

    schemas = HubSchemas.of(target.schema)
    with connect_to(target, autocommit=True) as connection:
        found = failed_runs(connection, schemas, invocation_id=done.invocation_id)
        done = with_examples(done, connection)
    return replace(done, has_wrong_rows=bool(found))


def require_proof(project: Project, target: str | None = None) -> None:
    """Raises where the SQL does not prove every identity. It holds for every var, and for every
    target of one engine: that of `target`, or Postgres.

    A proof of what has not changed since is in a cache, and takes no time.
    """
    from outreach_hub.proof import prove

    with console.working("proving identity"):
        _require_good(prove(project, target=target))


@contextmanager
def _judged(manifest: Manifest) -> Iterator[Proving]:
    """A proof of what this very run has parsed, to be asked about each text before it is run.

    dbt starts meanwhile: what is not proved fails at the first text, the hook before everything.
    """
    from outreach_hub.proof.aside import Proving

    with closing(Proving(manifest)) as proving:
        try:
            yield proving
        except OutreachError:
            _require_good(proving.verdict())  # then that is why
            raise
        _require_good(proving.verdict())


def _require_good(verdict: Verdict) -> None:
    from outreach_hub.proof.report import as_text

    if not verdict.good:
        console.err().print(as_text(verdict), markup=False)
        raise IdentityFailure(
            "the SQL does not prove that every identity is CL's, so nothing was built",
            hint="fix what is listed above; `outreach prove` shows it again",
        )


def require_unchanged(project: Project, outside: last_build.State) -> None:
    """Raises where the project's files are not what they were when the build began: what was
    proved, what was parsed and what is put on record have to be the same."""
    if last_build.code(project) != outside[last_build.FILES]:
        raise EnvironmentFailure(
            "the project's files were changed while they were read, so nothing was built",
            where=str(project.root),
            hint="run it again, once nobody edits or checks out anything there",
        )


def verified(
    done: DbtRun, target: Target, manifest: Manifest, other_sources: Sequence[str] = ()
) -> DbtRun:
    """The run, with what the catalog does not keep of what its models promise."""
    from outreach_hub.catalog import verify

    built = [outcome.unique_id for outcome in done.outcomes if outcome.status == "success"]
    unmade = {each.unique_id for each in done.outcomes} - {*built} if done.failures else None
    with connect_to(target) as connection:
        findings = verify(connection, manifest, built, other_sources, unmade)
    return replace(done, findings=tuple(findings))


def keep_manifest(project: Project, done: DbtRun, target: Target, manifest: Manifest) -> None:
    """Stores what production was built from, for pull requests to be compared with.

    The build has succeeded; that it is not on record fails nothing, and is said.
    """
    from outreach_hub.ci import state

    if state.is_production(target) and state.is_full(done, manifest):
        with _storing_state(target) as connection:
            state.keep(connection, project, target, done, manifest)


def keep_revision(project: Project, target: Target) -> None:
    """Stores that production is what this commit builds, where nothing had to be built."""
    from outreach_hub.ci import state

    if state.is_production(target):
        with _storing_state(target) as connection:
            state.restate(connection, project)


@contextmanager
def _storing_state(target: Target) -> Iterator[psycopg.Connection[Any]]:
    try:
        with connect_to(target) as connection, in_plain_words("outreach_audit.dbt_state"):
            yield connection
    except EnvironmentFailure as failure:
        console.notice(f"the state of this build was not stored: {failure.message}")


def _last_build(target: Target, outside: last_build.State) -> LastBuild | None:
    with connect_to(target) as connection, in_plain_words(f"target {target.name}", GRANT):
        last = last_build.since_last_build(connection, HubSchemas.of(target.schema), outside)
    if last and last.changed:
        console.notice(f"changed since the last build: {console.some(last.changed, SHOWN_CHANGES)}")
    return last


def not_run(last: LastBuild) -> DbtRun:
    """What a build comes to where the evidence of the last one stands."""
    from outreach_hub.dbt import DbtRun

    return DbtRun(
        "build", True, 0.0, invocation_id=last.invocation_id, standing_since=last.built_at
    )


def _keep_state(target: Target, done: DbtRun, outside: last_build.State, sources: Landed) -> None:
    """Keeps what the next build goes by. That it cannot fails nothing: then that one runs."""
    schemas = HubSchemas.of(target.schema)
    try:
        with in_plain_words("outreach_audit.last_build"), connect_to(target) as connection:
            before = sources.keep(schemas)
            last_build.record(
                connection, schemas, done.invocation_id or "", {**outside, **before}, list(before)
            )
    except EnvironmentFailure as failure:
        console.notice(f"what this build left was not recorded: {failure.message}")


def _reachable_target(project: Project, arguments: Sequence[str]) -> Target:
    check_installed(project)
    target = load_target(project, target_named(arguments))
    check_reachable(target)
    return target


def read_project(project: Project, arguments: Sequence[str]) -> Manifest:
    """dbt's manifest, by those of the arguments that bear on it."""
    from outreach_hub.dbt import load_dbt, parse

    given = parse_options(arguments)
    with phase("import"):
        load_dbt()
    with console.working("reading the project"), phase("parse"):
        return parse(project, [word for pair in given.items() for word in pair])


def _parsed(project: Project, arguments: Sequence[str], target: Target) -> Manifest:
    manifest = read_project(project, arguments)
    for warning in check_sources(target, expected_tables(manifest)):
        console.notice(f"warning: {warning}")
    check_owners(target, manifest)
    return manifest


def run_watched(
    project: Project,
    command: str,
    arguments: Sequence[str],
    target: Target | SparkTarget,
    manifest: Manifest,
) -> DbtRun:
    """A dbt command, with its progress shown. Raises where nothing is what it was asked for."""
    from outreach_hub.dbt import run
    from outreach_hub.dbt_progress import watching

    on_postgres = target if isinstance(target, Target) else None
    waits = lock_waits_told(on_postgres, console.notice) if on_postgres else nullcontext()
    judging = _judged(manifest) if on_postgres and command in JUDGED else nullcontext()
    watching_it = watching(f"dbt {command} ({target.name})", manifest)
    words = [*command.split(), *arguments]
    with judging as proving, watching_it as watcher, waits, phase("dbt"):
        done = run(project, words, manifest=manifest, callbacks=[watcher], proving=proving)
    if watcher.selected_nothing:
        raise UsageError(
            "the selection matches nothing, so nothing was run",
            where=", ".join(watcher.unmatched) or " ".join(arguments),
            hint="`dbt ls -s ...` lists what a selection selects",
        )
    for criterion in watcher.unmatched:
        console.notice(f"warning: nothing matches {criterion}")
    return done

"""A build of the companies that changed: found, built beside production, put in place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from outreach_hub import console, last_build
from outreach_hub.build_lock import require_held
from outreach_hub.catalog.keepers import REGISTRY
from outreach_hub.catalog.promises import (
    TABLE_MATERIALIZATIONS,
    Relation,
    relation_of,
)
from outreach_hub.ci import state as states
from outreach_hub.copies import ALL_ROWS
from outreach_hub.database import connect_to, speed_up
from outreach_hub.dbt_options import NO_UNIT_TESTS
from outreach_hub.delta import BuildEverything, fingerprints, publication, whole
from outreach_hub.delta.merging import Merged, Part, merge
from outreach_hub.delta.rankings import ranked_anew
from outreach_hub.delta.scope import compiled_otherwise, require_built_by_sql_alone, scope_of
from outreach_hub.delta.small_hub import (
    SOURCE_VARIABLES,
    SmallHub,
    clear,
    take_last_of_prefixes,
)
from outreach_hub.delta.tallies import Standing
from outreach_hub.doctrine import ANCHOR, MINTED
from outreach_hub.exits import ExitCode
from outreach_hub.macro_calls import MacroCalls
from outreach_hub.node_labels import labels
from outreach_hub.phases import phase
from outreach_hub.profile import write_profile_beside
from outreach_hub.schemas import HubSchemas
from outreach_hub.variables import read_variables

if TYPE_CHECKING:
    from pathlib import Path

    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.dbt import DbtRun
    from outreach_hub.delta.fingerprints import Extent
    from outreach_hub.last_build import LastBuild, State
    from outreach_hub.profile import Target
    from outreach_hub.project import Project

LARGEST_SHARE = 0.2
"""Of all rows that changed companies may have: above, everything is built as fast."""


def build_changed(
    project: Project,
    target: Target,
    last: LastBuild,
    outside: State,
    given: Mapping[str, Any],
    asked: bool,
) -> DbtRun | None:
    """Builds the companies that changed since the last build; None where all must be built.

    Where it was asked for, it is done even if a build of everything were as fast.
    Whoever calls holds the build lock. Nothing is left of what did not come to its end.
    """
    largest_share = 1.0 if asked else LARGEST_SHARE
    delta = _Delta(project, target, last, outside, given, largest_share)
    with closing(connect_to(target)) as connection:
        try:
            return delta.build(connection)
        except (BuildEverything, psycopg.Error) as reason:
            if connection.closed:
                raise
            console.notice(f"everything is built: {' '.join(str(reason).split())}")
            return None
        finally:
            if not connection.closed:
                connection.rollback()
                clear(connection, target)
                connection.commit()


@dataclass(frozen=True)
class _Delta:
    project: Project
    target: Target
    last: LastBuild
    outside: State
    given: Mapping[str, Any]
    largest_share: float

    @cached_property
    def small(self) -> SmallHub:
        variables = {**read_variables(self.project), **self.given}
        return SmallHub(self.target, {name: str(variables[name]) for name in SOURCE_VARIABLES})

    @property
    def folder(self) -> Path:
        """Where dbt finds the small hub's profile, and leaves what it writes."""
        return self.project.state_dir / "delta"

    @property
    def production(self) -> HubSchemas:
        return HubSchemas.of(self.target.schema)

    @cached_property
    def sources(self) -> list[Relation]:
        relations = last_build.tables_of(self.last.now)
        strange = [str(each) for each in relations if each.schema not in self.small.moved.values()]
        if strange:
            raise BuildEverything(f"no var names the schema of {', '.join(strange)}")
        return relations

    def build(self, connection: psycopg.Connection[Any]) -> DbtRun:
        from outreach_hub.building import not_run, require_unchanged

        if not self.last.only_rows:
            raise BuildEverything("more has changed than rows of sources")
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        writes = states.source_writes(connection, self.last.now.keys())
        with (
            console.working("looking for companies that changed"),
            ThreadPoolExecutor(1) as executor,
        ):
            finding = executor.submit(self._find, connection)
            manifest = self._parsed()  # meanwhile: the one is Postgres's work, the other Python's
            require_unchanged(self.project, self.outside)
            calls = MacroCalls(manifest)
            otherwise = compiled_otherwise(manifest, calls)
            with phase("changes"):
                extent = finding.result()
        if not extent.companies:
            connection.rollback()
            self._record(connection, self.last.invocation_id, writes, {})
            return not_run(self.last)
        require_built_by_sql_alone(manifest, calls)
        with phase("changes"), console.working("taking their rows"):
            added_to = [
                node.alias
                for node in _models(manifest)
                if node.config.materialized == "incremental"
            ]
            self.small.furnish(connection, self.sources, added_to)
            connection.commit()
            connection.isolation_level = None
        done = self._run(manifest)
        with phase("publish"), console.working("putting their rows in place"):
            merged = self._put_in_place(connection, manifest, done, otherwise)
        self._record(connection, done.invocation_id or "", writes, merged)
        return replace(done, companies=extent.companies)

    def _record(
        self,
        connection: psycopg.Connection[Any],
        invocation_id: str,
        writes: Mapping[str, int],
        merged: Mapping[Relation, Merged],
    ) -> None:
        """What the next build goes by: all that is there now, the small hub no longer.

        Rows that this build left alone are taken for as they were when it began: should somebody
        have changed one meanwhile, the next build finds it out.
        """
        clear(connection, self.target)
        state = {**self.outside, **self.last.now}
        known = last_build.rows_in(self.last.hub)
        known.pop(str(self.production.publications))
        for table, each in merged.items():
            if each.more is None:
                del known[str(table)]
            else:
                known[str(table)] += each.more
        last_build.record(
            connection, self.production, invocation_id, state, list(self.last.now), known
        )
        if states.is_production(self.target):
            states.catch_up(connection, writes)
            states.restate(connection, self.project)
        connection.commit()

    def _find(self, connection: psycopg.Connection[Any]) -> Extent:
        fingerprints.take(connection, self.sources)
        changed = self.small.changed
        connection.execute(sql.SQL("create schema {}").format(sql.Identifier(changed.schema)))
        if not fingerprints.compare(connection, self.production, changed):
            raise BuildEverything("the last build kept no fingerprints of companies")
        take_last_of_prefixes(connection, self.production, changed)
        connection.execute(sql.SQL("analyze {}").format(changed.identifier))
        extent = fingerprints.measure(connection, changed)
        if extent.without_company:
            raise BuildEverything("there are rows of no company")
        if extent.rows > extent.all_rows * self.largest_share:
            raise BuildEverything(
                f"{extent.companies:,} companies changed, with {extent.rows:,} of"
                f" {extent.all_rows:,} rows"
            )
        return extent

    def _parsed(self) -> Manifest:
        from outreach_hub.dbt import load_dbt, parse

        write_profile_beside(self.project, self.small.target, self.folder)
        with phase("import"):
            load_dbt()
        with phase("parse"):
            return parse(self.project, self._options)

    @property
    def _of_changed(self) -> sql.Composable:
        return fingerprints.of_changed(self.small.changed)

    @property
    def _options(self) -> list[str]:
        variables = json.dumps({**self.given, **self.small.variables}, default=str)
        return [
            *("--target", self.target.name, "--profiles-dir", str(self.folder)),
            *("--target-path", str(self.folder / "target"), "--vars", variables),
        ]

    def _run(self, manifest: Manifest) -> DbtRun:
        from outreach_hub.building import run_watched, verified
        from outreach_hub.dbt import NO_ARTIFACTS

        arguments = [*self._options, *NO_UNIT_TESTS, NO_ARTIFACTS]
        done = run_watched(self.project, "build", arguments, self.small.target, manifest)
        if done.exit_code is not ExitCode.ENVIRONMENT:
            with phase("catalog"):
                others = [*self.small.sources.values(), self.small.changed.schema]
                done = verified(done, self.small.target, manifest, others)
        if done.exit_code is not ExitCode.GOOD:
            shown_as = labels(done)
            wrong = [shown_as[outcome.unique_id] for outcome in done.failures]
            wrong += [f"{finding.subject} {finding.problem}" for finding in done.findings]
            raise BuildEverything(f"what changed did not pass by itself: {'; '.join(wrong[:3])}")
        return done

    def _put_in_place(
        self,
        connection: psycopg.Connection[Any],
        manifest: Manifest,
        done: DbtRun,
        otherwise: Mapping[str, str],
    ) -> dict[Relation, Merged]:
        """All of it in one transaction; what became of each table."""
        speed_up(connection)
        ran = (result.node for result in done.result.results)
        compiled = {node.unique_id: getattr(node, "compiled_code", "") for node in ran}
        scope = scope_of(manifest, compiled, otherwise)
        number = publication.begin(connection, self.production, done.invocation_id or "", manifest)
        parts = [
            self._part(node, number)
            for node in _models(manifest)
            if node.config.materialized in TABLE_MATERIALIZATIONS
            and scope.is_confined(node.unique_id)
        ]
        registry = Relation(self.production.audit, REGISTRY)
        rows = Relation(self.small.schemas.audit, REGISTRY).identifier
        parts.append(Part(registry, rows, self._of_changed))
        standing = Standing(connection, self.small, scope)
        standing.take(manifest, compiled)
        merged = merge(connection, parts)
        anew = []
        for node in whole.tables(manifest, scope):
            part = self._part(node, number)
            rows = (
                standing.brought_up(node, part)
                or ranked_anew(connection, node, scope, part, self.small.changed)
                or whole.made_anew(connection, self.small, node, compiled[node.unique_id])
            )
            anew.append(replace(part, rows=rows, standing=ALL_ROWS))
            merged |= merge(connection, anew[-1:])  # before the next is made, which may read it
        whole.test(connection, self.small, manifest, scope, compiled)
        whole.require_records_in_place(connection, manifest, [part.table for part in anew])
        publication.keep_before(connection, self.production, [*parts, *anew], number)
        fingerprints.keep_changed(connection, self.production, self.small.changed)
        self._require_same_day()
        require_held(connection, self.production.hub)
        connection.commit()
        publication.drop_earlier(connection, self.production, number)
        connection.commit()
        return merged

    def _part(self, node: Any, number: int) -> Part:
        """A model's table of production, and its rows here."""
        publish_to = node.config.meta.get("publish_to")
        if not publish_to:
            built = relation_of(node)
            table = Relation(self.small.moved[built.schema], built.name)
            kept = frozenset(MINTED) if node.name == ANCHOR else frozenset()
            return Part(table, built.identifier, self._of_changed, kept=kept)
        table = Relation(self.production.named(publish_to), node.alias)
        here = Relation(self.small.schemas.named(publish_to), node.alias)
        aside = Relation(publication.replaced(table.schema, number), node.alias)
        return Part(table, here.identifier, self._of_changed, put_aside=aside)

    def _require_same_day(self) -> None:
        now = last_build.the_day(self.project, self.given)
        if now != self.outside[last_build.DAY]:
            raise BuildEverything("it is another day")


def _models(manifest: Manifest) -> Sequence[Any]:
    return [node for node in manifest.nodes.values() if node.resource_type == "model"]

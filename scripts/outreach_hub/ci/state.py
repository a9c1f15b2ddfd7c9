"""What production was built from: dbt's manifest of each full build, kept in the database itself.

No bucket, no artifact store: who can compare with production can also read what made it. A row is
added by a full build of the hub that has no prefix (target `prod`, or `embedded` on one's own
machine); a build that has nothing to do adds the newest one again, under a commit of the same
files. A partial, failed, empty or sampled build made no production, and adds nothing.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from outreach_hub.ci.given import plain, with_day
from outreach_hub.ci.revision import Revision
from outreach_hub.database import exists
from outreach_hub.errors import EnvironmentFailure, UsageError
from outreach_hub.proof.cache import add_file, project_files
from outreach_hub.schemas import HUB, HubSchemas
from outreach_hub.variables import read_variables

if TYPE_CHECKING:
    import psycopg
    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.dbt import DbtRun
    from outreach_hub.profile import Target
    from outreach_hub.project import Project

TABLE = sql.Identifier(HubSchemas().audit, "dbt_state")
KEPT = 10
"""States kept a branch: enough to look back, and a few megabytes."""

MANIFEST = "manifest.json"
RESULTS = "run_results.json"

_DDL = """
create table if not exists {} (
    state_id bigint generated always as identity primary key,
    stored_at timestamptz not null default now(),
    target text not null,
    branch text,
    git_commit text,
    is_dirty boolean not null,
    dbt_version text not null,
    invocation_id text not null,
    seconds double precision not null,
    variables jsonb not null,
    project_variables jsonb not null,
    content text not null,
    row_counts jsonb not null,
    source_writes jsonb not null,
    manifest bytea not null
)
"""
_LATER = "alter table {} add column if not exists publication bigint"
_OF_ANY_REVISION = (
    *("target", "dbt_version", "invocation_id", "seconds", "variables", "project_variables"),
    *("content", "row_counts", "source_writes", "publication", "manifest"),
)
"""What a state says of the files that were built, whichever commit they are of."""


@dataclass(frozen=True)
class State:
    """Production as one build made it."""

    manifest: dict[str, Any] = field(repr=False)
    origin: str
    """Where it comes from, for people."""
    revision: Revision = field(default_factory=Revision)
    stored_at: datetime | None = None
    seconds: float | None = None
    """How long the whole build took."""
    variables: dict[str, Any] = field(default_factory=dict)
    """The vars that the build was given, and the day that its rows are of, as_of_date."""
    project_variables: dict[str, Any] | None = None
    """The vars of its dbt_project.yml; None where they are not known."""
    content: str | None = None
    """The digest of every file that dbt read."""
    row_counts: dict[str, int] = field(default_factory=dict)
    source_writes: dict[str, int] = field(default_factory=dict)
    """How often each source table had been written to, as Postgres counts."""
    publication: int | None = None
    """What it published; None where that is not known."""


def is_production(target: Target) -> bool:
    """Whether a target's hub is the one that pull requests are compared with."""
    return target.schema == HUB


def is_full(done: DbtRun, manifest: Manifest) -> bool:
    """Whether a run made all of production: every model and data test ran well, and on all rows."""
    asked = getattr(done.result, "args", None) or {}
    if done.exit_code or asked.get("empty") or asked.get("sample"):
        return False
    ran = {each.unique_id for each in done.outcomes if each.status in ("success", "pass", "warn")}
    return all(
        node.unique_id in ran
        for node in manifest.nodes.values()
        if node.resource_type in ("model", "seed", "snapshot", "test")
        and node.config.materialized != "ephemeral"
    )


def keep(
    connection: psycopg.Connection[Any],
    project: Project,
    target: Target,
    done: DbtRun,
    parsed: Manifest,
) -> None:
    """Stores the manifest that a full build has just written, of the project as it was parsed.

    It is read back from dbt's own file, since to write it again costs half a second.
    """
    arguments = done.result.args
    path = project.root / (arguments.get("target_path") or project.target_dir) / MANIFEST
    text = path.read_bytes()
    manifest = json.loads(text)
    metadata = manifest["metadata"]
    if metadata["invocation_id"] != parsed.metadata.invocation_id:
        raise EnvironmentFailure("another dbt wrote over the manifest", where=str(path))
    revision = Revision.of(project.root)
    sources = {f"{each['schema']}.{each['identifier']}" for each in manifest["sources"].values()}
    given = with_day(project, arguments.get("vars") or {}, _began())
    row = {
        "target": target.name,
        "branch": revision.branch,
        "git_commit": revision.commit,
        "is_dirty": revision.is_dirty,
        "dbt_version": metadata["dbt_version"],
        "invocation_id": done.invocation_id,
        "seconds": done.seconds,
        "variables": Jsonb(given),
        "project_variables": Jsonb(plain(read_variables(project))),
        "content": content_of(project),
        "row_counts": Jsonb(_row_counts(connection, manifest)),
        "source_writes": Jsonb(source_writes(connection, sources)),
        "publication": newest_publication(connection),
        "manifest": gzip.compress(text, compresslevel=6),
    }
    connection.execute(sql.SQL(_DDL).format(TABLE))
    connection.execute(sql.SQL(_LATER).format(TABLE))
    connection.execute(
        sql.SQL("insert into {} ({}) values ({})").format(
            TABLE,
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
        ),
        row,
    )
    _forget_older(connection, revision.branch)


def _began() -> str:
    """When the run began that dbt has just ended, by its own clock.

    The manifest says when the project was read, which may have been on the day before.
    """
    from dbt import tracking

    assert tracking.active_user is not None
    return str(tracking.active_user.run_started_at)


def restate(connection: psycopg.Connection[Any], project: Project) -> None:
    """Notes that production is also what this revision builds: the newest state is of its files.

    So it is where a branch was built and then merged, or files were built and then committed.
    """
    if not exists(connection, TABLE):
        return
    revision = Revision.of(project.root)
    found = connection.execute(
        sql.SQL(
            "select state_id, content, (branch, git_commit, is_dirty) is not distinct from"
            " (%s::text, %s::text, %s) from {} order by state_id desc limit 1"
        ).format(TABLE),
        [revision.branch, revision.commit, revision.is_dirty],
    ).fetchone()
    if found is None or found[2] or found[1] != content_of(project):
        return
    connection.execute(sql.SQL(_LATER).format(TABLE))
    connection.execute(
        sql.SQL(
            "insert into {0} (branch, git_commit, is_dirty, {1}) select %s, %s, %s, {1}"
            " from {0} where state_id = %s"
        ).format(TABLE, sql.SQL(", ").join(map(sql.Identifier, _OF_ANY_REVISION))),
        [revision.branch, revision.commit, revision.is_dirty, found[0]],
    )
    _forget_older(connection, revision.branch)


def _forget_older(connection: psycopg.Connection[Any], branch: str | None) -> None:
    connection.execute(
        sql.SQL(
            """
            delete from {0}
            where branch is not distinct from %(branch)s and state_id not in (
                select state_id from {0}
                where branch is not distinct from %(branch)s
                order by state_id desc
                limit %(kept)s
            )
            """
        ).format(TABLE),
        {"branch": branch, "kept": KEPT},
    )


def newest(connection: psycopg.Connection[Any], branch: str) -> State | None:
    """What production was last built from, of a branch."""
    if not exists(connection, TABLE):
        return None
    with connection.cursor(row_factory=dict_row) as cursor:
        query = sql.SQL("select * from {} where branch = %s order by state_id desc limit 1")
        found = cursor.execute(query.format(TABLE), [branch]).fetchone()
    if found is None:
        return None
    origin = f"outreach_audit.dbt_state, {found['state_id']}"
    return State(
        manifest=_checked(json.loads(gzip.decompress(found["manifest"])), origin),
        origin=origin,
        revision=Revision(found["branch"], found["git_commit"], found["is_dirty"]),
        stored_at=found["stored_at"],
        seconds=found["seconds"],
        variables=found["variables"],
        project_variables=found["project_variables"],
        content=found["content"],
        row_counts=found["row_counts"],
        source_writes=found["source_writes"],
        publication=found.get("publication"),
    )


def branches(connection: psycopg.Connection[Any]) -> list[str]:
    """The branches of which there is a state."""
    if not exists(connection, TABLE):
        return []
    found = connection.execute(
        sql.SQL("select distinct coalesce(branch, '(none)') from {} order by 1").format(TABLE)
    )
    return [name for (name,) in found]


def from_folder(folder: Path, project: Project) -> State:
    """The state that a folder holds, as a build of the project leaves it in its target folder."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"the state cannot be read: {error.strerror}",
            where=str(path),
            hint="--state names a folder with the manifest.json of a build of production",
        ) from None
    except ValueError:
        raise UsageError("the state is no JSON document", where=str(path)) from None
    checked = _checked(manifest, str(path))
    variables = with_day(project, *_of_its_run(folder, checked["metadata"]))
    return State(manifest=checked, origin=str(path), variables=variables)


def _of_its_run(folder: Path, metadata: Mapping[str, str]) -> tuple[dict[str, Any], str]:
    """The vars that the build of a folder was given, as far as it says, and when it began.

    dbt writes a manifest whenever it reads the project, and results where it has run something:
    results that are older than the manifest are of another run.
    """
    try:
        results = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
        run, arguments = results["metadata"], results["args"]
    except (OSError, ValueError, LookupError):
        return {}, metadata["run_started_at"]
    if run["generated_at"] < metadata["generated_at"]:
        return {}, metadata["run_started_at"]
    return arguments.get("vars") or {}, run["invocation_started_at"]


def content_of(project: Project) -> str:
    """A digest of every file of the project that dbt may read."""
    total = hashlib.sha256()
    for label, path in project_files(project.root):
        add_file(total, label, path.read_bytes())
    return total.hexdigest()


def source_writes(connection: psycopg.Connection[Any], sources: Collection[str]) -> dict[str, int]:
    """Rows ever written to each source table, its partitions and what inherits from it.

    A table is unchanged where the number is. Postgres counts them anyway; to compare contents would
    mean to read all of landing. Where it does not count (a partition on another server, or
    `track_counts` off for anybody here), the number is this moment's, and never the same again.
    """
    rows = connection.execute(
        """
        with recursive tree (source, member) as (
            select nspname || '.' || relname, pg_class.oid
            from pg_class
            inner join pg_namespace on relnamespace = pg_namespace.oid
            where nspname || '.' || relname = any(%s) and relkind in ('r', 'p', 'm')

            union

            select source, inhrelid
            from tree
            inner join pg_inherits on inhparent = member
        ),

        settings as (
            select bool_and(setting !~* '^track_counts=(f|n|of|0)') as all_count
            from (
                select 'track_counts=' || current_setting('track_counts')
                union all
                select unnest(setconfig)
                from pg_db_role_setting
                where
                    setdatabase = 0
                    or setdatabase = (
                        select oid from pg_database where datname = current_database()
                    )
            ) as every (setting)
        )

        select
            source,
            case
                when all_count and bool_and(relkind <> 'f') then sum(
                    pg_stat_get_tuples_inserted(member)
                    + pg_stat_get_tuples_updated(member)
                    + pg_stat_get_tuples_deleted(member)
                )::bigint
                else -(extract(epoch from clock_timestamp()) * 1000000)::bigint
            end
        from tree
        inner join pg_class on member = pg_class.oid
        cross join settings
        group by source, all_count
        """,
        [sorted(sources)],
    )
    return dict(rows.fetchall())


def catch_up(connection: psycopg.Connection[Any], writes: Mapping[str, int]) -> None:
    """Notes that the production of the newest state has been brought up to these writes."""
    if exists(connection, TABLE):
        connection.execute(sql.SQL(_LATER).format(TABLE))
        connection.execute(
            sql.SQL(
                "update {0} set source_writes = %s, publication = %s"
                " where state_id = (select max(state_id) from {0})"
            ).format(TABLE),
            [Jsonb(dict(writes)), newest_publication(connection)],
        )


def newest_publication(connection: psycopg.Connection[Any]) -> int | None:
    """The number of what production published last."""
    table = HubSchemas().publications.identifier
    if not exists(connection, table):
        return None
    row = connection.execute(sql.SQL("select max(publication_id) from {}").format(table)).fetchone()
    return row[0] if row else None


def _checked(manifest: Any, where: str) -> dict[str, Any]:
    """Refuses a manifest that this dbt would misread, and one of something else altogether."""
    metadata = manifest.get("metadata", {}) if isinstance(manifest, dict) else {}
    theirs, ours = metadata.get("dbt_version"), version("dbt-core")
    if theirs != ours:
        raise UsageError(
            f"the state was written by dbt {theirs or 'of no known version'}, and this is {ours}",
            where=where,
            hint="build production once with this version (`outreach build` stores a new state), "
            "or install the one that built it",
        )
    if not all(isinstance(manifest.get(part), dict) for part in ("nodes", "sources", "macros")):
        raise UsageError("the state is no manifest of dbt", where=where)
    return dict(manifest)


def _row_counts(connection: psycopg.Connection[Any], manifest: dict[str, Any]) -> dict[str, int]:
    """Rows of every table that the build made, by model."""
    counts = [
        sql.SQL("select {}, count(*) from {}").format(
            sql.Literal(node["name"]), sql.Identifier(node["schema"], node["alias"])
        )
        for node in manifest["nodes"].values()
        if node["config"].get("materialized") in ("table", "incremental")
    ]
    if not counts:
        return {}
    return dict(connection.execute(sql.SQL(" union all ").join(counts)).fetchall())

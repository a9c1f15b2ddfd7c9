"""Whether anything has changed since the last whole build. Where nothing has, its evidence stands.

A build of the same code, on the same day, from the same rows, over the same tables would come to
the same end; it need not be run to know that. Each table is known by a fingerprint of where its
rows lie and which transactions wrote them, so that no change of a row goes unseen, whoever made it
and however: reading it costs a scan, and none of the table's columns. Everything that the catalog
proof looks at is known as well. What cannot be known in this way (a view or a foreign table among
the sources) is taken as changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.types.json import Jsonb

from outreach_hub.catalog.promises import Relation
from outreach_hub.database import exists
from outreach_hub.doctrine import IDENTITY_COLUMNS
from outreach_hub.schemas import HubSchemas
from outreach_hub.variables import read_variables

if TYPE_CHECKING:
    import psycopg

    from outreach_hub.project import Project

State = dict[str, str]
"""What a build depends on and leaves, by name, each as a text that changes when it does."""

TABLE = "last_build"
KEPT_RECORDS = ("target_registry", "publications")
"""Tables of the audit schema whose rows a build depends on."""

UNKNOWABLE = "unknowable"
DAY = "the day"
FILES = "the project's files"

_RELATIONS = """
select
    format('%%s.%%s', nspname, relname),
    relkind::text,
    nspname,
    relname,
    md5(concat_ws(
        chr(10),
        relkind, relowner, relacl, nspacl, relrowsecurity, relforcerowsecurity, relhasrules,
        (
            select string_agg(
                concat_ws(
                    ' ', attname, format_type(atttypid, atttypmod), attnotnull, attacl,
                    attgenerated, case when attgenerated <> '' then pg_get_expr(adbin, adrelid) end
                ),
                ', ' order by attnum
            )
            from pg_attribute
            left join pg_attrdef on adrelid = attrelid and adnum = attnum
            where attrelid = pg_class.oid and attnum > 0 and not attisdropped
        ),
        (
            select string_agg(
                concat_ws(' ', conname, pg_get_constraintdef(oid), convalidated),
                ', ' order by conname
            )
            from pg_constraint
            where conrelid = pg_class.oid
        ),
        (
            select string_agg(concat_ws(' ', tgname, tgenabled, tgtype), ', ' order by tgname)
            from pg_trigger
            where tgrelid = pg_class.oid
        ),
        case when relkind = 'v' then pg_get_viewdef(pg_class.oid) end
    ))
from pg_class
inner join pg_namespace on relnamespace = pg_namespace.oid
where
    relkind in ('r', 'p', 'v', 'm', 'f')
    and (nspname = any(%(schemas)s) or format('%%s.%%s', nspname, relname) = any(%(relations)s))
"""

_SURROUNDINGS = """
select
    'roles',
    md5(string_agg(concat_ws(' ', rolname, rolsuper, rolinherit, rolbypassrls), ',' order by oid))
    || md5(coalesce((
        select string_agg(concat_ws(' ', roleid, member), ',' order by roleid, member)
        from pg_auth_members
    ), ''))
from pg_roles
union all
select
    'functions of the audit schema',
    md5(coalesce(string_agg(concat_ws(' ', proname, prosrc), ',' order by pg_proc.oid), ''))
from pg_proc
inner join pg_namespace on pronamespace = pg_namespace.oid
where nspname = %(audit)s
union all
select
    'tables that carry identity',
    md5(string_agg(distinct format('%%s.%%s', nspname, relname), ','))
from pg_attribute
inner join pg_class on attrelid = pg_class.oid
inner join pg_namespace on relnamespace = pg_namespace.oid
where
    lower(attname) = any(%(identity)s)
    and relkind in ('r', 'p', 'v', 'm', 'f')
    and nspname !~ '^pg_'
"""

PLACE_OF_ROW = "hashtidextended(ctid, (tableoid::bigint << 32) | xmin::text::bigint)"
"""Where a row is, and who wrote it. A row is written anew by whatever changes it."""

_ROWS = "select {name}, count(*), coalesce(sum({place}), 0)::text from {table}"


@dataclass(frozen=True)
class Rows:
    """The rows of a table: how many, and the sum of their places."""

    count: int
    places: int

    def __str__(self) -> str:
        return f"{self.count}:{self.places}"

    def __add__(self, other: Rows) -> Rows:
        return Rows(self.count + other.count, self.places + other.places)

    def __sub__(self, other: Rows) -> Rows:
        return Rows(self.count - other.count, self.places - other.places)


@dataclass(frozen=True)
class LastBuild:
    """The last whole build, and what has changed since."""

    invocation_id: str
    built_at: datetime
    changed: Sequence[str]
    now: State = field(default_factory=dict)
    """The state of the sources now, where code and clock are as they were."""
    hub: State = field(default_factory=dict)
    """The state of the hub now, likewise."""
    only_rows: bool = False
    """Whether nothing has changed but rows of sources."""


def code_and_clock(project: Project, variables: str, given: Mapping[str, Any]) -> State:
    """What a build depends on outside the database: the code, the vars and the day.

    `variables` are --vars as they were written, `given` as they were meant.
    """
    runner = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        runner.update(path.read_bytes())
    return {
        FILES: code(project),
        "the runner": runner.hexdigest(),
        "vars": variables,
        DAY: the_day(project, given),
    }


def code(project: Project) -> str:
    """The project's files, as a text that changes when they do."""
    from outreach_hub.proof.cache import key_of

    return key_of(project.root)


def the_day(project: Project, given: Mapping[str, Any], today: str = "") -> str:
    """The as_of_date of a build that begins `today`, which is now where no day is named."""
    fixed = {**read_variables(project), **given}
    return str(fixed.get("as_of_date") or today or datetime.now(timezone.utc).date())


def of_relations(
    connection: psycopg.Connection[Any],
    relations: Sequence[str] = (),
    schemas: Sequence[str] = (),
    known: Mapping[str, Rows] = MappingProxyType({}),
) -> State:
    """The state of these relations, and of all that the schemas hold.

    Rows that are `known`, by the name of their table, are not read.
    """
    state = {}
    counts = []
    wanted = {"schemas": list(schemas), "relations": list(relations)}
    for name, kind, schema, table, shape in connection.execute(_RELATIONS, wanted):
        state[name] = shape
        if name in known:
            state[name] += f" {known[name]}"
        elif kind in ("r", "p", "m"):
            counts.append(
                sql.SQL(_ROWS).format(
                    name=sql.Literal(name),
                    place=sql.SQL(PLACE_OF_ROW),
                    table=sql.Identifier(schema, table),
                )
            )
        elif schema not in schemas:
            state[name] = UNKNOWABLE
    if counts:
        for name, count, places in connection.execute(sql.SQL(" union all ").join(counts)):
            state[name] += f" {Rows(count, int(places))}"
    return state


def tables_of(state: State) -> list[Relation]:
    """The tables whose state this is; none where one of them cannot be known."""
    if UNKNOWABLE in state.values():
        return []
    return [Relation(*name.split(".", 1)) for name in state]


def rows_in(state: State) -> dict[str, Rows]:
    """The rows of the tables whose state this is."""
    told = {name: text.partition(" ")[2] for name, text in state.items()}
    return {name: Rows(*map(int, rows.split(":"))) for name, rows in told.items() if rows}


def of_hub(
    connection: psycopg.Connection[Any],
    schemas: HubSchemas,
    known: Mapping[str, Rows] = MappingProxyType({}),
) -> State:
    """The state of everything that a build has made, and of who may do what."""
    made = (schemas.hub, schemas.build, schemas.marts, schemas.outbound)
    kept = [f"{schemas.audit}.{table}" for table in KEPT_RECORDS]
    surroundings = {"audit": schemas.audit, "identity": list(IDENTITY_COLUMNS)}
    return {
        **of_relations(connection, kept, made, known),
        **dict(connection.execute(_SURROUNDINGS, surroundings).fetchall()),
    }


def since_last_build(
    connection: psycopg.Connection[Any], schemas: HubSchemas, outside: State
) -> LastBuild | None:
    """The last whole build, if one is on record. `outside` is the state of code and clock now."""
    table = sql.Identifier(schemas.audit, TABLE)
    if not exists(connection, table):
        return None
    row = connection.execute(
        sql.SQL("select invocation_id, built_at, sources, state from {}").format(table)
    ).fetchone()
    if row is None:
        return None
    invocation_id, built_at, sources, then = row
    changed = _differences({name: then.get(name, "") for name in outside}, outside)
    if changed:
        return LastBuild(invocation_id, built_at, changed)
    landed = of_relations(connection, sources)
    hub = of_hub(connection, schemas)
    now = {**outside, **landed, **hub}
    return LastBuild(
        invocation_id,
        built_at,
        _differences(then, now),
        landed,
        hub,
        only_rows=not _differences(_shapes(then, sources), _shapes(now, sources)),
    )


def record(
    connection: psycopg.Connection[Any],
    schemas: HubSchemas,
    invocation_id: str,
    before: State,
    sources: Sequence[str],
    known: Mapping[str, Rows] = MappingProxyType({}),
) -> None:
    """Keeps the state that a whole build has left, if what it built is what is published.

    `before` is the state of code, clock and sources from before it: what was landed since was not
    built. It names the sources as `sources` does. `known` are rows of the hub's tables that need
    not be read again.
    """
    table = sql.Identifier(schemas.audit, TABLE)
    if not exists(connection, table):
        return  # another project's build: this one's makes its audit tables first
    state = {**before, **of_hub(connection, schemas, known)}
    connection.execute(
        sql.SQL(
            """
            with published as (
                select invocation_id from {publications} order by publication_id desc limit 1
            )
            insert into {table} (hub, invocation_id, sources, state)
            select %(hub)s, invocation_id, %(sources)s, %(state)s
            from published
            where invocation_id = %(invocation_id)s
            on conflict (hub) do update set
                invocation_id = excluded.invocation_id,
                built_at = now(),
                sources = excluded.sources,
                state = excluded.state
            """
        ).format(
            publications=schemas.publications.identifier,
            table=table,
        ),
        {
            "hub": schemas.hub,
            "invocation_id": invocation_id,
            "sources": list(sources),
            "state": Jsonb(state),
        },
    )


def _shapes(state: State, sources: Sequence[str]) -> State:
    """The state, but for the rows of the sources."""
    rowless = {name: state[name].split(" ")[0] for name in sources if name in state}
    return {**state, **rowless}


def _differences(then: State, now: State) -> list[str]:
    """What is not as it was, has come or gone, or cannot be known."""
    return sorted(
        name
        for name in then.keys() | now.keys()
        if then.get(name) != now.get(name) or now[name] == UNKNOWABLE
    )

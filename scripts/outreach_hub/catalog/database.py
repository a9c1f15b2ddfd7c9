"""The catalog's side of the comparison: what is there, in a few queries for all tables at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outreach_hub.catalog.promises import Constraint, Relation

if TYPE_CHECKING:
    import psycopg

_KINDS = {"p": "primary key", "u": "unique", "f": "foreign key"}
RESTRICT = "r"
_RULES = {"a": "no action", "c": "cascade", "n": "set null", "d": "set default", "r": "restrict"}


@dataclass(frozen=True)
class Found:
    """A relation: itself where it is a table, where it is a view the table that it reads."""

    relation: Relation
    oid: int
    is_table: bool


@dataclass(frozen=True)
class FoundConstraint:
    """A constraint of the catalog, and what weakens it, if anything does."""

    constraint: Constraint
    weakness: str | None


@dataclass(frozen=True)
class FoundTrigger:
    """A trigger: its events (pg_trigger.tgtype), and the columns that an update is limited to."""

    events: int
    columns: frozenset[str]
    is_enabled: bool
    is_refusal: bool


def relations(
    connection: psycopg.Connection[Any], schemas: Collection[str]
) -> dict[Relation, Found]:
    """Every table and view of the schemas. A view that reads one table stands for that table."""
    rows = connection.execute(
        """
        with viewed as (
            select rules.ev_class as view_oid, min(depends.refobjid::bigint)::oid as table_oid
            from pg_rewrite as rules
            inner join pg_depend as depends
                on depends.classid = 'pg_rewrite'::regclass
                and depends.objid = rules.oid
                and depends.refclassid = 'pg_class'::regclass
                and depends.refobjid <> rules.ev_class
            group by rules.ev_class
            having count(distinct depends.refobjid) = 1
        )
        select
            namespaces.nspname,
            relations.relname,
            tables.oid,
            tables_in.nspname,
            tables.relname,
            relations.relkind <> 'v'
        from pg_class as relations
        inner join pg_namespace as namespaces on relations.relnamespace = namespaces.oid
        left join viewed on relations.oid = viewed.view_oid
        inner join pg_class as tables
            on coalesce(viewed.table_oid, relations.oid) = tables.oid
            and tables.relkind in ('r', 'p')
        inner join pg_namespace as tables_in on tables.relnamespace = tables_in.oid
        where relations.relkind in ('r', 'p', 'v') and namespaces.nspname = any(%s)
        """,
        [sorted(schemas)],
    )
    return {
        Relation(schema, name): Found(Relation(table_schema, table), oid, is_table)
        for schema, name, oid, table_schema, table, is_table in rows
    }


def constraints(
    connection: psycopg.Connection[Any], oids: Sequence[int]
) -> dict[int, list[FoundConstraint]]:
    """Primary keys, unique and foreign keys, by table."""
    rows = connection.execute(
        """
        select
            constraints.conrelid,
            constraints.contype,
            array(
                select attname::text
                from unnest(conkey) with ordinality as keys (number, place)
                inner join pg_attribute on attrelid = conrelid and attnum = keys.number
                order by keys.place
            ),
            parents_in.nspname,
            parents.relname,
            array(
                select attname::text
                from unnest(confkey) with ordinality as keys (number, place)
                inner join pg_attribute on attrelid = confrelid and attnum = keys.number
                order by keys.place
            ),
            constraints.confdeltype,
            constraints.confupdtype,
            constraints.convalidated,
            -- "not enforced" came with Postgres 18
            coalesce((to_jsonb(constraints) ->> 'conenforced')::boolean, true),
            coalesce(indexes.indisvalid and indexes.indisready, true),
            not exists (
                select from pg_trigger
                where tgconstraint = constraints.oid and tgenabled not in ('O', 'A')
            )
        from pg_constraint as constraints
        left join pg_class as parents on constraints.confrelid = parents.oid
        left join pg_namespace as parents_in on parents.relnamespace = parents_in.oid
        left join pg_index as indexes on constraints.conindid = indexes.indexrelid
        where constraints.contype in ('p', 'u', 'f') and constraints.conrelid = any(%s)
        """,
        [list(oids)],
    )
    found: dict[int, list[FoundConstraint]] = defaultdict(list)
    for oid, kind, columns, schema, parent, to_columns, *state in rows:
        to = Relation(schema, parent) if kind == "f" else None
        constraint = Constraint(_KINDS[kind], tuple(columns), to, tuple(to_columns) if to else ())
        found[oid].append(FoundConstraint(constraint, _weakness(kind, *state)))
    return found


def _weakness(
    kind: str,
    on_delete: str,
    on_update: str,
    is_validated: bool,
    is_enforced: bool,
    has_index: bool,
    has_triggers: bool,
) -> str | None:
    if not is_enforced:
        return "is not enforced"
    if not is_validated:
        return "is not validated: rows that were there before it may break it"
    if not has_index:
        return "has an index that is not valid"
    if not has_triggers:
        return "has its triggers disabled"
    if kind == "f" and (on_delete, on_update) != (RESTRICT, RESTRICT):
        rules = f"on delete {_RULES[on_delete]} on update {_RULES[on_update]}"
        return f"is {rules}, not restrict: targets could be moved from under their records"
    return None


def nullability(
    connection: psycopg.Connection[Any], oids: Sequence[int]
) -> dict[int, dict[str, bool]]:
    """Whether each column of each table refuses null. A NOT NULL that is not validated does not."""
    rows = connection.execute(
        """
        select
            attrelid,
            attname,
            attnotnull and not exists (
                select from pg_constraint
                where
                    conrelid = attrelid
                    and contype = 'n'
                    and conkey = array[attnum]
                    and not convalidated
            )
        from pg_attribute
        where attrelid = any(%s) and attnum > 0 and not attisdropped
        """,
        [list(oids)],
    )
    found: dict[int, dict[str, bool]] = defaultdict(dict)
    for oid, column, refuses_null in rows:
        found[oid][column] = refuses_null
    return found


def triggers(
    connection: psycopg.Connection[Any], oids: Sequence[int], marker: str
) -> dict[tuple[int, str], FoundTrigger]:
    """Triggers by table and name. One refuses if its function raises, and names the marker."""
    rows = connection.execute(
        """
        select
            tgrelid,
            tgname,
            tgtype,
            array(
                select attname::text
                from unnest(tgattr::int2[]) as keys (number)
                inner join pg_attribute on attrelid = tgrelid and attnum = keys.number
            ),
            tgenabled in ('O', 'A') and tgqual is null,
            prosrc ~ ('raise exception[^;]*' || %s)
        from pg_trigger
        inner join pg_proc on tgfoid = pg_proc.oid
        where not tgisinternal and tgrelid = any(%s)
        """,
        [marker, list(oids)],
    )
    return {
        (oid, name): FoundTrigger(events, frozenset(columns), is_enabled, is_refusal)
        for oid, name, events, columns, is_enabled, is_refusal in rows
    }

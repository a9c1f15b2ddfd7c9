"""Which kinds an id is of, and which ids it was perhaps meant to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import sql

from outreach_hub.catalog.promises import Relation
from outreach_hub.doctrine import COMPANY_ID, TARGET_ID
from outreach_hub.errors import EnvironmentFailure
from outreach_hub.trace.atlas import COMPANY, TARGET, Atlas

if TYPE_CHECKING:
    import psycopg

OFFERED = 5
"""How many look-alikes are offered."""


class Meaning(NamedTuple):
    """An id of one kind: a target's, a company's, or a landed record's."""

    kind: str
    id: str


class _Column(NamedTuple):
    kind: str
    relation: Relation
    column: str


def readable(connection: psycopg.Connection[Any], relations: Sequence[Relation]) -> set[Relation]:
    """Those of the relations that are there. Raises where this role may not read one of them.

    That it holds no rows would be a guess, and `trace` makes none.
    """
    rows = connection.execute(
        """
        select
            nspname,
            relname,
            has_schema_privilege(pg_namespace.oid, 'usage')
                and has_table_privilege(pg_class.oid, 'select')
        from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace
        where relkind in ('r', 'v', 'p', 'm', 'f') and nspname = any(%s)
        """,
        [list({relation.schema for relation in relations})],
    )
    may_read = {Relation(schema, name): allowed for schema, name, allowed in rows}
    there = may_read.keys() & set(relations)
    closed = sorted(str(relation) for relation in there if not may_read[relation])
    if closed:
        raise EnvironmentFailure(
            f"this role may not read {', '.join(closed)}: what is in there cannot be told",
            hint="connect as the build role; `outreach grant` sets the roles up",
        )
    return set(there)


def find(connection: psycopg.Connection[Any], atlas: Atlas, id: str) -> list[Meaning]:
    """Every kind that this very text is an id of. Evidence remembers ids that have gone since."""
    queries = [_holds(each, id) for each in _present(connection, list(_columns(atlas)))]
    if atlas.evidence in readable(connection, [atlas.evidence]):
        queries += [
            sql.SQL(
                "select {} where exists (select from {} where record_key = {}"
                " and source_table = any({}))"
            ).format(
                sql.Literal(kind.name),
                atlas.evidence.identifier,
                sql.Literal(id),
                sql.Literal(kind.sources_of_evidence),
            )
            for kind in atlas.kinds
        ]
    if not queries:
        return []
    found = connection.execute(sql.SQL(" union ").join(queries)).fetchall()
    return [
        Meaning(kind, id) for kind in sorted((row[0] for row in found), key=atlas.kind_names.index)
    ]


def resembling(connection: psycopg.Connection[Any], atlas: Atlas, id: str) -> list[Meaning]:
    """A few ids that hold this text, whatever the case; failing that, that begin like it."""
    columns = _present(connection, list(_columns(atlas)))
    sought = "".join(letter for letter in id if letter.isprintable()).strip().lower()
    patterns = [f"%{_escaped(sought)}%"]
    patterns += [f"{_escaped(sought[:-cut])}%" for cut in (1, 2, 3) if len(sought) - cut >= 3]
    for pattern in patterns if sought and columns else ():
        query = sql.SQL(" union ").join(_like(each, pattern) for each in columns)
        found = connection.execute(
            sql.SQL("select kind, id from ({}) as ids order by length(id), id limit {}").format(
                query, OFFERED
            )
        ).fetchall()
        if found:
            return [Meaning(*row) for row in found]
    return []


def _columns(atlas: Atlas) -> Iterator[_Column]:
    """Every column that an id may stand in. A company that CL lost is still one here."""
    for relation in (atlas.targets.relation, atlas.registry.relation):
        yield _Column(TARGET, relation, TARGET_ID)
        yield _Column(COMPANY, relation, COMPANY_ID)
    yield _Column(COMPANY, atlas.companies.relation, COMPANY_ID)
    for kind in atlas.kinds:
        yield _Column(COMPANY, kind.landing.relation, COMPANY_ID)
        for place in filter(None, (kind.landing, kind.hub, kind.waiting)):
            yield _Column(kind.name, place.relation, place.own_name(kind.key))


def _present(connection: psycopg.Connection[Any], columns: Sequence[_Column]) -> list[_Column]:
    there = readable(connection, [each.relation for each in columns])
    return [each for each in columns if each.relation in there]


def _holds(each: _Column, id: str) -> sql.Composed:
    return sql.SQL("select {} where exists (select from {} where {}::text = {})").format(
        sql.Literal(each.kind),
        each.relation.identifier,
        sql.Identifier(each.column),
        sql.Literal(id),
    )


def _like(each: _Column, pattern: str) -> sql.Composed:
    return sql.SQL(
        "(select distinct {kind} as kind, {column}::text as id from {table}"
        " where lower({column}::text) like {pattern} order by id limit {limit})"
    ).format(
        kind=sql.Literal(each.kind),
        column=sql.Identifier(each.column),
        table=each.relation.identifier,
        pattern=sql.Literal(pattern),
        limit=OFFERED,
    )


def _escaped(text: str) -> str:
    """A text as `like` takes it letter by letter."""
    return "".join(f"\\{letter}" if letter in "\\%_" else letter for letter in text)

"""Each promised table against the catalog: there, with its columns, nullability and constraints."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outreach_hub.catalog import database
from outreach_hub.catalog.database import Found, FoundConstraint
from outreach_hub.catalog.finding import Finding
from outreach_hub.catalog.promises import Constraint, Relation, TablePromise
from outreach_hub.catalog.repair import add_constraint, alter_nullability

if TYPE_CHECKING:
    import psycopg

CODE = "ID010"
MISSING = "is missing"
REBUILD = "build it again: outreach build"


@dataclass(frozen=True)
class _Subject:
    """One table to compare with what its model promises."""

    promise: TablePromise
    relation: Relation
    oid: int


def check_tables(
    connection: psycopg.Connection[Any],
    promised: Sequence[TablePromise],
    must_exist: Collection[str] | None,
) -> list[Finding]:
    """Compares; `must_exist` names the models that may not be missing, None means all."""
    subjects = _subjects(connection, promised)
    oids = [subject.oid for subject in subjects]
    constraints = database.constraints(connection, oids)
    nullability = database.nullability(connection, oids)
    there = {subject.promise.unique_id for subject in subjects}
    findings = [
        _missing(promise)
        for promise in promised
        if promise.unique_id not in there
        and (must_exist is None or promise.unique_id in must_exist)
    ]
    for subject in subjects:
        findings += _columns(subject, nullability.get(subject.oid, {}))
        findings += _constraints(subject, constraints.get(subject.oid, []))
    return findings


def missing_references(
    connection: psycopg.Connection[Any], promised: Sequence[TablePromise]
) -> list[str]:
    """Statements that put back the foreign keys that went with a table they referred to."""
    subjects = _subjects(connection, promised)
    constraints = database.constraints(connection, [subject.oid for subject in subjects])
    return [
        add_constraint(subject.relation, constraint)
        for subject in subjects
        for constraint, weakness in _lacking(subject, constraints.get(subject.oid, []))
        if constraint.to and weakness == MISSING
    ]


def _subjects(
    connection: psycopg.Connection[Any], promised: Sequence[TablePromise]
) -> list[_Subject]:
    places = [promise.relation for promise in promised]
    places += [promise.published for promise in promised if promise.published]
    existing = database.relations(connection, {place.schema for place in places})
    return [
        _Subject(promise, table.relation, oid)
        for promise in promised
        for oid, table in {table.oid: table for table in _tables_of(promise, existing)}.items()
    ]


def _tables_of(promise: TablePromise, found: dict[Relation, Found]) -> Iterator[Found]:
    """The table as readers see it, and the one that a build left unpublished, if any."""
    if promise.published and promise.published in found:
        yield found[promise.published]
    built = found.get(promise.relation)
    if built and built.is_table:
        yield built


def _missing(promise: TablePromise) -> Finding:
    if promise.published:
        return Finding(CODE, str(promise.published), "is not published", REBUILD)
    return Finding(CODE, str(promise.relation), "there is no such table", REBUILD)


def _columns(subject: _Subject, refuses_null: dict[str, bool]) -> Iterator[Finding]:
    for column in subject.promise.columns:
        name = f"{subject.relation}.{column}"
        wanted = column in subject.promise.not_null
        if column not in refuses_null:
            yield Finding(CODE, name, "there is no such column", REBUILD)
        elif refuses_null[column] != wanted:
            problem = "may be null" if wanted else "may not be null, though its contract lets it"
            yield Finding(CODE, name, problem, alter_nullability(subject.relation, column, wanted))


def _constraints(subject: _Subject, found: Sequence[FoundConstraint]) -> Iterator[Finding]:
    for constraint, weakness in _lacking(subject, found):
        remedy = add_constraint(subject.relation, constraint)
        yield Finding(CODE, str(subject.relation), f"the {constraint} {weakness}", remedy)
    for told in subject.promise.unprovable:
        yield Finding(
            "ID099",
            str(subject.relation),
            f"the {told} cannot be compared with the catalog",
            "declare it as a data test instead",
        )


def _lacking(
    subject: _Subject, found: Sequence[FoundConstraint]
) -> Iterator[tuple[Constraint, str]]:
    """Constraints that are promised and not there in full, each with what is wrong about it."""
    for promised in subject.promise.constraints:
        alike = [each for each in found if _is_alike(each.constraint, promised)]
        if not any(each.weakness is None for each in alike):
            yield promised, str(alike[0].weakness) if alike else MISSING


def _is_alike(found: Constraint, promised: Constraint) -> bool:
    """The same but for order: of a key's columns, and of a reference's pairs of columns."""
    return (found.kind, found.to, _pairs(found)) == (promised.kind, promised.to, _pairs(promised))


def _pairs(constraint: Constraint) -> frozenset[tuple[str, str]]:
    to_columns = constraint.to_columns or constraint.columns
    return frozenset(zip(constraint.columns, to_columns, strict=True))

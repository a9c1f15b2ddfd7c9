"""The statements that mend what a proof found, for a person to read and run."""

from __future__ import annotations

from psycopg import sql

from outreach_hub.catalog.promises import Constraint, Relation


def add_constraint(relation: Relation, constraint: Constraint) -> str:
    """Adds a constraint that a model promises."""
    clause = sql.SQL("add {kind} ({columns})").format(
        kind=sql.SQL(constraint.kind), columns=_list(constraint.columns)
    )
    if constraint.to:
        clause += sql.SQL(" references {} ({}) on delete restrict on update restrict").format(
            constraint.to.identifier, _list(constraint.to_columns)
        )
    return _alter(relation, clause)


def alter_nullability(relation: Relation, column: str, not_null: bool) -> str:
    """Makes a column refuse null, or take it."""
    action = "set" if not_null else "drop"
    clause = sql.SQL("alter column {} " + action + " not null").format(sql.Identifier(column))
    return _alter(relation, clause)


def drop_column(relation: Relation, column: str) -> str:
    """Takes away a column that no model has."""
    return _alter(relation, sql.SQL("drop column {}").format(sql.Identifier(column)))


def _alter(relation: Relation, clause: sql.Composed) -> str:
    return sql.SQL("alter table {} {};").format(relation.identifier, clause).as_string()


def _list(columns: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))

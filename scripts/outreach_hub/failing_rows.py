"""Some of the rows by which an ordinary data test failed, so that nobody has to look for them.

Gates keep their rows as evidence. Of any other test dbt tells how many rows failed, and not which.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from outreach_hub.dbt import DbtRun, NodeOutcome

EXAMPLES = 3
"""Rows shown of a test."""

MOST_COLUMNS = 4
SHOWN_LETTERS = 80
MOST_SECONDS = 10
"""What a test may take to be asked again. Where it takes longer, there are no examples."""

EVIDENCE = frozenset({"source_table", "record_key", "offending_value"})
"""Columns of a gate's rows, which are on record."""

Row = Mapping[str, str | None]


def with_examples(run: DbtRun, connection: psycopg.Connection[Any]) -> DbtRun:
    """The run, each failed test with some of its rows, as they are now.

    A help, and no proof: where they cannot be had, there are none.
    """
    nodes = {result.node.unique_id: result.node for result in getattr(run.result, "results", ())}
    return replace(
        run,
        outcomes=tuple(
            replace(outcome, examples=tuple(_examples(nodes[outcome.unique_id], connection)))
            if _is_failed_test(outcome)
            else outcome
            for outcome in run.outcomes
        ),
    )


def as_text(row: Row) -> str:
    """`event_id E-1, event_at infinity`."""
    return ", ".join(f"{name} {_shown(value)}" for name, value in row.items())


def _shown(value: str | None) -> str:
    """A text that might be taken for another, or for none, in quotes and with its escapes."""
    if value is None:
        return "NULL"
    cut = value if len(value) <= SHOWN_LETTERS else value[:SHOWN_LETTERS] + "..."
    return cut if cut.isprintable() and cut.strip() == cut != "" else json.dumps(cut)


def _is_failed_test(outcome: NodeOutcome) -> bool:
    return outcome.resource_type == "test" and outcome.status == "fail"


def _examples(node: Any, connection: psycopg.Connection[Any]) -> Iterator[Row]:
    query = sql.SQL("select to_json(failing) from ({}) as failing limit {}")
    try:
        with connection.transaction():
            connection.execute(f"set local statement_timeout = '{MOST_SECONDS}s'")
            connection.execute("set transaction read only")
            rows = connection.execute(query.format(sql.SQL(node.compiled_code), EXAMPLES))
            for (row,) in rows.fetchall():
                if not row.keys() >= EVIDENCE:
                    yield _told(row, getattr(node, "column_name", None))
    except psycopg.Error:
        return


def _told(row: Mapping[str, Any], tested: str | None) -> Row:
    """Of a whole row what names it, which comes first, and what was tested."""
    names = list(row)
    shown = names[:MOST_COLUMNS]
    if tested in row:
        shown = list(dict.fromkeys([names[0], str(tested)]))
    return {name: None if row[name] is None else str(row[name]) for name in shown}

"""The wrong rows that failed builds left in the evidence table, in order, for those who mend them.

A row is CL's to mend, or the landing's; Outreach never mends one itself. What is to be done depends
on the code alone, and is said beside the rows, so that they can be handed over as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import sql

from outreach_hub.database import exists

if TYPE_CHECKING:
    import psycopg

    from outreach_hub.schemas import HubSchemas

TABLE = "identity_failures"
SHOWN_LETTERS = 200
"""Of a value or a key: as many as evidence keeps of a value."""


class Rule(NamedTuple):
    """A rule of the doctrine, as a row breaks it."""

    broken: str
    to_do: str


RULES = {
    "ID001": Rule(
        "company_unique_id is missing, blank or a placeholder",
        "CL mints the identity first. Then the record is sent again with it; it is never filled in "
        "here.",
    ),
    "ID002": Rule(
        "company_unique_id resembles one of CL's, but is not it byte for byte",
        "Find what changed the id on its way (case, spaces, leading zeros, a spreadsheet) and send "
        "the record again with CL's own. Outreach does not clean it: that would be a guess.",
    ),
    "ID005": Rule(
        "a record was dropped, or came from nowhere",
        "A hub that is added to still has a record that was taken out of its source: land it "
        "again, or make the hub anew (outreach build --full-refresh). Otherwise a model loses or "
        "adds records: correct the model.",
    ),
    "ID006": Rule(
        "target_id was never minted",
        "The feed carries a target_id that Outreach did not give. Send the record with the one "
        "that is expected, or with none.",
    ),
    "ID008": Rule(
        "the ids on one record belong to different companies",
        "Whoever sent the record decides which company it is of, and sends it again with ids of "
        "that one company. Where a model is named and no feed, its SQL took the company of another "
        "row: find the join.",
    ),
    "ID009": Rule(
        "a company has more than one identity, or its target changed",
        "In CL: keep one row a company. In company_target: targets never change; compare with "
        "`outreach targets export` of an earlier day and find who changed them.",
    ),
    "ID011": Rule(
        "a company that CL does not have",
        "If CL dropped it, CL brings it back. If CL never minted it, CL mints it, or the record "
        "does not belong here.",
    ),
    "ID013": Rule(
        "one id, several records",
        "The feed sends one content for one id, and an id with every record. Correct it at its "
        "source and send it again.",
    ),
    "ID099": Rule(
        "an id that no key can hold",
        "It has more than 2,600 bytes. Its source sends the id itself.",
    ),
}
UNKNOWN = Rule("a rule of the identity doctrine", "See README, 'The rules, and what each refuses'.")


class Failure(NamedTuple):
    """One wrong row, as the evidence table has it."""

    invocation_id: str
    found_at: datetime
    source_table: str
    record_key: str | None
    code: str
    column_name: str
    offending_value: str
    expected: str
    failure_count: int


@dataclass(frozen=True)
class FailureGroup:
    """The rows of one code in one source table; of many, only a sample was kept."""

    code: str
    source_table: str
    failures: Sequence[Failure]

    @property
    def rule(self) -> Rule:
        return RULES.get(self.code, UNKNOWN)

    @property
    def total(self) -> int:
        return max(len(self.failures), *(failure.failure_count for failure in self.failures))


@dataclass(frozen=True)
class FailedRun:
    """A build that failed for identity."""

    invocation_id: str
    found_at: datetime
    groups: Sequence[FailureGroup]

    @property
    def total(self) -> int:
        return sum(group.total for group in self.groups)


def failed_runs(
    connection: psycopg.Connection[Any],
    schemas: HubSchemas,
    *,
    last: int = 1,
    invocation_id: str | None = None,
    code: str | None = None,
) -> list[FailedRun]:
    """The newest failed runs, newest first, or the one named; with a code, those that have rows of
    it, and of them these rows alone."""
    table = sql.Identifier(schemas.audit, TABLE)
    if not exists(connection, table):
        return []
    query = sql.SQL(
        """
        with runs as (
            select invocation_id, max(found_at) as ended_at
            from {table}
            where
                (%(invocation_id)s::text is null or invocation_id = %(invocation_id)s)
                and (%(code)s::text is null or code = %(code)s)
            group by invocation_id
            order by ended_at desc, invocation_id
            limit %(last)s
        )
        select {columns}
        from {table} as failures
        inner join runs using (invocation_id)
        where %(code)s::text is null or code = %(code)s
        order by ended_at desc, invocation_id, code, source_table, record_key, column_name
        """
    ).format(table=table, columns=sql.SQL(", ").join(map(sql.Identifier, Failure._fields)))
    wanted = {"invocation_id": invocation_id, "last": last, "code": code}
    return by_run(Failure(*row) for row in connection.execute(query, wanted))


def by_run(rows: Iterable[Failure]) -> list[FailedRun]:
    """The runs of rows that are in order of run, code and source table."""
    return [_run(list(of_run)) for _, of_run in groupby(rows, key=lambda row: row.invocation_id)]


def _run(failures: Sequence[Failure]) -> FailedRun:
    groups = groupby(failures, key=lambda failure: (failure.code, failure.source_table))
    return FailedRun(
        invocation_id=failures[0].invocation_id,
        found_at=max(failure.found_at for failure in failures),
        groups=[FailureGroup(code, table, list(rows)) for (code, table), rows in groups],
    )

"""The backup file: a CSV of what was given to whom, when."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import IsolationLevel, sql

from outreach_hub.doctrine import MINTED
from outreach_hub.errors import IdentityFailure, UsageError
from outreach_hub.load.cells import cell_type
from outreach_hub.targets.standing import Standing

if TYPE_CHECKING:
    import psycopg

    from outreach_hub.catalog.promises import Relation
    from outreach_hub.schemas import HubSchemas

_IS_WHOLE_NUMBER = cell_type("bigint").accepts
_IS_MOMENT = cell_type("timestamptz").accepts

_COMPARED = """
select
    count(*) filter (where registry.target_id is null),
    count(*) filter (where targets.target_id is null),
    count(*) filter (
        where
            (targets.target_id, targets.sequence_num, targets.first_targeted_at)
            <> (registry.target_id, registry.sequence_num, registry.first_targeted_at)
    )
from {targets} as targets
full outer join {registry} as registry using (company_unique_id)
"""

_COPY = """
copy (
    select {columns}
    from {table}
    order by company_unique_id collate "C"
) to stdout (format csv, header)
"""


def export_targets(
    connection: psycopg.Connection[Any], schemas: HubSchemas, write: Callable[[bytes], Any]
) -> int:
    """Writes every target, of company_target or, where that lost any, of the registry."""
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    with connection.transaction():
        table = _fuller(connection, Standing.of(connection, schemas))
        statement = sql.SQL(_COPY).format(
            columns=sql.SQL(", ").join(map(sql.Identifier, MINTED)), table=table.identifier
        )
        with connection.cursor() as cursor:
            with cursor.copy(statement) as rows:
                for data in rows:
                    write(bytes(data))
            return cursor.rowcount


def _fuller(connection: psycopg.Connection[Any], standing: Standing) -> Relation:
    """Whichever of company_target and the registry holds all that the other does."""
    if not (standing.target_count or standing.registry_count):
        raise UsageError(
            "there are no targets to export", hint="the first `outreach build` mints them"
        )
    if not standing.registry_count:
        return standing.targets
    if not standing.target_count:
        return standing.registry
    query = sql.SQL(_COMPARED).format(
        targets=standing.targets.identifier, registry=standing.registry.identifier
    )
    row = connection.execute(query).fetchone()
    assert row
    unregistered, lost, different = row
    if different or (unregistered and lost):
        raise IdentityFailure(
            "company_target and its registry contradict each other",
            code="ID009",
            hint="a backup of that would be wrong: `outreach verify` names the companies",
        )
    return standing.registry if lost else standing.targets


def read_backup(path: Path) -> Iterator[tuple[str, str, str, str]]:
    """The rows of a backup, each well formed; what they say of each other is for the database."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            if tuple(next(reader, ())) != MINTED:
                raise UsageError(
                    "the file is not a backup of targets",
                    where=f"{path}:1",
                    hint=f"its header has to be {','.join(MINTED)}",
                )
            for row in reader:
                where = f"{path}:{reader.line_num}"
                if len(row) != len(MINTED):
                    raise UsageError(
                        f"a line has {len(row)} cells instead of {len(MINTED)}",
                        where=where,
                        hint="the file is damaged or cut short",
                    )
                yield _checked(row, where)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"the file cannot be read: {said}", where=str(path)) from None


def _checked(row: list[str], where: str) -> tuple[str, str, str, str]:
    target_id, company_unique_id, sequence_num, first_targeted_at = row
    if not _IS_WHOLE_NUMBER(sequence_num) or not _IS_MOMENT(first_targeted_at):
        raise UsageError("a line has no number, or no time, where the header says so", where=where)
    minted = f"TGT-{company_unique_id[:8]}-{int(sequence_num)}"
    if target_id != minted or not company_unique_id:
        raise IdentityFailure(
            f"{target_id!a} is not the target_id of {company_unique_id!a}, {minted!a}",
            code="ID006",
            where=where,
            hint="use the file as it was exported: a spreadsheet changes ids when it saves them",
        )
    return target_id, company_unique_id, sequence_num, first_targeted_at

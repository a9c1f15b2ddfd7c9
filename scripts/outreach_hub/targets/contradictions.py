"""What in a backup contradicts what stands. Any of it refuses the whole of the import."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import sql

from outreach_hub.catalog.promises import Relation
from outreach_hub.doctrine import ANCHOR
from outreach_hub.errors import IdentityFailure

if TYPE_CHECKING:
    import psycopg
    from typing_extensions import LiteralString

    from outreach_hub.schemas import HubSchemas
    from outreach_hub.targets.standing import Standing

INCOMING = Relation("pg_temp", "incoming_targets")
SHOWN = 5


class Check(NamedTuple):
    """A query for what may not be, told in words, and what is said above these."""

    query: LiteralString
    problem: str
    hint: str = "use the newest backup"
    code: str = "ID009"


TWICE = Check(
    """
    select company_unique_id from {incoming} group by 1 having count(*) > 1
    union
    select target_id from {incoming} group by 1 having count(*) > 1
    """,
    "the file gives a company two targets, or a target to two companies",
)

NOT_WHOLE = Check(
    """
    select
        'TGT-' || left(company_unique_id, 8) || '-...: '
        || count(*) || ' of ' || max(sequence_num)
    from {incoming}
    group by left(company_unique_id, 8)
    having count(*) <> max(sequence_num) or min(sequence_num) <> 1
    """,
    "the file is not whole: numbers below the highest are missing",
)

DIFFERENT = Check(
    """
    select
        incoming.company_unique_id || ' has ' || standing.target_id
        || ', in the file ' || incoming.target_id
    from {incoming} as incoming
    inner join {standing} as standing
        on incoming.company_unique_id = standing.company_unique_id
    where
        (incoming.target_id, incoming.sequence_num, incoming.first_targeted_at)
        is distinct from
        (standing.target_id, standing.sequence_num, standing.first_targeted_at)

    union

    select
        incoming.target_id || ' is of ' || standing.company_unique_id
        || ', in the file of ' || incoming.company_unique_id
    from {incoming} as incoming
    inner join {standing} as standing on incoming.target_id = standing.target_id
    where incoming.company_unique_id <> standing.company_unique_id
    """,
    "the file contradicts {standing}",
)

UNKNOWN = Check(
    """
    select incoming.target_id || ' of ' || incoming.company_unique_id
    from {incoming} as incoming
    where not exists (
        select from {standing} as standing
        where standing.company_unique_id = incoming.company_unique_id
    )
    """,
    "the file has targets that {standing} does not have",
    "targets are minted by a build alone: import a backup of this hub",
)

LACKING = Check(
    """
    select distinct standing.target_id || ' of ' || standing.company_unique_id
    from {standing} as standing
    where not exists (
        select from {incoming} as incoming
        where
            incoming.company_unique_id = standing.company_unique_id
            and incoming.target_id = standing.target_id
    )
    """,
    "the file lacks targets that {standing} has",
)

LACKING_REGISTERED = LACKING._replace(
    hint="export them from the registry with `outreach targets export FILE`, and import that file"
)

NOT_IN_CL = Check(
    """
    select incoming.company_unique_id
    from {incoming} as incoming
    where not exists (
        select from {standing} as companies
        where companies.company_unique_id::text = incoming.company_unique_id
    )
    """,
    "the file has companies that {standing} does not have",
    "CL brings them back first; Outreach neither drops nor merges a company",
    "ID011",
)


def refuse_contradictions(
    connection: psycopg.Connection[Any],
    schemas: HubSchemas,
    standing: Standing,
    companies: Relation,
    path: Path,
) -> None:
    """Raises the first contradiction, with the companies that it is about."""
    for check, relation in _checks(connection, schemas, standing, companies):
        query = sql.SQL(check.query).format(
            incoming=INCOMING.identifier, standing=relation.identifier
        )
        row = connection.execute(
            sql.SQL(
                "select count(*), (array_agg(told order by told))[1:{}] from ({}) as broken (told)"
            ).format(SHOWN, query)
        ).fetchone()
        count, told = row or (0, [])
        if count:
            shown = "; ".join(ascii(words)[1:-1] for words in told)
            more = "; ..." if count > SHOWN else ""
            raise IdentityFailure(
                f"{check.problem.format(standing=relation)} ({count:,}): {shown}{more}",
                code=check.code,
                where=str(path),
                hint=f"nothing was changed; {check.hint}",
            )


def _checks(
    connection: psycopg.Connection[Any],
    schemas: HubSchemas,
    standing: Standing,
    companies: Relation,
) -> Iterator[tuple[Check, Relation]]:
    """The checks that apply, each with what the file is compared with, most telling first."""
    yield TWICE, INCOMING
    yield NOT_WHOLE, INCOMING
    if standing.registry_count:
        yield DIFFERENT, standing.registry
        yield UNKNOWN, standing.registry
    if standing.target_count:
        yield DIFFERENT, standing.targets
        if not standing.registry_count:
            yield UNKNOWN, standing.targets
    if standing.is_whole:
        return
    if standing.registry_count:
        yield LACKING_REGISTERED, standing.registry
    for child in _children(connection, schemas):
        yield LACKING, child
    yield NOT_IN_CL, companies


def _children(connection: psycopg.Connection[Any], schemas: HubSchemas) -> Iterator[Relation]:
    """Tables of the hub that name targets. What is published was made of these."""
    rows = connection.execute(
        """
        select relname
        from pg_class
        inner join pg_namespace on relnamespace = pg_namespace.oid
        inner join pg_attribute on attrelid = pg_class.oid
        where
            nspname = %s
            and relkind in ('r', 'p')
            and attname in ('target_id', 'company_unique_id')
            and relname <> %s
        group by relname
        having count(*) = 2
        order by relname
        """,
        [schemas.hub, ANCHOR],
    )
    for (name,) in rows:
        yield Relation(schemas.hub, name)

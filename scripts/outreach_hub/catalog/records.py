"""Every record and every target, compared with where it came from.

The gates did this in the build that made the tables. Here it is done again against the sources
themselves rather than staging, with SQL of its own, so that neither a gate nor a staging view that
has gone wrong can vouch for itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from outreach_hub.catalog import database
from outreach_hub.catalog.finding import Finding
from outreach_hub.catalog.keepers import REGISTRY
from outreach_hub.catalog.promises import (
    Relation,
    promises,
    referenced,
    relation_of,
    schemas_of,
)
from outreach_hub.doctrine import ANCHOR, COMPANIES, COMPANY_ID, IDENTITY_COLUMNS
from outreach_hub.errors import UsageError
from outreach_hub.evidence import SHOWN_LETTERS

if TYPE_CHECKING:
    import psycopg
    from dbt.contracts.graph.manifest import Manifest

CONSERVES = "conserves_records"
_TEXT = {"text", "string", "varchar", "character varying"}
SHOWN = 5


@dataclass(frozen=True)
class Rule:
    """A query for the keys that break a rule, and what is said of them."""

    code: str
    subject: Relation
    problem: str
    remedy: str
    query: sql.Composed
    beside: tuple[Relation, ...] = ()
    """Other tables that the query reads, and that need not be there."""


def verify_records(connection: psycopg.Connection[Any], manifest: Manifest) -> list[Finding]:
    """Reads every table of records. One that is missing is the catalog's to name."""
    rules = [*_conservation(manifest), *published(manifest), *_targets(manifest)]
    schemas = {each.schema for rule in rules for each in (rule.subject, *rule.beside)}
    existing = set(database.relations(connection, schemas))
    findings: list[Finding] = []
    wrong: set[Relation] = set()
    for rule in rules:
        # A hub that is wrong itself says nothing of what is published of it.
        if {rule.subject, *rule.beside} <= existing and wrong.isdisjoint(rule.beside):
            found = list(broken(connection, rule))
            findings += found
            wrong |= {rule.subject} if found else set()
    return findings


def _hubs(manifest: Manifest) -> Iterator[tuple[Relation, str, str | None]]:
    """Each hub of landed records, with their key and the staging model that they come from."""
    for test in tests_named(manifest, CONSERVES):
        hub = relation_of(manifest.nodes[test.attached_node])
        yield hub, argument(test, "key"), referenced(argument(test, "landed"))


def _conservation(manifest: Manifest) -> Iterator[Rule]:
    """A landed hub holds the records of its source, each under its own company, and no others."""
    for hub, key, staging in _hubs(manifest):
        landed, landed_key = landed_records(manifest, staging, key)
        yield Rule(
            "ID005",
            hub,
            f"differs from {landed} by {key} and company: {{keys}} ({{count}} in all)",
            "build again if they were landed since the last build; otherwise a record was dropped, "
            "added or moved to another company",
            _sql(
                """
                select coalesce(landed.key, kept.key) as key
                from (
                    select distinct {landed_key}::text as key, {company}::text as company
                    from {landed}
                ) as landed
                full outer join (select {key}::text as key, {company}::text as company from {hub})
                    as kept
                    on landed.key = kept.key and landed.company = kept.company
                where landed.key is null or kept.key is null
                """,
                landed=landed,
                hub=hub,
                key=sql.Identifier(key),
                landed_key=sql.Identifier(landed_key),
                company=sql.Identifier(COMPANY_ID),
            ),
        )


def published(manifest: Manifest) -> Iterator[Rule]:
    """A mart has each record that it names under the company that a hub of it has it under.

    As macros/publish looks before it publishes; here with SQL of its own.
    """
    hubs: dict[str, list[Any]] = {}
    for test in tests_named(manifest, CONSERVES):
        hubs.setdefault(argument(test, "key"), []).append(manifest.nodes[test.attached_node])
    models = {each.unique_id: each for each in promises(manifest)}
    for unique_id, mart in models.items():
        node = manifest.nodes[unique_id]
        names = {name.lower(): name for name in node.columns}
        identity = next((each for each in IDENTITY_COLUMNS if each in names), None)
        if mart.published is None or identity is None:
            continue
        upstream = _ancestors(manifest, unique_id)
        for column, key in _record_columns(manifest, node, hubs):
            read = [hub for hub in hubs[key] if hub.unique_id in upstream] or hubs[key]
            yield _misplaced(mart.published, column, identity, list(map(relation_of, read)), key)


def tests_named(manifest: Manifest, name: str) -> Iterator[Any]:
    """The uses of a generic test."""
    for test in manifest.nodes.values():
        metadata = getattr(test, "test_metadata", None)
        if metadata is not None and metadata.name == name:
            yield test


def argument(test: Any, name: str) -> str:
    """What a test of identity is given. Raises UsageError where it lacks it: no such project is
    proved."""
    given = test.test_metadata.kwargs.get(name)
    if not given:
        said = f"the test {test.test_metadata.name} is given no {name}"
        raise unproved(said, test.original_file_path)
    return str(given)


def unproved(message: str, where: str) -> UsageError:
    """What is wrong with the tests of identity of a project that nobody has proved."""
    hint = "run `outreach prove`, which says what to write"
    return UsageError(message, where=where, hint=hint)


def _record_columns(
    manifest: Manifest, node: Any, keys: Collection[str]
) -> Iterator[tuple[str, str]]:
    """The columns of a mart that name landed records, each with the key of their hub."""
    referring = {
        (test.column_name or "").lower(): field
        for test in tests_named(manifest, "relationships")
        if test.attached_node == node.unique_id and (field := argument(test, "field")) in keys
    }
    for column in node.columns.values():
        name = column.name.lower()
        key = referring.get(name, name)
        if key in keys and (column.data_type or "").lower() in _TEXT:
            yield column.name if column.quote else name, key


def _ancestors(manifest: Manifest, unique_id: str) -> set[str]:
    found: set[str] = set()
    waiting = [unique_id]
    while waiting:
        node = manifest.nodes.get(waiting.pop())
        if node is not None and node.unique_id not in found:
            found.add(node.unique_id)
            waiting.extend(node.depends_on_nodes)
    return found


def _misplaced(mart: Relation, column: str, identity: str, hubs: list[Relation], key: str) -> Rule:
    by = "" if column == key else f" by {column}"
    absent = sql.SQL(" and ").join(
        _sql(
            """
            not exists (
                select 1
                from {hub} as hub
                where
                    hub.{key} = published.{column}
                    and hub.{identity} = published.{identity}
            )
            """,
            hub=hub,
            key=sql.Identifier(key),
            column=sql.Identifier(column),
            identity=sql.Identifier(identity),
        )
        for hub in hubs
    )
    return Rule(
        "ID008",
        mart,
        f"has records{by} under another company than {' or '.join(map(str, hubs))}: {{keys}} "
        "({count} in all)",
        "build again if that failed since the last publication; otherwise find who wrote it",
        _sql(
            """
            select published.{column}::text as key
            from {mart} as published
            where published.{column} is not null and {absent}
            """,
            mart=mart,
            column=sql.Identifier(column),
            absent=absent,
        ),
        beside=tuple(hubs),
    )


def _targets(manifest: Manifest) -> Iterator[Rule]:
    """Targets are as they were minted, of companies that CL has."""
    schemas = schemas_of(manifest)
    targets = Relation(schemas.hub, ANCHOR)
    registry = Relation(schemas.audit, REGISTRY)
    companies, _ = landed_records(manifest, COMPANIES, COMPANY_ID)
    yield Rule(
        "ID009",
        targets,
        f"differs from {registry}: {{keys}} ({{count}} in all)",
        "targets never change: find out by a backup (outreach targets export) which of the two was "
        f"changed, and by whom. Where {registry} is right, the table's owner gives the row its "
        "target_id, sequence_num and first_targeted_at again, with the user triggers disabled",
        _sql(
            """
            select coalesce(targets.company_unique_id, registry.company_unique_id) as key
            from {targets} as targets
            full outer join {registry} as registry using (company_unique_id)
            where
                (targets.target_id, targets.sequence_num, targets.first_targeted_at)
                is distinct from
                (registry.target_id, registry.sequence_num, registry.first_targeted_at)
            """,
            targets=targets,
            registry=registry,
        ),
    )
    yield Rule(
        "ID006",
        targets,
        "has target_ids that no build minted: {keys} ({count} in all)",
        "a target_id is TGT-, eight characters of the company's id, its number: find who wrote it",
        _sql(
            """
            select target_id as key
            from {targets}
            where target_id <> 'TGT-' || left(company_unique_id, 8) || '-' || sequence_num
            """,
            targets=targets,
        ),
    )
    yield Rule(
        "ID011",
        targets,
        f"holds companies that {companies} no longer has: {{keys}} ({{count}} in all)",
        "CL must bring them back; Outreach neither deletes nor merges a company",
        _sql(
            """
            select company_unique_id as key
            from {targets} as targets
            where not exists (
                select from {companies} as companies
                where companies.company_unique_id::text = targets.company_unique_id
            )
            """,
            targets=targets,
            companies=companies,
        ),
    )


def landed_records(manifest: Manifest, staging: str | None, key: str) -> tuple[Relation, str]:
    """The one source that a staging model reads, and what its key is called there; the model itself
    where it makes the key."""
    found = (node for node in manifest.nodes.values() if node.name == staging)
    node = next(found, None)
    if node is None:
        said = f"a test of identity looks for its records in no model, {staging or 'by no ref()'}"
        raise unproved(said, key)
    sources = [manifest.sources[each] for each in node.depends_on.nodes if each in manifest.sources]
    if len(sources) == 1:
        names = (sources[0].config.meta or {}).get("key") or [key]
        if len(names) == 1 and names[0] in sources[0].columns:
            return relation_of(sources[0]), names[0]
    return relation_of(node), key


def _sql(template: str, **names: Any) -> sql.Composed:
    identifiers: Mapping[str, Any] = {
        name: value.identifier if isinstance(value, Relation) else value
        for name, value in names.items()
    }
    return sql.SQL(template).format(**identifiers)


def broken(connection: psycopg.Connection[Any], rule: Rule) -> Iterator[Finding]:
    """What is found of a rule: one finding for all keys that break it, with a few of them."""
    row = connection.execute(
        sql.SQL(
            "select count(*), (array_agg(left(key, {}) order by key))[1:{}] "
            "from (select distinct key from ({}) as broken) as keys"
        ).format(SHOWN_LETTERS + 1, SHOWN, rule.query)
    ).fetchone()
    count, keys = row or (0, [])
    if count:
        shown = ", ".join(map(shown_key, keys))
        more = ", ..." if count > SHOWN else ""
        problem = rule.problem.format(count=f"{count:,}", keys=shown + more)
        yield Finding(rule.code, str(rule.subject), problem, rule.remedy)


def shown_key(key: str | None) -> str:
    """A key with what a terminal would hide or obey written out, and cut where it has no end."""
    if key is None:
        return "NULL"
    return ascii(key[:SHOWN_LETTERS])[1:-1] + ("..." if len(key) > SHOWN_LETTERS else "")

"""What the report tells, read from the published marts, the audit tables, the sources, the proof.

Rates and counts that are metrics are asked of the metrics; nothing is defined here a second time.
A publish in the middle of reading would mix two versions, so that it is read again if there was
one. (A repeatable-read transaction is no way out: it finds new marts empty.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import sql

from outreach_hub import evidence
from outreach_hub.catalog.keepers import REGISTRY
from outreach_hub.catalog.promises import Relation, relation_of, schemas_of
from outreach_hub.database import exists
from outreach_hub.errors import UsageError
from outreach_hub.evidence import FailedRun

if TYPE_CHECKING:
    import psycopg
    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.metrics import Metric, Metrics
    from outreach_hub.proof.verdict import Verdict
    from outreach_hub.schemas import HubSchemas

HEADLINES = (
    *("active_targets", "slot_coverage", "filings_renewing_in_90_days"),
    *("open_rate", "click_rate", "reply_rate", "bounce_rate"),
)
FUNNEL = (
    *("sends_sent", "sends_delivered", "sends_opened", "sends_clicked"),
    *("sends_replied", "sends_met"),
)
STATUS, TIER = "target__outreach_status", "target__bit_tier"
SLOT, MONTH, CAMPAIGN_TYPE = "slot__slot_type", "metric_time__month", "send__campaign_type"

TARGETS = "dim_company_targets"

FAILED_RUNS = 5
RUNS = 10
WEEKS = 52
MONTHS = 13
"""A year ahead, to the month of the same name."""
READINGS = 3
"""How often it is read again because something was published meanwhile."""

Row = dict[str, Any]


class RuleStatus(NamedTuple):
    """A rule: what the proof found of it in the SQL, and the gates, ever, in the rows."""

    code: str
    title: str
    findings: int
    wrong_rows: int


class Run(NamedTuple):
    """A build that published, or that failed for identity."""

    at: datetime
    invocation_id: str
    published: int
    """Models published; 0 where the marts were left as they were."""
    minted: int
    wrong_rows: int


class SourceState(NamedTuple):
    """A source table: how much there is, and how old the newest of it."""

    name: str
    rows: int | None
    newest_at: datetime | str | None
    is_stale: bool
    """Whether it is older than the source YAML allows."""


@dataclass(frozen=True)
class Facts:
    """Everything on the page."""

    target: str
    told_at: datetime
    as_of: date | None
    proof: Verdict
    rules: Sequence[RuleStatus]
    runs: Sequence[Run]
    failed_runs: Sequence[FailedRun]
    headlines: Sequence[tuple[Metric, Any]]
    targets: Sequence[Row]
    slots: Sequence[Row]
    renewals: Sequence[Row]
    funnel: Sequence[tuple[Metric, Any]]
    campaigns: Sequence[Row]
    engagement: Sequence[Row]
    sources: Sequence[SourceState]


def gather(
    connection: psycopg.Connection[Any],
    manifest: Manifest,
    metrics: Metrics,
    proof: Verdict,
    target: str,
) -> Facts:
    """All of it, of one publication."""
    reader = _Reader(connection, manifest, metrics, proof, target)
    version = reader.version()
    for _ in range(READINGS):
        facts = reader.read()
        if (now := reader.version()) == version:
            return facts
        version = now
    raise UsageError(
        "the marts were published again and again while they were read",
        hint="wait for the builds to end",
    )


class _Reader:
    def __init__(
        self,
        connection: psycopg.Connection[Any],
        manifest: Manifest,
        metrics: Metrics,
        proof: Verdict,
        target: str,
    ) -> None:
        self.connection = connection
        self.manifest = manifest
        self.metrics = metrics
        self.proof = proof
        self.target = target
        self.schemas: HubSchemas = schemas_of(manifest)
        connection.autocommit = True

    def version(self) -> int:
        """The publication in force."""
        publications = self.schemas.publications
        if not exists(self.connection, publications.identifier):
            raise _unpublished(self.target)
        newest = self._one("select max(publication_id) from {}", publications)
        if newest is None:
            raise _unpublished(self.target)
        return int(newest)

    def read(self) -> Facts:
        as_of = self._one("select max(window_end_date) from {}", self._mart(TARGETS))
        return Facts(
            target=self.target,
            told_at=datetime.now(timezone.utc),
            as_of=as_of,
            proof=self.proof,
            rules=list(self._rules()),
            runs=self._runs(),
            failed_runs=evidence.failed_runs(self.connection, self.schemas, last=FAILED_RUNS),
            headlines=self._values(HEADLINES),
            targets=self._by("targets", STATUS, TIER),
            slots=self._read(["slots", "filled_slots", "slot_coverage"], SLOT),
            renewals=self._renewals(as_of),
            funnel=self._values(FUNNEL),
            campaigns=self._read(FUNNEL, CAMPAIGN_TYPE),
            engagement=self._engagement(),
            sources=[self._source(node) for node in self.manifest.sources.values()],
        )

    def _values(self, names: Sequence[str]) -> list[tuple[Metric, Any]]:
        row = self._read(names)[0]
        return [(self.metrics[name], row[name]) for name in names]

    def _by(self, name: str, *by: str) -> list[Row]:
        return [row for row in self._read([name], *by) if row[name]]

    def _read(self, names: Sequence[str], *by: str) -> list[Row]:
        return self.metrics.read(self.connection, *names, by=by)

    def _renewals(self, as_of: date | None) -> list[Row]:
        """The year ahead, month by month, and the months in which nothing renews too."""
        found = {
            row[MONTH].date(): row["plans_renewing"] for row in self._by("plans_renewing", MONTH)
        }
        months = [_month(as_of, ahead) for ahead in range(MONTHS)] if as_of else []
        return [
            {"month": month, "plans": found.get(month, 0)} for month in sorted({*months, *found})
        ]

    def _engagement(self) -> list[Row]:
        """The weeks up to as_of_date; one in which nothing happened is a week of zeros."""
        query = sql.SQL(
            """
            select
                dates.week_start_date as week,
                coalesce(sum(daily.sent_count), 0)::bigint as sent,
                coalesce(sum(daily.open_count), 0)::bigint as opened,
                coalesce(sum(daily.click_count), 0)::bigint as clicked,
                coalesce(sum(daily.reply_count), 0)::bigint as replied
            from {dates} as dates
            left join {daily} as daily on daily.activity_date = dates.calendar_date
            where
                not dates.is_future_dated
                and dates.week_start_date > (
                    select max(calendar_date) from {dates} where not is_future_dated
                ) - {days}::integer
            group by dates.week_start_date
            order by dates.week_start_date
            """
        ).format(
            dates=self._mart("dim_dates").identifier,
            daily=self._mart("rpt_engagement_daily").identifier,
            days=7 * WEEKS,
        )
        columns = ("week", "sent", "opened", "clicked", "replied")
        rows = self.connection.execute(query)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def _rules(self) -> Iterator[RuleStatus]:
        from outreach_hub.proof.rules import RULES

        wrong = dict(
            self.connection.execute(
                sql.SQL(
                    """
                    select code, sum(failure_count) from (
                        select distinct invocation_id, source_table, code, failure_count from {}
                    ) as counted
                    group by code
                    """
                ).format(Relation(self.schemas.audit, evidence.TABLE).identifier)
            ).fetchall()
        )
        titles: dict[str, str] = {}
        for rule in RULES:
            titles.setdefault(rule.code, rule.title)
        for code in sorted({*titles, *wrong, *(found.code for found in self.proof.findings)}):
            yield RuleStatus(
                code=code,
                title=titles.get(code) or evidence.RULES.get(code, evidence.UNKNOWN).broken,
                findings=sum(found.code == code for found in self.proof.findings),
                wrong_rows=int(wrong.get(code, 0)),
            )

    def _runs(self) -> list[Run]:
        query = sql.SQL(
            """
            with published as (
                select invocation_id, max(published_at) as at, max(cardinality(models)) as models
                from {publications} group by invocation_id
            ),
            failed as (
                select invocation_id, max(found_at) as at, sum(failure_count)::bigint as wrong_rows
                from (
                    select
                        invocation_id, source_table, code, failure_count, max(found_at) as found_at
                    from {failures}
                    group by invocation_id, source_table, code, failure_count
                ) as counted
                group by invocation_id
            ),
            minted as (
                select invocation_id, count(*) as targets from {registry} group by invocation_id
            )
            select
                coalesce(published.at, failed.at) as at,
                invocation_id,
                coalesce(published.models, 0),
                coalesce(minted.targets, 0),
                coalesce(failed.wrong_rows, 0)
            from published
            full outer join failed using (invocation_id)
            left join minted using (invocation_id)
            order by 1 desc
            limit {runs}
            """
        ).format(
            publications=self.schemas.publications.identifier,
            failures=Relation(self.schemas.audit, evidence.TABLE).identifier,
            registry=Relation(self.schemas.audit, REGISTRY).identifier,
            runs=RUNS,
        )
        return [Run(*row) for row in self.connection.execute(query)]

    def _source(self, node: Any) -> SourceState:
        relation, name = relation_of(node), f"{node.source_name}.{node.name}"
        if not exists(self.connection, relation.identifier):
            return SourceState(name, None, None, is_stale=False)
        rows = self._one("select count(*) from {}", relation)
        if not node.loaded_at_field:
            return SourceState(name, rows, None, is_stale=False)
        newest = self._one(
            "select max({column}) from {}", relation, column=sql.Identifier(node.loaded_at_field)
        )
        limit = getattr(node.freshness, "warn_after", None)
        oldest = _allowed(limit)
        is_known = isinstance(newest, datetime)  # infinity is Postgres' own
        is_stale = bool(is_known and oldest and newest < datetime.now(timezone.utc) - oldest)
        return SourceState(name, rows, newest, is_stale)

    def _mart(self, name: str) -> Relation:
        return Relation(self.schemas.marts, name)

    def _one(self, query: Any, relation: Relation, **parts: sql.Composable) -> Any:
        row = self.connection.execute(
            sql.SQL(query).format(relation.identifier, **parts)
        ).fetchone()
        return row[0] if row else None


def _month(day: date, ahead: int) -> date:
    """First day of a month so many months ahead."""
    months = day.year * 12 + day.month - 1 + ahead
    return date(months // 12, months % 12 + 1, 1)


def _allowed(limit: Any) -> timedelta | None:
    """How old a source may be, as dbt's `warn_after` says."""
    if limit is None or not limit.count or not limit.period:
        return None
    return timedelta(**{f"{limit.period.value}s": limit.count})


def _unpublished(target: str) -> UsageError:
    return UsageError(
        "nothing has been published yet, so there is nothing to report on",
        where=f"target {target}",
        hint="run `outreach build`",
    )

"""The facts as one HTML page that stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from typing import Any

from outreach_hub.console import counted
from outreach_hub.evidence_text import tame, visible
from outreach_hub.moments import in_utc
from outreach_hub.report import charts
from outreach_hub.report.facts import CAMPAIGN_TYPE, FUNNEL, SLOT, STATUS, TIER, Facts

SERIES = ("sent", "opened", "clicked", "replied")
SHOWN_FAILURES = 20
NOTHING = "none"


@dataclass(frozen=True)
class Figure:
    """A chart, and the table of what it shows."""

    name: str
    title: str
    label: str
    svg: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


def render(facts: Facts) -> str:
    """The page."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        shown=shown,
        counted=counted,
        moment=moment,
        visible=visible,
        tame=tame,
        raw=raw,
        safe_svg=Markup,
    )
    return environment.from_string(_part("page.html.j2")).render(
        facts=facts,
        style=Markup(_part("page.css")),  # noqa: S704 our own file
        figures={figure.name: figure for figure in figures(facts)},
        shown_failures=SHOWN_FAILURES,
        funnel=[metric for metric, _ in facts.funnel],
        by_campaign=[
            [row[CAMPAIGN_TYPE] or "no campaign", *(row[name] for name in FUNNEL)]
            for row in facts.campaigns
        ],
    )


def figures(facts: Facts) -> list[Figure]:
    """Every chart of the page."""
    targets = [
        {
            "status": row[STATUS],
            "tier": row[TIER] or "no score",
            "rank": charts.TIERS.index(row[TIER] or "no score"),
            "targets": row["targets"],
        }
        for row in facts.targets
    ]
    slots = [
        {
            "slot": row[SLOT],
            "filled": row["filled_slots"],
            "slots": row["slots"],
            "coverage": row["slot_coverage"],
        }
        for row in facts.slots
    ]
    renewals = [
        {"month": row["month"].strftime("%b %Y"), "plans": row["plans"]} for row in facts.renewals
    ]
    funnel = [{"step": metric.label, "sends": value} for metric, value in facts.funnel]
    weeks = [
        {"week": row["week"].isoformat(), "kind": kind, "count": row[kind]}
        for row in facts.engagement
        for kind in SERIES
    ]
    total = sum(row["targets"] for row in targets)
    return [
        _figure(
            *("targets", "Targets by status and BIT tier"),
            f"{total:,} targets, as bars by status, in parts by BIT tier.",
            charts.targets(targets),
            ("Status", "BIT tier", "Targets"),
            [(row["status"], row["tier"], row["targets"]) for row in targets],
        ),
        _figure(
            *("slots", "Slot coverage"),
            "Of each slot, the share that somebody holds: "
            + ", ".join(f"{row['slot']} {row['coverage']:.1%}" for row in slots)
            + ".",
            charts.shares(slots),
            ("Slot", "Filled", "Of", "Coverage"),
            [(row["slot"], row["filled"], row["slots"], row["coverage"]) for row in slots],
        ),
        _figure(
            *("renewals", "Renewals by month ahead"),
            f"{sum(row['plans'] for row in renewals):,} plans by the month of their next renewal.",
            charts.months(renewals),
            ("Month", "Plans"),
            [(row["month"], row["plans"]) for row in renewals],
        ),
        _figure(
            *("funnel", "Campaign funnel"),
            "From sent to met: "
            + ", ".join(f"{row['step'].lower()} {row['sends']:,}" for row in funnel)
            + ".",
            charts.steps(funnel),
            ("Step", "Sends"),
            [(row["step"], row["sends"]) for row in funnel],
        ),
        _figure(
            *("engagement", "Engagement over time"),
            f"Lines of {', '.join(SERIES)} by week, over {len(facts.engagement)} weeks.",
            charts.weeks(weeks, SERIES),
            ("Week", *(kind.capitalize() for kind in SERIES)),
            [(row["week"], *(row[kind] for kind in SERIES)) for row in facts.engagement],
        ),
    ]


def _figure(
    name: str,
    title: str,
    label: str,
    spec: charts.Spec,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
) -> Figure:
    return Figure(name, title, label, charts.draw(spec, name) if rows else "", columns, rows)


def shown(value: Any) -> str:
    """A value as people read it. Shares are the only fractions here."""
    if value is None:
        return NOTHING
    if isinstance(value, float):
        return f"{value:.1%}"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, int):
        return f"{value:,}"
    return value.isoformat() if isinstance(value, date) else tame(str(value))


def raw(value: Any) -> str:
    """A value as a machine reads it, in full."""
    return "" if value is None else str(value)


def moment(value: datetime | str | None) -> str:
    """A time, in UTC; as Postgres writes it, where Python has none such."""
    if isinstance(value, str):
        return tame(value)
    return in_utc(value) if value else NOTHING


def _part(name: str) -> str:
    return files("outreach_hub.report").joinpath(name).read_text(encoding="utf-8")

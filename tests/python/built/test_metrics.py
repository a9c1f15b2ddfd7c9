"""The metrics: valid, computed on what is published, and equal to what the marts themselves say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from outreach_hub.metrics import Metrics

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

pytestmark = pytest.mark.long

SEND_TOTALS = {
    "sends_sent": "sent_count",
    "sends_delivered": "delivered_count",
    "sends_bounced": "bounced_count",
    "sends_opened": "opened_count",
    "sends_clicked": "clicked_count",
    "sends_replied": "replied_count",
    "sends_met": "meeting_count",
}
"""Metric, and the column of rpt_campaign_performance that counts the same."""

RATES = ("open_rate", "click_rate", "reply_rate", "bounce_rate")

BY_HAND = {
    "targets": "select count(*) from outreach_marts.dim_company_targets",
    "active_targets": (
        "select count(*) from outreach_marts.dim_company_targets where outreach_status = 'active'"
    ),
    "slot_coverage": (
        "select count(*) filter (where is_filled)::float / count(*)"
        " from outreach_marts.rpt_slot_coverage"
    ),
    "filings_renewing_in_90_days": (
        "select count(*) from outreach_marts.rpt_renewal_calendar where is_renewing_in_90_days"
    ),
    "plans_renewing": (
        "select count(*) from outreach_marts.rpt_renewal_calendar where not is_final_filing"
    ),
}


@pytest.fixture(scope="session")
def metrics(manifest: Manifest) -> Metrics:
    return Metrics.of(manifest)


def one(admin: psycopg.Connection[Any], query: str) -> Any:
    return (admin.execute(query.encode()).fetchone() or (None,))[0]


@pytest.fixture
def lively(admin: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """The published marts, with a little of everything in the sends. Rolled back in the end."""
    admin.execute(
        """
        with numbered as (
            select send_id, row_number() over (order by send_id) as number
            from outreach_marts.fct_sends
        )
        update outreach_marts.fct_sends as sends
        set
            was_sent = number % 10 > 0,
            was_delivered = number % 10 > 1,
            was_bounced = number % 10 = 1,
            was_opened = number % 3 = 0,
            was_clicked = number % 4 = 0,
            was_replied = number % 7 = 0,
            is_future_dated = number % 11 = 0
        from numbered
        where numbered.send_id = sends.send_id;

        update outreach_marts.dim_company_targets set outreach_status = 'active'
        where company_unique_id like '%1';
        """
    )
    return admin


def test_metricflow_finds_nothing_wrong(manifest: Manifest) -> None:
    from metricflow_semantic_interfaces.validations.semantic_manifest_validator import (
        SemanticManifestValidator,
    )

    from outreach_hub.metrics import _semantic_manifest

    found = SemanticManifestValidator().validate_semantic_manifest(_semantic_manifest(manifest))
    assert found.all_issues == ()


def test_the_metrics_that_are_promised(metrics: Metrics) -> None:
    names = {metric.name for metric in metrics}
    assert names == {*SEND_TOTALS, *RATES, *BY_HAND, "slots", "filled_slots"}
    assert all(metric.description and metric.label != metric.name for metric in metrics)


def test_every_metric_reads_what_is_published(metrics: Metrics) -> None:
    for metric in metrics:
        assert '"outreach_marts".' in metrics.sql(metric.name)
        assert "outreach_build" not in metrics.sql(metric.name)


@pytest.mark.parametrize("name", BY_HAND)
def test_a_metric_is_what_a_reader_counts_by_hand(
    metrics: Metrics, lively: psycopg.Connection[Any], name: str
) -> None:
    value = metrics.value(lively, name)
    assert value and value == one(lively, BY_HAND[name])


def test_a_count_of_nothing_is_zero_and_a_rate_of_nothing_has_no_value(
    metrics: Metrics, admin: psycopg.Connection[Any]
) -> None:
    marts = ("fct_sends", "dim_company_targets", "rpt_slot_coverage")
    emptied = ", ".join(f"outreach_marts.{mart}" for mart in marts)
    admin.execute(f"truncate {emptied} cascade".encode())  # with all that refers to them
    assert [metrics.value(admin, name) for name in ("sends_sent", "active_targets")] == [0, 0]
    assert [metrics.value(admin, name) for name in ("open_rate", "slot_coverage")] == [None, None]


def test_sends_and_rates_are_those_of_hand_made_counts(
    metrics: Metrics, lively: psycopg.Connection[Any]
) -> None:
    def counted(condition: str) -> int:
        return int(
            one(
                lively,
                "select count(*) from outreach_marts.fct_sends"
                f" where {condition} and not is_future_dated",
            )
        )

    assert metrics.value(lively, "open_rate") == counted("was_opened") / counted("was_delivered")
    assert metrics.value(lively, "click_rate") == counted("was_clicked") / counted("was_delivered")
    assert metrics.value(lively, "reply_rate") == counted("was_replied") / counted("was_delivered")
    assert metrics.value(lively, "bounce_rate") == counted("was_bounced") / counted("was_sent")


def test_totals_by_campaign_are_those_of_the_campaign_report(
    metrics: Metrics, admin: psycopg.Connection[Any]
) -> None:
    rows = metrics.read(admin, *SEND_TOTALS, by=["campaign"])
    assert rows
    found = {row.pop("campaign"): list(row.values()) for row in rows}
    columns = ", ".join(SEND_TOTALS.values())
    reported = admin.execute(
        f"select campaign_id, {columns} from outreach_marts.rpt_campaign_performance"
        " where planned_count > 0".encode()
    )
    assert found == {row[0]: list(row[1:]) for row in reported}


def test_dimensions_can_be_crossed_and_nulls_come_last(
    metrics: Metrics, admin: psycopg.Connection[Any]
) -> None:
    by = ["target__outreach_status", "target__bit_tier"]
    rows = metrics.read(admin, "targets", by=by)
    expected = admin.execute(
        """
        select outreach_status, bit_tier, count(*) from outreach_marts.dim_company_targets
        group by outreach_status, bit_tier
        order by outreach_status collate "C", bit_tier collate "C" nulls last
        """
    ).fetchall()
    assert [tuple(row.values()) for row in rows] == expected

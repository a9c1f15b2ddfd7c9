"""The official feeds, each after the one that its rows hang on."""

from __future__ import annotations

from outreach_hub.load.filings import FILINGS
from outreach_hub.load.official import OfficialFeed
from outreach_hub.load.schedules import BROKERS, SCHEDULES

OFFICIAL_FEEDS: tuple[OfficialFeed, ...] = (FILINGS, SCHEDULES, BROKERS)


def feed_of(table: str) -> OfficialFeed | None:
    """The official feed of a source table, given by its full name."""
    return next((feed for feed in OFFICIAL_FEEDS if feed.table == table), None)

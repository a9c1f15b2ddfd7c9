"""Times as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from outreach_hub.moments import in_utc


def test_a_time_is_told_in_utc_whatever_zone_it_came_in() -> None:
    in_tokyo = datetime(2026, 1, 31, 7, 12, tzinfo=timezone(timedelta(hours=9)))
    assert in_utc(in_tokyo) == "2026-01-30 22:12 UTC"

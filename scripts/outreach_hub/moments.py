"""Times as people read them."""

from __future__ import annotations

from datetime import datetime, timezone


def in_utc(moment: datetime) -> str:
    """To the minute, wherever the reader and the server are."""
    return f"{moment.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC"

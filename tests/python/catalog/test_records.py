"""How the records that differ are named."""

from __future__ import annotations

import pytest

from outreach_hub.catalog.records import shown_key


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (None, "NULL"),
        ("PER-1", "PER-1"),
        ("\x1b[2J\u200b", "\\x1b[2J\\u200b"),
        ("K" * 200, "K" * 200),
        ("K" * 100_000, "K" * 200 + "..."),
    ],
)
def test_a_key_is_tamed_and_cut(key: str | None, said: str) -> None:
    assert shown_key(key) == said

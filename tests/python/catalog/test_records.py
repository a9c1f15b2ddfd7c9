"""How the records that differ are named."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from outreach_hub.catalog.records import argument, shown_key
from outreach_hub.errors import UsageError


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


def test_a_test_that_lacks_an_argument_is_a_users_mistake() -> None:
    metadata = SimpleNamespace(name="conserves_records", kwargs={"landed": "ref('stg_x')"})
    test = SimpleNamespace(test_metadata=metadata, original_file_path="models/people/_models.yml")
    assert argument(test, "landed") == "ref('stg_x')"
    with pytest.raises(UsageError, match="conserves_records is given no key") as refused:
        argument(test, "key")
    assert refused.value.where == "models/people/_models.yml"

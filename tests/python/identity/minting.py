"""The rule by which targets are given, once more, in Python: what the SQL is held against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple


class Company(NamedTuple):
    """What the rule looks at."""

    company_unique_id: str
    created_at: datetime | None


def mint(given: Mapping[str, str], companies: Iterable[Company]) -> dict[str, str]:
    """All targets after a batch: those given, and one for each company that has none yet.

    Numbers count up within the first eight characters of the id, from the highest given, in the
    order of creation (unknown last), then of the id's bytes.
    """
    highest: dict[str, int] = defaultdict(int)
    for company_unique_id, target_id in given.items():
        prefix, number = company_unique_id[:8], int(target_id.rpartition("-")[2])
        highest[prefix] = max(highest[prefix], number)
    targets = dict(given)
    new = [company for company in companies if company.company_unique_id not in given]
    for company in sorted(new, key=_order):
        prefix = company.company_unique_id[:8]
        highest[prefix] += 1
        targets[company.company_unique_id] = f"TGT-{prefix}-{highest[prefix]}"
    return targets


def _order(company: Company) -> tuple[bool, float, bytes]:
    created_at = company.created_at
    return (
        created_at is None,
        created_at.timestamp() if created_at else 0,
        company.company_unique_id.encode(),
    )

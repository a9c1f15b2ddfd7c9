"""Very many wrong rows: all are counted, a sample is kept, and the answer comes in good time."""

from __future__ import annotations

import time

import pytest

from identity.hub import Build, Hub
from outreach_hub.exits import ExitCode

KEPT = 1000
"""The var evidence_limit: rows kept a gate and code."""


def refuse(hub: Hub, template: str, rows: int) -> Build:
    """Half of the rows without a company, half with strangers, no two alike."""
    hub.reset(template)
    with hub.admin() as admin:
        admin.execute(
            """
            insert into outreach_raw.send_log (send_id, company_unique_id, send_status, loaded_at)
            select
                'S-' || lpad(number::text, 8, '0'),
                case when number %% 2 = 0 then 'stranger ' || number end,
                'sent',
                '2026-01-20'
            from generate_series(1, %s) as number
            """,
            [rows],
        )
    return hub.build()


def check(built: Build, rows: int) -> None:
    assert built.exit_code == ExitCode.IDENTITY_FAILURE
    assert {found.source_table for found in built.evidence} == {"outreach_raw.send_log"}
    for code in ("ID001", "ID011"):
        found = [row for row in built.evidence if row.code == code]
        assert len(found) == KEPT
        assert {row.failure_count for row in found} == {rows // 2}
        assert [row.record_key for row in found] == sorted(row.record_key or "" for row in found)
    assert built.published_after == built.published_before


@pytest.mark.slow
def test_twenty_thousand(any_hub: Hub, standard_template: str) -> None:
    check(refuse(any_hub, standard_template, 20_000), 20_000)


@pytest.mark.long
def test_a_million(any_hub: Hub, standard_template: str) -> None:
    """142 s on two cores that four others shared; the limit is ten minutes."""
    started = time.monotonic()
    check(refuse(any_hub, standard_template, 1_000_000), 1_000_000)
    assert time.monotonic() - started < 600

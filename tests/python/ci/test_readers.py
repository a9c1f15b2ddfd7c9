"""How far a change of a mart reaches: as far as somebody reads what differs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ci.production import Production, replaced
from corpus import Edit

EVENTS = "models/marts/fct_engagement_events.sql"
MART = "fct_engagement_events"
READERS = {
    *("fct_sends", "dim_people", "dim_company_targets", "rpt_engagement_daily"),
    *("rpt_campaign_performance", "sync_cl__engagement_signals"),
}
A_COMMENT = replaced(EVENTS, "with\n", "with -- again\n")
SYSTEM = "        description: \"{{ doc('engagement_events__source_system') }}\"\n"
A_NEW_COLUMN = (
    replaced(
        EVENTS,
        "        events.source_system,\n",
        "        events.source_system,\n        events.event_type || '' as told_by,\n",
    ),
    replaced(
        "models/marts/_marts__models.yml",
        SYSTEM,
        f"{SYSTEM}      - name: told_by\n        data_type: text\n"
        "        description: Who told of it.\n",
    ),
)


@pytest.mark.parametrize(
    "edits",
    [
        [A_COMMENT],
        [
            replaced(
                EVENTS, "events.source_system,", "upper(events.source_system) as source_system,"
            )
        ],
        A_NEW_COLUMN,
    ],
    ids=["a comment", "a column that nobody reads", "a new column"],
)
def test_what_nobody_reads_reaches_nobody(production: Production, edits: Sequence[Edit]) -> None:
    with production.branch(*edits):
        done = production.ci()
    assert done.exit_code == 0, done.result.output
    assert done.built == {MART}
    assert set(done.document["reached"]["spared"]) == READERS
    assert set(done.differences) == {MART}
    assert "Nothing that differs is read by `fct_sends`" in done.report


def test_a_column_reaches_its_readers_and_theirs(production: Production) -> None:
    """When an event came is in columns of two marts; bounces are then counted by their day."""
    edit = replaced(EVENTS, "events.event_at,\n", "events.event_at + interval '0' as event_at,\n")
    with production.branch(edit):
        done = production.ci()
    assert done.exit_code == 0, done.result.output
    assert done.built == {MART, "fct_sends", "dim_people", "rpt_engagement_daily"}
    assert set(done.document["reached"]["spared"]) == READERS - done.built
    assert all(each["changed"] == 0 for each in done.differences.values())


def test_other_rows_reach_all(production: Production) -> None:
    edit = replaced(
        EVENTS, "from events\n", "from events\n    left join events as e using (event_id)\n"
    )
    with production.branch(edit):
        done = production.ci()
    assert done.built == {MART, *READERS}
    assert done.document["reached"]["spared"] == []


def test_all_of_them_may_be_asked_for(production: Production) -> None:
    with production.branch(A_COMMENT):
        done = production.ci("--all-readers")
    assert done.exit_code == 0, done.result.output
    assert done.built == {MART, *READERS}


def test_rows_that_differ_for_another_reason_are_told(throwaway: Production) -> None:
    """Somebody has altered the hub since: the mart's SQL does not say so, its rows do."""
    with throwaway.hub.admin() as admin:
        admin.execute("update outreach.engagement_events set source_system = 'another'")
    with throwaway.branch(A_COMMENT):
        done = throwaway.ci()
    assert done.exit_code == 0, done.result.output
    assert done.built == {MART}
    assert "differs in source_system, though its SQL there is production's" in done.report
    assert "--all-readers builds its readers" in done.report

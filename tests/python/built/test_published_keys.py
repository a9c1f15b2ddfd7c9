"""Published marts say how they join: BI's tools read it from the catalog, as BI's role."""

from __future__ import annotations

import pytest

from built.conftest import publish
from built.test_readers import reader
from identity.hub import Hub

TO_TARGETS = "target_id -> dim_company_targets.target_id"
TO_PEOPLE = "person_id -> dim_people.person_id"
TO_CAMPAIGNS = "campaign_id -> rpt_campaign_performance.campaign_id"

JOINS = {
    "dim_people": {TO_TARGETS},
    "fct_blog_signals": {TO_TARGETS},
    "fct_dol_filings": {TO_TARGETS},
    "fct_dol_insurance_contracts": {TO_TARGETS, "filing_id -> fct_dol_filings.filing_id"},
    "fct_engagement_events": {
        TO_TARGETS,
        TO_PEOPLE,
        TO_CAMPAIGNS,
        "send_id -> fct_sends.send_id",
    },
    "fct_sends": {TO_TARGETS, TO_PEOPLE, TO_CAMPAIGNS},
    "rpt_campaign_performance": {TO_TARGETS},
    "rpt_enrichment_queue": {TO_TARGETS},
    "rpt_renewal_calendar": {
        TO_TARGETS,
        "filing_id -> fct_dol_filings.filing_id",
        "hr_person_id -> dim_people.person_id",
    },
    "rpt_slot_coverage": {TO_TARGETS, TO_PEOPLE},
}

KEYS = """
    select
        child.relname,
        format(
            '%s -> %s.%s', child_column.attname, parent.relname, parent_column.attname
        )
    from pg_constraint
    inner join pg_class as child on conrelid = child.oid
    inner join pg_class as parent on confrelid = parent.oid
    inner join pg_attribute as child_column
        on child_column.attrelid = child.oid and child_column.attnum = conkey[1]
    inner join pg_attribute as parent_column
        on parent_column.attrelid = parent.oid and parent_column.attnum = confkey[1]
    where
        contype = 'f'
        and child.relnamespace = 'outreach_marts'::regnamespace
        and parent.relnamespace = child.relnamespace
"""


def joins(hub: Hub) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    with reader(hub) as connection:
        for mart, key in connection.execute(KEYS).fetchall():
            found.setdefault(mart, set()).add(key)
    return found


def versions(hub: Hub) -> list[str]:
    found = hub.rows(
        "select nspname from pg_namespace where nspname ~ '^outreach_marts'"
        " order by length(nspname), nspname"
    )
    return [name for (name,) in found]


def test_every_join_is_a_key(once: Hub) -> None:
    assert joins(once) == JOINS


@pytest.mark.long
def test_keys_keep_no_version_from_going(once: Hub) -> None:
    """Postgres drops no table that a key refers to: what refers to it goes first."""
    for _ in range(3):
        publish(once)
    assert versions(once) == ["outreach_marts", "outreach_marts__before_4"]
    assert joins(once) == JOINS


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (["+fct_blog_signals"], {}),  # the dimension is carried over, as a view
        (
            ["+fct_dol_filings", "+rpt_renewal_calendar", "+fct_dol_insurance_contracts"],
            {
                "rpt_renewal_calendar": {"filing_id -> fct_dol_filings.filing_id"},
                "fct_dol_insurance_contracts": {"filing_id -> fct_dol_filings.filing_id"},
            },
        ),
    ],
)
def test_a_partial_build_declares_the_keys_between_what_it_built(
    once: Hub, selection: list[str], expected: dict[str, set[str]]
) -> None:
    publish(once, "--select", *selection)
    assert joins(once) == expected

"""Marts whose SQL gives a record to another company: whoever wrote it, whatever the proof knew.

They are built by dbt alone here, which proves nothing, and every gate and test of them passes: the
company is one that Outreach targets. What is left is the look before publishing.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from built.conftest import MINE, added, build, edited_file, publish
from identity.hub import Evidence, Hub
from outreach_hub.catalog.promises import Relation
from outreach_hub.catalog.records import published
from outreach_hub.delta import BuildEverything
from outreach_hub.delta.whole import require_records_in_place
from outreach_hub.errors import IdentityFailure

if TYPE_CHECKING:
    import psycopg
    from dbt.contracts.graph.manifest import Manifest

SIGNALS, RENEWALS = "fct_blog_signals", "rpt_renewal_calendar"
COMPANY = "        target_id,\n        company_unique_id,\n"
OF_THE_FIRST = """\
        first_value(target_id) over (order by company_unique_id) as target_id,
        first_value(company_unique_id) over (order by company_unique_id) as company_unique_id,
"""
PUBLICATIONS = "select count(*) from outreach_audit.publications"
MISPLACED = """
    select published.{column}, published.company_unique_id, hub.company_unique_id
    from outreach_build.{mart} as published
    left join outreach.{hub} as hub on published.{column} = hub.{key}
    where published.{column} is not null
    and published.company_unique_id is distinct from hub.company_unique_id
    order by 1
"""


@contextmanager
def edited(hub: Hub, mart: str, old: str, new: str) -> Iterator[None]:
    with edited_file(hub, f"models/marts/{mart}.sql", old, new):
        yield


def test_a_record_under_another_company_is_not_published(once: Hub) -> None:
    before, shown = once.rows(PUBLICATIONS), once.checksums()
    with edited(once, SIGNALS, COMPANY, OF_THE_FIRST), pytest.raises(IdentityFailure) as refused:
        build(once, "--select", f"+{SIGNALS}")
    assert refused.value.code == "ID008"
    assert str(refused.value) == (
        "Not published: records that their hub has under another company, or not at all, in"
        f" {SIGNALS}. Find the join that took the company of another row, or rename a column that"
        " is called like the key of a record and is none; `outreach failures` lists the rows, of"
        ' "outreach_audit"."identity_failures".'
    )
    wrong = once.rows(
        MISPLACED.format(mart=SIGNALS, column="signal_id", hub="blog_signals", key="signal_id")
    )
    assert wrong
    assert once.evidence() == [
        Evidence(
            f"outreach_build.{SIGNALS}",
            signal,
            "ID008",
            "company_unique_id",
            f'"{given}"',
            f"that of this signal_id in outreach.blog_signals, {own}",
            len(wrong),
        )
        for signal, given, own in wrong
    ]
    assert once.rows(PUBLICATIONS) == before
    assert once.checksums() == shown
    publish(once)  # nothing of the build before is in the way


def test_a_part_that_is_not_published_is_looked_up_all_the_same(once: Hub) -> None:
    """So is a pull request's: without the gates upstream it publishes nothing."""
    with edited(once, SIGNALS, COMPANY, OF_THE_FIRST), pytest.raises(IdentityFailure):
        build(once, "--select", SIGNALS)
    assert once.evidence()


def test_a_record_that_no_hub_has_is_not_published(once: Hub) -> None:
    with (
        edited(once, SIGNALS, "        signal_id,", "        'S' || signal_id as signal_id,"),
        pytest.raises(IdentityFailure),
    ):
        build(once, "--select", f"+{SIGNALS}")
    assert {(each.code, each.expected) for each in once.evidence()} == {
        ("ID008", "a signal_id that outreach.blog_signals has")
    }


def test_a_record_is_known_by_the_end_of_its_columns_name(once: Hub) -> None:
    """`hr_person_id` is a person, and is one of the row's own company."""
    another = "(select max(person_id) from {{ ref('people') }}) as hr_person_id"
    with (
        edited(once, RENEWALS, "hr_slots.person_id as hr_person_id", another),
        pytest.raises(IdentityFailure),
    ):
        build(once)
    assert {(each.source_table, each.expected.split(", ")[0]) for each in once.evidence()} == {
        (f"outreach_build.{RENEWALS}", "that of this person_id in outreach.people")
    }


NAMED_LIKE_RECORDS = """
    select
        target_id, company_unique_id, signal_id, signal_id is not null as has_signal_id,
        'CRM-' || signal_id as crm_signal_id, array[signal_id] as all_signal_id
    from {{ ref('blog_signals') }}
"""


@pytest.mark.long
def test_what_is_merely_called_like_a_record_is_none(once: Hub) -> None:
    """A flag, a list, another system's key: no test refers them to a hub's."""
    ids = {"target_id": "text", "company_unique_id": "text", "signal_id": "text"}
    likes = {"has_signal_id": "boolean", "crm_signal_id": "text", "all_signal_id": "text[]"}
    with added(once, NAMED_LIKE_RECORDS, **ids, **likes):
        publish(once)
    assert once.rows(f"select count(*) from outreach_marts.{MINE} where has_signal_id") > [(0,)]


@pytest.mark.long
def test_names_in_capitals_are_looked_up_too(once: Hub) -> None:
    text = f"select {OF_THE_FIRST} signal_id from {{{{ ref('blog_signals') }}}}"
    with (
        added(once, text, Target_Id="text", Company_Unique_Id="text", Signal_Id="text"),
        pytest.raises(IdentityFailure),
    ):
        build(once)
    assert {each.source_table for each in once.evidence()} == {f"outreach_build.{MINE}"}


@pytest.mark.parametrize("given", ["character varying(40)", "character(20)"])
def test_a_key_is_looked_up_whatever_its_type(once: Hub, given: str) -> None:
    text = f"""
        select {OF_THE_FIRST} cast(signal_id as {given}) as signal_id
        from {{{{ ref('blog_signals') }}}}
    """
    types = {"target_id": "text", "company_unique_id": "text", "signal_id": given}
    with added(once, text, **types), pytest.raises(IdentityFailure):
        build(once)
    assert {each.source_table for each in once.evidence()} == {f"outreach_build.{MINE}"}


def test_a_hub_whose_key_is_called_alike_is_none_of_its_own(once: Hub, manifest: Manifest) -> None:
    """Signals are looked up where the mart takes them from, whichever hub comes last."""
    gates = manifest.nodes.items()
    gate = next(key for key, node in gates if "conserves_records_people_person_id" in key)
    like = copy.deepcopy(manifest.nodes[gate])
    like.test_metadata.kwargs["key"] = "signal_id"
    nodes = {**manifest.nodes, f"{gate}.alike": like}
    two: Any = SimpleNamespace(nodes=nodes, sources=manifest.sources, metadata=manifest.metadata)
    rules = [str(rule.query) for rule in published(two) if rule.subject.name == SIGNALS]
    assert len(rules) == 1
    assert "blog_signals" in rules[0] and "'people'" not in rules[0]


def test_what_is_in_its_place_is_published(once: Hub) -> None:
    before = once.rows(PUBLICATIONS)
    publish(once, "--select", f"+{SIGNALS}")
    assert once.rows(PUBLICATIONS) > before
    assert once.evidence() == []


def test_marts_made_anew_from_all_rows_are_looked_up_too(
    admin: psycopg.Connection[Any], manifest: Manifest
) -> None:
    """A build of changed companies makes them beside dbt, and so without its hooks."""
    renewals, people = (
        Relation("outreach_marts", RENEWALS),
        Relation("outreach_marts", "dim_people"),
    )
    admin.execute(
        f"update {renewals} as renewals set hr_person_id = people.person_id from {people} as people"
        " where people.company_unique_id <> renewals.company_unique_id"
    )
    require_records_in_place(admin, manifest, [people])
    with pytest.raises(BuildEverything, match=f"{renewals} has records of other companies"):
        require_records_in_place(admin, manifest, [people, renewals])

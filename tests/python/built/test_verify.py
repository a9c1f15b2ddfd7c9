"""Whatever is taken away from the database by hand, the catalog proof names it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
import pytest

from conftest import CliResult
from identity.hub import Hub, dropping
from outreach_hub.catalog import Finding, verify, verify_records
from outreach_hub.exits import ExitCode

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

Admin = psycopg.Connection[Any]

TARGETS = "outreach.company_target"
REFERENCE = (
    "the foreign key (target_id, company_unique_id) to outreach.company_target "
    "(target_id, company_unique_id)"
)
MANGLED_ID = "\x1b[31m\u200b"


class Case(NamedTuple):
    """A change by hand, and the one thing that is to be found."""

    change: str
    subject: str
    problem: str


def referring(rules: str) -> str:
    """Puts the reference of people back, otherwise than it was."""
    return (
        dropping("outreach.people", "f")
        + f"""
        alter table outreach.people add foreign key (target_id, company_unique_id)
        references outreach.company_target (target_id, company_unique_id) {rules}
        """
    )


RESTRICT = "on delete restrict on update restrict"

CATALOG_CASES = {
    "a reference dropped": Case(
        dropping("outreach.people", "f"), "outreach.people", f"{REFERENCE} is missing"
    ),
    "a reference of an incremental table dropped": Case(
        dropping("outreach.send_log", "f"), "outreach.send_log", f"{REFERENCE} is missing"
    ),
    "a primary key dropped": Case(
        dropping("outreach.campaigns", "p"),
        "outreach.campaigns",
        "the primary key (campaign_id) is missing",
    ),
    "a key of company_target dropped": Case(
        dropping(TARGETS, "p"),
        TARGETS,
        "the primary key (target_id) is missing",
    ),
    "a reference not validated": Case(
        referring(f"{RESTRICT} not valid"),
        "outreach.people",
        f"{REFERENCE} is not validated: rows that were there before it may break it",
    ),
    "a reference not enforced": Case(
        referring(f"{RESTRICT} not enforced"), "outreach.people", f"{REFERENCE} is not enforced"
    ),
    "a reference that cascades": Case(
        referring("on delete cascade on update restrict"),
        "outreach.people",
        f"{REFERENCE} is on delete cascade on update restrict, not restrict: "
        "targets could be moved from under their records",
    ),
    "a reference that looks away": Case(
        "alter table outreach.people disable trigger all",
        "outreach.people",
        f"{REFERENCE} has its triggers disabled",
    ),
    "a reference to a copy": Case(
        """
        create table outreach.copied as select target_id, company_unique_id
        from outreach.company_target;
        alter table outreach.copied add unique (target_id, company_unique_id);
        """
        + referring(RESTRICT).replace(
            "references outreach.company_target", "references outreach.copied"
        ),
        "outreach.people",
        f"{REFERENCE} is missing",
    ),
    "a column that may be null": Case(
        "alter table outreach.people alter column target_id drop not null",
        "outreach.people.target_id",
        "may be null",
    ),
    "a column that refuses null of new rows only": Case(
        """
        alter table outreach.people alter column target_id drop not null;
        alter table outreach.people add constraint late not null target_id not valid
        """,
        "outreach.people.target_id",
        "may be null",
    ),
    "a column that may not be null": Case(
        "alter table outreach.campaigns alter column campaign_id set not null;"
        "alter table outreach_audit.target_registry alter column target_id set not null;"
        "update outreach.people set title = '' where title is null;"
        "alter table outreach.people alter column title set not null",
        "outreach.people.title",
        "may not be null, though its contract lets it",
    ),
    "a column lost": Case(
        "alter table outreach.people drop column title cascade",
        "outreach.people.title",
        "there is no such column",
    ),
    "a key of a published mart dropped": Case(
        dropping("outreach_marts.fct_blog_signals", "p"),
        "outreach_marts.fct_blog_signals",
        "the primary key (signal_id) is missing",
    ),
    "a published mart lost": Case(
        "drop table outreach_marts.dim_people cascade",
        "outreach_marts.dim_people",
        "is not published",
    ),
    "a hub table lost": Case(
        "drop table outreach.blog_signals cascade",
        "outreach.blog_signals",
        "there is no such table",
    ),
    "a hub table replaced by a view": Case(
        """
        alter table outreach.blog_signals rename to kept_signals;
        create view outreach.blog_signals as select * from outreach.kept_signals
        """,
        "outreach.blog_signals",
        "there is no such table",
    ),
    "the registry open to change": Case(
        "drop trigger append_only on outreach_audit.target_registry",
        "outreach_audit.target_registry",
        "the trigger append_only is missing",
    ),
    "the registry without its key": Case(
        dropping("outreach_audit.target_registry", "u"),
        "outreach_audit.target_registry",
        "the unique (company_unique_id) is missing",
    ),
    "a trigger disabled": Case(
        f"alter table {TARGETS} disable trigger rows_are_kept",
        TARGETS,
        "the trigger rows_are_kept is disabled, or fires only on a condition",
    ),
    "a trigger that watches one column": Case(
        f"""
        create or replace trigger identity_is_kept before update of target_id on {TARGETS}
        for each statement execute function outreach_audit.refuse_change()
        """,
        TARGETS,
        "the trigger identity_is_kept does not watch every column of the identity",
    ),
    "a trigger that lets truncate pass": Case(
        f"""
        create or replace trigger rows_are_kept before delete on {TARGETS}
        for each statement execute function outreach_audit.refuse_change()
        """,
        TARGETS,
        "the trigger rows_are_kept does not fire before every delete and truncate",
    ),
    "identity in the public schema": Case(
        "create table public.copied as select * from outreach.people",
        "public.copied",
        "carries target_id, company_unique_id outside the hub's schemas, "
        "where no gate or constraint reaches",
    ),
    "identity in a materialized view elsewhere": Case(
        """
        create schema elsewhere;
        create materialized view elsewhere.seen as select company_unique_id from outreach.people
        """,
        "elsewhere.seen",
        "carries company_unique_id outside the hub's schemas, where no gate or constraint reaches",
    ),
}


@pytest.mark.parametrize("case", CATALOG_CASES.values(), ids=CATALOG_CASES.keys())
def test_a_change_by_hand_is_named(admin: Admin, manifest: Manifest, case: Case) -> None:
    admin.execute(case.change)
    found = verify(admin, manifest)
    assert [(each.code, each.subject, each.problem) for each in found] == [
        ("ID010", case.subject, case.problem)
    ]


MENDED_BY_STATEMENT = (
    "a reference dropped",
    "a reference of an incremental table dropped",
    "a primary key dropped",
    "a key of company_target dropped",
    "a column that may be null",
    "a column that may not be null",
    "a key of a published mart dropped",
    "the registry open to change",
    "the registry without its key",
    "a trigger that watches one column",
    "a trigger that lets truncate pass",
)


@pytest.mark.parametrize("name", MENDED_BY_STATEMENT)
def test_the_statement_given_mends_it(admin: Admin, manifest: Manifest, name: str) -> None:
    admin.execute(CATALOG_CASES[name].change)
    for finding in verify(admin, manifest):
        admin.execute(finding.remedy)
    assert verify(admin, manifest) == []


def test_a_rebuilt_parent_is_named_by_every_child(admin: Admin, manifest: Manifest) -> None:
    admin.execute(
        """
        create table outreach.rebuilt as select * from outreach.company_target;
        drop table outreach.company_target cascade;
        alter table outreach.rebuilt rename to company_target;
        """
    )
    found = verify(admin, manifest)
    orphaned = {each.subject for each in found if each.problem == f"{REFERENCE} is missing"}
    assert {
        *("outreach.people", "outreach.people_slots", "outreach.dol_filings"),
        *("outreach.dol_renewals", "outreach.blog_signals", "outreach.campaigns"),
        *("outreach.sequences", "outreach.send_log", "outreach.engagement_events"),
        *("outreach_marts.dim_people", "outreach_marts.fct_sends"),
    } <= orphaned
    of_the_parent = [each.problem for each in found if each.subject == TARGETS]
    assert "the primary key (target_id) is missing" in of_the_parent
    assert "the trigger rows_are_kept is missing" in of_the_parent


def test_a_disarmed_trigger_function_is_named(admin: Admin, manifest: Manifest) -> None:
    admin.execute(
        """
        create or replace function outreach_audit.refuse_change() returns trigger
        language plpgsql as 'begin return null; end'
        """
    )
    assert {each.problem.partition(" ")[2] for each in verify(admin, manifest)} == {
        f"trigger {name} no longer refuses: its function was replaced"
        for name in ("append_only", "rows_are_kept", "identity_is_kept")
    }


def test_what_a_failed_build_left_unpublished_is_checked_too(
    admin: Admin, manifest: Manifest
) -> None:
    admin.execute(
        """
        drop view outreach_build.dim_people;
        create table outreach_build.dim_people as select * from outreach_marts.dim_people
        """
    )
    assert {each.subject.rpartition(".")[0] for each in verify(admin, manifest)} >= {
        "outreach_build"
    }


def test_a_partial_build_answers_for_what_it_made(admin: Admin, manifest: Manifest) -> None:
    admin.execute("drop table outreach.blog_signals cascade")
    assert verify(admin, manifest, must_exist={"model.outreach.people"}) == []
    (missing,) = verify(admin, manifest, must_exist={"model.outreach.blog_signals"})
    assert missing.subject == "outreach.blog_signals"


def test_hubs_of_other_targets_and_named_schemas_may_hold_identity(
    admin: Admin, manifest: Manifest
) -> None:
    admin.execute(
        """
        create schema dev_ann_outreach_audit;
        create table dev_ann_outreach_audit.target_registry (target_id text);
        create schema dev_ann_outreach;
        create table dev_ann_outreach.people (target_id text);
        create temporary table scratch as select * from outreach.people
        """
    )
    assert verify(admin, manifest) == []


RECORD_CASES = {
    "a record dropped": (
        "delete from outreach.blog_signals where signal_id = (select min(signal_id) "
        "from outreach.blog_signals)",
        "ID005",
        "outreach.blog_signals",
        "(1 in all)",
    ),
    "a record that came from nowhere": (
        f"""
        insert into outreach.people (person_id, target_id, company_unique_id)
        select e'{MANGLED_ID}', target_id, company_unique_id from {TARGETS} limit 1
        """,
        "ID005",
        "outreach.people",
        r": \x1b[31m\u200b (1 in all)",
    ),
    "a record moved to another company": (
        f"""
        update outreach.people
        set (target_id, company_unique_id) = (
            select target_id, company_unique_id from {TARGETS} where company_unique_id = 'QUIET-1'
        )
        where company_unique_id = 'CL-1'
        """,
        "ID005",
        "outreach.people",
        "(1 in all)",
    ),
    "a record that landed since": (
        "insert into outreach_raw.people (person_id, company_unique_id) values ('new', 'CL-1')",
        "ID005",
        "outreach.people",
        ": new (1 in all)",
    ),
    "a published row of another company": (
        """
        update outreach_marts.dim_people
        set (target_id, company_unique_id) = (
            select target_id, company_unique_id from outreach.company_target
            where company_unique_id = 'QUIET-1'
        )
        where person_id = (select min(person_id) from outreach_marts.dim_people)
        """,
        "ID008",
        "outreach_marts.dim_people",
        "has records under another company than outreach.people: ",
    ),
    "a published record that another column names": (
        """
        update outreach_marts.rpt_renewal_calendar as renewals
        set hr_person_id = people.person_id
        from outreach.people as people
        where people.company_unique_id <> renewals.company_unique_id
        """,
        "ID008",
        "outreach_marts.rpt_renewal_calendar",
        "has records by hr_person_id under another company than outreach.people: ",
    ),
    "a company that CL dropped": (
        "delete from cl.company_identity where company_unique_id = 'QUIET-1'",
        "ID011",
        TARGETS,
        "holds companies that cl.company_identity no longer has: QUIET-1 (1 in all)",
    ),
    "a target changed behind the triggers": (
        f"""
        alter table {TARGETS} disable trigger identity_is_kept;
        update {TARGETS} set first_targeted_at = first_targeted_at - interval '1 day'
        where company_unique_id = 'CL-1';
        alter table {TARGETS} enable trigger identity_is_kept
        """,
        "ID009",
        TARGETS,
        "differs from outreach_audit.target_registry: CL-1 (1 in all)",
    ),
    "a target_id nobody minted": (
        f"""
        alter table {TARGETS} disable trigger identity_is_kept;
        alter table outreach_audit.target_registry disable trigger append_only;
        update {TARGETS} set target_id = 'TGT-quiet' where company_unique_id = 'QUIET-1';
        update outreach_audit.target_registry set target_id = 'TGT-quiet'
        where company_unique_id = 'QUIET-1';
        """,
        "ID006",
        TARGETS,
        "has target_ids that no build minted: TGT-quiet (1 in all)",
    ),
}


@pytest.mark.parametrize(
    ("change", "code", "subject", "problem"), RECORD_CASES.values(), ids=RECORD_CASES.keys()
)
def test_a_record_or_target_that_differs_is_named(
    admin: Admin, manifest: Manifest, change: str, code: str, subject: str, problem: str
) -> None:
    admin.execute("set session_replication_role = replica")
    admin.execute(change)
    found: list[Finding] = verify_records(admin, manifest)
    assert [(each.code, each.subject) for each in found] == [(code, subject)]
    assert problem in found[0].problem


def test_verify_exits_good_where_all_is_as_promised(
    built: Hub, outreach: Callable[..., CliResult]
) -> None:
    done = outreach("verify")
    assert done.exit_code == ExitCode.GOOD, done.output
    assert done.stdout.startswith("verified: ")


def test_verify_exits_1_and_gives_the_statement(
    twice: Hub, outreach: Callable[..., CliResult]
) -> None:
    with twice.admin() as admin:
        admin.execute(dropping("outreach.send_log", "f"))
    done = outreach("verify")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert "ID010  outreach.send_log" in done.stdout
    assert 'alter table "outreach"."send_log" add foreign key' in done.stdout
    document = json.loads(outreach("verify", "--json").stdout)
    assert document["verified"] is False
    assert [each["code"] for each in document["findings"]] == ["ID010"]


def test_what_changed_without_a_later_version_is_named(
    twice: Hub, outreach: Callable[..., CliResult]
) -> None:
    """No build reads it again: neither its key nor its company has changed."""
    with twice.admin() as admin:
        changed = admin.execute(
            "update outreach_raw.send_log set send_status = 'failed'"
            " where send_id = (select min(send_id) from outreach_raw.send_log) returning send_id"
        ).fetchone()
    assert changed
    done = outreach("verify")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert "ID013  outreach.send_log" in done.stdout
    assert f"is not what its source makes of {changed[0]} (1 in all)" in done.stdout
    assert "`outreach build --full-refresh -s send_log+`" in done.stdout

"""A build of the companies that changed leaves what a build of everything would."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conftest import run_in_process
from identity.hub import PUBLISHED, Build, Hub
from identity.standard import LEGITIMATE, standard_world
from outreach_hub.bench.checksum import OF_THE_RUN, checksum
from outreach_hub.database import connect_to
from outreach_hub.delta import whole
from outreach_hub.exits import ExitCode

pytestmark = pytest.mark.slow

BUILT = "built_by_company"

OTHER, MOVED_TO = LEGITIMATE["a digit"], LEGITIMATE["a boolean"]
NEIGHBOUR = LEGITIMATE["eight characters and more"]
"""A company whose id begins as another's does: its target is numbered after that one's."""

CHANGES = f"""
-- a company whose prefix others have, with a record
insert into cl.company_identity
select 'ABCDEFGH-3', company_name, company_domain, linkedin_company_url, source_system,
    identity_status, lifecycle_state, now(), now()
from cl.company_identity where company_unique_id = '{NEIGHBOUR}';
insert into outreach_raw.people (person_id, company_unique_id, full_name, slot_type, contact_status)
values ('P-NEW', 'ABCDEFGH-3', 'Nia New', 'CEO', 'active');
-- context from CL
update cl.company_identity set company_domain = 'renamed.example' where company_unique_id = 'A';
insert into cl.bit_scores values ('{OTHER}', 90, '2026-01-20');
-- records: another content, of another company, gone
update outreach_raw.people set title = 'Chief' where company_unique_id = '{OTHER}';
insert into outreach_raw.people (person_id, company_unique_id, full_name, slot_type, contact_status)
values ('P-MOVED', '{OTHER}', 'Mo Moved', 'HR', 'active');
delete from outreach_raw.blog_signals where company_unique_id = '007';
-- a later state of a send, an event more, and an operator's word
insert into outreach_raw.send_log
select (jsonb_populate_record(sends, '{{"send_status": "bounced", "loaded_at": "2026-01-25"}}')).*
from outreach_raw.send_log as sends where company_unique_id = '{OTHER}';
insert into outreach_raw.engagement_events
select (jsonb_populate_record(events, '{{"event_id": "E-NEW", "event_type": "reply"}}')).*
from outreach_raw.engagement_events as events where company_unique_id = 'A';
insert into outreach_raw.target_status_changes
    (change_id, company_unique_id, outreach_status, changed_at)
values ('C-NEW', '1E5', 'opted_out', '2026-01-21')
"""


@pytest.fixture(scope="module")
def made(any_hub: Hub) -> Hub:
    """A hub that the runner built once, kept as `BUILT`."""
    any_hub.reset()
    world = standard_world()
    world.add(
        "people", person_id="P-GOES", company_unique_id=MOVED_TO, full_name="Mo", slot_type="CFO"
    )
    any_hub.land(world)
    done = any_hub.build()
    assert done.exit_code == ExitCode.GOOD, done.result.output
    any_hub.keep_as(BUILT)
    return any_hub


@pytest.fixture
def hub(made: Hub) -> Hub:
    made.reset(BUILT)
    return made


def change(hub: Hub, statements: str) -> None:
    with hub.admin() as admin:
        admin.execute(statements)


def contents(hub: Hub) -> dict[str, str]:
    """A checksum of every table of the hub and of every mart, but for when it was built."""
    with connect_to(hub.target, role="admin") as connection:
        tables = connection.execute(
            """
            select nspname, relname
            from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid
            where
                relkind = 'r'
                and (
                    nspname in ('outreach', 'outreach_marts', 'outreach_outbound')
                    or relname = 'target_registry'
                )
            """
        ).fetchall()
        run = (*OF_THE_RUN, "invocation_id", "registered_at")
        return {f"{s}.{name}": checksum(connection, s, name, without=run) for s, name in tables}


def changed_only(hub: Hub) -> tuple[Build, dict[str, Any]]:
    done = hub.build("--changed-only", "--json")
    document = json.loads(done.result.stdout) if done.result.stdout else {}
    return done, document


def version(hub: Hub) -> str:
    """By the query of docs/bi.md."""
    query = "select obj_description(to_regnamespace('outreach_marts'), 'pg_namespace')"
    return str(hub.rows(query)[0][0])


def schemas(hub: Hub) -> set[str]:
    return {name for (name,) in hub.rows("select nspname from pg_namespace where nspname ~ '__'")}


def test_it_leaves_what_a_build_of_everything_would(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made_anew(*_: Any) -> None:
        raise AssertionError("the two marts over all companies are spared that")

    monkeypatch.setattr(whole, "made_anew", made_anew)
    change(hub, CHANGES)
    change(
        hub,
        f"update outreach_raw.people set company_unique_id = '{OTHER}' where person_id = 'P-GOES'",
    )
    before = hub.checksums()
    done, document = changed_only(hub)
    assert done.exit_code == ExitCode.GOOD, done.result.output
    assert "everything is built" not in done.result.output
    # those named above, and the last that was given a target of the new company's prefix
    assert document["companies"] == 7
    found = contents(hub)
    assert schemas(hub) == {
        f"outreach_{what}__{kind}_2"
        for what in ("marts", "outbound")
        for kind in ("before", "replaced")
    }
    with hub.entered():
        assert run_in_process("verify").exit_code == ExitCode.GOOD

    assert hub.rows("select publication_id from outreach_audit.publications") == [(1,), (2,)]
    again = hub.build("--json")
    assert json.loads(again.result.stdout)["standing_since"], "nothing has changed since"
    _the_version_before_is_as_it_was(hub, before)
    assert hub.build("--rebuild").exit_code == ExitCode.GOOD
    assert contents(hub) == found
    assert schemas(hub) >= {"outreach_marts__before_3"}
    assert not {name for name in schemas(hub) if "replaced" in name}


def _the_version_before_is_as_it_was(hub: Hub, before: dict[str, str]) -> None:
    aside = {
        name.replace(".", "__before_2.", 1): checksum
        for name, checksum in _published(before).items()
    }
    assert hub.checksums("outreach_marts__before_2", "outreach_outbound__before_2") == aside


@pytest.mark.long
def test_rollback_goes_back_to_the_version_before_and_returns(hub: Hub) -> None:
    before = hub.checksums()
    change(hub, CHANGES)
    assert changed_only(hub)[0].exit_code == ExitCode.GOOD
    after = hub.checksums()
    with hub.entered():
        assert run_in_process("rollback").exit_code == ExitCode.GOOD
        assert _published(hub.checksums()) == _published(before)
        assert version(hub) == "publication 3"
        assert run_in_process("rollback").exit_code == ExitCode.GOOD
    assert _published(hub.checksums()) == _published(after)


def _published(checksums: dict[str, str]) -> dict[str, str]:
    return {
        name: checksum
        for name, checksum in checksums.items()
        if name.partition(".")[0] in PUBLISHED
    }


def test_who_did_not_change_is_not_written(hub: Hub) -> None:
    places = "select person_id, ctid, xmin from outreach_marts.dim_people order by 1"
    before = hub.rows(places)
    change(hub, "update outreach_raw.people set title = 'Chief' where company_unique_id = 'A'")
    assert version(hub) == "publication 1"
    done, document = changed_only(hub)
    assert (done.exit_code, document["companies"]) == (ExitCode.GOOD, 1)
    assert version(hub) == "publication 2"
    moved = set(hub.rows(places)) - set(before)
    assert [person for person, *_ in moved] == [
        person
        for (person,) in hub.rows(
            "select person_id from outreach.people where company_unique_id = 'A'"
        )
    ]


WRONG = {
    "a row of no company": (
        "insert into outreach_raw.people (person_id) values ('P-NONE')",
        ("outreach_raw.people", "P-NONE", "ID001"),
        "there are rows of no company",
    ),
    "a record that another company has": (
        "insert into outreach_raw.people (person_id, company_unique_id)"
        " select min(person_id), 'A' from outreach_raw.people where company_unique_id = '7'",
        ("outreach_raw.people", None, "ID013"),
        "duplicate key value violates unique constraint",
    ),
    "a change that another company has, which no hub keeps": (
        "insert into outreach_raw.target_status_changes (change_id, company_unique_id)"
        " select min(change_id), 'A' from outreach_raw.target_status_changes"
        " where company_unique_id = '7'",
        ("outreach_raw.target_status_changes", None, "ID013"),
        "does not hold for all companies",
    ),
    "an event of another company's send": (
        "insert into outreach_raw.engagement_events"
        " (event_id, send_id, company_unique_id, event_type, event_at, loaded_at)"
        " select 'E-ALIEN', min(send_id), 'A', 'open', '2026-01-20', '2026-01-20'"
        " from outreach_raw.send_log where company_unique_id = '7'",
        ("outreach_raw.engagement_events", "E-ALIEN", "ID008"),
        "what changed did not pass by itself",
    ),
    "a company that CL no longer has": (
        "delete from cl.company_identity where company_unique_id = 'A'",
        None,
        "what changed did not pass by itself",
    ),
}


IN_SHORT = {"a change that another company has, which no hub keeps"}
"""What `make test-slow` tries; the others are found in the same two ways, or by the small hub."""


@pytest.mark.parametrize(
    ("statement", "evidence", "reason"),
    [
        pytest.param(*wrong, id=name, marks=() if name in IN_SHORT else pytest.mark.long)
        for name, wrong in WRONG.items()
    ],
)
def test_what_is_wrong_is_refused_as_ever(
    hub: Hub, statement: str, evidence: tuple[str, str | None, str] | None, reason: str
) -> None:
    change(hub, statement)
    done, _ = changed_only(hub)
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert "everything is built: " in done.result.output
    assert reason in done.result.output
    if evidence:
        table, key, code = evidence
        found = {(each.source_table, each.code) for each in done.evidence}
        assert (table, code) in found
        assert key is None or key in {each.record_key for each in done.evidence}
    assert done.published_after == done.published_before
    assert not schemas(hub), "nothing of the small hub is left"


@pytest.mark.parametrize("other", ["--rebuild", "--unit-tests"])
def test_it_leaves_out_what_these_ask_for(hub: Hub, other: str) -> None:
    done = hub.build("--changed-only", other)
    assert done.exit_code == ExitCode.USAGE
    assert "--changed-only leaves out what --rebuild and --unit-tests ask for" in done.result.stderr


def test_what_a_killed_build_left_goes(hub: Hub) -> None:
    with connect_to(hub.target) as connection:
        connection.execute("create schema outreach__changed_cl_schema")
        connection.execute(
            "create table outreach__changed_cl_schema.company_identity (company_unique_id text)"
        )
    assert hub.build("--select", "stg_cl__companies").exit_code == ExitCode.GOOD
    assert not schemas(hub)


@pytest.mark.long
def test_a_reader_of_an_earlier_version_holds_nothing_up(hub: Hub) -> None:
    change(hub, "update outreach_raw.people set title = 'Chief' where company_unique_id = 'A'")
    assert changed_only(hub)[0].exit_code == ExitCode.GOOD
    assert hub.build("--rebuild").exit_code == ExitCode.GOOD
    change(hub, "update outreach_raw.people set title = 'Boss' where company_unique_id = 'A'")
    with connect_to(hub.target, role="admin") as reader:
        reader.execute("select from outreach_marts__before_3.dim_people")
        assert changed_only(hub)[1]["companies"] == 1
        reader.rollback()
    assert "outreach_marts__before_3" in schemas(hub)
    assert hub.build("--rebuild").exit_code == ExitCode.GOOD
    assert {name for name in schemas(hub) if "outbound" not in name} == {"outreach_marts__before_5"}


def test_where_a_source_was_written_and_no_company_changed_nothing_is_run(hub: Hub) -> None:
    """As when rows land between two looks at the sources: they are built, and seen once more."""
    change(
        hub,
        "update outreach_audit.last_build set state = jsonb_set("
        "state, '{outreach_raw.people}', to_jsonb((state ->> 'outreach_raw.people') || '0'))",
    )
    done, document = changed_only(hub)
    assert (done.exit_code, document["totals"]) == (ExitCode.GOOD, {})
    assert document["standing_since"]
    assert done.result.stderr.count("changed since the last build: outreach_raw.people") == 1
    assert "changed since" not in hub.build("--json").result.stderr


@pytest.mark.long
def test_a_state_that_cannot_be_kept_fails_nothing_and_the_next_build_runs(hub: Hub) -> None:
    change(hub, "alter table outreach_audit.company_fingerprints owner to postgres")
    done = hub.build("--rebuild")
    assert done.exit_code == ExitCode.GOOD
    assert "what this build left was not recorded: the database does not permit it: must be" in (
        done.result.stderr
    )
    assert "changed since the last build: " in hub.build("--json").result.stderr

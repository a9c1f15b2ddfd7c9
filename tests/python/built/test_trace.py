"""`outreach trace`: every kind of id, where it came from, what hangs on it and what it broke."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from built.conftest import build
from conftest import CliResult
from identity.hub import Hub
from identity.standard import LEGITIMATE, QUIET
from identity.worlds import HUBS, KEYS, LANDED
from outreach_hub import dbt
from outreach_hub.exits import ExitCode
from outreach_hub.trace.atlas import Atlas
from outreach_hub.trace.story import as_evidence_writes

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

pytestmark = pytest.mark.long

Run = Callable[..., CliResult]
BARTON = LEGITIMATE["a Barton id"]


@pytest.fixture
def traced(outreach: Run) -> Callable[..., Any]:
    """The story of an id that is of one kind."""

    def trace(*arguments: str) -> Any:
        done = outreach("trace", *arguments, "--json")
        assert done.exit_code == ExitCode.GOOD, done.stderr
        return json.loads(done.stdout)["story"]

    return trace


def ids_of(hub: Hub, company: str) -> dict[str, str]:
    """The company's record in each landed table."""
    return {
        table: hub.rows(
            f"select {KEYS[table]} from outreach_raw.{table} where company_unique_id = '{company}'"
        )[0][0]
        for table in LANDED
    }


def by_table(steps: list[dict[str, Any]]) -> dict[str, int]:
    return {step["table"]: len(step["rows"]) for step in steps}


def test_kinds_and_keys_come_from_the_manifest(manifest: Manifest) -> None:
    atlas = Atlas.of(manifest)
    assert {kind.name: kind.key for kind in atlas.kinds} == {name: KEYS[name] for name in LANDED}
    assert {kind.name: kind.hub.relation.name for kind in atlas.kinds if kind.hub} == HUBS
    assert atlas.kind("send_log").belongs_to == {
        "campaign_id": "campaigns",
        "sequence_id": "sequences",
        "person_id": "people",
    }
    assert {place.relation.name for place in atlas.derived} == {"people_slots", "dol_renewals"}
    assert "lifecycle_state" not in atlas.companies.columns


@pytest.mark.parametrize("by", ["target", "company"])
def test_a_company_and_its_target_tell_the_same_story(
    built: Hub, traced: Callable[..., Any], by: str
) -> None:
    target = built.targets()[BARTON]
    story = traced(target if by == "target" else BARTON)
    assert (story["kind"], story["company_unique_id"]) == (by, BARTON)
    assert story["company"]["created_at"] == "2025-01-04 09:00:00+00:00"
    assert story["company"]["identity_status"] == "PASS"
    assert "lifecycle_state" not in story["company"]
    assert story["target"]["target_id"] == story["minting"]["target_id"] == target
    ((run,),) = built.rows(
        f"select invocation_id from outreach_audit.target_registry where target_id = '{target}'"
    )
    assert story["minting"]["invocation_id"] == run
    assert by_table(story["way"]) == {
        "outreach.dol_renewals": 1,
        "outreach.people_slots": 3,
        "outreach_marts.dim_company_targets": 1,
        "outreach_marts.dim_people": 1,
        "outreach_marts.fct_blog_signals": 1,
        "outreach_marts.fct_dol_filings": 1,
        "outreach_marts.fct_dol_insurance_contracts": 1,
        "outreach_marts.fct_engagement_events": 1,
        "outreach_marts.fct_sends": 1,
        "outreach_marts.rpt_campaign_performance": 1,
        "outreach_marts.rpt_enrichment_queue": len(
            built.rows(
                f"select from outreach_marts.rpt_enrichment_queue where target_id = '{target}'"
            )
        ),
        "outreach_marts.rpt_renewal_calendar": 1,
        "outreach_marts.rpt_slot_coverage": 3,
        "outreach_outbound.sync_cl__engagement_signals": 1,
    }
    assert [(each["kind"], each["not_in_the_hub"]) for each in story["related"]] == [
        (table, []) for table in sorted(LANDED)
    ]
    assert story["failures"] == []


@pytest.mark.parametrize("table", LANDED)
def test_a_record_is_followed_from_landing_to_marts(
    built: Hub, traced: Callable[..., Any], table: str
) -> None:
    key = ids_of(built, BARTON)[table]
    story = traced(key)
    assert (story["kind"], story["company_unique_id"]) == (table, BARTON)
    assert story["target"]["target_id"] == built.targets()[BARTON]
    way = by_table(story["way"])
    assert way.pop(f"outreach_raw.{table}") == 1
    if table in HUBS:
        assert way.pop(f"outreach.{HUBS[table]}") == 1
        is_summed_up = table == "dol_schedule_a_brokers"  # in a mart without its key
        assert any(name.startswith("outreach_marts.") for name in way) != is_summed_up
    landed = story["way"][0]["rows"][0]
    assert (landed[KEYS[table]], landed["company_unique_id"]) == (key, BARTON)


def test_a_send_names_what_it_belongs_to_and_what_answers_it(
    built: Hub, traced: Callable[..., Any]
) -> None:
    ids = ids_of(built, BARTON)
    related = traced(ids["send_log"])["related"]
    assert [(each["how"], each["rows"][0][KEYS[each["kind"]]]) for each in related] == [
        ("that it belongs to, by campaign_id", ids["campaigns"]),
        ("that it belongs to, by sequence_id", ids["sequences"]),
        ("that it belongs to, by person_id", ids["people"]),
        ("that belong to it, by send_id", ids["engagement_events"]),
    ]


def test_a_filing_names_its_schedules_and_brokers(built: Hub, traced: Callable[..., Any]) -> None:
    ids = ids_of(built, BARTON)
    related = traced(ids["dol_filings"])["related"]
    assert [(each["how"], each["rows"][0][KEYS[each["kind"]]]) for each in related] == [
        ("that belong to it, by filing_id", ids["dol_schedule_a"]),
        ("that belong to it, by filing_id", ids["dol_schedule_a_brokers"]),
    ]


@pytest.mark.parametrize("odd", ["a line break inside", "wildcards of LIKE", "SQL", "an emoji"])
def test_odd_ids_are_taken_byte_for_byte(built: Hub, outreach: Run, odd: str) -> None:
    done = outreach("trace", LEGITIMATE[odd])
    assert done.exit_code == ExitCode.GOOD
    assert all(line.isprintable() for line in done.stdout.splitlines())


def test_the_text_says_when_cl_minted_it_and_which_run_gave_the_target(
    built: Hub, outreach: Run
) -> None:
    lines = outreach("trace", BARTON).stdout.splitlines()
    assert lines[0] == f"{BARTON} is a company"
    assert "            minted by CL 2025-01-04 09:00 UTC, identity PASS" in lines
    target = next(line for line in lines if line.startswith("target "))
    assert target.startswith(f"target    {built.targets()[BARTON]}  outreach_status ")
    assert lines[-1] == "failures  it never caused one"


@pytest.mark.parametrize("moment", ["infinity", "4713-01-02 BC", "294276-12-31"])
def test_a_record_of_no_time_that_python_has(once: Hub, outreach: Run, moment: str) -> None:
    with once.admin() as admin:
        admin.execute(
            "insert into outreach_raw.people (person_id, company_unique_id, created_at)"
            f" select 'P-ODD', min(company_unique_id), '{moment}' from cl.company_identity"
        )
    for arguments in (["P-ODD"], ["P-ODD", "--json"]):
        done = outreach("trace", *arguments)
        assert done.exit_code == ExitCode.GOOD, done.output
        assert moment[:4] in done.stdout


def test_a_company_of_which_nothing_landed(built: Hub, traced: Callable[..., Any]) -> None:
    assert traced(QUIET)["related"] == []


def test_an_id_of_several_things_is_not_guessed_at(once: Hub, outreach: Run) -> None:
    with once.admin() as admin:
        for table in ("people", "campaigns"):
            admin.execute(
                f"insert into outreach_raw.{table} ({KEYS[table]}, company_unique_id)"
                f" values ('same', '{BARTON}')"
            )
    both = outreach("trace", "same")
    assert (both.exit_code, both.stdout) == (ExitCode.USAGE, "")
    assert "the id same is 2 things: campaigns, people" in both.stderr
    assert "--kind campaigns" in both.stderr
    document = json.loads(outreach("trace", "same", "--json").stdout)
    assert [each["kind"] for each in document["found"]] == ["campaigns", "people"]
    assert document["story"] is None
    one = outreach("trace", "same", "--kind", "people")
    assert one.exit_code == ExitCode.GOOD
    assert one.stdout.startswith("same is a record of people\n")


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        (f"{BARTON[:-1]}x", f"{BARTON} is a company"),
        ("quiet-1", "QUIET-1 is a company"),
        ("tgt-quiet-1-1", "TGT-QUIET-1-1 is a target"),
    ],
)
def test_what_resembles_an_unknown_id_is_offered_not_followed(
    built: Hub, outreach: Run, asked: str, offered: str
) -> None:
    done = outreach("trace", asked)
    assert (done.exit_code, done.stdout) == (ExitCode.USAGE, "")
    assert f"nothing has the id {asked}" in done.stderr
    assert offered in done.stderr


def test_an_unknown_id_that_resembles_none(built: Hub, outreach: Run) -> None:
    done = outreach("trace", "no such thing", "--json")
    assert done.exit_code == ExitCode.USAGE
    assert json.loads(done.stdout) == {"found": [], "resembling": [], "story": None}
    assert "byte for byte" in done.stderr


def test_an_unknown_kind_lists_the_kinds(built: Hub, outreach: Run) -> None:
    done = outreach("trace", BARTON, "--kind", "deals")
    assert done.exit_code == ExitCode.USAGE
    assert "target, company, blog_signals, campaigns" in done.stderr


def test_a_refused_record_shows_its_failures_and_where_it_stopped(
    once: Hub, outreach: Run, traced: Callable[..., Any]
) -> None:
    with once.admin() as admin:
        admin.execute(
            "insert into outreach_raw.people (person_id, company_unique_id)"
            f" values ('lost', '{BARTON} '), ('lost', '{BARTON} ')"
        )
    assert build(once, "-s", "stg_people__people").exit_code == ExitCode.IDENTITY_FAILURE
    story = traced("lost")
    assert [(step["layer"], len(step["rows"])) for step in story["way"]] == [
        ("landing", 2),
        ("hub", 0),
    ]
    assert story["company"] is None and story["target"] is None
    assert [each["code"] for each in story["failures"]] == ["ID002", "ID002"]
    text = outreach("trace", "lost").stdout
    assert "it has landed and is not in its hub: see the failures below" in text
    assert f"'{BARTON} '  CL does not have it" in text
    # the id that CL never minted is known by the records that carry it
    carried = traced(f"{BARTON} ")
    assert carried["related"][0]["not_in_the_hub"] == ["lost"]
    assert {each["record_key"] for each in carried["failures"]} == {"lost"}
    # and evidence outlives the record
    with once.admin() as admin:
        admin.execute("delete from outreach_raw.people where person_id = 'lost'")
    assert len(traced("lost")["failures"]) == 2


def test_every_landed_version_is_shown(once: Hub, traced: Callable[..., Any]) -> None:
    key = ids_of(once, BARTON)["send_log"]
    with once.admin() as admin:
        admin.execute(
            "insert into outreach_raw.send_log (send_id, company_unique_id, send_status, loaded_at)"
            f" values ('{key}', '{BARTON}', 'delivered', '2026-01-20')"
        )
    landed, hub = traced(key)["way"][:2]
    assert [row["send_status"] for row in landed["rows"]] == ["sent", "delivered"]
    assert len(hub["rows"]) == 1


def test_a_filing_that_waits_is_found_where_it_waits(
    once: Hub, outreach: Run, traced: Callable[..., Any]
) -> None:
    waiting = Atlas.of(_parsed(once)).kind("dol_filings").waiting
    assert waiting is not None
    with once.admin() as admin:
        admin.execute(
            f"create table {waiting.relation} ({' text, '.join(waiting.columns)} text);"
            f"grant select on {waiting.relation} to public;"
            f"insert into {waiting.relation} (filing_id, spons_dfe_ein, source_file)"
            " values ('waits', '123456789', 'F_5500.csv')"
        )
    story = traced("waits")
    assert [step["layer"] for step in story["way"]] == ["landing", "waiting", "hub"]
    assert story["company_unique_id"] is None
    assert "outreach load --retry" in outreach("trace", "waits").stdout


def test_before_the_first_build_the_landing_is_all_there_is(
    any_hub: Hub, traced: Callable[..., Any]
) -> None:
    any_hub.reset()
    with any_hub.admin() as admin:
        admin.execute("insert into outreach_raw.people values ('early', 'CL-2')")
    story = traced("early")
    assert by_table(story["way"]) == {"outreach_raw.people": 1, "outreach.people": 0}
    assert story["target"] is None


@pytest.mark.parametrize("value", ["CL-2", "", 'a"b\\c', "Caf\u00e9", "\U0001f3ed", "L" * 300])
def test_values_are_written_as_evidence_writes_them(built: Hub, value: str) -> None:
    macro = _parsed(built).macros["macro.outreach.postgres__visible_text"].macro_sql
    expression = macro.split("-%}", 1)[1].rsplit("{%-", 1)[0].replace("{{ value }}", "given.value")
    with built.admin() as admin:
        (written,) = admin.execute(
            f"select {expression.replace('%', '%%')} from (select %s::text as value) as given",
            [value],
        ).fetchone() or ("",)
    assert as_evidence_writes(value) == written


def _parsed(hub: Hub) -> Manifest:
    with hub.entered():
        return dbt.parse(hub.project)

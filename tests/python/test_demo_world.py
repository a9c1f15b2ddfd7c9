"""The demo world exercises what the hub distinguishes, and is valid by the doctrine."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
import yaml

from make_demo_world import NOW, write

Row = dict[str, str]

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "seeds"
ENGAGEMENT_SIGNALS = {"unsubscribed", "high_engagement", "engaged", "unreachable", "quiet"}


@cache
def declared_tables() -> list[tuple[str, list[str], list[str]]]:
    """Each source table: its seed, its columns and its key."""
    tables = []
    for path in sorted((ROOT / "models" / "staging").glob("*/_*__sources.yml")):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                key = list(table["config"]["meta"]["key"])
                version = table["config"]["meta"].get("version")
                columns = [column["name"] for column in table["columns"]]
                seed = f"{source['name']}/{table['name']}.csv"
                tables.append((seed, columns, [*key, version] if version else key))
    return tables


@cache
def read(name: str) -> list[Row]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def values(name: str, column: str) -> set[str]:
    return {row[column] for row in read(name)}


@cache
def current(name: str, key: str) -> dict[str, Row]:
    """The latest state of every record of a feed that lands states."""
    return {row[key]: row for row in sorted(read(name), key=lambda row: row["loaded_at"])}


@pytest.fixture(scope="module")
def companies() -> list[Row]:
    return read("cl/company_identity")


def test_regenerates_byte_for_byte(tmp_path: Path) -> None:
    write(tmp_path)
    written = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.csv")}
    assert written == {path.relative_to(SEEDS): path.read_bytes() for path in SEEDS.rglob("*.csv")}


def test_there_is_one_seed_for_each_source_table() -> None:
    seeds = {path.relative_to(SEEDS).as_posix() for path in SEEDS.rglob("*.csv")}
    assert seeds == {seed for seed, _, _ in declared_tables()}


@pytest.mark.parametrize(("seed", "columns", "key"), declared_tables())
def test_seed_has_the_declared_columns_and_key(
    seed: str, columns: list[str], key: list[str]
) -> None:
    rows = read(seed.removesuffix(".csv"))
    assert list(rows[0]) == columns
    records: dict[tuple[str, ...], Row] = {}
    for row in rows:
        identity = tuple(row[column] for column in key)
        assert all(identity)
        assert records.setdefault(identity, row) == row, "two records under one key"


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("cl/company_identity", 60, 60),
        ("cl/bit_scores", 150, 250),
        ("outreach_raw/people", 150, 220),
        ("outreach_raw/dol_filings", 100, 200),
        ("outreach_raw/dol_schedule_a", 200, 400),
        ("outreach_raw/dol_schedule_a_brokers", 200, 400),
        ("outreach_raw/blog_signals", 80, 150),
        ("outreach_raw/campaigns", 60, 120),
        ("outreach_raw/send_log", 500, 800),
        ("outreach_raw/engagement_events", 500, 800),
    ],
)
def test_size(name: str, low: int, high: int) -> None:
    assert low <= len(read(name)) <= high


@pytest.mark.parametrize(
    ("name", "column", "domain"),
    [
        ("cl/company_identity", "identity_status", "PENDING PASS FAIL"),
        (
            "cl/company_identity",
            "lifecycle_state",
            "suspect prospect lead qualified client churned",
        ),
        (
            "outreach_raw/target_status_changes",
            "outreach_status",
            "queued active exhausted paused opted_out",
        ),
        ("outreach_raw/people", "contact_status", "active bounced unsubscribed left"),
        ("outreach_raw/people", "email_verified", "true false ~"),
        ("outreach_raw/people", "slot_type", "CEO CFO HR ~"),
        ("outreach_raw/dol_filings", "initial_filing_ind", "0 1 ~"),
        ("outreach_raw/dol_filings", "amended_ind", "0 1 ~"),
        ("outreach_raw/dol_filings", "final_filing_ind", "0 1 ~"),
        ("outreach_raw/dol_filings", "short_plan_yr_ind", "0 1 ~"),
        ("outreach_raw/dol_filings", "sch_a_attached_ind", "0 1 ~"),
        (
            "outreach_raw/blog_signals",
            "signal_type",
            "news blog_mention press_release content_engagement",
        ),
        ("outreach_raw/blog_signals", "sentiment", "positive neutral negative"),
        ("outreach_raw/campaigns", "campaign_type", "cold_outreach nurture renewal event"),
        ("outreach_raw/campaigns", "campaign_status", "draft active paused completed"),
        ("outreach_raw/sequences", "sequence_status", "draft active paused completed"),
        (
            "outreach_raw/send_log",
            "send_status",
            "pending scheduled sent delivered bounced failed",
        ),
        (
            "outreach_raw/engagement_events",
            "event_type",
            "open click reply bounce unsubscribe meeting_booked",
        ),
    ],
)
def test_every_value_of_a_domain_occurs(name: str, column: str, domain: str) -> None:
    """And no other; ~ stands for an empty cell."""
    assert values(name, column) == {"" if word == "~" else word for word in domain.split()}


def test_current_send_states_cover_every_status() -> None:
    statuses = {row["send_status"] for row in current("outreach_raw/send_log", "send_id").values()}
    assert statuses == {"pending", "scheduled", "sent", "delivered", "bounced", "failed"}


def test_ids_are_a_mix_as_seen_in_the_wild(companies: list[Row]) -> None:
    ids = [row["company_unique_id"] for row in companies]
    assert len(set(ids)) == len(ids)
    prefixes = Counter(company_id[:8] for company_id in ids)
    assert prefixes["04.04.01"] > 9
    assert any(count == 2 for count in prefixes.values()), "UUIDs that share a prefix"
    assert {"007", "1E5"} <= set(ids)
    assert any(not company_id.isascii() for company_id in ids)
    assert sum(len(company_id) < 8 for company_id in ids) >= 4
    moments = Counter(
        row["created_at"] for row in companies if row["company_unique_id"].startswith("04.04.01")
    )
    assert max(moments.values()) > 1, "ids that decide the order of minting"
    for name, column in (("people", "person_id"), ("send_log", "send_id")):
        assert any(
            value.isdigit() and value[0] == "0" for value in values(f"outreach_raw/{name}", column)
        )


def test_references_hold(companies: list[Row]) -> None:
    known = {row["company_unique_id"] for row in companies}
    people = {row["person_id"]: row for row in read("outreach_raw/people")}
    campaigns = {row["campaign_id"]: row for row in read("outreach_raw/campaigns")}
    sequences = {row["sequence_id"]: row for row in read("outreach_raw/sequences")}
    sends = current("outreach_raw/send_log", "send_id")
    for seed, columns, _ in declared_tables():
        if "company_unique_id" in columns:
            assert values(seed.removesuffix(".csv"), "company_unique_id") <= known
    for sequence in sequences.values():
        campaign = campaigns[sequence["campaign_id"]]
        assert sequence["company_unique_id"] == campaign["company_unique_id"]
    for send in read("outreach_raw/send_log"):
        sequence, person = sequences[send["sequence_id"]], people[send["person_id"]]
        assert send["campaign_id"] == sequence["campaign_id"]
        assert send["email_to"] == person["email"] != ""
        assert 1 <= int(send["sequence_step"]) <= int(sequence["step_count"])
        owners = {row["company_unique_id"] for row in (send, sequence, person)}
        assert len(owners) == 1
    for event in read("outreach_raw/engagement_events"):
        person = people[event["person_id"]]
        assert event["company_unique_id"] == person["company_unique_id"]
        if event["send_id"]:
            send = sends[event["send_id"]]
            assert send["person_id"] == event["person_id"]
            assert moment(event["event_at"]) >= moment(send["sent_at"])


def test_landed_target_ids_are_those_that_company_target_mints(companies: list[Row]) -> None:
    minted: dict[str, str] = {}
    given: Counter[str] = Counter()
    for row in sorted(
        companies, key=lambda row: (moment(row["created_at"]), row["company_unique_id"].encode())
    ):
        company_id = row["company_unique_id"]
        given[company_id[:8]] += 1
        minted[company_id] = f"TGT-{company_id[:8]}-{given[company_id[:8]]}"
    for name in ("campaigns", "send_log", "engagement_events"):
        rows = read(f"outreach_raw/{name}")
        assert {row["target_id"] == "" for row in rows} == {True, False}
        assert all(row["target_id"] in ("", minted[row["company_unique_id"]]) for row in rows)


def test_each_ein_is_unassignable_and_of_one_company() -> None:
    bridge = {row["ein"]: row["company_unique_id"] for row in read("cl/company_eins")}
    assert len(bridge) == len(read("cl/company_eins"))
    assert all(len(ein) == 9 and ein.isdigit() and ein.startswith("00") for ein in bridge)
    for filing in read("outreach_raw/dol_filings"):
        assert bridge[filing["spons_dfe_ein"]] == filing["company_unique_id"]


def test_filings_have_the_schedules_that_they_say_they_have() -> None:
    schedules = read("outreach_raw/dol_schedule_a")
    attached = Counter(row["filing_id"] for row in schedules)
    filings = {row["filing_id"]: row for row in read("outreach_raw/dol_filings")}
    assert attached == {
        filing_id: int(row["num_sch_a_attached_cnt"])
        for filing_id, row in filings.items()
        if row["sch_a_attached_ind"] == "1"
    }
    for row in schedules:
        filing = filings[row["filing_id"]]
        assert row["schedule_a_id"] == f"{row['filing_id']}:{row['form_id']}"
        assert row["company_unique_id"] == filing["company_unique_id"]
        assert row["sch_a_ein"] == filing["spons_dfe_ein"]
        assert row["sch_a_plan_num"] == filing["spons_dfe_pn"]
        assert row["ins_carrier_ein"][:2] == row["ins_carrier_naic_code"][:2] == "00"
    assert any(row["ins_policy_from_date"] < row["sch_a_plan_year_begin_date"] for row in schedules)


def test_schedules_state_what_their_brokers_were_paid() -> None:
    schedules = {row["schedule_a_id"]: row for row in read("outreach_raw/dol_schedule_a")}
    brokers: dict[str, list[Row]] = defaultdict(list)
    for row in read("outreach_raw/dol_schedule_a_brokers"):
        assert row["schedule_a_broker_id"] == f"{row['schedule_a_id']}:{row['row_order']}"
        assert row["company_unique_id"] == schedules[row["schedule_a_id"]]["company_unique_id"]
        brokers[row["schedule_a_id"]].append(row)
    assert {len(brokers[each]) for each in schedules} == {0, 1, 2}
    for schedule_id, schedule in schedules.items():
        for kind in ("comm", "fees"):
            paid = [row[f"ins_broker_{kind}_pd_amt"] for row in brokers[schedule_id]]
            total = sum(int(amount) for amount in paid if amount)
            assert schedule[f"ins_broker_{kind}_tot_amt"] == (str(total) if total else "")


def test_latest_scores_reach_every_tier_and_its_edges(companies: list[Row]) -> None:
    scores = sorted(read("cl/bit_scores"), key=lambda row: row["scored_at"])
    latest = {row["company_unique_id"]: float(row["bit_score"]) for row in scores}
    assert {0, 24, 24.5, 25, 49.9, 50, 74.9, 75, 100} <= set(latest.values())
    assert len(latest) < len(companies)
    assert max(Counter(row["company_unique_id"] for row in scores).values()) > 3


def test_slots_are_filled_empty_and_contested() -> None:
    people = {row["person_id"]: row for row in read("outreach_raw/people")}
    assert len(people) < len(read("outreach_raw/people")), "the same record twice"
    filled = Counter((row["company_unique_id"], row["slot_type"]) for row in people.values())
    owners = {row["company_unique_id"] for row in people.values()}
    for slot in ("CEO", "CFO", "HR"):
        assert {min(filled[owner, slot], 2) for owner in owners} == {0, 1, 2}


def test_some_companies_have_nothing(companies: list[Row]) -> None:
    for name in ("people", "dol_filings", "blog_signals", "campaigns", "send_log"):
        owners = values(f"outreach_raw/{name}", "company_unique_id")
        assert 4 <= len(companies) - len(owners) < 30


def test_filings_have_the_awkward_years() -> None:
    filings = read("outreach_raw/dol_filings")
    begins = {row["form_plan_year_begin_date"] for row in filings}
    assert "2024-02-29" in begins
    assert min(begins) < "2020"
    years = Counter(
        (row["company_unique_id"], row["spons_dfe_pn"], row["form_plan_year_begin_date"])
        for row in filings
    )
    assert max(years.values()) == 3, "a filing amended twice"
    plans: dict[str, set[str]] = defaultdict(set)
    for row in filings:
        plans[row["company_unique_id"]].add(row["spons_dfe_pn"])
    assert max(map(len, plans.values())) == 4


def test_nothing_is_loaded_after_now_and_one_signal_comes_from_the_future() -> None:
    now = NOW.isoformat()
    for name in ("dol_filings", "send_log", "engagement_events"):
        assert max(values(f"outreach_raw/{name}", "loaded_at")) <= now
    assert max(values("outreach_raw/dol_filings", "date_received")) < now
    detected = values("outreach_raw/blog_signals", "detected_at")
    assert [moment(text).year for text in detected if text > now] == [2062]


def test_events_come_late_again_and_without_a_send() -> None:
    events = read("outreach_raw/engagement_events")
    delays = [moment(row["loaded_at"]) - moment(row["event_at"]) for row in events]
    assert sum(delay > timedelta(days=20) for delay in delays) >= 10
    assert any(row["event_type"] == "meeting_booked" and not row["send_id"] for row in events)
    contents: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for row in events:
        contents[row["event_id"]].append(tuple(row.values()))
    repeats = [rows for rows in contents.values() if len(rows) > 1]
    assert {len(set(rows)) for rows in repeats} == {1, 2}, "as it was, and corrected"


def test_some_sends_land_each_of_their_states() -> None:
    states: dict[str, list[str]] = defaultdict(list)
    for row in read("outreach_raw/send_log"):
        states[row["send_id"]].append(row["send_status"])
    assert ["pending", "sent", "delivered"] in states.values()


def engagement_signal(company_id: str, as_of: datetime) -> str:
    """The signal that the hub gives CL, from the design's words rather than from its SQL."""
    first = as_of.date() - timedelta(days=90)

    def is_recent(text: str) -> bool:
        return bool(text) and first <= moment(text).date() <= as_of.date()

    events = [
        row
        for row in current("outreach_raw/engagement_events", "event_id").values()
        if row["company_unique_id"] == company_id and is_recent(row["event_at"])
    ]
    sends = [
        row
        for row in current("outreach_raw/send_log", "send_id").values()
        if row["company_unique_id"] == company_id and is_recent(row["sent_at"])
    ]
    kinds = {row["event_type"] for row in events}
    opens = {row["send_id"] for row in events if row["event_type"] == "open"}
    clicks = {row["send_id"] for row in events if row["event_type"] == "click"}
    if "unsubscribe" in kinds:
        return "unsubscribed"
    if kinds & {"reply", "meeting_booked"} or len(clicks) >= 2 or len(opens) >= 3:
        return "high_engagement"
    if opens or clicks:
        return "engaged"
    if sends and all(row["send_status"] == "bounced" for row in sends):
        return "unreachable"
    return "quiet"


@pytest.mark.parametrize("days", [1, 30, 60])
def test_every_engagement_signal_is_given(companies: list[Row], days: int) -> None:
    as_of = NOW + timedelta(days=days)
    signals = Counter(engagement_signal(row["company_unique_id"], as_of) for row in companies)
    assert set(signals) == ENGAGEMENT_SIGNALS
    assert min(signals.values()) >= 2


def outreach_status(company_id: str) -> str:
    """The status of a company's target, from the design's words rather than from its SQL."""

    def own(rows: list[Row]) -> list[Row]:
        return [row for row in rows if row["company_unique_id"] == company_id]

    changes = own(read("outreach_raw/target_status_changes"))
    sends = own(list(current("outreach_raw/send_log", "send_id").values()))
    events = own(read("outreach_raw/engagement_events"))
    steps = {
        (row["sequence_id"], step)
        for row in own(read("outreach_raw/sequences"))
        for step in range(1, int(row["step_count"]) + 1)
    }
    sent = {(row["sequence_id"], int(row["sequence_step"])) for row in sends if row["sent_at"]}
    if "opted_out" in {row["outreach_status"] for row in changes}:
        return "opted_out by an operator"
    if "unsubscribe" in {row["event_type"] for row in events}:
        return "opted_out by an unsubscribe"
    if changes:
        return (
            max(changes, key=lambda row: row["changed_at"])["outreach_status"] + " by an operator"
        )
    if not sends:
        return "queued"
    is_waiting = any(row["send_status"] in ("pending", "scheduled") for row in sends)
    return "active" if is_waiting or steps - sent else "exhausted"


def test_every_outreach_status_is_reached_in_each_way(companies: list[Row]) -> None:
    by_operator = {"queued", "active", "exhausted", "paused", "opted_out"}
    assert {outreach_status(row["company_unique_id"]) for row in companies} == {
        *(f"{status} by an operator" for status in by_operator),
        "opted_out by an unsubscribe",
        "queued",
        "active",
        "exhausted",
    }

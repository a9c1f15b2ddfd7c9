"""Write the demo world: the CSVs under seeds/ that stand in for CL and for Outreach's landing.

Everything is invented: names, addresses under .example, and EINs that begin with 00, which is never
assigned. The same code always writes the same bytes, so a change of the demo shows as a diff.

    python scripts/make_demo_world.py [DIRECTORY]
"""

from __future__ import annotations

import argparse
import csv
import random
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

from demo_schedules import schedules_of

T = TypeVar("T")
Row = dict[str, Any]

IDENTITIES, SCORES, EINS = "cl/company_identity", "cl/bit_scores", "cl/company_eins"
CHANGES, PEOPLE = "outreach_raw/target_status_changes", "outreach_raw/people"
FILINGS, SIGNALS = "outreach_raw/dol_filings", "outreach_raw/blog_signals"
SCHEDULES, BROKERS = "outreach_raw/dol_schedule_a", "outreach_raw/dol_schedule_a_brokers"
CAMPAIGNS, SEQUENCES = "outreach_raw/campaigns", "outreach_raw/sequences"
SENDS, EVENTS = "outreach_raw/send_log", "outreach_raw/engagement_events"

START = datetime(2024, 11, 4, 8, 0, tzinfo=timezone.utc)
NOW = datetime(2026, 11, 24, 18, 0, tzinfo=timezone.utc)  # nothing was loaded after this
NEVER = datetime.max.replace(tzinfo=timezone.utc)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True)
class Story:
    """What happened to some companies. Days count from a company's creation, or back from NOW."""

    companies: int
    campaigns: tuple[tuple[int, str], ...] = ()  # (day, mood of those who got it)
    changes: tuple[tuple[int, str], ...] = ()  # (day, outreach_status set by an operator)
    is_bare: bool = False  # known to CL, and nothing more
    is_drafted: bool = False  # a campaign was written and never begun


STORIES = (
    Story(4, is_bare=True),
    Story(2),
    Story(2, is_drafted=True),
    Story(7, campaigns=((20, "warm"), (190, "quiet"))),
    Story(5, campaigns=((40, "warm"), (-45, "mild"))),
    Story(8, campaigns=((30, "warm"), (-9, "warm"))),
    Story(5, campaigns=((25, "quiet"), (-8, "mild"))),
    Story(3, campaigns=((-9, "quiet"),)),
    Story(6, campaigns=((60, "warm"), (-20, "keen"))),
    Story(3, campaigns=((-3, "bouncing"),)),
    Story(3, campaigns=((45, "warm"), (-16, "leaving"))),
    Story(2, campaigns=((30, "leaving"),)),
    Story(2, campaigns=((20, "quiet"),), changes=((26, "opted_out"),)),
    Story(1, campaigns=((20, "warm"),), changes=((27, "opted_out"), (60, "active"))),
    Story(3, campaigns=((35, "warm"), (-14, "mild")), changes=((-6, "paused"),)),
    Story(1, campaigns=((20, "warm"),), changes=((-90, "paused"), (-30, "active"))),
    Story(1, campaigns=((20, "quiet"),), changes=((-20, "queued"),)),
    Story(1, campaigns=((-12, "quiet"),), changes=((-2, "exhausted"),)),
    Story(1, changes=((-10, "active"),)),
)

# The chance that a delivered message is opened, and that an opened one is clicked. Besides, one
# `mild` person opens the first message, `keen` ones reply and meet, one `leaving` unsubscribes.
MOODS = {
    "quiet": (0.0, 0.0),
    "mild": (0.0, 0.0),
    "bouncing": (0.0, 0.0),
    "warm": (0.8, 0.4),
    "keen": (0.95, 0.6),
    "leaving": (0.5, 0.0),
}

# Ids as CL mints them. All Barton ids share their first 8 characters, and so do two of the UUIDs.
BARTON_IDS = [
    f"04.04.01.{number * 7 % 90 + 10}.{42049 + number * 613}.{(42049 + number * 613) % 1000:03}"
    for number in range(18)
]
TWIN_IDS = ["5f0c2a91-7d3e-4b60-9a1c-2f6e81d0c4a5", "5f0c2a91-08b4-4e77-b3f2-91c7d3e05b68"]
GIVEN_IDS = [*BARTON_IDS, *TWIN_IDS, "007", "1E5", "NW-77", "b2", "Åkervik-Ö-00017"]

COMPANY_NAMES = """
    Harrowpine Logistics, Quillmarsh Dental Group, Tarnwick Foods, Bellhatch Robotics,
    Ostrelle Software, Mossgate Builders, Fennimoor Freight, Calderbrook Labs, Wexmere Health,
    Pinvale Packaging, Thornlet Energy, Grayloch Metals, Sablecove Hotels, Dunmarrow Farms,
    Ivorleigh Legal, Kestrow Avionics, Larkfen Schools, Mirrowby Textiles, Nettlemarch Dairy,
    Ockhurst Plastics, Pemberlow Insurance, Quarrydene Stone, Rookhollow Media, Stavemoor Coopers,
    Tindlewood Furniture, Umberfold Paints, Velloway Transit, Wyndcairn Realty,
    Yarrowgate Nurseries, Zephyrine Optics, Alderquay Marine, Brackenholt Timber, Coppermere Wire,
    Drovelane Catering, Emberlatch Security, Foxmantle Apparel, Glimmerford Lighting,
    Hollowmere Water, Inkerdale Printing, Juniperton Care, Kilnbridge Ceramics, Lochspur Outfitters,
    Marrowdale Surgical, Northquill Analytics, Orchardwyn Cider, Plumstave Brewing,
    Ravenscleat Tools, Saltwicket Seafood, Åkervik Öresund Verktyg, Thistlecrane Lifts,
    Ulverdene Glass, Vantlebury Trust, Willowrick Pharmacy, Yewbarrow Archives, Ashenfold Waste,
    Birchmantle Homes, Cloverwicke Feed, Dapplewood Toys, Elmsreach Clinics, Ferncairn Games
"""
FIRST_NAMES = """
    Ada Bram Cleo Dov Elin Farid Greta Hugo Ines Jovan Kaia Lior Mara Nils Odile Pavel
"""
LAST_NAMES = """
    Ambercroft Brindlow Cawthorn-Ley Dellmarch Eastwyke Farrowmint Gildenroe Hathersmoor
    Ingleby-Vane Jessamere Kindlewick Lorrimoor Mapplebeck Norquill Oakenfrey Pellstrand Quennlow
    Rushmantle Silverthwaite Tamblewood Underhollow Vexmoor Winterquay
"""
TITLES = {
    "CEO": ("Chief Executive Officer", "President", "Managing Partner"),
    "CFO": ("Chief Financial Officer", "VP Finance"),
    "HR": ("HR Director", "Chief People Officer", "Benefits Manager"),
    None: ("Office Manager", "Controller", "Operations Lead"),
}

# What becomes of a message, except to a company's first contact, who gets every one.
FATES = ("delivered",) * 17 + ("sent", "bounced", "failed")

# What companies are like, by turns: whom they employ, their latest score (every tier and its
# edges, and none), and what CL thinks of them.
ROSTERS: tuple[tuple[str | None, ...], ...] = (
    ("CEO", "CFO", "HR", None),
    ("CEO", "CFO", None),
    ("CEO", "CEO", "HR"),
    ("CFO", "HR", "HR", None),
    ("CEO", "CFO", "HR"),
    ("HR", "CFO"),
    (None, None),
    ("CEO", "CFO", "CFO", "HR", None),
)
LATEST_SCORES = (None, 0, 11, 24, 24.5, 25, 38, 49.9, 50, 66, 74.9, 75, 88, 100)
IDENTITY_STATUSES = ("PASS", "PASS", "PASS", "PENDING", "PASS", "FAIL", "PASS")
LIFECYCLE_STATES = ("suspect", "prospect", "lead", "prospect", "qualified", "client", "churned")

HEADLINES = (
    ("news", "positive", "{} opens a second site"),
    ("news", "negative", "{} to close its oldest site"),
    ("blog_mention", "neutral", "What we learned from {}"),
    ("blog_mention", "negative", "Why we left {}"),
    ("press_release", "positive", "{} names a finance chief"),
    ("press_release", "neutral", "{} reports its third quarter"),
    ("content_engagement", "positive", "{} read the guide to benefits renewal"),
)
BIT_IMPACTS = {"positive": (5, 15, 40, 100), "neutral": (0,), "negative": (-10, -35, -100)}


@dataclass(frozen=True)
class Plan:
    """A benefit plan: its number, benefit codes, and first days of the plan years it filed for."""

    number: str
    codes: str
    begins: Sequence[date]
    ends: Sequence[date] = ()  # where plan years are not all twelve months
    amendments: int = 0  # of the latest filing
    is_first: bool = False
    is_final: bool = False


def years(first: int, last: int, month: int = 1, day: int = 1) -> list[date]:
    """The same day in each of some years."""
    return [date(year, month, day) for year in range(first, last + 1)]


def last_day(begin: date) -> date:
    """The last of the twelve months from a day, the 29th of February included."""
    return date(begin.year + 1, begin.month, 28) + (begin.day - 29) * DAY


HEALTH, LIFE, SAVINGS = "4A4D4E4F4H", "4B", "2E2F2G2J2K3D"
PLAN_NAMES = {HEALTH: "Health and Welfare Plan", LIFE: "Life Plan", SAVINGS: "Savings Plan"}
BROKEN_BEGINS = [date(2023, 7, 1), date(2024, 7, 1), date(2025, 1, 1)]
BROKEN_ENDS = [date(2024, 6, 30), date(2024, 12, 31), date(2025, 12, 31)]
SPONSORSHIPS: tuple[tuple[Plan, ...], ...] = (
    (Plan("501", HEALTH, years(2023, 2025)),),
    (Plan("501", HEALTH, years(2021, 2024, 7)), Plan("001", SAVINGS, years(2022, 2025))),
    (Plan("501", HEALTH, years(2023, 2024), amendments=2),),
    (Plan("501", HEALTH, [date(2024, 2, 29)], is_first=True),),
    (Plan("501", HEALTH, BROKEN_BEGINS, BROKEN_ENDS),),
    (Plan("002", SAVINGS, [date(2025, 10, 1)], [date(2025, 12, 31)], is_first=True),),
    (
        Plan("001", SAVINGS, years(2019, 2022), is_final=True),
        Plan("002", SAVINGS, years(2023, 2024)),
        Plan("501", HEALTH, years(2023, 2024, 4)),
        Plan("502", LIFE, [date(2024, 4, 1)]),
    ),
    (Plan("501", HEALTH, years(2022, 2024, 11, 25)),),
    (Plan("501", LIFE, [date(2024, 12, 1)], amendments=1), Plan("001", SAVINGS, years(2024, 2024))),
    (),
)
SEATS = (("Fairview", "OH"), ("Riverton", "WY"), ("Greenville", "SC"), ("Salem", "OR"))


@dataclass
class Company:
    """A company while its rows are being written."""

    uid: str
    name: str
    domain: str
    created_at: datetime
    story: Story
    target_id: str = ""
    ein: str = ""
    people: list[Row] = field(default_factory=list)
    halted_at: datetime = NEVER  # nothing is sent from then on

    def day(self, number: int) -> datetime:
        """A day of the company's story, in the morning."""
        return (self.created_at if number >= 0 else NOW.replace(hour=8)) + number * DAY


class DemoWorld:
    """The rows of every source table."""

    def __init__(self) -> None:
        """Let every company live its story, one after the other."""
        self.tables: dict[str, list[Row]] = {}
        self._random = random.Random("outreach")  # noqa: S311 (nothing here is a secret)
        for turn, company in enumerate(self._mint_companies()):
            self._describe(company, turn)
            if not company.story.is_bare:
                self._find_people(company, turn)
                self._file_plans(company, turn)
                self._signal(company, turn)
                self._change_status(company)
                self._reach_out(company)
        for filing in self.tables[FILINGS]:
            for schedule, brokers in schedules_of(filing):
                self._add(SCHEDULES, **schedule)
                for broker in brokers:
                    self._add(BROKERS, **broker)
        self._repeat_some()
        for table in (SENDS, EVENTS):
            self.tables[table].sort(key=lambda row: row["loaded_at"])

    # Only random() gives the same sequence in every version of Python: all draws go through it.

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def _between(self, low: int, high: int) -> int:
        return low + int(self._random.random() * (high - low + 1))

    def _pick(self, options: Sequence[T]) -> T:
        return options[self._between(0, len(options) - 1)]

    def _add(self, table: str, **row: Any) -> Row:
        self.tables.setdefault(table, []).append(row)
        return row

    def _next_id(self, table: str, prefix: str) -> str:
        """The next id of a table; one in nine is all digits, whose leading zeros must survive."""
        number = len(self.tables.get(table, ())) + 1
        return f"{number:07}" if number % 9 == 0 else f"{prefix}-{number:06}"

    def _mint_companies(self) -> list[Company]:
        stories = [story for story in STORIES for _ in range(story.companies)]
        companies = []
        for turn, name in enumerate(" ".join(COMPANY_NAMES.split()).split(", ")):
            domain = name.split()[0].lower().replace("å", "a") + ".example"
            is_given = turn % 2 == 0 and turn // 2 < len(GIVEN_IDS)
            minted = (
                GIVEN_IDS[turn // 2] if is_given else str(uuid.uuid5(uuid.NAMESPACE_DNS, domain))
            )
            story = stories[turn * 17 % len(stories)]
            # Every tenth day, so that some are minted at the same moment and the id decides.
            days = 10 * self._between(0, 39 if story.campaigns or story.changes else 72)
            companies.append(Company(minted, name, domain, START + days * DAY, story))
        given: Counter[str] = Counter()
        for company in sorted(companies, key=lambda each: (each.created_at, each.uid.encode())):
            given[company.uid[:8]] += 1
            company.target_id = f"TGT-{company.uid[:8]}-{given[company.uid[:8]]}"
        return companies

    def _describe(self, company: Company, turn: int) -> None:
        """What CL holds: the identity, its scores and its EINs."""
        age = (NOW - company.created_at).days
        linkedin_url = f"https://linkedin.example/company/{company.domain.partition('.')[0]}"
        self._add(
            IDENTITIES,
            company_unique_id=company.uid,
            company_name=company.name,
            company_domain=None if turn % 13 == 5 else company.domain,
            linkedin_company_url=None if turn % 6 == 4 else linkedin_url,
            source_system=self._pick(("crm_import", "partner_list", "web_form")),
            identity_status=IDENTITY_STATUSES[turn % len(IDENTITY_STATUSES)],
            lifecycle_state=self._pick(LIFECYCLE_STATES),
            created_at=company.created_at,
            updated_at=company.created_at + self._between(0, age) * DAY,
        )
        latest = LATEST_SCORES[turn % len(LATEST_SCORES)]
        last_scored_at = NOW.replace(hour=3) - self._between(1, 12) * DAY
        for past in range(self._between(0, 5), -1, -1):
            scored_at = last_scored_at - past * 60 * DAY
            if latest is not None and scored_at > company.created_at:
                score = min(100, max(0, latest + past * self._between(-9, 9)))
                self._add(
                    SCORES, company_unique_id=company.uid, bit_score=score, scored_at=scored_at
                )
        for number in range(0 if turn % 8 == 7 else 2 if turn % 12 == 1 else 1):
            company.ein = f"00{1234567 + turn * 7919 + number * 3571}"
            self._add(EINS, company_unique_id=company.uid, ein=company.ein)

    def _find_people(self, company: Company, turn: int) -> None:
        first_names, last_names = FIRST_NAMES.split(), LAST_NAMES.split()
        for slot_type in ROSTERS[turn % len(ROSTERS)]:
            number = len(self.tables.get(PEOPLE, ()))
            first = first_names[number % len(first_names)]
            last = last_names[number * 5 % len(last_names)]
            is_lead = not company.people
            has_email = is_lead or self._chance(0.9)
            has_left = not is_lead and self._chance(0.08)
            person = self._add(
                PEOPLE,
                person_id=self._next_id(PEOPLE, "PER"),
                company_unique_id=company.uid,
                full_name=f"{first} {last}",
                title=self._pick(TITLES[slot_type]),
                email=f"{first}.{last}@{company.domain}".lower() if has_email else None,
                email_verified=self._chance(0.8) if has_email else None,
                slot_type=slot_type,
                contact_status="left" if has_left else "active",
                source_system=self._pick(("enrichment", "crm_import", "conference_list")),
                created_at=company.created_at + self._between(1, 15) * DAY,
            )
            company.people.append(person)

    def _file_plans(self, company: Company, turn: int) -> None:
        city, state = self._pick(SEATS)
        business_code = self._pick(("236200", "311900", "484120", "541600", "621210"))
        size = self._between(6, 900)
        for plan in SPONSORSHIPS[turn % len(SPONSORSHIPS)] if company.ein else ():
            effective = date(self._between(1986, 2018), 1, 1)
            sponsor: Row = {
                "plan_name": f"{company.name} {PLAN_NAMES[plan.codes]}",
                "spons_dfe_pn": plan.number,
                "plan_eff_date": plan.begins[0] if plan.is_first else effective,
                "sponsor_dfe_name": company.name.upper(),
                "spons_dfe_mail_us_city": city,
                "spons_dfe_mail_us_state": state,
                "spons_dfe_ein": company.ein,
                "business_code": business_code,
            }
            ends = plan.ends or [last_day(begin) for begin in plan.begins]
            for begin, end in zip(plan.begins, ends, strict=True):
                size = max(3, size + self._between(-5, 9))
                received = end + self._between(190, 285) * DAY
                self._file(company, plan, sponsor, (begin, end, received), size)
            for _ in range(plan.amendments):
                received += 25 * DAY
                self._file(company, plan, sponsor, (begin, end, received), size, is_amended=True)

    def _file(
        self,
        company: Company,
        plan: Plan,
        sponsor: Row,
        dates: tuple[date, date, date],
        size: int,
        is_amended: bool = False,
    ) -> None:
        begin, end, received = dates
        unset = None if self._chance(0.2) else "0"  # filers leave an indicator blank, or write 0
        is_pension = plan.codes == SAVINGS
        clock = f"{self._between(8, 17):02}{self._between(10, 59)}{self._between(10, 59)}"
        number = len(self.tables.get(FILINGS, ())) + 1
        published = datetime(received.year, received.month, received.day, 5, tzinfo=timezone.utc)
        self._add(
            FILINGS,
            filing_id=f"{received:%Y%m%d}{clock}NAL0099{number:06}001",
            company_unique_id=company.uid,
            form_plan_year_begin_date=begin,
            form_tax_prd=end,
            type_plan_entity_cd="2",
            initial_filing_ind="1" if plan.is_first and begin == plan.begins[0] else unset,
            amended_ind="1" if is_amended else unset,
            final_filing_ind="1" if plan.is_final and begin == plan.begins[-1] else unset,
            short_plan_yr_ind="1" if end < last_day(begin) else unset,
            **sponsor,
            tot_partcp_boy_cnt=size,
            tot_active_partcp_cnt=size - size // 12,
            type_pension_bnft_code=plan.codes if is_pension else None,
            type_welfare_bnft_code=None if is_pension else plan.codes,
            sch_a_attached_ind=unset if is_pension else "1",
            num_sch_a_attached_cnt=None if is_pension else self._between(1, 4),
            filing_status="FILING_RECEIVED",
            date_received=received,
            loaded_at=max(published + 21 * DAY, company.created_at + 3 * DAY),
        )

    def _signal(self, company: Company, turn: int) -> None:
        age = (NOW - company.created_at).days
        for _ in range(turn % 5):
            signal_type, sentiment, headline = self._pick(HEADLINES)
            number = len(self.tables.get(SIGNALS, ())) + 1
            detected_at = company.created_at + self._between(1, age) * DAY
            self._add(
                SIGNALS,
                signal_id=self._next_id(SIGNALS, "SIG"),
                company_unique_id=company.uid,
                signal_type=signal_type,
                source_url=f"https://{signal_type.replace('_', '-')}.example/{number}",
                headline=headline.format(company.name),
                sentiment=sentiment,
                relevance_score=self._between(0, 100) / 100,
                bit_impact=self._pick(BIT_IMPACTS[sentiment]),
                # One page misprints its year, so that there always is a signal from the future.
                detected_at=detected_at.replace(year=2062) if number == 40 else detected_at,
            )

    def _change_status(self, company: Company) -> None:
        for day, status in company.story.changes:
            changed_at = company.day(day) + 3 * HOUR
            self._add(
                CHANGES,
                change_id=self._next_id(CHANGES, "CHG"),
                company_unique_id=company.uid,
                outreach_status=status,
                changed_by=self._pick(("operator_1", "operator_2")),
                changed_at=changed_at,
            )
            if status == "opted_out" or (day, status) == (company.story.changes[-1][0], "paused"):
                company.halted_at = changed_at

    def _reach_out(self, company: Company) -> None:
        for day, mood in company.story.campaigns:
            self._run_campaign(company, company.day(day), mood)
        if company.story.is_drafted:
            self._add_sequence(self._add_campaign(company, company.day(15)), 1)

    def _add_campaign(self, company: Company, start: datetime) -> Row:
        campaign_type = self._pick(("cold_outreach", "nurture", "renewal", "event"))
        return self._add(
            CAMPAIGNS,
            campaign_id=self._next_id(CAMPAIGNS, "CMP"),
            company_unique_id=company.uid,
            # Landing may name the target, or leave it to Company Target.
            target_id=company.target_id if self._chance(0.5) else None,
            campaign_name=f"{company.name}: {campaign_type.replace('_', ' ')} {start:%Y-%m}",
            campaign_type=campaign_type,
            campaign_status="draft",
            start_date=start.date(),
            end_date=None,
            created_at=start - 2 * DAY,
        )

    def _add_sequence(self, campaign: Row, order: int) -> Row:
        return self._add(
            SEQUENCES,
            sequence_id=self._next_id(SEQUENCES, "SEQ"),
            campaign_id=campaign["campaign_id"],
            company_unique_id=campaign["company_unique_id"],
            sequence_name=("Opening", "Follow-up")[order - 1],
            sequence_order=order,
            step_count=self._between(3, 4),
            delay_days=self._between(3, 5),
            sequence_status="draft",
        )

    def _run_campaign(self, company: Company, start: datetime, mood: str) -> None:
        """Send every step of every sequence, until now or until the company is halted."""
        campaign = self._add_campaign(company, start)
        sequences = [self._add_sequence(campaign, order) for order in range(1, self._between(2, 3))]
        reachable = [each for each in company.people if each["email"]]
        audience = [each for each in reachable if each["contact_status"] == "active"][:2]
        agenda = [(each, step) for each in sequences for step in range(1, each["step_count"] + 1)]
        due = start
        for position, (sequence, step) in enumerate(agenda, start=1):
            is_halted = due >= company.halted_at
            status = "paused" if is_halted else "completed" if due <= NOW else "active"
            campaign["campaign_status"] = sequence["sequence_status"] = status
            if is_halted:
                break
            for person in list(audience):
                fate = self._fate(due, mood, is_lead=person is company.people[0])
                send = self._send(company, person, sequence, step, due, fate)
                if due <= NOW and not self._respond(company, person, send, mood, position):
                    audience.remove(person)
            if due > NOW:
                break
            campaign["end_date"] = due.date()
            due += sequence["delay_days"] * DAY
        if campaign["campaign_status"] != "completed":
            campaign["end_date"] = None

    def _fate(self, due: datetime, mood: str, *, is_lead: bool) -> str:
        if due > NOW:
            return "scheduled" if due < NOW + 2 * DAY else "pending"
        if mood == "bouncing":
            return "bounced"
        return "delivered" if is_lead else self._pick(FATES)

    def _send(
        self, company: Company, person: Row, sequence: Row, step: int, due: datetime, fate: str
    ) -> Row:
        """Land a send: mostly once, as it ended; for some, each state as it came."""
        send_id = self._next_id(SENDS, "SND")
        target_id = company.target_id if self._chance(0.5) else None
        states = [(fate, min(due + 20 * MINUTE, NOW - 2 * HOUR))]
        if fate in ("delivered", "bounced") and self._chance(0.07):
            states = [("pending", due - DAY), ("sent", due + 5 * MINUTE), *states]
        for status, loaded_at in states:
            has_gone = status in ("sent", "delivered", "bounced")
            send = self._add(
                SENDS,
                send_id=send_id,
                campaign_id=sequence["campaign_id"],
                sequence_id=sequence["sequence_id"],
                person_id=person["person_id"],
                target_id=target_id,
                company_unique_id=company.uid,
                email_to=person["email"],
                sequence_step=step,
                send_status=status,
                scheduled_at=due,
                sent_at=due + MINUTE if has_gone else None,
                delivered_at=due + 2 * MINUTE if status == "delivered" else None,
                bounced_at=due + 3 * MINUTE if status == "bounced" else None,
                loaded_at=loaded_at,
            )
        return send

    def _respond(self, company: Company, person: Row, send: Row, mood: str, position: int) -> bool:
        """What a person does with a message; whether to send more to that person."""
        if send["send_status"] == "bounced":
            person["contact_status"] = "bounced"
            self._happen(send, "bounce", send["bounced_at"])
            return False
        if send["send_status"] != "delivered":
            return True
        is_lead = person is company.people[0]
        open_chance, click_chance = MOODS[mood]
        if self._chance(open_chance) or (mood == "mild" and is_lead and position == 1):
            for _ in range(self._between(1, 2)):
                self._happen(send, "open", send["sent_at"] + self._between(1, 30) * HOUR)
            if self._chance(click_chance):
                self._happen(send, "click", send["sent_at"] + 31 * HOUR)
        if position == 2 and mood == "leaving" and is_lead:
            person["contact_status"] = "unsubscribed"
            company.halted_at = send["sent_at"] + 5 * HOUR
            self._happen(send, "unsubscribe", company.halted_at)
            return False
        if position == 2 and mood == "keen":
            self._happen(send, "reply", send["sent_at"] + 6 * HOUR)
            # The first contact books a meeting by telephone: that event answers no send.
            booked = {**send, "send_id": None, "target_id": None} if is_lead else send
            self._happen(booked, "meeting_booked", send["sent_at"] + 40 * HOUR)
            return False
        return True

    def _happen(self, send: Row, event_type: str, event_at: datetime) -> None:
        if event_at > NOW - HOUR:
            return
        is_late = self._chance(0.04)
        late_at = event_at + self._between(20, 90) * DAY
        self._add(
            EVENTS,
            event_id=self._next_id(EVENTS, "EVT"),
            send_id=send["send_id"],
            person_id=send["person_id"],
            target_id=send["target_id"],
            company_unique_id=send["company_unique_id"],
            event_type=event_type,
            event_at=event_at,
            source_system="calendar" if event_type == "meeting_booked" else "mail_gateway",
            loaded_at=late_at if is_late and late_at < NOW else event_at + 20 * MINUTE,
        )

    def _repeat_some(self) -> None:
        """Feeds repeat themselves: the same row again, or an event again and corrected."""
        for table, places in ((PEOPLE, (10, 50)), (SENDS, (100,)), (EVENTS, (20,))):
            self.tables[table] += [dict(self.tables[table][place]) for place in places]
        for event in self.tables[EVENTS][7::60]:
            if event["loaded_at"] < NOW - DAY:
                correction = {
                    "source_system": "gateway_replay",
                    "loaded_at": event["loaded_at"] + DAY,
                }
                self.tables[EVENTS].append({**event, **correction})


def as_text(value: Any) -> str:
    """A value as COPY reads it; NULL is an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def write(directory: Path) -> None:
    """Write every table of the demo world to <directory>/<schema>/<table>.csv."""
    for table, rows in DemoWorld().tables.items():
        path = directory / f"{table}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(rows[0])
            writer.writerows([as_text(value) for value in row.values()] for row in rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    seeds = Path(__file__).resolve().parent.parent / "seeds"
    parser.add_argument("directory", nargs="?", type=Path, default=seeds, help="default: seeds/")
    write(parser.parse_args().directory)

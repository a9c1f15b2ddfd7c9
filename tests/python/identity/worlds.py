"""Small worlds of companies and records, made row by row and landed as a feed would land them.

A world is what the sources hold. Every row has believable defaults, so that a test states only what
it is about; nothing is checked here, since most of what is made here is wrong on purpose.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from typing import Any

import psycopg
from psycopg import sql

from conftest import REPOSITORY
from outreach_hub.sources import SourceTable, read_sources

AS_OF = date(2026, 1, 31)
"""The clock of every build here."""

SOURCES = read_sources(REPOSITORY)

LANDED = tuple(table.name for table in SOURCES if table.source == "outreach_raw")
"""The tables of landed records, each of which has a gate."""

KEYS = {table.name: table.key[0] for table in SOURCES}

HUBS = {
    "people": "people",
    "dol_filings": "dol_filings",
    "dol_schedule_a": "dol_schedule_a",
    "dol_schedule_a_brokers": "dol_schedule_a_brokers",
    "blog_signals": "blog_signals",
    "campaigns": "campaigns",
    "sequences": "sequences",
    "send_log": "send_log",
    "engagement_events": "engagement_events",
}
"""Hub model of each landed table that has one; a status change is read by company_target alone."""


def moment(day: int, hour: int = 9, *, year: int = 2026, month: int = 1) -> datetime:
    """A time of the month that the worlds live in."""
    return datetime(year, month, day, hour, tzinfo=timezone.utc)


DEFAULTS: dict[str, dict[str, Any]] = {
    "company_identity": {
        "company_name": "Some Company",
        "company_domain": "some.example",
        "source_system": "web_form",
        "identity_status": "PASS",
        "lifecycle_state": "suspect",
        "created_at": moment(1, year=2025),
        "updated_at": moment(1, year=2025),
    },
    "bit_scores": {"bit_score": 50, "scored_at": moment(2)},
    "target_status_changes": {
        "outreach_status": "paused",
        "changed_by": "operator_1",
        "changed_at": moment(3),
    },
    "people": {
        "full_name": "Ada Ambercroft",
        "email": "ada@some.example",
        "email_verified": True,
        "slot_type": "CEO",
        "contact_status": "active",
        "source_system": "crm_import",
        "created_at": moment(3),
    },
    "dol_filings": {
        "form_plan_year_begin_date": date(2024, 1, 1),
        "form_tax_prd": date(2024, 12, 31),
        "plan_name": "Some Plan",
        "spons_dfe_pn": "501",
        "spons_dfe_ein": "001234567",
        "filing_status": "FILING_RECEIVED",
        "date_received": date(2025, 7, 1),
        "loaded_at": moment(3),
    },
    "dol_schedule_a": {
        "form_id": 1,
        "sch_a_plan_num": "501",
        "sch_a_ein": "001234567",
        "ins_carrier_name": "Some Carrier",
        "ins_policy_from_date": date(2024, 1, 1),
        "ins_policy_to_date": date(2024, 12, 31),
        "wlfr_bnft_health_ind": "1",
        "loaded_at": moment(3),
    },
    "dol_schedule_a_brokers": {
        "form_id": 1,
        "row_order": 1,
        "ins_broker_name": "Some Broker",
        "ins_broker_comm_pd_amt": 100,
        "loaded_at": moment(3),
    },
    "blog_signals": {
        "signal_type": "news",
        "headline": "Some Company in the news",
        "sentiment": "neutral",
        "relevance_score": 0.5,
        "bit_impact": 5,
        "detected_at": moment(3),
    },
    "campaigns": {
        "campaign_name": "Winter",
        "campaign_type": "cold_outreach",
        "campaign_status": "active",
        "start_date": date(2026, 1, 5),
        "created_at": moment(3),
    },
    "sequences": {
        "sequence_name": "Opening",
        "sequence_order": 1,
        "step_count": 3,
        "delay_days": 2,
        "sequence_status": "active",
    },
    "send_log": {
        "email_to": "ada@some.example",
        "sequence_step": 1,
        "send_status": "sent",
        "sent_at": moment(10),
        "loaded_at": moment(10, 10),
    },
    "engagement_events": {
        "event_type": "open",
        "event_at": moment(11),
        "source_system": "mail_gateway",
        "loaded_at": moment(11, 10),
    },
}


@dataclass
class World:
    """Rows by source table, and a counter that gives records their ids."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    prefix: str = "R"
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, table: str, **values: Any) -> dict[str, Any]:
        """One row; a record that is given no id of its own receives the next."""
        row = {**DEFAULTS.get(table, {}), **values}
        if table in LANDED:
            row.setdefault(KEYS[table], f"{self.prefix}-{next(self._numbers):05}")
        self.rows.setdefault(table, []).append(row)
        return row

    def company(self, company_unique_id: str | None, **values: Any) -> dict[str, Any]:
        return self.add("company_identity", company_unique_id=company_unique_id, **values)

    def companies(self, ids: Iterable[str], **values: Any) -> None:
        for company_unique_id in ids:
            self.company(company_unique_id, **values)

    def record(self, table: str, company_unique_id: str | None, **values: Any) -> dict[str, Any]:
        """A landed record that belongs to no other."""
        return self.add(table, company_unique_id=company_unique_id, **values)

    def outreach_to(self, company_unique_id: str) -> dict[str, str]:
        """One record in every landed table, each attached to the others; their ids by table."""
        own = {"company_unique_id": company_unique_id}
        ids = {
            table: self.add(table, **own)[KEYS[table]]
            for table in ("target_status_changes", "people", "dol_filings", "blog_signals")
        }
        filed = {"filing_id": ids["dol_filings"], **own}
        schedule_id = self.add("dol_schedule_a", **filed)["schedule_a_id"]
        broker = self.add("dol_schedule_a_brokers", schedule_a_id=schedule_id, **filed)
        ids["dol_schedule_a"] = schedule_id
        ids["dol_schedule_a_brokers"] = broker["schedule_a_broker_id"]
        ids["campaigns"] = self.add("campaigns", **own)["campaign_id"]
        ids["sequences"] = self.add("sequences", campaign_id=ids["campaigns"], **own)["sequence_id"]
        send = self.add(
            "send_log",
            campaign_id=ids["campaigns"],
            sequence_id=ids["sequences"],
            person_id=ids["people"],
            **own,
        )
        ids["send_log"] = send["send_id"]
        event = self.add(
            "engagement_events", send_id=ids["send_log"], person_id=ids["people"], **own
        )
        ids["engagement_events"] = event["event_id"]
        return ids


def make_tables(connection: psycopg.Connection[Any]) -> None:
    """Every source table, empty, with the types that the source YAML declares and no constraint."""
    for table in SOURCES:
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.data_type))
            for column in table.columns
        )
        connection.execute(sql.SQL("create table {} ({})").format(_relation(table), columns))


def land(connection: psycopg.Connection[Any], world: World) -> None:
    """Adds the rows of a world to the sources, byte for byte."""
    for name, rows in world.rows.items():
        table = SOURCES.find(name)
        columns = [column.name for column in table.columns]
        for row in rows:
            unknown = set(row) - set(columns)
            assert not unknown, f"{name} has no {unknown}"
        copy_in = sql.SQL("copy {} ({}) from stdin").format(
            _relation(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with connection.cursor() as cursor, cursor.copy(copy_in) as copy:
            for row in rows:
                copy.write_row([row.get(column) for column in columns])


def _relation(table: SourceTable) -> sql.Identifier:
    return sql.Identifier(table.schema, table.name)

"""What is known of one id, gathered from every table that its kind leads to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.rows import dict_row

from outreach_hub.catalog.promises import Relation
from outreach_hub.doctrine import COMPANY_ID, TARGET_ID
from outreach_hub.evidence import SHOWN_LETTERS, Failure
from outreach_hub.trace.atlas import COMPANY, TARGET, Atlas, Kind, Place
from outreach_hub.trace.search import Meaning, readable

if TYPE_CHECKING:
    import psycopg

Row = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """A table on the way of an id, with the rows that it holds of it."""

    layer: str
    relation: Relation
    rows: Sequence[Row]


@dataclass(frozen=True)
class Records:
    """Landed records of one kind, a row each, and which of them are in their hub."""

    kind: Kind
    how: str
    """How they hang together with the id: `of the company`, `that belong to it, by send_id`."""
    rows: Sequence[Row]
    in_hub: frozenset[Any]

    @property
    def astray(self) -> list[Any]:
        """Keys of records that have landed and not reached their hub."""
        if not self.kind.hub:
            return []
        return [row[self.kind.key] for row in self.rows if row[self.kind.key] not in self.in_hub]


@dataclass(frozen=True)
class Story:
    """One id: its way, its company and target, what hangs on it, and what it broke."""

    meaning: Meaning
    way: Sequence[Step] = ()
    company_unique_id: str | None = None
    company: Row | None = None
    also_from_cl: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    target: Row | None = None
    minting: Row | None = None
    """The registry's entry: when the target was given, and by which run."""
    related: Sequence[Records] = ()
    failures: Sequence[Failure] = ()

    @property
    def is_landed_only(self) -> bool:
        """Whether a record is in the landing, and its hub does not have it."""
        rows = {step.layer: step.rows for step in self.way}
        return bool(rows.get(LANDING)) and HUB in rows and not rows[HUB]


LANDING, HUB, MARTS, WAITING = "landing", "hub", "marts", "waiting"
VERSION = "loaded_at"


def tell(connection: psycopg.Connection[Any], atlas: Atlas, meaning: Meaning) -> Story:
    """The story of an id that `find` found."""
    teller = _Teller(connection, atlas)
    if meaning.kind in (COMPANY, TARGET):
        return teller.of_company(meaning)
    return teller.of_record(meaning, atlas.kind(meaning.kind))


class _Teller:
    """One connection's reading. A table that is not there yet holds no rows."""

    def __init__(self, connection: psycopg.Connection[Any], atlas: Atlas) -> None:
        self.cursor = connection.cursor(row_factory=dict_row)
        self.atlas = atlas
        self.there = readable(connection, list(atlas.relations))

    def of_company(self, meaning: Meaning) -> Story:
        company = meaning.id if meaning.kind == COMPANY else self._company_of_target(meaning.id)
        places = (*self.atlas.derived, *self.atlas.marts)
        way = [
            Step(MARTS if place in self.atlas.marts else HUB, place.relation, rows)
            for place in places
            if (rows := self._rows(place, COMPANY_ID, company))
        ]
        related = [
            records
            for kind in self.atlas.kinds
            if (records := self._records(kind, COMPANY_ID, company, "of the company")).rows
        ]
        return self._story(meaning, company, way, related)

    def of_record(self, meaning: Meaning, kind: Kind) -> Story:
        landed = self._rows(kind.landing, kind.key, meaning.id)
        way = [Step(LANDING, kind.landing.relation, landed)]
        companies = {row[COMPANY_ID] for row in landed}
        if kind.waiting and (rows := self._rows(kind.waiting, kind.key, meaning.id)):
            way.append(Step(WAITING, kind.waiting.relation, rows))
        if kind.hub:
            kept = self._rows(kind.hub, kind.key, meaning.id)
            way.append(Step(HUB, kind.hub.relation, kept))
            companies = {row[COMPANY_ID] for row in kept} or companies
        way += [
            Step(MARTS, mart.relation, rows)
            for mart in kind.marts
            if (rows := self._rows(mart, kind.key, meaning.id))
        ]
        company = companies.pop() if len(companies) == 1 else None
        return self._story(meaning, company, way, list(self._around(kind, meaning.id, landed)))

    def _story(
        self,
        meaning: Meaning,
        company: str | None,
        way: Sequence[Step],
        related: Sequence[Records],
    ) -> Story:
        target = self._one(self.atlas.targets, COMPANY_ID, company)
        return Story(
            meaning=meaning,
            way=way,
            company_unique_id=company,
            company=self._one(self.atlas.companies, COMPANY_ID, company),
            also_from_cl={
                place.relation.name: self._rows(place, COMPANY_ID, company)
                for place in self.atlas.also_from_cl
            },
            target=target,
            minting=self._one(self.atlas.registry, COMPANY_ID, company),
            related=related,
            failures=self._failures(meaning, target, related),
        )

    def _company_of_target(self, target_id: str) -> str | None:
        row = self._one(self.atlas.targets, TARGET_ID, target_id) or self._one(
            self.atlas.registry, TARGET_ID, target_id
        )
        return row[COMPANY_ID] if row else None

    def _around(self, kind: Kind, id: str, landed: Sequence[Row]) -> Iterator[Records]:
        """What the record belongs to, and what belongs to it."""
        for column, parent in kind.belongs_to.items():
            for value in sorted({row[column] for row in landed} - {None}):
                over = self.atlas.kind(parent)
                yield self._records(over, over.key, value, f"that it belongs to, by {column}")
        for part, column in self.atlas.parts_of(kind.name):
            records = self._records(part, column, id, f"that belong to it, by {column}")
            if records.rows:
                yield records

    def _records(self, kind: Kind, column: str, value: str | None, how: str) -> Records:
        """A row a record: of several versions, the last."""
        rows = {row[kind.key]: row for row in self._rows(kind.landing, column, value)}
        kept = self._keys(kind.hub, kind.key, list(rows)) if kind.hub else frozenset[Any]()
        ordered = sorted(rows.values(), key=lambda row: str(row[kind.key]))
        return Records(kind, how, ordered, kept)

    def _keys(self, place: Place, key: str, wanted: list[Any]) -> frozenset[Any]:
        if place.relation not in self.there or not wanted:
            return frozenset()
        query = sql.SQL("select {} as key from {} where {} = any(%s)").format(
            sql.Identifier(key), place.relation.identifier, sql.Identifier(key)
        )
        return frozenset(row["key"] for row in self.cursor.execute(query, [wanted]))

    def _one(self, place: Place, column: str, value: str | None) -> Row | None:
        return next(iter(self._rows(place, column, value)), None)

    def _rows(self, place: Place, column: str, value: str | None) -> list[Row]:
        """The rows of a value, byte for byte, oldest version first."""
        if value is None or place.relation not in self.there:
            return []
        order = sql.SQL(", ").join(
            sql.Identifier(place.own_name(name))
            for name in (place.columns[0], *(set(place.columns) & {VERSION}))
        )
        query = sql.SQL("select {} from {} where {}::text = %s order by {}").format(
            sql.SQL(", ").join(
                sql.SQL("{} as {}").format(
                    sql.Identifier(place.own_name(name)), sql.Identifier(name)
                )
                for name in place.columns
            ),
            place.relation.identifier,
            sql.Identifier(place.own_name(column)),
            order,
        )
        return self.cursor.execute(query, [value]).fetchall()

    def _failures(
        self, meaning: Meaning, target: Row | None, related: Sequence[Records]
    ) -> list[Failure]:
        """Every wrong row that the id, or a record of the company, ever was; newest first."""
        if self.atlas.evidence not in self.there:
            return []
        culprits = [_by_value(meaning.id, self._id_columns(meaning.kind))]
        if meaning.kind in (COMPANY, TARGET):
            culprits.append(_by_key([meaning.id], self.atlas.sources_of_evidence))
            culprits += [
                _by_key([row[each.kind.key] for row in each.rows], each.kind.sources_of_evidence)
                for each in related
            ]
            if target and meaning.kind == COMPANY:
                culprits.append(_by_key([target[TARGET_ID]], self.atlas.sources_of_evidence))
        else:
            kind = self.atlas.kind(meaning.kind)
            culprits.append(_by_key([meaning.id], kind.sources_of_evidence))
        query = sql.SQL(
            "select {} from {} where {} order by found_at desc, source_table, record_key, code"
        ).format(
            sql.SQL(", ").join(map(sql.Identifier, Failure._fields)),
            self.atlas.evidence.identifier,
            sql.SQL(" or ").join(culprits),
        )
        return [Failure(**row) for row in self.cursor.execute(query)]

    def _id_columns(self, kind: str) -> list[str]:
        """The columns in which the id, where it is wrong, is what was found."""
        if kind in (COMPANY, TARGET):
            return [COMPANY_ID if kind == COMPANY else TARGET_ID]
        return [self.atlas.kind(kind).key, *(column for _, column in self.atlas.parts_of(kind))]


def _by_key(keys: Sequence[Any], tables: Sequence[str]) -> sql.Composed:
    return sql.SQL("(record_key = any({}) and source_table = any({}))").format(
        sql.Literal([str(key) for key in keys]), sql.Literal(list(tables))
    )


def _by_value(id: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("(offending_value = {} and column_name = any({}))").format(
        sql.Literal(as_evidence_writes(id)), sql.Literal(list(columns))
    )


def as_evidence_writes(value: str) -> str:
    """A value as the macro `visible_text` leaves it in the evidence table."""
    if not value:
        return '""'
    written = "".join(map(_letter, value[:SHOWN_LETTERS]))
    return f'"{written}"' + ("..." if len(value) > SHOWN_LETTERS else "")


def _letter(letter: str) -> str:
    code = ord(letter)
    if letter in '"\\':
        return f"\\{letter}"
    if 32 <= code <= 126:
        return letter
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"

"""A story as text to read, and as a document for a machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from outreach_hub.console import and_more, columns, counted
from outreach_hub.doctrine import COMPANY_ID, TARGET_ID
from outreach_hub.evidence_text import tame, visible
from outreach_hub.moments import in_utc
from outreach_hub.trace.atlas import COMPANY, TARGET
from outreach_hub.trace.search import Meaning
from outreach_hub.trace.story import LANDING, MARTS, WAITING, Records, Story

SHOWN = 10
"""Rows of a kind, and failures, that a terminal is shown; a document has all."""

TOLD = 4
"""Columns told of a related record, beside its key."""


def described(meaning: Meaning) -> str:
    """What an id is, in words."""
    if meaning.kind in (COMPANY, TARGET):
        return f"{visible(meaning.id)} is a {meaning.kind}"
    return f"{visible(meaning.id)} is a record of {meaning.kind}"


def text(story: Story) -> Iterator[str]:
    """The story, line by line."""
    yield described(story.meaning)
    yield from _identity(story)
    yield from _way(story)
    for records in story.related:
        yield from _records(records)
    yield from _failures(story)


def document(story: Story) -> dict[str, Any]:
    """The whole story. Nothing is cut."""
    return {
        **story.meaning._asdict(),
        "company_unique_id": story.company_unique_id,
        "company": story.company,
        "also_from_cl": story.also_from_cl,
        "target": story.target,
        "minting": story.minting,
        "way": [
            {"layer": step.layer, "table": str(step.relation), "rows": step.rows}
            for step in story.way
        ],
        "related": [
            {
                "kind": records.kind.name,
                "how": records.how,
                "table": str(records.kind.landing.relation),
                "rows": records.rows,
                "not_in_the_hub": records.astray,
            }
            for records in story.related
        ],
        "failures": [failure._asdict() for failure in story.failures],
    }


def _identity(story: Story) -> Iterator[str]:
    company, target, minting = story.company, story.target, story.minting
    yield ""
    if story.company_unique_id is None:
        yield "company   none that can be told"
        return
    name = visible(story.company_unique_id)
    if company:
        known = [company.get("company_name"), company.get("company_domain")]
        yield "  ".join(["company  ", name, *(tame(each) for each in known if each)])
        yield (
            f"            minted by CL {_shown(company['created_at'])}, "
            f"identity {company.get('identity_status')}"
        )
    else:
        yield f"company   {name}  CL does not have it"
    for table, rows in story.also_from_cl.items():
        for row in rows:
            rest = {column: value for column, value in row.items() if column != COMPANY_ID}
            yield f"            {table}: {_in_a_line(rest)}"
    if target:
        context = {name: target[name] for name in ("outreach_status", "bit_tier", "bit_score")}
        yield f"target    {visible(target[TARGET_ID])}  {_in_a_line(context)}"
    elif minting:
        yield f"target    {visible(minting[TARGET_ID])}  given, and missing from company_target"
    else:
        yield "target    none was given"
    if minting:
        yield (
            f"            given {_shown(minting['first_targeted_at'])} "
            f"by the run {minting['invocation_id']}"
        )


def _way(story: Story) -> Iterator[str]:
    yield ""
    for step in story.way:
        yield f"{step.layer:<9} {step.relation}  {counted(len(step.rows), 'row')}"
        if step.layer in (LANDING, WAITING):
            for number, row in enumerate(step.rows[:SHOWN]):
                yield from [""] * bool(number)
                yield from _in_lines(row)
    if any(step.layer == WAITING for step in story.way):
        yield "          nothing attaches it to a company yet: `outreach load --retry` asks again"
    if story.is_landed_only:
        why = "see the failures below" if story.failures else "it landed after the last build"
        yield f"          it has landed and is not in its hub: {why}"
    if story.way and all(step.layer != MARTS for step in story.way):
        yield "marts     none holds it"


def _records(records: Records) -> Iterator[str]:
    kind = records.kind
    astray = f", {len(records.astray):,} of them not in the hub" if records.astray else ""
    yield ""
    yield f"{kind.name}: {len(records.rows):,} {records.how}{astray}"
    told = [name for name in kind.landing.columns if not name.endswith("_id")][:TOLD]
    cells = [
        (visible(row[kind.key]), *(_shown(row[name]) for name in told))
        for row in records.rows[:SHOWN]
    ]
    yield from columns([(kind.key, *told), *cells] if cells else [], indent=4)
    yield from _more(len(records.rows))


def _failures(story: Story) -> Iterator[str]:
    yield ""
    if not story.failures:
        yield "failures  it never caused one"
        return
    yield f"failures  {len(story.failures):,} on record"
    yield from columns(
        [
            ("found at", "code", "table", "record", "column", "found", "expected"),
            *(
                (
                    _shown(each.found_at),
                    each.code,
                    each.source_table,
                    visible(each.record_key),
                    each.column_name,
                    each.offending_value,
                    tame(each.expected),
                )
                for each in story.failures[:SHOWN]
            ),
        ],
        indent=4,
    )
    yield from _more(len(story.failures))


def _more(total: int) -> Iterator[str]:
    if rest := and_more(total, SHOWN):
        yield f"    {rest}: --json has all"


def _in_lines(row: Mapping[str, Any]) -> Iterator[str]:
    width = max(map(len, row))
    for column, value in row.items():
        if value is not None:
            yield f"            {column:<{width}}  {_shown(value)}"


def _in_a_line(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_shown(value)}" for name, value in row.items() if value is not None)


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return in_utc(value)
    return "" if value is None else tame(str(value))

"""Evidence as text to read, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from outreach_hub.console import columns, counted
from outreach_hub.evidence import SHOWN_LETTERS, FailedRun, Failure, FailureGroup
from outreach_hub.moments import in_utc

CSV_HEADER = (*Failure._fields, "to_do")


def text(run: FailedRun) -> Iterator[str]:
    """The lines of one run, group by group, in columns."""
    rows = counted(run.total, "wrong row")
    yield f"{rows} in the run of {in_utc(run.found_at)} ({run.invocation_id})"
    for group in run.groups:
        yield ""
        yield f"{group.code}  {group.source_table}: {group.rule.broken}"
        yield f"  showing {len(group.failures):,} of {group.total:,}"
        yield from columns(_table(group), indent=4)
        yield f"  to do: {group.rule.to_do}"


def document(runs: Sequence[FailedRun]) -> dict[str, Any]:
    """The same for a machine."""
    return {
        "runs": [
            {
                "invocation_id": run.invocation_id,
                "found_at": run.found_at,
                "total": run.total,
                "groups": [
                    {
                        "code": group.code,
                        "source_table": group.source_table,
                        "broken": group.rule.broken,
                        "to_do": group.rule.to_do,
                        "shown": len(group.failures),
                        "total": group.total,
                        "failures": [_row(failure) for failure in group.failures],
                    }
                    for group in run.groups
                ],
            }
            for run in runs
        ]
    }


def as_csv(runs: Sequence[FailedRun]) -> str:
    """A row a failure, with what to do, and a header even where there is none."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(CSV_HEADER)
    for run in runs:
        for group in run.groups:
            for failure in group.failures:
                moment = failure.found_at.isoformat()
                row = failure._asdict() | {"found_at": moment, "to_do": group.rule.to_do}
                writer.writerow(row.values())
    return written.getvalue()


def visible(key: str | None) -> str:
    """A record's key with every character that a terminal would hide, or obey, written out."""
    if key is None:
        return "NULL"
    if len(key) > SHOWN_LETTERS:
        return f"{visible(key[:SHOWN_LETTERS])}..."
    is_plain = key.isprintable() and key.isascii() and key and key == key.strip()
    return key if is_plain else ascii(key)


def tame(text: str) -> str:
    """A text without the characters that a terminal obeys: an id of CL's may hold any."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def _row(failure: Failure) -> dict[str, Any]:
    row = failure._asdict()
    return {
        name: row[name] for name in ("record_key", "column_name", "offending_value", "expected")
    }


def _table(group: FailureGroup) -> list[tuple[str, ...]]:
    return [
        ("record", "column", "found", "expected"),
        *(
            (visible(each.record_key), each.column_name, each.offending_value, tame(each.expected))
            for each in group.failures
        ),
    ]

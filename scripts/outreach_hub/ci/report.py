"""What came of a run, as a reviewer reads it: Markdown, the same in a pull request and a terminal.

The verdict first, then what is wrong, then what changed and what it does to the rows that readers
see; what a reviewer need not read is not there. Everything from the database or from a file is
escaped: a company may be called anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from outreach_hub.build_summary import evidence, totals
from outreach_hub.console import and_more, counted, some
from outreach_hub.evidence_text import tame
from outreach_hub.exits import ExitCode
from outreach_hub.failing_rows import as_text
from outreach_hub.moments import in_utc
from outreach_hub.node_labels import labels
from outreach_hub.proof.report import summary

if TYPE_CHECKING:
    from outreach_hub.ci.changes import Changes, Modified
    from outreach_hub.ci.difference import Difference
    from outreach_hub.ci.outcome import Outcome
    from outreach_hub.proof.verdict import Verdict

SHOWN = 30
SHOWN_TEXT = 80

RESULTS = {
    ExitCode.GOOD: "passed",
    ExitCode.IDENTITY_FAILURE: "failed: identity",
    ExitCode.USAGE: "not run: wrong arguments or configuration",
    ExitCode.ENVIRONMENT: "not run to its end: the database or a permission stood in the way",
    ExitCode.DBT_FAILURE: "failed",
}

_SPECIAL = re.compile(r"[\\`*\[\]<>|~@]|(?<!\w)_|_(?!\w)")


def as_markdown(outcome: Outcome) -> str:
    """The whole report."""
    blocks = [f"## outreach ci: {RESULTS[outcome.exit_code]}", _table(_facts(outcome))]
    if outcome.error:
        blocks.append(_error(outcome))
    if outcome.proof and not outcome.proof.good:
        blocks.append(_findings(outcome.proof))
    blocks += _failures(outcome)
    blocks += _hard_failures(outcome)
    if outcome.changes:
        blocks += _warnings(outcome.changes)
        blocks += _changed(outcome, outcome.changes)
    blocks += _differences(outcome.differences)
    blocks += _notes(outcome)
    return "\n\n".join(block for block in blocks if block) + "\n"


# -- at a glance ---------------------------------------------------------------------------------


def _facts(outcome: Outcome) -> Iterator[tuple[str, str]]:
    yield "commit", text(str(outcome.head))
    if outcome.proof:
        yield "static proof", text(summary(outcome.proof))
    yield "compared with", text(_base(outcome))
    if outcome.selection is not None:
        yield "gates", text(_gates(outcome))
        yield "built", text(_built(outcome))
    if outcome.differences:
        differing = sum(not each.is_none for each in outcome.differences)
        yield "rows", f"{differing} of {len(outcome.differences)} rebuilt marts differ"
    yield "time", text(_time(outcome))


def _base(outcome: Outcome) -> str:
    state = outcome.state
    if state is None:
        why = outcome.changes.everything if outcome.changes else None
        return f"nothing: {why}" if why else "nothing: this needs no database"
    when = f", built {in_utc(state.stored_at)}" if state.stored_at else ""
    return f"production ({state.revision}{when})" if state.stored_at else state.origin


def _gates(outcome: Outcome) -> str:
    """All of them are armed, or the proof would have failed."""
    proved = outcome.proof is not None and outcome.proof.good
    said = f"{outcome.gates} {'armed' if proved else 'found'}"
    return f"{said}; {evidence(outcome.run)}" if outcome.run else said


def _built(outcome: Outcome) -> str:
    selection = outcome.selection
    assert selection is not None
    if selection.is_empty:
        return "nothing: no model, test or macro changed"
    if outcome.run is None:
        return f"nothing yet of {counted(len(selection.models), 'model')}"
    return ", ".join(f"{n} {what}" for what, n in totals(outcome.run).items()) or "nothing"


def _time(outcome: Outcome) -> str:
    said = f"{outcome.seconds:.1f} s"
    if outcome.run and outcome.state and outcome.state.seconds:
        share = outcome.run.seconds / outcome.state.seconds
        said += (
            f"; dbt's part {outcome.run.seconds:.1f} s, {share:.0%} of the"
            f" {outcome.state.seconds:.1f} s that dbt took in production's full build"
        )
    return said


# -- what is wrong -------------------------------------------------------------------------------


def _error(outcome: Outcome) -> str:
    error = outcome.error
    assert error is not None
    lines = ["### What stopped it", _quoted(error.message)]
    if error.where:
        lines.append(f"where: {text(error.where)}")
    if error.hint:
        lines.append(f"to do: {prose(error.hint)}")
    return "\n\n".join(lines)


def _findings(verdict: Verdict) -> str:
    """Each with its place, so that the reader of a diff finds it."""
    lines = ["### Identity is not proved"]
    for finding in verdict.findings[:SHOWN]:
        where = f"`{finding.path}:{finding.line}`"
        lines.append(f"- **{finding.code}** {text(finding.subject)} {where}")
        lines.append(f"  {text(finding.reason)}")
        if finding.sql:
            lines.append(f"  {code(finding.sql)}")
        lines.append(f"  {prose(finding.fix)}")
        if finding.yaml:
            lines.append(f"  {code(finding.yaml)}")
    lines += _more(len(verdict.findings))
    return "\n".join(lines)


def _failures(outcome: Outcome) -> Iterator[str]:
    if outcome.run is None:
        return
    failures = outcome.run.failures
    if failures:
        shown_as = labels(outcome.run)
        lines = ["### What failed"]
        for each in failures[:SHOWN]:
            name = f"{each.resource_type} {text(shown_as[each.unique_id])}"
            label = each.verdict.code or ("identity" if each.verdict.is_identity else each.status)
            rows = f", {counted(each.failing_rows, 'row')}" if each.failing_rows else ""
            lines.append(f"- **{label}** {name}{rows} `{each.path}`")
            lines.append(_quoted(_without_rows(each.message, outcome), indent="  "))
            lines += [f"  - for example {text(as_text(row))}" for row in each.examples]
        yield "\n".join([*lines, *_more(len(failures))])
    if outcome.run.findings:
        lines = ["### What the catalog does not keep"]
        for finding in outcome.run.findings[:SHOWN]:
            lines.append(f"- **{finding.code}** {text(finding.subject)}: {text(finding.problem)}")
        yield "\n".join([*lines, *_more(len(outcome.run.findings))])


def _without_rows(message: str, outcome: Outcome) -> str:
    """Postgres quotes the row that broke a constraint: left out where no sample is wanted."""
    lines = message.splitlines()
    if outcome.request.sample == 0:
        lines = [line for line in lines if not line.strip().startswith("DETAIL:")]
    return "\n".join(lines)


def _hard_failures(outcome: Outcome) -> Iterator[str]:
    """The wrong rows, as `outreach failures` lists them; how many, where no sample is wanted."""
    if outcome.evidence is None:
        return
    lines = ["### Hard failures"]
    for group in outcome.evidence.groups:
        told = f"{group.total} in {code(group.source_table)}: {text(group.rule.broken)}"
        lines.append(f"- **{group.code}** {told}. {prose(group.rule.to_do)}")
        for failure in group.failures[: outcome.request.sample]:
            where = f"{cell(failure.record_key)}, {text(failure.column_name)}"
            values = f"{cell(failure.offending_value)}, not {text(failure.expected)}"
            lines.append(f"  - {where} {values}")
    yield "\n".join(lines)


def _warnings(changes: Changes) -> Iterator[str]:
    """What fails nothing, and a reviewer has to agree to."""
    lines = [
        f"- the {test.kind} {text(test.name)} on {text(test.subject)} {text(test.problem)}"
        for test in changes.lost_tests
    ]
    for broken in changes.broken_contracts:
        column = f"the column {text(broken.column)} of {text(broken.model)}"
        lines.append(f"- {column} {text(broken.problem)}: readers of it break")
    for removed in changes.removed:
        said = f"- the {removed.kind} {text(removed.name)} is "
        said += f"now called {text(removed.now)}" if removed.now else "gone"
        if removed.published_as:
            said += f": readers lose {code(removed.published_as)} with the next publish"
        lines.append(said)
    if lines:
        yield "\n".join(["### To agree to", *lines[:SHOWN], *_more(len(lines))])


# -- what changed --------------------------------------------------------------------------------


def _changed(outcome: Outcome, changes: Changes) -> Iterator[str]:
    selection = outcome.selection
    lines: list[str] = []
    if changes.everything:
        lines.append(f"Everything is built: {text(changes.everything)}.")
    if changes.modified and not changes.everything:
        tests = [each for each in changes.modified if "test" in each.kind]
        others = [each for each in changes.modified if each not in tests]
        lines += [_modified(each) for each in others[:SHOWN]]
        lines += _more(len(others))
        if tests:
            names = _names([each.name for each in tests])
            are = "is" if len(tests) == 1 else "are"
            lines.append(f"- {counted(len(tests), 'test')} {are} new or changed: {names}")
    for name, what in (("macros", changes.macros), ("vars", changes.variables)):
        if what:
            lines.append(f"- changed {name}: {_names(what)}")
    if not lines:
        return
    if selection and selection.models and not changes.everything:
        lines.append(
            f"\nIt reaches {counted(len(selection.models), 'model')}"
            + (f", among them the marts {_names(selection.marts)}" if selection.marts else "")
            + (f", and through them {_names(selection.exposures)}" if selection.exposures else "")
            + "."
        )
        if selection.spared:
            lines.append(
                f"\nNothing that differs is read by {_names(selection.spared)}: not built."
            )
    yield "\n".join(["### What changed", *lines])


def _modified(each: Modified) -> str:
    return f"- {each.kind} **{code(each.name)}** {code(each.path)}: {text(', '.join(each.reasons))}"


def _differences(differences: Sequence[Difference]) -> Iterator[str]:
    differing = [each for each in differences if not each.is_none]
    if not differences:
        return
    rows = [_row_of(each) for each in differing]
    alike = [each.mart for each in differences if each.is_none]
    lines = ["### Rows, against what is published"]
    if rows:
        lines.append(_table(rows, ("mart", "rows", "added", "removed", "changed", "columns")))
    if alike:
        lines.append(f"The same, row by row: {_names(alike)}.")
    lines += [_sample(each) for each in differing if each.sample]
    yield "\n\n".join(lines)


def _row_of(each: Difference) -> tuple[str, ...]:
    before = "" if each.rows_before is None else f"{each.rows_before:,} → "
    columns = [f"{text(name)} ({count:,})" for name, count in (each.columns or {}).items()]
    columns += [f"{text(name)} (new)" for name in each.new_columns]
    columns += [f"{text(name)} (gone)" for name in each.lost_columns]
    columns += [text(each.remark)] if each.remark else []
    numbers = (each.added, each.removed, each.changed)
    counts = ("",) * 3 if each.rows_before is None else tuple(f"{n:,}" for n in numbers)
    return (text(each.mart), f"{before}{each.rows:,}", *counts, ", ".join(columns))


def _sample(each: Difference) -> str:
    header = ("", *(text(name) for name in each.key), "column", "was", "is")
    rows: list[tuple[str, ...]] = []
    for row in each.sample:
        key = tuple(cell(value) for value in row.key.values())
        if not row.values:
            rows.append((row.change, *key, "", "", ""))
        for name, (was, now) in row.values.items():
            rows.append((row.change, *key, text(name), cell(was), cell(now)))
    title = f"<details><summary>{text(each.mart)}: some of the rows</summary>"
    return "\n\n".join([title, _table(rows, header), "</details>"])


def _notes(outcome: Outcome) -> Iterator[str]:
    if outcome.notes:
        yield "\n".join(["### To know", *(f"- {prose(note)}" for note in outcome.notes)])


# -- Markdown ------------------------------------------------------------------------------------


def text(value: str) -> str:
    """Words in running text or in a cell: one line, and nothing in them means anything."""
    told = tame(" ".join(value.split()))
    return _SPECIAL.sub(r"\\\g<0>", told)


def prose(value: str) -> str:
    """As `text`, but for our own words: what stands between backticks is code."""
    parts = re.split(r"`([^`]*)`", tame(" ".join(value.split())))
    return "".join(
        code(part) if place % 2 else _SPECIAL.sub(r"\\\g<0>", part)
        for place, part in enumerate(parts)
    )


def cell(value: str | None) -> str:
    """A value of the database. As code it mentions nobody, and its blanks are seen."""
    if value is None:
        return "*null*"
    shown = value if len(value) <= SHOWN_TEXT else value[:SHOWN_TEXT] + "..."
    return code(shown).replace("|", "\\|") if shown.strip() else code(f'"{shown}"')


def code(value: str) -> str:
    """A name or a line of SQL, as it is."""
    told = tame(" ".join(value.splitlines()))
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`+", told)), default=0))
    space = " " if "`" in told else ""
    return f"{fence}{space}{told}{space}{fence}"


def _quoted(message: str, indent: str = "") -> str:
    """Somebody else's lines, untouched, in a fence that they cannot close."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", message)), default=0))
    lines = [fence, *message.strip().splitlines()[:SHOWN], fence]
    return "\n".join(indent + line for line in lines)


def _table(rows: Iterable[Sequence[str]], header: Sequence[str] = ("", "")) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _names(names: Sequence[str]) -> str:
    return some([code(name) for name in names], SHOWN)


def _more(total: int) -> list[str]:
    more = and_more(total, SHOWN)
    return [f"- ... {more}"] if more else []

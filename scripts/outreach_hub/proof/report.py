"""A verdict as people and machines read it: text, JSON, SARIF, GitHub's annotations."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from outreach_hub import console
from outreach_hub.console import counted
from outreach_hub.proof.verdict import Finding, Selection, Verdict

if TYPE_CHECKING:
    from outreach_hub.errors import OutreachError

WIDTH = 96
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_text(verdict: Verdict) -> str:
    """What is wrong, where, how the value got there, why it is refused, and the right way."""
    parts = [_finding(finding) for finding in verdict.findings]
    parts.append(summary(verdict))
    return "\n\n".join(parts)


def summary(verdict: Verdict) -> str:
    """The verdict in a line."""
    if verdict.selection is not None:
        return _of_selection(verdict, verdict.selection)
    if verdict.findings:
        return f"not proved: {counted(len(verdict.findings), 'finding')}"
    if not verdict.proved:
        return "not proved: no identity column was found, so nothing was proved at all"
    cached = ", as before: nothing changed" if verdict.cached else ""
    return (
        f"proved: {len(verdict.proved)} identity columns of {verdict.nodes} nodes in"
        f" {verdict.faces} variants ({verdict.seconds:.2f} s{cached})"
    )


def _of_selection(verdict: Verdict, selection: Selection) -> str:
    """What was asked for, and never without what it is a part of."""
    names = " ".join(selection.tokens)
    if selection.identities:
        count = f"{len(verdict.proved)} of {selection.identities}"
        here = f"{count} identity columns of {names} proved"
    else:
        here = f"{names}: no identity columns"
    if verdict.findings:
        here += f", {counted(len(verdict.findings), 'finding')}"
    if verdict.good:
        return f"{here}; the project is proved"
    if selection.elsewhere:
        elsewhere = counted(selection.elsewhere, "finding")
        return (
            f"{here}; the project is not proved: {elsewhere} elsewhere (`outreach prove` shows all)"
        )
    return f"{here}; the project is not proved"


def _finding(finding: Finding) -> str:
    lines = [f"{finding.code}  {finding.subject}  {finding.path}:{finding.line}"]
    lines += _wrapped(_sentence(finding.reason))
    if finding.sql:
        lines.append(f"    {finding.sql}")
    if finding.face:
        lines.append(f"  In the variant of the SQL in which {finding.face}.")
    if len(finding.hops) > 1:
        lines.append("  path:")
        lines += [f"    {'<- ' if index else ''}{hop}" for index, hop in enumerate(finding.hops)]
    lines += _wrapped(finding.fix)
    if finding.yaml:
        lines.append(f"    {finding.yaml}")  # never wrapped: it is to be copied
    return "\n".join(lines)


def _wrapped(text: str) -> list[str]:
    """Lines that a narrow terminal does not break once more."""
    width = min(WIDTH, console.out().width)
    return textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="  ")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", ":")) else ".")


def as_json(verdict: Verdict) -> str:
    """The whole verdict, with the path of each proved column."""
    said = verdict.to_dict()
    del said["members"]
    if verdict.selection is not None:
        said["selection"] = asdict(verdict.selection)
    said["paths"] = {name: said["paths"].get(name, []) for name in verdict.proved}
    return json.dumps({"good": verdict.good, **said}, indent=2)


def as_github(verdict: Verdict) -> str:
    """Workflow commands: an annotation at the line, in the pull request's diff."""
    lines = []
    for finding in verdict.findings:
        message = (
            f"{_sentence(finding.reason)} {finding.sql}\n{finding.fix}\n{finding.yaml}".strip()
        )
        lines.append(
            f"::error file={_escaped(finding.path, True)},line={finding.line},"
            f"title={_escaped(f'{finding.code} {finding.subject}', True)}::{_escaped(message)}"
        )
    if not verdict.good and not verdict.findings:
        lines.append(f"::error title=outreach prove::{summary(verdict)}")
    lines.append(summary(verdict))
    return "\n".join(lines)


def _escaped(text: str, is_property: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if is_property else text


def as_sarif(verdict: Verdict) -> str:
    """SARIF 2.1.0, for code scanning."""
    from outreach_hub import __version__
    from outreach_hub.proof.rules import RULES

    rules: dict[str, dict[str, object]] = {}
    for rule in RULES:
        rules.setdefault(
            rule.code,
            {
                "id": rule.code,
                "shortDescription": {"text": rule.title},
                "fullDescription": {"text": rule.why},
                "defaultConfiguration": {"level": "error"},
            },
        )
    order = list(rules)
    results = [
        {
            "ruleId": finding.code,
            **({"ruleIndex": order.index(finding.code)} if finding.code in rules else {}),
            "level": "error",
            "message": {"text": _message(finding)},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": finding.path, "uriBaseId": "%SRCROOT%"},
                        "region": {"startLine": max(1, finding.line)},
                    },
                    "logicalLocations": [{"fullyQualifiedName": finding.subject, "kind": "member"}],
                }
            ],
        }
        for finding in verdict.findings
    ]
    driver = {"name": "outreach prove", "version": __version__, "rules": list(rules.values())}
    return _sarif(driver, results, {"executionSuccessful": verdict.good or bool(verdict.findings)})


def _sarif(driver: dict[str, Any], results: list[Any], invocation: dict[str, Any]) -> str:
    run = {
        "tool": {"driver": driver},
        "results": results,
        "invocations": [invocation],
        "columnKind": "utf16CodeUnits",
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _message(finding: Finding) -> str:
    said = f"{finding.subject}: {_sentence(finding.reason)} {finding.fix}"
    return f"{said} {finding.yaml}".rstrip()


def _error_as_json(error: OutreachError) -> str:
    told = {"exit_code": int(error.exit_code), "result": error.exit_code.name.lower()}
    said = {**told, "error": error.as_document(), **error.details}
    return json.dumps(said, indent=2, default=str, ensure_ascii=False)


def _error_as_github(error: OutreachError) -> str:
    return f"::error title={_escaped(_title(error), True)}::{_escaped(_words(error))}"


def _error_as_sarif(error: OutreachError) -> str:
    from outreach_hub import __version__

    said = {"level": "error", "message": {"text": f"{_title(error)}: {_words(error)}"}}
    invocation = {
        "executionSuccessful": False,
        "exitCode": int(error.exit_code),
        "toolExecutionNotifications": [said],
    }
    return _sarif({"name": "outreach", "version": __version__}, [], invocation)


def _title(error: OutreachError) -> str:
    return f"outreach {error.code}" if error.code else "outreach"


def _words(error: OutreachError) -> str:
    return "\n".join(filter(None, (error.message, error.where, error.hint)))


ERROR_FORMATS: dict[str, Callable[[OutreachError], str]] = {
    "json": _error_as_json,
    "sarif": _error_as_sarif,
    "github": _error_as_github,
}
"""What kept a command from its verdict, in the form in which its verdict was asked for."""

FORMATS: dict[str, Callable[[Verdict], str]] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
}

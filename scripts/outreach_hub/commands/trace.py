"""`outreach trace`: one id, from where it came to all that hangs on it."""

from __future__ import annotations

from typing import Annotated

import typer

from outreach_hub import console
from outreach_hub.commands import (
    JsonOption,
    TargetOption,
    VariablesOption,
    as_arguments,
    command_app,
)
from outreach_hub.errors import UsageError
from outreach_hub.project import Project

app = command_app()


@app.command("trace")
def trace_command(
    id: Annotated[str, typer.Argument(help="A target_id, company_unique_id or record's id.")],
    kind: Annotated[
        str | None,
        typer.Option("--kind", help="Which, of an id that is several things: company, people, ..."),
    ] = None,
    json: JsonOption = False,
    target: TargetOption = None,
    variables: VariablesOption = None,
) -> None:
    """Follow one id: a target, a company, or the record of any landed table.

    Shows what the id is, its company and when CL minted it, its target and the run that gave it,
    its way through landing, hub and marts, related records, and every failure that it caused. An
    id is matched byte for byte: similar ids are suggested, never followed.

    Exit codes: 0 found; 2 no such id, or one that is several things; 3 no database, or a
    table that this role may not read.
    """
    from outreach_hub import dbt
    from outreach_hub.database import connect
    from outreach_hub.evidence_text import visible
    from outreach_hub.refusals import in_plain_words
    from outreach_hub.trace import Atlas, find, resembling, tell
    from outreach_hub.trace.text import described, document, text

    project = Project.find()
    options = as_arguments(project, target, variables)
    with connect(project, target) as connection, in_plain_words("outreach trace"):
        atlas = Atlas.of(dbt.parse(project, options))
        kinds = atlas.kind_names
        if kind is not None and kind not in kinds:
            raise UsageError(f"there is no kind {kind!r}", hint="one of " + ", ".join(kinds))
        found = [each for each in find(connection, atlas, id) if kind in (None, each.kind)]
        alike = [] if found else resembling(connection, atlas, id)
        story = tell(connection, atlas, found[0]) if len(found) == 1 else None
    if json:
        console.print_json(
            {
                "found": [each._asdict() for each in found],
                "resembling": [each._asdict() for each in alike],
                "story": document(story) if story else None,
            }
        )
    if not found:
        raise UsageError(
            f"nothing has the id {visible(id)}" + (f" among {kind}" if kind else ""),
            hint="did you mean: " + "; ".join(map(described, alike))
            if alike
            else "ids are taken byte for byte; `outreach targets list` shows every company",
        )
    if story is None:
        raise UsageError(
            f"the id {visible(id)} is {len(found)} things: {', '.join(e.kind for e in found)}",
            hint=f"say which: --kind {found[0].kind}",
        )
    if not json:
        console.out().print("\n".join(text(story)), markup=False)

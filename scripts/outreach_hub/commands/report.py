"""`outreach report`: one page about the hub, to hand over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outreach_hub import console
from outreach_hub.commands import TargetOption, VariablesOption, as_arguments, command_app
from outreach_hub.project import Project

app = command_app()


@app.command("report")
def report_command(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write it.")
    ] = None,
    target: TargetOption = None,
    variables: VariablesOption = None,
) -> None:
    """Write one self-contained HTML page: no script, no network, legible in light and dark.

    It shows the proof's status by rule, the last runs, hard failures, targets by status and BIT
    tier, slot coverage, renewals by month, the campaign funnel, engagement over time, and the rows
    and freshness of each source. The numbers are those of the published marts, and every chart has
    its table. Written to target/report.html, unless --output names another file.

    Exit codes: 0 written; 2 wrong arguments, nothing published, or the extra `report` is not
    installed; 3 no database, or it cannot be written.
    """
    from outreach_hub.extras import require

    require("report", "metricflow", "vl_convert")
    from outreach_hub import dbt
    from outreach_hub.database import connect
    from outreach_hub.metrics import Metrics
    from outreach_hub.profile import target_name
    from outreach_hub.proof import prove
    from outreach_hub.refusals import in_plain_words
    from outreach_hub.report import gather, render
    from outreach_hub.whole_file import write_whole, writing

    project = Project.find()
    options = as_arguments(project, target, variables)
    path = output or project.target_dir / "report.html"
    with connect(project, target) as connection, in_plain_words("outreach report"):
        with console.working("proving identity"):
            verdict = prove(project)
        manifest = dbt.parse(project, options)
        metrics = Metrics.of(manifest)
        facts = gather(connection, manifest, metrics, verdict, target_name(project, target))
    page = render(facts)
    with writing("the report", path):
        write_whole(path, page)
    console.out().print(str(path), markup=False)

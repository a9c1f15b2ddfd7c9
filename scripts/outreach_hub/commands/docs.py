"""`outreach docs`: dbt's documentation of the project, as one page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outreach_hub import console
from outreach_hub.commands import PASSES_TO_DBT, command_app, for_dbt
from outreach_hub.dbt_options import parse_options, target_named

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.project import Project

app = command_app()


@app.command(context_settings=PASSES_TO_DBT)
def docs(
    ctx: typer.Context,
    serve: Annotated[
        bool, typer.Option("--serve", help="Serve it to this machine, until Ctrl-C.")
    ] = False,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="For --serve; 0 takes a free one.")
    ] = 8080,
) -> None:
    """Generate dbt's documentation: every model, column, test and the lineage, in one file.

    The page of each model with an identity column shows the proof of that column, hop by hop to
    CL, the tests and constraints that guard it, and the rules. Colours in the lineage show the
    layers. Takes every argument of `dbt docs generate`. The page, docs/index.html in dbt's target
    folder, needs no server and no network.

    Exit codes: 0 written; 2 something has no description, or wrong arguments; 3 no database, or
    the page cannot be written; 4 dbt cannot generate it.
    """
    from outreach_hub import docs_site
    from outreach_hub.project import Project

    project = Project.find()
    arguments = for_dbt(ctx)
    written = Path(parse_options(arguments).get("--target-path") or project.target_dir)
    if not serve:
        _make(project, written, arguments)
        return
    with docs_site.listening(written / "docs", port) as server:  # first: a port may be taken
        _make(project, written, arguments)
        docs_site.serve(server, console.notice)


def _make(project: Project, written: Path, arguments: list[str]) -> None:
    """Has dbt write its documentation into a folder, and puts the page into `docs` in there."""
    import shutil

    from outreach_hub import docs_site
    from outreach_hub.building import run_checked
    from outreach_hub.dbt import require_success
    from outreach_hub.errors import UsageError
    from outreach_hub.proof import prove
    from outreach_hub.whole_file import writing

    with console.working("proving identity"):
        verdict = prove(project, target=_engine(project, arguments))

    def complete(manifest: Manifest) -> None:
        missing = docs_site.gaps(manifest)
        if missing:
            has = "has" if len(missing) == 1 else "have"
            count = console.counted(len(missing), "thing")
            raise UsageError(
                "\n  ".join([f"{count} {has} no description:", *missing]),
                hint="describe it in the YAML beside it",
            )
        docs_site.put_in(manifest, verdict)

    done = run_checked(project, "docs generate", ["--static", *arguments], complete)
    require_success(done, "the documentation was not generated")
    page = written / "docs" / "index.html"
    with writing("the page", page):
        page.parent.mkdir(exist_ok=True)
        shutil.copyfile(written / "static_index.html", page)
    console.out().print(str(page), markup=False)


def _engine(project: Project, arguments: list[str]) -> str | None:
    """The target whose SQL is proved: what is documented is the hub of one engine."""
    from outreach_hub.extras import require
    from outreach_hub.profile import SPARK, is_spark

    if not is_spark(project, target_named(arguments)):
        return None
    from outreach_hub.spark.session import NEEDED

    require("spark", *NEEDED)
    return SPARK

"""Which builds are kept as production's state, and which states are refused."""

from __future__ import annotations

import gzip
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from ci.production import CLOCK, Production, replaced
from conftest import CliResult, run_in_process
from outreach_hub.ci import state
from outreach_hub.project import Project

MART = "models/marts/rpt_slot_coverage.sql"
SPEAKING = replaced(MART, "    select\n        -- ids", "    select -- again\n        -- ids")


def kept(production: Production) -> list[tuple[Any, ...]]:
    return production.hub.rows(
        "select target, branch, git_commit, is_dirty, row_counts ->> 'company_target'"
        " from outreach_audit.dbt_state order by state_id"
    )


def test_a_full_build_of_production_is_kept(production: Production) -> None:
    commit = production.git("rev-parse", "main")
    assert kept(production) == [("embedded", "main", commit, False, "3")]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--select", "rpt_slot_coverage"),
        ("--exclude-resource-type", "test"),
        ("--exclude", "rpt_slot_coverage"),
        ("--empty",),
        ("--sample", "1 day"),
    ],
)
def test_no_other_build_is(throwaway: Production, arguments: tuple[str, ...]) -> None:
    throwaway.hub.build(*arguments)
    assert len(kept(throwaway)) == 1


def test_nor_is_one_that_failed(throwaway: Production) -> None:
    with throwaway.branch(replaced(MART, "        slots.full_name,\n", "")):
        assert throwaway.hub.build().exit_code == 4
    assert len(kept(throwaway)) == 1


def test_what_was_built_and_then_merged_is_the_state_of_its_branch(throwaway: Production) -> None:
    base = throwaway.git("rev-parse", "main")
    try:
        with throwaway.branch(SPEAKING):
            assert throwaway.hub.build().exit_code == 0
            throwaway.git("checkout", "--quiet", "main")
            throwaway.git("merge", "--quiet", "--no-ff", "--message", "merged", "change")
        merged = throwaway.git("rev-parse", "main")
        (throwaway.root / "notes.txt").touch()
        for _ in range(2):  # the second has nothing to add
            assert "nothing has changed since" in throwaway.hub.build().result.stdout
        (throwaway.root / "notes.txt").unlink()
        assert "nothing has changed since" in throwaway.hub.build().result.stdout
    finally:
        throwaway.git("reset", "--quiet", "--hard", base)
    (change, *of_main) = kept(throwaway)[1:]
    assert change[1] == "change"
    assert of_main == [
        ("embedded", "main", merged, True, "3"),
        ("embedded", "main", merged, False, "3"),
    ]


def test_of_a_branch_the_newest_are_kept(
    throwaway: Production, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "KEPT", 2)
    with throwaway.hub.admin() as admin:
        admin.execute(
            """
            insert into outreach_audit.dbt_state (
                target, branch, git_commit, is_dirty, dbt_version, invocation_id, seconds,
                variables, project_variables, content, row_counts, source_writes, manifest
            )
            select target, branches.name, git_commit, is_dirty, dbt_version, invocation_id, seconds,
                variables, project_variables, content, row_counts, source_writes, manifest
            from outreach_audit.dbt_state
            cross join (values ('main'), ('main'), ('release')) as branches (name)
            """
        )
    assert throwaway.hub.build("--rebuild").exit_code == 0
    ids = throwaway.hub.rows(
        "select branch, count(*), max(state_id) from outreach_audit.dbt_state group by 1 order by 1"
    )
    assert ids == [("main", 2, 5), ("release", 1, 4)]


def built_on_its_own_clock(production: Production) -> CliResult:
    """A build that is given no vars."""
    with production.hub.entered():
        return run_in_process("build", "--exclude-resource-type", "unit_test")


def test_the_day_of_a_build_may_be_the_projects_own(throwaway: Production) -> None:
    """And a pull request is compared on that day."""
    base = throwaway.git("rev-parse", "main")
    project = throwaway.root / "dbt_project.yml"
    project.write_text(project.read_text().replace("as_of_date: null", "as_of_date: 2026-11-20"))
    try:
        throwaway.commit("a day of its own")
        assert built_on_its_own_clock(throwaway).exit_code == 0
        with throwaway.branch(SPEAKING):
            done = throwaway.ci()
    finally:
        throwaway.git("reset", "--quiet", "--hard", base)
    assert done.exit_code == 0, done.result.output
    assert done.differences["rpt_slot_coverage"]["changed"] == 0
    days = throwaway.hub.rows(
        "select variables ->> 'as_of_date' from outreach_audit.dbt_state order by state_id desc"
    )
    assert days[0] == ("2026-11-20",)


def folder_with(production: Production, folder: Path, **metadata: str) -> Path:
    (packed,) = production.hub.rows("select manifest from outreach_audit.dbt_state")[0]
    manifest = json.loads(gzip.decompress(packed))
    manifest["metadata"].update(metadata)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_a_folder_serves_as_state(production: Production, tmp_path: Path) -> None:
    folder = folder_with(production, tmp_path)
    metadata = {"generated_at": "9", "invocation_started_at": "2026-11-29"}
    document(folder, "run_results.json", metadata, args={"vars": {"as_of_date": CLOCK}})
    with production.branch(SPEAKING):
        done = production.ci("--state", str(folder))
    assert done.exit_code == 0, done.result.output
    assert done.built == {"rpt_slot_coverage"}
    assert done.differences["rpt_slot_coverage"]["columns"] == {}
    assert f"The day of its rows is taken to be {CLOCK}" in done.report


def document(folder: Path, name: str, metadata: dict[str, str], **content: Any) -> None:
    (folder / name).write_text(json.dumps({"metadata": metadata, **content}))


@pytest.mark.parametrize(
    ("ended", "own", "variables"),
    [
        (None, "{}", {"as_of_date": "2026-11-25"}),
        ("2026-11-25T08:00:00Z", "{}", {"as_of_date": "2026-11-24", "evidence_limit": 7}),
        ("2026-11-24T08:00:00Z", "{}", {"as_of_date": "2026-11-25"}),
        (None, "{as_of_date: 2026-01-31}", {"as_of_date": "2026-01-31"}),
    ],
    ids=["no results", "its results", "results of an earlier run", "a day of the project's own"],
)
def test_a_folder_tells_the_day_of_its_build(
    tmp_path: Path, ended: str | None, own: str, variables: dict[str, Any]
) -> None:
    (tmp_path / "dbt_project.yml").write_text(f"name: outreach\nvars: {own}\n")
    read = {
        "dbt_version": version("dbt-core"),
        "run_started_at": "2026-11-25T07:00:00+00:00",
        "generated_at": "2026-11-25T07:00:10Z",
    }
    document(tmp_path, "manifest.json", read, nodes={}, sources={}, macros={})
    if ended:
        built = {"generated_at": ended, "invocation_started_at": "2026-11-24T23:59:59Z"}
        given = {"vars": {"evidence_limit": 7}}
        document(tmp_path, "run_results.json", built, args=given)
    found = state.from_folder(tmp_path, Project(tmp_path))
    assert found.variables == variables


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"dbt_version": "1.9.4"}, "the state was written by dbt 1.9.4, and this is 1.11."),
        ({"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v11.json"}, "v11.json"),
    ],
)
def test_a_state_of_another_version_is_refused(
    production: Production, tmp_path: Path, metadata: dict[str, str], said: str
) -> None:
    folder = folder_with(production, tmp_path, **metadata)
    done = production.ci("--state", str(folder))
    assert done.exit_code == 2
    assert said in done.document["error"]["message"]
    assert done.document["build"] is None
    assert "### What stopped it" in done.report


def test_a_folder_without_a_manifest_is_refused(production: Production, tmp_path: Path) -> None:
    done = production.ci("--state", str(tmp_path))
    assert done.exit_code == 2
    assert done.document["error"]["where"] == str(tmp_path / "manifest.json")

"""A cache can repeat a pass for identical inputs, and do nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import outreach_hub
from conftest import REPOSITORY
from outreach_hub.project import Project
from outreach_hub.proof.cache import Cache, key_of
from outreach_hub.proof.verdict import Finding, Verdict

PASSED = Verdict(proved=["people.target_id"], nodes=1, faces=1, paths={"people.target_id": ["x"]})
REFUSED = Verdict(
    findings=[Finding("ID003", "people", "models/people.sql", 1, "reason", "fix")],
    proved=["people.target_id"],
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "people.sql").write_text("select '{{ env_var(\"LIMIT\") }}'")
    (tmp_path / "dbt_project.yml").write_text("name: x\n")
    monkeypatch.setenv("LIMIT", "1")
    return Project(tmp_path)


def test_a_pass_is_repeated(project: Project) -> None:
    Cache(project).store(PASSED)
    known = Cache(project).load()
    assert known is not None and known.good and known.cached
    assert known.paths == PASSED.paths


def test_a_refusal_is_never_stored_nor_read(project: Project) -> None:
    cache = Cache(project)
    cache.store(REFUSED)
    assert cache.load() is None
    cache.store(PASSED)
    (file,) = cache.folder.glob("*.json")
    record = json.loads(file.read_text())
    record["verdict"]["findings"] = REFUSED.to_dict()["findings"]
    file.write_text(json.dumps(record))
    assert Cache(project).load() is None


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"key": 1}', "null"])
def test_a_damaged_record_is_no_record(project: Project, damage: str) -> None:
    cache = Cache(project)
    cache.store(PASSED)
    (file,) = cache.folder.glob("*.json")
    file.write_text(damage)
    assert Cache(project).load() is None


def test_a_record_under_another_key_is_none_of_ours(project: Project) -> None:
    cache = Cache(project)
    cache.store(PASSED)
    (file,) = cache.folder.glob("*.json")
    (project.root / "models" / "people.sql").write_text("select 1")
    other = Cache(project)
    file.rename(other.folder / f"{other.key}.json")
    assert other.load() is None


def test_everything_that_matters_is_in_the_key(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project.root
    keys = {key_of(root)}

    def changed() -> bool:
        key = key_of(root)
        is_new = key not in keys
        keys.add(key)
        return is_new

    assert not changed()
    (root / "models" / "people.sql").write_text("select '{{ env_var(\"LIMIT\") }}' -- twice")
    assert changed()
    (root / "macros").mkdir()
    (root / "macros" / "m.sql").write_text("{% macro m() %}{% endmacro %}")
    assert changed()
    (root / "dbt_packages" / "p").mkdir(parents=True)
    (root / "dbt_packages" / "p" / "m.sql").write_text("x")
    assert changed()
    (root / "profiles.example.yml").write_text("x: 1")
    assert changed()
    monkeypatch.setenv("LIMIT", "2")
    assert changed()
    monkeypatch.setenv("DBT_TARGET", "prod")
    assert changed()
    monkeypatch.setenv("NOBODY_READS_THIS", "1")
    assert not changed()
    (root / "models" / "people.sql").rename(root / "models" / "persons.sql")
    assert changed()


def test_the_runner_and_what_it_stands_on_are_in_the_key(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    runner = tmp_path_factory.mktemp("runner")
    monkeypatch.setattr(outreach_hub, "__file__", str(runner / "__init__.py"))
    keys = [key_of(project.root)]
    for name in ("schemas.py", "proof/reviewed_macros.json"):
        (runner / name).parent.mkdir(exist_ok=True)
        (runner / name).write_text("{}")
        keys.append(key_of(project.root))
    version = "outreach_hub.proof.cache._version"
    monkeypatch.setattr(version, lambda name: "1" if name == "sqlparse" else "0")
    keys.append(key_of(project.root))
    monkeypatch.setattr(version, lambda name: "2" if name == "sqlparse" else "0")
    keys.append(key_of(project.root))
    assert len(set(keys)) == len(keys)


def test_a_variable_named_at_run_time_puts_all_of_them_in_the_key(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.root / "models" / "people.sql").write_text("{{ env_var(name) }}")
    before = key_of(project.root)
    monkeypatch.setenv("ANYTHING", "1")
    assert key_of(project.root) != before


def test_this_project_names_all_that_it_reads_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else nothing would be known as unchanged in another shell, or in the next test."""
    before = key_of(REPOSITORY.root)
    monkeypatch.setenv("OF_NOBODYS_BUSINESS", "yes")
    assert key_of(REPOSITORY.root) == before


def test_what_dbtignore_keeps_from_dbt_does_not_matter_and_all_else_does(project: Project) -> None:
    ignore = project.root / ".dbtignore"
    ignore.write_text("# not dbt's\ntests/python/\n")
    before = key_of(project.root)
    (project.root / "tests" / "python").mkdir(parents=True)
    (project.root / "tests" / "python" / "x.sql").write_text("x")
    assert key_of(project.root) == before
    ignore.write_text("# not dbt's\n")
    read = key_of(project.root)
    (project.root / "tests" / "python" / "x.sql").write_text("y")
    assert key_of(project.root) != read
    ignore.write_text("tests/python/\n!tests/python/x.sql\n")
    read = key_of(project.root)
    (project.root / "tests" / "python" / "x.sql").write_text("z")
    assert key_of(project.root) != read


@pytest.mark.parametrize(
    ("setting", "folder"),
    [
        ("macro-paths: [macros, more]", "more"),
        ("function-paths: [more/deep]", "more/deep"),
        ("packages-install-path: more", "more"),
        ("name: y", "functions"),
    ],
)
def test_folders_that_the_project_names_are_in_the_key(
    project: Project, setting: str, folder: str
) -> None:
    (project.root / "dbt_project.yml").write_text(f"{setting}\n")
    before = key_of(project.root)
    assert key_of(project.root) == before
    (project.root / folder).mkdir(parents=True)
    (project.root / folder / "x.sql").write_text("x")
    assert key_of(project.root) != before


def test_a_folder_that_dbt_alone_can_name_is_never_the_same(project: Project) -> None:
    (project.root / "dbt_project.yml").write_text("macro-paths: [\"{{ env_var('LIMIT') }}\"]\n")
    assert key_of(project.root) != key_of(project.root)


@pytest.mark.parametrize(
    "name", ["models/rpt.SQL", "models/_rpt.YML", "models/__pycache__/rpt.sql", "models/rpt"]
)
def test_every_file_that_dbt_may_read_is_in_the_key(project: Project, name: str) -> None:
    before = key_of(project.root)
    file = project.root / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("select 1")
    assert key_of(project.root) != before


def test_no_package_can_be_kept_out_of_the_key(project: Project) -> None:
    (project.root / ".dbtignore").write_text("dbt_packages/p/\n")
    macros = project.root / "dbt_packages" / "p" / "macros"
    macros.mkdir(parents=True)
    before = key_of(project.root)
    (macros / "m.sql").write_text("x")
    assert key_of(project.root) != before

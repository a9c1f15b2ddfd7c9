"""What keeps dbt from parsing, told with the file and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach_hub.errors import DbtFailure, IdentityFailure
from outreach_hub.project import Project
from outreach_hub.proof.parse_failures import parse_failure


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "dbt_project.yml").write_text("name: outreach\n")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "company_target.sql").write_bytes(b"select 1\n-- caf\xe9\n")
    return Project(tmp_path)


def test_a_file_in_another_encoding_is_named(project: Project) -> None:
    with pytest.raises(UnicodeDecodeError) as broken:
        (project.models_dir / "company_target.sql").read_text(encoding="utf-8")
    told = parse_failure(broken.value, project)
    assert isinstance(told, DbtFailure)
    assert (told.where, told.hint) == ("models/company_target.sql:2", "save it as UTF-8")


def test_a_misspelt_model_is_told_from_those_there_are(project: Project) -> None:
    said = "Model 'x' (models/x.sql) depends on a node named '{}' which was not found"
    told = parse_failure(RuntimeError(said.format("compny_target")), project)
    assert isinstance(told, DbtFailure)
    assert told.hint == "did you mean company_target?"
    unlike = parse_failure(RuntimeError(said.format("people")), project)
    assert isinstance(unlike, DbtFailure)
    assert unlike.hint is None


def test_a_reader_of_cls_staging_is_told_by_the_rule(project: Project) -> None:
    said = (
        "dbt Parsing Error\n  Node model.outreach.people attempted to reference node"
        " model.outreach.stg_cl__companies, which is not allowed because the referenced node is"
        " private to the 'company_target' group."
    )
    told = parse_failure(RuntimeError(said), project)
    assert isinstance(told, IdentityFailure)
    assert (told.code, told.exit_code) == ("ID004", 1)
    assert told.message == "people reads stg_cl__companies, which is company_target's alone"

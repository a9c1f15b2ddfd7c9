"""The source YAML, as the runner reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach_hub.errors import UsageError
from outreach_hub.load.cells import cell_type
from outreach_hub.project import Project
from outreach_hub.sources import Sources, read_sources

CHECKOUT = Project(Path(__file__).resolve().parents[2])

YAML = """
sources:
  - name: cl
    schema: "{{ var('cl_schema') }}"
    tables:
      - name: companies
        config: {meta: {key: [id], version: loaded_at}}
        columns:
          - {name: id, data_type: text, description: "{{ doc('company_unique_id') }}"}
          - {name: loaded_at, data_type: timestamptz}
"""


def project_of(folder: Path, sources: str, variables: str = "{cl_schema: lifecycle}") -> Project:
    (folder / "dbt_project.yml").write_text(f"name: outreach\nvars: {variables}\n")
    staging = folder / "models" / "staging" / "cl"
    staging.mkdir(parents=True)
    (staging / "_cl__sources.yml").write_text(sources)
    return Project(folder)


@pytest.fixture(scope="module")
def sources() -> Sources:
    return read_sources(CHECKOUT)


def test_every_table_can_be_loaded(sources: Sources) -> None:
    for table in sources:
        names = [column.name for column in table.columns]
        assert set(table.row_key) <= set(names), table.full_name
        assert all(cell_type(column.data_type) for column in table.columns), table.full_name


def test_names_are_unambiguous(sources: Sources) -> None:
    names = [table.name for table in sources]
    assert len(names) == len(set(names))


def test_a_table_is_found_by_either_name(sources: Sources) -> None:
    assert sources.find("cl.company_eins") is sources.find("company_eins")
    assert sources.find("company_eins").key == ("company_unique_id", "ein")


def test_the_schema_comes_from_the_vars(tmp_path: Path) -> None:
    (table,) = read_sources(project_of(tmp_path, YAML))
    assert (table.source, table.schema, table.full_name) == ("cl", "lifecycle", "cl.companies")
    assert table.row_key == ("id", "loaded_at")


def test_an_unknown_table_is_refused_with_those_there_are(sources: Sources) -> None:
    with pytest.raises(UsageError) as caught:
        sources.find("outreach_raw.persons")
    assert "outreach_raw.people" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("sources", "variables", "message"),
    [
        (YAML, "{}", "the schema needs the var 'cl_schema', which is not set"),
        (YAML.replace("key: [id], ", ""), "{cl_schema: cl}", "cl.companies declares no key"),
        (
            YAML.replace("name: loaded_at, data_type: timestamptz", "name: loaded_at"),
            "{cl_schema: cl}",
            "a column of cl.companies declares no data_type",
        ),
        (
            YAML.replace("cl_schema') }}", "cl_schema' }}"),
            "{cl_schema: cl}",
            "the schema .* cannot be rendered",
        ),
        (YAML.replace("[id]", "id"), "{cl_schema: cl}", "cl.companies declares no key"),
        (
            YAML.replace("- {name: loaded_at, data_type: timestamptz}", "- loaded_at"),
            "{cl_schema: cl}",
            "columns of cl.companies is no list of mappings",
        ),
        (YAML.split("          - {")[0], "{cl_schema: cl}", "cl.companies declares no columns"),
        ("sources: [", "{}", "cannot be read"),
    ],
)
def test_what_is_not_declared_is_said(
    tmp_path: Path, sources: str, variables: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        read_sources(project_of(tmp_path, sources, variables))

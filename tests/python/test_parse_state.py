"""A YAML file that changes without its modification time is read again, and others are not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from outreach_hub import dbt
from outreach_hub.parse_state import PARSE, of_these_files
from outreach_hub.project import Project


@pytest.fixture
def yaml_file(tiny_project: Project) -> Path:
    return tiny_project.root / "models" / "_models.yml"


def described(project: Project) -> set[str]:
    nodes = dbt.parse(project).nodes.values()
    return {node.description for node in nodes if node.resource_type == "model"}


def keeping_its_time(file: Path, text: str) -> None:
    before = file.stat()
    file.write_text(text)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_file_that_keeps_its_time_is_read_again(tiny_project: Project, yaml_file: Path) -> None:
    text = yaml_file.read_text()
    assert described(tiny_project) == {""}
    keeping_its_time(yaml_file, text.replace("  - name: ", "  - description: New.\n    name: ", 1))
    assert described(tiny_project) == {"", "New."}


def test_a_parse_that_another_run_has_left_is_not_believed(
    tiny_project: Project, yaml_file: Path
) -> None:
    described(tiny_project)
    parse = tiny_project.target_dir / PARSE
    parse.write_bytes(parse.read_bytes() + b" ")
    with of_these_files(tiny_project, tiny_project.target_dir):
        assert not parse.exists()


def test_the_parse_of_these_files_is_gone_on_with(tiny_project: Project, yaml_file: Path) -> None:
    described(tiny_project)
    yaml_file.write_text(yaml_file.read_text() + "\n")
    with of_these_files(tiny_project, tiny_project.target_dir):
        assert (tiny_project.target_dir / PARSE).exists()

from pathlib import Path

import pytest

from outreach_hub.project import Project
from outreach_hub.setup_profiles import Outcome, write_profiles


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "profiles.example.yml").write_text('host: "__SOCKET_DIR__"\n')
    return Project(tmp_path)


def test_fills_in_the_socket_of_this_checkout(project: Project) -> None:
    assert write_profiles(project) is Outcome.WRITTEN
    assert f'host: "{project.state_dir}/run"' in project.profiles_file.read_text()
    assert project.profiles_file.stat().st_mode & 0o077 == 0


def test_fills_in_where_spark_writes(project: Project) -> None:
    project.example_profiles.write_text('warehouse: "__SPARK_DIR__/warehouse"\n')
    write_profiles(project)
    assert f'warehouse: "{project.state_dir}/spark/warehouse"' in project.profiles_file.read_text()


def test_again_changes_nothing(project: Project) -> None:
    write_profiles(project)
    assert write_profiles(project) is Outcome.UNCHANGED


def test_follows_the_example_while_nobody_edited_it(project: Project) -> None:
    write_profiles(project)
    project.example_profiles.write_text("port: 5432\n")
    assert write_profiles(project) is Outcome.WRITTEN
    assert "port: 5432" in project.profiles_file.read_text()


def test_leaves_an_edited_file_alone(project: Project) -> None:
    write_profiles(project)
    edited = project.profiles_file.read_text() + "threads: 8\n"
    project.profiles_file.write_text(edited)
    assert write_profiles(project) is Outcome.KEPT
    assert project.profiles_file.read_text() == edited


def test_leaves_a_file_of_somebodys_own_alone(project: Project) -> None:
    project.profiles_file.write_text("mine: true\n")
    assert write_profiles(project) is Outcome.KEPT


def test_replaces_it_when_forced(project: Project) -> None:
    project.profiles_file.write_text("mine: true\n")
    assert write_profiles(project, force=True) is Outcome.WRITTEN
    assert "mine" not in project.profiles_file.read_text()

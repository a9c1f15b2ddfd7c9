"""Which commit a checkout is at, and what is said where it is none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from outreach_hub.ci.revision import Revision, is_merged


def git(root: Path, *arguments: str) -> str:
    told = subprocess.run(
        ["git", "-C", str(root), "-c", "user.name=A", "-c", "user.email=a@b.example", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch", "trunk")
    (tmp_path / "file").write_text("1")
    (tmp_path / "dbt_project.yml").touch()
    git(tmp_path, "add", "file", "dbt_project.yml")
    git(tmp_path, "commit", "--quiet", "--message", "one")
    return tmp_path


def test_a_clean_checkout(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    assert Revision.of(repository) == Revision("trunk", commit, is_dirty=False)


def test_uncommitted_changes_are_told(repository: Path) -> None:
    (repository / "file").write_text("2")
    found = Revision.of(repository)
    assert found.is_dirty
    assert str(found).endswith("with uncommitted changes")


def test_a_detached_head_has_the_branch_that_ci_names(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repository, "checkout", "--quiet", "--detach")
    monkeypatch.delenv("GITHUB_REF_NAME", raising=False)
    assert Revision.of(repository).branch is None
    monkeypatch.setenv("GITHUB_REF_NAME", "main")
    assert Revision.of(repository).branch == "main"


def test_no_repository(tmp_path: Path) -> None:
    assert Revision.of(tmp_path) == Revision()


def test_a_copy_within_somebody_elses_repository(repository: Path) -> None:
    """Their commit does not have its files, and would be stored as what production was built of."""
    unpacked = repository / "unpacked"
    unpacked.mkdir()
    (unpacked / "dbt_project.yml").touch()
    assert Revision.of(unpacked) == Revision()


def test_a_project_in_a_folder_of_its_repository(repository: Path) -> None:
    folder = repository / "hub"
    folder.mkdir()
    (folder / "dbt_project.yml").touch()
    git(repository, "add", "hub")
    git(repository, "commit", "--quiet", "--message", "two")
    assert Revision.of(folder).commit == git(repository, "rev-parse", "HEAD")


def test_whether_a_commit_is_in_what_is_checked_out(repository: Path) -> None:
    base = git(repository, "rev-parse", "HEAD")
    git(repository, "checkout", "--quiet", "-b", "other")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "two")
    other = git(repository, "rev-parse", "HEAD")
    assert is_merged(repository, base) is True
    git(repository, "checkout", "--quiet", "trunk")
    assert is_merged(repository, other) is False
    assert is_merged(repository, "0" * 40) is None

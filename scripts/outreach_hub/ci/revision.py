"""Which commit a checkout is at."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

DEFAULT_BRANCH = "main"


@dataclass(frozen=True)
class Revision:
    """A commit, the branch it was built as, and whether the files were just those of it."""

    branch: str | None = None
    commit: str | None = None
    is_dirty: bool = False

    @classmethod
    def of(cls, root: Path) -> Revision:
        """The revision of a checkout. Nothing is known of one that is no git repository, nor of one
        that lies in somebody else's, which does not have its files.

        A CI server checks out a commit, not a branch, and names the branch in the environment.
        """
        commit = git(root, "rev-parse", "HEAD")
        if commit is None or git(root, "ls-files", "--error-unmatch", "dbt_project.yml") is None:
            return cls()
        branch = git(root, "symbolic-ref", "--short", "--quiet", "HEAD")
        is_dirty = bool(git(root, "status", "--porcelain", "--untracked-files=normal", "--", "."))
        return cls(branch or os.environ.get("GITHUB_REF_NAME"), commit, is_dirty)

    def __str__(self) -> str:
        if self.commit is None:
            return "files of no known revision"
        said = f"{self.branch or 'no branch'} at {self.commit[:10]}"
        return f"{said}, with uncommitted changes" if self.is_dirty else said


def git(root: Path, *arguments: str) -> str | None:
    """What git answers, or None where it cannot (no git, no repository, no such revision)."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],  # noqa: S607  the user's own git
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def is_merged(root: Path, commit: str) -> bool | None:
    """Whether a commit is part of what is checked out; None where git does not know it."""
    if git(root, "cat-file", "-e", f"{commit}^{{commit}}") is None:
        return None
    return git(root, "merge-base", "--is-ancestor", commit, "HEAD") is not None


def commits_of(root: Path, branch: str, since: str) -> int:
    """How many commits of a branch, after another, are part of what is checked out."""
    for name in (f"origin/{branch}", branch):
        common = git(root, "merge-base", "HEAD", name)
        if common is not None:
            return int(git(root, "rev-list", "--count", f"{since}..{common}") or 0)
    return 0

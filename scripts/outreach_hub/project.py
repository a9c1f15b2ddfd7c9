"""Where things are in a checkout."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from outreach_hub.dbt_options import of_environment
from outreach_hub.errors import UsageError

PROJECT_FILE = "dbt_project.yml"

_NOT_FOR_DBT = shutil.ignore_patterns("python", "mutants", "faults", "__pycache__")
"""Folders of tests/ that dbt has no use for."""


@dataclass(frozen=True)
class Project:
    """The paths of one checkout. dbt's own variables are obeyed, so that both mean one place."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Project:
        """The project that `start` lies in (or the working directory, or OUTREACH_PROJECT_DIR)."""
        named = os.environ.get("OUTREACH_PROJECT_DIR")
        if named:
            root = Path(named).expanduser().resolve()
            if not (root / PROJECT_FILE).is_file():
                raise UsageError(
                    f"OUTREACH_PROJECT_DIR names a folder without {PROJECT_FILE}", where=str(root)
                )
            return cls(root)
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / PROJECT_FILE).is_file():
                return cls(folder)
        raise UsageError(
            f"no {PROJECT_FILE} in this folder or above it",
            where=str(start),
            hint="change into the project's checkout, or set OUTREACH_PROJECT_DIR",
        )

    def copy_to(self, folder: Path, parts: Iterable[str]) -> Project:
        """A copy of some of its files and folders, to be edited at will. Each has to be there."""
        folder.mkdir(parents=True, exist_ok=True)
        for part in parts:
            source = self.root / part
            if source.is_dir():
                shutil.copytree(source, folder / part, ignore=_NOT_FOR_DBT, dirs_exist_ok=True)
            else:
                shutil.copy2(source, folder / part)
        return Project(folder)

    @property
    def profiles_dir(self) -> Path:
        return self._from_environment("PROFILES_DIR", self.root)

    @property
    def profiles_file(self) -> Path:
        return self.profiles_dir / "profiles.yml"

    @property
    def example_profiles(self) -> Path:
        return self.root / "profiles.example.yml"

    @property
    def target_dir(self) -> Path:
        return self._from_environment("TARGET_PATH", self.root / "target")

    @property
    def models_dir(self) -> Path:
        return self.root / "models"

    @property
    def seeds_dir(self) -> Path:
        return self.root / "seeds"

    @property
    def packages_dir(self) -> Path:
        return self.root / "dbt_packages"

    @property
    def vendor_dir(self) -> Path:
        return self.root / "vendor"

    @property
    def state_dir(self) -> Path:
        """What the runner keeps for itself: the embedded server, caches. Ignored by git."""
        return self.root / ".outreach"

    def _from_environment(self, option: str, default: Path) -> Path:
        value = of_environment(option)
        return (self.root / Path(value).expanduser()).resolve() if value else default

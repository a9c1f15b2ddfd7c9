"""A passed proof, repeated for identical inputs: so that a hook can prove on every commit.

The key is the content of everything that a proof depends on: the project's files and packages, the
runner, the versions of what it stands on, and the environment variables that the files read.
Only a pass is stored, so a cache can never turn a refusal into one; a damaged entry is no entry.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

import outreach_hub
from outreach_hub.build_lock import HOLDER
from outreach_hub.proof.verdict import Verdict
from outreach_hub.whole_file import write_whole

if TYPE_CHECKING:
    from outreach_hub.project import Project

_PACKAGES = "dbt_packages"
_FOLDERS = (
    *("models", "macros", "tests", "snapshots", "analyses", "seeds", "functions"),
    _PACKAGES,
)
"""Where dbt looks unless dbt_project.yml names other folders."""
_FILES = (
    "dbt_project.yml",
    ".dbtignore",
    "profiles.example.yml",
    "packages.yml",
    "dependencies.yml",
    "package-lock.yml",
    "selectors.yml",
)
_STANDS_ON = (
    "dbt-core",
    "dbt-postgres",
    "dbt-spark",
    "dbt-adapters",
    "dbt-common",
    "Jinja2",
    "sqlglot",
    "sqlparse",
    "PyYAML",
)
_ENV_VAR = re.compile(rb"env_var\s*\(\s*(?:['\"](\w+)['\"]\s*[,)])?")
_KEEP = 20


class Cache:
    """The cache of one checkout."""

    def __init__(self, project: Project, target: str | None = None) -> None:
        self.folder = project.state_dir / "proof" / "passed"
        self.key = key_of(project.root, target)

    def load(self) -> Verdict | None:
        """The verdict of an identical run, if there was one and its record is whole."""
        try:
            record = json.loads(self._file.read_text(encoding="utf-8"))
            if record["key"] != self.key or record["check"] != _check(record["verdict"]):
                return None
            verdict = Verdict.from_dict(record["verdict"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return verdict if verdict.good else None

    def store(self, verdict: Verdict) -> None:
        if not verdict.good:
            return
        said = verdict.to_dict()
        record = {"key": self.key, "check": _check(said), "verdict": said}
        try:
            write_whole(self._file, json.dumps(record))
            kept = sorted(self.folder.glob("*.json"), key=lambda p: p.stat().st_mtime)
            for old in kept[:-_KEEP]:
                old.unlink(missing_ok=True)
        except OSError:
            return  # a read-only checkout is proved again next time

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.key}.json"


def key_of(root: Path, target: str | None = None) -> str:
    """The digest of everything that can matter."""
    total = hashlib.sha256()
    names: set[str] = set()
    folders = _folders(root)
    for label, path in _files(root, folders):
        content = path.read_bytes()
        names |= {found.decode() for found in _ENV_VAR.findall(content)}
        add_file(total, label, content)
    for label, path in _folder("runner", Path(outreach_hub.__file__).parent):
        add_file(total, label, path.read_bytes())
    read = sorted((os.environ.keys() if "" in names else names | _dbt_variables()) - {HOLDER})
    facts = [sys.version, f"target={target}", *(f"{d}={_version(d)}" for d in _STANDS_ON)]
    facts += [f"{name}={os.environ.get(name)!r}" for name in read]
    if any("{" in name for name in folders):
        facts.append(os.urandom(16).hex())  # which folder that is, dbt alone can say
    total.update("\0".join(facts).encode())
    return total.hexdigest()


def add_file(total: hashlib._Hash, label: str, content: bytes) -> None:
    """Adds a file to a digest, so that no other files could add the same."""
    for part in (label.encode(), content):
        total.update(len(part).to_bytes(8, "big") + part)


def project_files(root: Path) -> Iterator[tuple[str, Path]]:
    """Every file of the project that dbt may read, by its name in it."""
    return _files(root, _folders(root))


def _files(root: Path, folders: Iterable[str]) -> Iterator[tuple[str, Path]]:
    for name in _FILES:
        if (root / name).is_file():
            yield name, root / name
    ignored = _ignored(root)
    for name in folders:
        yield from _folder(name, root / name, ignored)


def _folders(root: Path) -> list[str]:
    """Where dbt looks by itself, and where dbt_project.yml has it look."""
    names = set(_FOLDERS)
    for setting, value in _settings(root).items():
        if str(setting).endswith("-paths") or setting == "packages-install-path":
            names.update(map(str, value if isinstance(value, list) else [value]))
    return sorted(names)


def _settings(root: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load((root / "dbt_project.yml").read_bytes())
    except (OSError, ValueError, yaml.YAMLError):
        return {}  # dbt says so
    return found if isinstance(found, dict) else {}


def _ignored(root: Path) -> frozenset[Path]:
    """Folders that .dbtignore keeps from dbt, where it says so plainly: of the project alone, for
    what it says of a package, dbt reads all the same."""
    try:
        lines = (root / ".dbtignore").read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError):
        return frozenset()
    if any(line.startswith("!") for line in lines):
        return frozenset()
    packages = root / str(_settings(root).get("packages-install-path") or _PACKAGES)
    plain = (root / line for line in lines if re.fullmatch(r"(\w+/)+", line))
    return frozenset(path for path in plain if packages not in (path, *path.parents))


def _folder(
    label: str, folder: Path, ignored: frozenset[Path] = frozenset()
) -> Iterator[tuple[str, Path]]:
    for path in sorted(_all(folder, ignored)):
        yield f"{label}/{path.relative_to(folder)}", path


def _all(folder: Path, ignored: frozenset[Path]) -> Iterator[Path]:
    """Files that dbt or the prover may read, whatever they are called: dbt takes a .SQL, too."""
    for place, folders, files in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if Path(place, name) not in ignored]
        for name in files:
            if not name.endswith(".pyc"):
                yield Path(place) / name


def _dbt_variables() -> set[str]:
    return {name for name in os.environ if name.startswith("DBT_")}


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "absent"


def _check(said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

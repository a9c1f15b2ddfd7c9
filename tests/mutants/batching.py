"""Which cases can be tried together: in one parse and one proof, and each still judged alone.

Legitimate edits of different files can, since all must pass. Fabrications can where each changes
models only (their SQL, or their own entry in a YAML file) and none of these reads another, however
far away: then what is said of a model is said because of the one case that changes it. Cases that
need no parse keep to themselves (see `corpus.sql_alone`). Everything else is tried by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from corpus import Case, patched, sql_alone

_REF = re.compile(r"ref\(\s*['\"](\w+)['\"]")


@dataclass(frozen=True)
class Member:
    """A case, and how far it reaches: what it changes, and all that this reads."""

    case: Case
    files: frozenset[Path] = frozenset()
    models: frozenset[str] = frozenset()
    above: frozenset[str] = frozenset()
    only_models: bool = True
    sql_alone: bool = False

    def meets(self, other: Member) -> bool:
        """The two cannot be tried together."""
        if self.files & other.files or self.sql_alone != other.sql_alone:
            return True
        if self.case.must_pass or other.case.must_pass:
            return self.case.must_pass != other.case.must_pass
        if not (self.only_models and other.only_models):
            return True
        return bool(self.models & (other.models | other.above) or self.above & other.models)


class Reach:
    """What reads what in the project that the cases patch, and what is tested against what."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.reads = {
            path.stem: set(_REF.findall(path.read_text()))
            for path in (root / "models").rglob("*.sql")
        }
        self.tested_with = {
            name: set(_REF.findall(str(entry)))
            for path in (root / "models").rglob("*.yml")
            for name, entry in _models(yaml.safe_load(path.read_text())).items()
        }

    def member(self, case: Case) -> Member:
        models: set[str] = set()
        tested_with: set[str] = set()
        files = dict(patched(case, self.root))
        only_models = True
        for path, text in files.items():
            changed = self._changed(path, text or "")
            only_models &= changed is not None
            models |= changed or set()
            if changed and path.suffix == ".yml":
                tested_with.update(*(self.tested_with.get(name, ()) for name in changed))
        named = {name for edit in case.edits for name in _REF.findall(edit.text)}
        read = named.union(*(self.reads.get(name, ()) for name in models))
        above = self._above(read) | tested_with
        alone = bool(sql_alone(case, self.root))
        return Member(case, frozenset(files), frozenset(models), above, only_models, alone)

    def _changed(self, path: Path, after: str) -> set[str] | None:
        """The models that an edit of a file changes; None where it changes more than models."""
        if path.relative_to(self.root).parts[0] != "models":
            return None
        if path.suffix == ".sql":
            return {path.stem}
        before = path.read_text() if path.exists() else ""
        try:
            old, new = (yaml.safe_load(text) or {} for text in (before, after))
        except yaml.YAMLError:
            return None
        if path.suffix != ".yml" or _besides_models(old) != _besides_models(new):
            return None
        first, then = _models(old), _models(new)
        return {name for name in first.keys() | then if first.get(name) != then.get(name)}

    def _above(self, names: set[str]) -> frozenset[str]:
        """These models and all that they read, directly or not."""
        above: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in above:
                above.add(name)
                waiting += self.reads.get(name, ())
        return frozenset(above)


def batches(cases: Sequence[Case], root: Path, size: int = 16) -> list[list[Member]]:
    """The cases in groups, each of cases that do not meet."""
    reach = Reach(root)
    together: list[list[Member]] = []
    for case in cases:
        member = reach.member(case)
        fits = (b for b in together if len(b) < size and not any(map(member.meets, b)))
        batch = next(fits, None)
        if batch is None:
            together.append(batch := [])
        batch.append(member)
    return together


def _models(told: Any) -> dict[str, Any]:
    """The entries of a YAML file under `models`, by name."""
    return {entry["name"]: entry for entry in (told or {}).get("models") or ()}


def _besides_models(told: Any) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key not in ("models", "version")}

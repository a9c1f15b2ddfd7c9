"""What a proof says: findings, and whether there are none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from outreach_hub.errors import UsageError


@dataclass(frozen=True)
class Finding:
    """One refusal: where, what, how the value got there, and the right way to write it."""

    code: str
    node: str
    path: str
    line: int
    reason: str
    fix: str
    column: str = ""
    sql: str = ""
    hops: tuple[str, ...] = ()
    face: str = ""
    yaml: str = ""
    """What is to be written, where that is YAML, to be pasted as it stands."""

    @property
    def subject(self) -> str:
        return f"{self.node}.{self.column}" if self.column else self.node

    def key(self) -> tuple[str, str, str, int, str]:
        """Two faces that show one fault show it once."""
        return (self.code, self.node, self.column, self.line, self.reason)


@dataclass(frozen=True)
class Selection:
    """What was asked for, and what it is a part of: a proof of a part is no proof of the whole."""

    tokens: tuple[str, ...]
    identities: int
    """How many identity columns the selected models have, proved or not."""
    elsewhere: int
    """The findings on what was not selected: other models, macros, hooks, tests, settings."""
    whole_is_good: bool


@dataclass
class Verdict:
    """The result of a run.

    `proved` names every identity column that was proved, `paths` the way of each of them to its
    source, `members` for each model its folders, its file and the models that it reads.
    """

    findings: list[Finding] = field(default_factory=list)
    proved: list[str] = field(default_factory=list)
    nodes: int = 0
    faces: int = 0
    seconds: float = 0.0
    paths: dict[str, list[str]] = field(default_factory=dict)
    members: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    cached: bool = False
    selection: Selection | None = None

    @property
    def good(self) -> bool:
        """The whole project is proved, whatever is selected to be shown of it."""
        if self.selection is not None:
            return self.selection.whole_is_good
        return not self.findings and bool(self.proved)

    def only(self, tokens: Iterable[str]) -> Verdict:
        """What to show of it: of models by name, folder or path, with + for those above or below.

        Good or not is still the whole: a model stands on what it reads, and on macros and gates.
        """
        tokens = tuple(tokens)
        chosen: set[str] = set()
        for token in tokens:
            found = self._named(token.strip("+"))
            if not found:
                raise UsageError(f"--select {token} names no model and no folder of models")
            for model in found:
                chosen.add(model)
                if token.startswith("+"):
                    chosen |= self._reached(model, self._parents())
                if token.endswith("+"):
                    chosen |= self._reached(model, self._children())
        findings = [f for f in self.findings if f.node in chosen]
        proved = [name for name in self.proved if name.split(".")[0] in chosen]
        identities = {*proved}
        if not self.good:  # a remembered proof may know the path of a column that was explained
            identities |= {name for name in self.paths if name.split(".")[0] in chosen}
        return replace(
            self,
            findings=findings,
            proved=proved,
            selection=Selection(
                tokens,
                identities=len(identities),
                elsewhere=len(self.findings) - len(findings),
                whole_is_good=self.good,
            ),
        )

    def _named(self, name: str) -> set[str]:
        """The models of a name, a folder, or a path as dbt takes it: `path:models/people`."""
        path = name.removeprefix("path:").removeprefix("./").rstrip("/")
        return {
            model
            for model, places in self.members.items()
            if name == model
            or name in places["folders"]
            or any(file == path or file.startswith(f"{path}/") for file in places["file"])
        }

    def _parents(self) -> dict[str, list[str]]:
        return {name: places["parents"] for name, places in self.members.items()}

    def _children(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, parents in self._parents().items():
            for parent in parents:
                found.setdefault(parent, []).append(name)
        return found

    @staticmethod
    def _reached(start: str, edges: dict[str, list[str]]) -> set[str]:
        found: set[str] = set()
        waiting = [start]
        while waiting:
            for name in edges.get(waiting.pop(), ()):
                if name not in found:
                    found.add(name)
                    waiting.append(name)
        return found

    def path_of(self, column: str) -> list[str]:
        """The way of MODEL.COLUMN to its source."""
        if column not in self.paths:
            raise UsageError(
                f"--explain {column} is no column that was read",
                hint="name it MODEL.COLUMN, as in people.company_unique_id",
            )
        return self.paths[column]

    def to_dict(self) -> dict[str, Any]:
        return {
            "proved": self.proved,
            "nodes": self.nodes,
            "faces": self.faces,
            "seconds": round(self.seconds, 4),
            "findings": [asdict(finding) for finding in self.findings],
            "paths": self.paths,
            "members": self.members,
        }

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Verdict:
        findings = [Finding(**{**f, "hops": tuple(f["hops"])}) for f in value["findings"]]
        return cls(**{**value, "findings": findings, "cached": True})

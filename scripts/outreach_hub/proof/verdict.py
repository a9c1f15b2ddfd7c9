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


@dataclass
class Verdict:
    """The result of a run.

    `proved` names every identity column that was proved, `paths` the way of each of them to its
    source, `members` for each model its folders and the models that it reads.
    """

    findings: list[Finding] = field(default_factory=list)
    proved: list[str] = field(default_factory=list)
    nodes: int = 0
    faces: int = 0
    seconds: float = 0.0
    paths: dict[str, list[str]] = field(default_factory=dict)
    members: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    cached: bool = False

    @property
    def good(self) -> bool:
        return not self.findings and bool(self.proved)

    def only(self, tokens: Iterable[str]) -> Verdict:
        """The verdict on some models: by name or folder, with + for what is above or below."""
        chosen: set[str] = set()
        for token in tokens:
            name = token.strip("+")
            found = {
                m for m, places in self.members.items() if name == m or name in places["folders"]
            }
            if not found:
                raise UsageError(f"--select {token} names no model and no folder of models")
            for model in found:
                chosen.add(model)
                if token.startswith("+"):
                    chosen |= self._reached(model, self._parents())
                if token.endswith("+"):
                    chosen |= self._reached(model, self._children())
        return replace(
            self,
            findings=[f for f in self.findings if f.node in chosen],
            proved=[name for name in self.proved if name.split(".")[0] in chosen],
        )

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

"""What a proof says: findings, and whether there are none."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


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

    @property
    def subject(self) -> str:
        return f"{self.node}.{self.column}" if self.column else self.node

    def key(self) -> tuple[str, str, str, int, str]:
        """Two faces that show one fault show it once."""
        return (self.code, self.node, self.column, self.line, self.reason)


@dataclass
class Verdict:
    """The result of a run. `proved` lists every identity column that was proved."""

    findings: list[Finding] = field(default_factory=list)
    proved: list[str] = field(default_factory=list)
    nodes: int = 0
    faces: int = 0
    seconds: float = 0.0
    cached: bool = False

    @property
    def good(self) -> bool:
        return not self.findings and bool(self.proved)

    def to_dict(self) -> dict[str, Any]:
        return {
            "proved": self.proved,
            "nodes": self.nodes,
            "faces": self.faces,
            "seconds": round(self.seconds, 4),
            "findings": [asdict(finding) for finding in self.findings],
        }

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Verdict:
        findings = [Finding(**{**f, "hops": tuple(f["hops"])}) for f in value["findings"]]
        return cls(findings, value["proved"], value["nodes"], value["faces"], value["seconds"], True)

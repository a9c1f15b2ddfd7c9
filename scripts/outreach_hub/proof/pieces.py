"""What the lexer makes of a text of SQL, and the proof's own checks of its words read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Piece(NamedTuple):
    """A stretch of the text, of one kind of those that the lexer names."""

    kind: str
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def without_blanks(pieces: Iterable[Piece]) -> list[Piece]:
    """What is said: no blank and no comment."""
    return [piece for piece in pieces if piece.kind not in ("blank", "comment")]

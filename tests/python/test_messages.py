"""What a message sends its reader to is there: the file, and the section of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from conftest import REPOSITORY

ROOT = REPOSITORY.root
DOCUMENT = re.compile(r"docs/\w+\.md")
SECTION = re.compile(r"\b(?P<document>[A-Z]{4,}|docs/\w+)(?:\.md)?, '(?P<section>[^']+)'")


@cache
def messages() -> list[tuple[str, str]]:
    return list(_messages())


def _messages() -> Iterator[tuple[str, str]]:
    """Every text of the runner's, its parts put together, and every macro; each with its place."""
    for path in sorted((ROOT / "scripts").rglob("*.py")):
        place = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [each.value for each in node.values if isinstance(each, ast.Constant)]
                yield f"{place}:{node.lineno}", "...".join(map(str, parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield f"{place}:{node.lineno}", node.value
    for path in sorted((ROOT / "macros").rglob("*.sql")):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def headings(document: Path) -> set[str]:
    lines = document.read_text(encoding="utf-8").splitlines()
    return {line.lstrip("#").strip() for line in lines if line.startswith("#")}


def test_a_document_that_a_message_names_is_there() -> None:
    named = {(where, name) for where, text in messages() for name in DOCUMENT.findall(text)}
    assert named
    assert not [each for each in sorted(named) if not (ROOT / each[1]).is_file()]


def test_a_section_that_a_message_names_is_there() -> None:
    named = {
        (where, found["document"], found["section"])
        for where, text in messages()
        for found in SECTION.finditer(text)
    }
    assert any(document == "README" for _, document, _ in named)
    assert not [
        (where, document, section)
        for where, document, section in sorted(named)
        if not (ROOT / f"{document}.md").is_file()
        or section not in headings(ROOT / f"{document}.md")
    ]


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("export X=... (README, 'The runner')", ("README", "The runner")),
        ("see docs/ci.md, 'What it needs'", ("docs/ci", "What it needs")),
        ("README and 'something else'", None),
    ],
)
def test_a_section_is_found_in_a_message(said: str, named: tuple[str, str] | None) -> None:
    found = SECTION.search(said)
    assert (found and found.groups()) == named

"""The corpus: patches to the real project, each with the verdict it must get.

A case is one YAML file in a folder named by its code (or `accepted/`):

    title: People reach their target by e-mail domain
    expect: ID003               # or a list where several codes are equally right, or: accepted
    edits:
      - file: models/people/people.sql
        find: on landed.company_unique_id = targets.company_unique_id
        replace: on split_part(landed.email, '@', 2) = targets.company_domain

An edit finds and replaces, or says `create:`, `append:` or `delete: true`. A `find` that does not
match exactly once, or a `create` of what exists, is an error of the corpus: it cannot rot silently.

Where a text means something else to Spark, `expect_on_spark:` has the verdict on what Spark reads.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent
ACCEPTED = "accepted"
DBT = "dbt"
"""Expected where dbt itself refuses to parse the project, and no code can be told."""

_CODE = re.compile(r"ID\d{3}")
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_ACTIONS = ("replace", "create", "append", "delete")


class CorpusError(Exception):
    """A case that does not fit the project or the format: the corpus has to be mended."""


@dataclass(frozen=True)
class Edit:
    """One change to one file."""

    file: str
    action: str
    text: str = ""
    find: str = ""

    def apply(self, before: str | None) -> str | None:
        """The file's text after the edit. None stands for no file."""
        if (before is None) != (self.action == "create"):
            raise CorpusError(f"{self.file} {'is missing' if before is None else 'exists already'}")
        if self.action == "replace":
            assert before is not None
            if (found := before.count(self.find)) != 1:
                raise CorpusError(f"{self.file}: found {found} times, not once: {self.find!r}")
            return before.replace(self.find, self.text)
        if self.action == "append":
            return f"{before}{self.text}"
        return None if self.action == "delete" else self.text


@dataclass(frozen=True)
class Case:
    """A patch and the verdict it must get."""

    name: str
    title: str
    expect: frozenset[str]
    edits: tuple[Edit, ...]

    @property
    def group(self) -> str:
        return self.name.split("/")[0]

    @property
    def must_pass(self) -> bool:
        return self.expect == {ACCEPTED}


def load(pattern: str = "*/*") -> list[Case]:
    """The cases whose name (`ID003/join_on_domain`) matches a glob, in order."""
    return [_read(path) for path in sorted(FOLDER.glob(f"{pattern}.yml"))]


def patched(case: Case, root: Path) -> Iterator[tuple[Path, str | None]]:
    """Each file that a case changes, with its new text, once the whole case is known to fit."""
    texts: dict[Path, str | None] = {}
    for edit in case.edits:
        path = root / edit.file
        before = texts[path] if path in texts else _text(path)
        try:
            texts[path] = edit.apply(before)
        except CorpusError as error:
            raise CorpusError(f"{case.name}: {error}") from None
    yield from texts.items()


def sql_alone(case: Case, root: Path) -> dict[str, str]:
    """The new text of each model, by name, where SQL outside of Jinja is all that a case changes.

    dbt reads a model by its Jinja, so its parse of the project is then as before. Else nothing.
    """
    texts: dict[str, str] = {}
    for path, text in patched(case, root):
        before = _text(path)
        is_model = path.suffix == ".sql" and path.is_relative_to(root / "models")
        if not is_model or before is None or text is None:
            return {}
        if _JINJA.findall(before) != _JINJA.findall(text):
            return {}
        texts[path.stem] = text
    return texts


def _text(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


def _read(path: Path) -> Case:
    name = path.relative_to(FOLDER).with_suffix("").as_posix()
    told = yaml.safe_load(path.read_text())
    on_spark = told.pop("expect_on_spark", None)
    if set(told) != {"title", "expect", "edits"}:
        raise CorpusError(f"{name}: a case has a title, expect and edits, not {sorted(told)}")
    expect = told["expect"] if isinstance(told["expect"], list) else [told["expect"]]
    group = name.split("/")[0]
    known = all(_CODE.fullmatch(code) or code == DBT for code in expect)
    if group not in expect or not (known or expect == [ACCEPTED]):
        raise CorpusError(f"{name}: expect {expect} does not fit the folder {group}")
    edits = tuple(_edit(name, edit) for edit in told["edits"])
    if on_spark and os.environ.get("MUTANTS_TARGET") == "spark":
        expect = on_spark
    return Case(name, told["title"], frozenset(expect), edits)


def _edit(name: str, told: dict[str, Any]) -> Edit:
    actions = [action for action in _ACTIONS if action in told]
    if len(actions) != 1 or ("find" in told) != (actions == ["replace"]):
        raise CorpusError(f"{name}: an edit does one thing to a file, not {sorted(told)}")
    text = told[actions[0]]
    return Edit(told["file"], actions[0], "" if text is True else text, told.get("find", ""))

"""What production had and the project has no more, or has weaker: a reviewer agrees to it.

dbt's comparison tells of nothing that is gone. A model that is only called otherwise is compared
with what it was: what else went with its name is told.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from outreach_hub.ci.resources import kind_of, resources
from outreach_hub.proof.graph import WEAK

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


@dataclass(frozen=True)
class LostTest:
    """A test of production's that is gone, or that refuses less than it did."""

    name: str
    subject: str
    problem: str
    kind: str = "test"


@dataclass(frozen=True)
class Removed:
    """What is gone, and what a model with the same text is called now, if there is one."""

    kind: str
    name: str
    now: str | None = None
    published_as: str | None = None


@dataclass(frozen=True)
class BrokenContract:
    """A column that a reader of a model may rely on, and will not find as it was."""

    model: str
    column: str
    problem: str


class Lost:
    """What is lost from one manifest to another.

    `written` is production's as dbt wrote it: dbt reads some of its own tests amiss.
    """

    def __init__(self, now: Manifest, before: Manifest, written: Mapping[str, Any]) -> None:
        self.now = now
        self.before = before
        self.written = written

    @cached_property
    def renamed(self) -> dict[str, str]:
        """Models that are called otherwise, by unique id: those of the same text."""
        gone, new = (
            {i: node for i, node in these.nodes.items() if i not in others.nodes}
            for these, others in ((self.before, self.now), (self.now, self.before))
        )
        texts = {node.raw_code: i for i, node in new.items() if kind_of(node) == "model"}
        return {
            i: texts[node.raw_code]
            for i, node in gone.items()
            if kind_of(node) == "model" and node.raw_code in texts
        }

    def removed(self) -> Iterator[Removed]:
        here = resources(self.now)
        for unique_id, old in sorted(resources(self.before).items()):
            if unique_id not in here and "test" not in kind_of(old):
                now = here.get(self.renamed.get(unique_id, ""))
                yield Removed(kind_of(old), old.name, now and now.name, _published_as(old))

    def tests(self) -> Iterator[LostTest]:
        """But for those that went with their model, which is told."""
        found = [*self._data_tests(), *self._unit_tests()]
        return iter(sorted(found, key=lambda each: each.name))

    def broken_contracts(self) -> Iterator[BrokenContract]:
        for unique_id, old in sorted(self.before.nodes.items()):
            node = self.now.nodes.get(self._now_called(unique_id))
            if node is None or kind_of(old) != "model" or not old.contract.enforced:
                continue
            for name, column in old.columns.items():
                if name not in node.columns:
                    yield BrokenContract(node.name, name, "is gone")
                elif node.columns[name].data_type != column.data_type:
                    types = f"{node.columns[name].data_type} (was {column.data_type})"
                    yield BrokenContract(node.name, name, f"is {types}")

    # -- tests ---------------------------------------------------------------------------------

    def _data_tests(self) -> Iterator[LostTest]:
        for unique_id, old in self.written["nodes"].items():
            subject = old.get("attached_node") or ""
            if old["resource_type"] != "test" or self._is_gone(subject):
                continue
            where = _subject(old)
            node = self.now.nodes.get(unique_id) or self._same_test(old)
            if node is None:
                yield LostTest(old["name"], where, self._how(unique_id))
                continue
            for setting, is_weak in WEAK.items():
                was, now = old["config"].get(setting), getattr(node.config, setting, None)
                if was != now and is_weak(now):
                    yield LostTest(old["name"], where, f"has {setting} {now} (was {was})")

    def _unit_tests(self) -> Iterator[LostTest]:
        """One that is called otherwise, or whose model is, is there still."""
        there = {
            (model, what)
            for node in self.now.unit_tests.values()
            for model in node.depends_on.nodes
            for what in (node.name, node.checksum)
        }
        for unique_id, old in self.written["unit_tests"].items():
            model = self._now_called(old["depends_on"]["nodes"][0])
            known_by = {(model, old["name"]), (model, old["checksum"])}
            if not self._is_gone(model) and there.isdisjoint(known_by):
                how = self._how(unique_id)
                yield LostTest(old["name"], old["model"], how, kind="unit test")

    def _how(self, unique_id: str) -> str:
        return "is disabled" if unique_id in self.now.disabled else "is gone"

    def _now_called(self, unique_id: str) -> str:
        return self.renamed.get(unique_id, unique_id)

    def _is_gone(self, unique_id: str) -> bool:
        return unique_id.startswith("model.") and self._now_called(unique_id) not in self.now.nodes

    def _same_test(self, old: Mapping[str, Any]) -> Any:
        """The new test that says the same of the same, once; dbt names it after its model."""
        if not old.get("test_metadata"):
            return None
        meaning = _meaning(**old["test_metadata"])
        for was, now in self.renamed.items():
            meaning = re.sub(rf"\b{was.split('.')[-1]}\b", now.split(".")[-1], meaning)
        same = self._new_tests[meaning]
        return same.pop() if same else None

    @cached_property
    def _new_tests(self) -> dict[str, list[Any]]:
        """The generic tests that production does not have, by what they say."""
        found = defaultdict(list)
        for unique_id, node in self.now.nodes.items():
            metadata = getattr(node, "test_metadata", None)
            if metadata and unique_id not in self.written["nodes"]:
                found[_meaning(metadata.name, metadata.kwargs, metadata.namespace)].append(node)
        return found


def _meaning(name: str, kwargs: Mapping[str, Any], namespace: str | None) -> str:
    return json.dumps([namespace, name, kwargs], sort_keys=True, default=str)


def _published_as(node: Any) -> str | None:
    publish_to = (node.config.meta or {}).get("publish_to")
    return f"{publish_to}.{node.alias}" if publish_to else None


def _subject(test: Mapping[str, Any]) -> str:
    """What a test is on: a model's column, a model, or its own file."""
    model = (test.get("attached_node") or "").split(".")[-1]
    return ".".join(filter(None, [model, test.get("column_name")])) or test["original_file_path"]

"""What dbt is about to run, judged as it is, before it is run.

The proof of the files holds for every var, target and environment as far as a template can be
followed, and there will always be another way to write one that cannot. So nobody has to trust in
that alone: each text that dbt renders for the database in a build goes through the same rules,
against what was proved of its parents, and is run only then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from jinja2 import TemplateSyntaxError

from outreach_hub.proof.compile import compile_project, configuration, plainly_called
from outreach_hub.proof.dialect import speaking
from outreach_hub.proof.faces import Face
from outreach_hub.proof.garbage import left_lying
from outreach_hub.proof.gate_tests import GATE_ARGUMENTS
from outreach_hub.proof.graph import Layer, Node
from outreach_hub.proof.prover import Prover
from outreach_hub.proof.reviewed import only_reviewed
from outreach_hub.proof.rules import RULES
from outreach_hub.proof.statements import Fault, faults, is_one_that_reads, query_faults
from outreach_hub.proof.unproved import Unproved
from outreach_hub.proof.verdict import Finding

if TYPE_CHECKING:
    from outreach_hub.proof.verdict import Verdict

_FIX = "This is the text that would run, of this target, these vars and this environment."


class Text(NamedTuple):
    """What dbt has rendered for the database: a node's SQL, or a hook's of a node."""

    node_id: str
    sql: str
    hook: str | None = None
    """The template of the hook."""
    elsewhere: tuple[tuple[str, str, str, str], ...] = ()
    """Relations of another hub that it may read: of which node, database, schema and name."""


class Judge:
    """A project as dbt has parsed it for one run: proved, and then asked for each text of it."""

    def __init__(self, manifest: Any) -> None:
        config = configuration()
        self.engine = config.credentials.type
        with left_lying(), speaking(self.engine):
            self.compiled = compile_project(manifest, config)
            self.prover = Prover(self.compiled)
            self.verdict: Verdict = self.prover.proved()
        unread = {*self.compiled.test_faces, *self.compiled.test_failures}
        read = {test.id: test.name for test in self.prover.graph.tests if test.id not in unread}
        self.gates = {ident for ident, name in read.items() if name in GATE_ARGUMENTS}
        """Tests that were read by a person, and that are handed names alone (ID010)."""
        self.known_tests = read.keys() - self.gates
        """Other generic tests of macros that are dbt's or were read: what they are handed may not
        end their one statement."""

    def findings(self, text: Text) -> list[Finding]:
        """What is wrong with a text that is to be run next."""
        with speaking(self.engine):
            return list(self._findings(text))

    def _findings(self, text: Text) -> Iterator[Finding]:
        graph = self.prover.graph
        node = graph.nodes.get(text.node_id)
        if text.hook is not None or (node is not None and node.layer is Layer.OPERATION):
            if not self._is_reviewed(text.hook or (node.raw_code if node else "")):
                yield from _as_findings(faults(text.sql, graph), text, node)
        elif node is not None and node.is_model:
            for ident, *name in text.elsewhere:
                database, schema, alias = (part.lower() for part in name)
                self.prover.relations[database, schema, alias] = graph.nodes[ident]
            yield from self._model(node, text.sql)
        elif text.node_id in self.gates:
            return
        elif text.node_id in self.known_tests or text.node_id.startswith("unit_test."):
            if not is_one_that_reads(text.sql):
                said = [("ID099", "more than one statement, or a call that may write", "")]
                yield from _as_findings(said, text, node)
        else:
            yield from _as_findings(query_faults(text.sql, graph), text, node)

    def _is_reviewed(self, template: str) -> bool:
        """A hook that calls nothing but what a person has read: what it becomes is for them."""
        try:
            calls = plainly_called(template)
        except TemplateSyntaxError:
            return False
        return calls is not None and only_reviewed(
            calls, self.compiled.macros, self.compiled.graph.project
        )

    def _model(self, node: Node, sql: str) -> Iterator[Finding]:
        face, prover = Face(sql, (), is_live=True), self.prover
        try:
            subject = prover.read(replace(node, reads=self._with_ephemeral(node)), face)
        except Unproved as gap:
            yield prover.gap(node, face, gap)
            return
        for rule in RULES:
            if rule.check_face is not None:
                yield from rule.check_face(subject)
        if not node.is_incremental:  # what its table has from other builds, the proof knows
            prover.world.outputs.pop(node.id, None)
        prover.remember(subject)

    def _with_ephemeral(self, node: Node) -> set[str]:
        """What a node reads, and what the ephemeral models read that dbt has written into it."""
        reads, waiting = set(node.reads), list(node.reads)
        while waiting:
            parent = self.prover.graph.nodes.get(waiting.pop())
            if parent is not None and parent.materialized == "ephemeral":
                waiting += parent.reads - reads
                reads |= parent.reads
        return reads


def _as_findings(found: list[Fault], text: Text, node: Node | None) -> Iterator[Finding]:
    name = node.name if node is not None else text.node_id
    path = node.path if node is not None else ""
    what = "a hook" if text.hook is not None else "it"
    for code, reason, sql in found:
        yield Finding(code, name, path, 1, f"{what} is no harmless query: {reason}", _FIX, sql=sql)

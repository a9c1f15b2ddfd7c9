"""Prove a compiled project: parents first, each face of each node once, every rule on each.

A model is proved against what was proved of its parents, so the work grows with the number of
models and not with the depth of the graph. After a refusal its column counts as the identity it
claims to be: one fault is reported once, where it is, and not again in everything downstream.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from functools import lru_cache

from sqlglot import exp

from outreach_hub.doctrine import CL_IDENTITY, COMPANIES, IDENTITY_COLUMNS
from outreach_hub.proof import lexing
from outreach_hub.proof.builder import Builder
from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.dialect import REFERRED, SPARK, spoken, told_apart
from outreach_hub.proof.explain import Explainer
from outreach_hub.proof.expressions import SWITCH, may_be_row
from outreach_hub.proof.faces import Face
from outreach_hub.proof.garbage import left_lying
from outreach_hub.proof.gate_tests import finding_on
from outreach_hub.proof.graph import Graph, Layer, Node, members
from outreach_hub.proof.names import fold
from outreach_hub.proof.path import Column, Hop, Identity, Kind, Origin
from outreach_hub.proof.record_keys import RecordKeys
from outreach_hub.proof.rules import RULES
from outreach_hub.proof.scope import NAMELESS, Leaf, Query
from outreach_hub.proof.subject import Subject, World, offset, shown
from outreach_hub.proof.unproved import Unproved
from outreach_hub.proof.verdict import Finding, Verdict

_MAY_WRITE = re.compile(
    r"\b(insert|update|delete|merge|into|create|copy|truncate|drop|alter)\b", re.I
)
"""Looked for in the text first: walking every tree for what no tree has is half of a proof."""

_REWRITE = "Write it in SQL that can be followed column by column, or take it out."

_ONE_QUERY = "Write a test as one query, of SQL alone; what does more has to be read first."


def prove_compiled(compiled: Compiled, explaining: str | None = None) -> Verdict:
    """Prove all of it. The way of every identity column is kept, and of the one to be explained."""
    with left_lying():
        return Prover(compiled).proved(explaining)


class Prover:
    """One run over one compiled project."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.world = World(compiled.graph, RecordKeys.of(compiled.graph))
        self.relations = compiled.graph.by_relation()
        self.subjects: list[Subject] = []
        self.unread: set[str] = set()
        """Nodes that cannot be read, and what reads them: of those nothing can be said."""

    @property
    def graph(self) -> Graph:
        return self.compiled.graph

    def proved(self, explaining: str | None = None) -> Verdict:
        """The verdict on all of it."""
        started = time.perf_counter()
        unique = {finding.key(): finding for finding in reversed(list(self.findings()))}
        verdict = self.verdict(list(unique.values()), explaining)
        verdict.seconds = time.perf_counter() - started
        return verdict

    def findings(self) -> Iterator[Finding]:
        met: set[str] = set()
        for node in self.graph.ordered():
            met.add(node.id)
            if node.layer in (Layer.SOURCE, Layer.SEED, Layer.OPERATION):
                continue
            if node.reads & self.graph.nodes.keys() - met:
                self.unread.add(node.id)
                reason = "is in a circle of models that read one another, or reads one"
                yield _whole(node, "ID099", reason, "Have one of them read what is before all.")
                continue
            if node.package != self.graph.project:
                yield _whole(
                    node,
                    "ID099",
                    f"`{node.name}` comes from the package {node.package}",
                    "Packages bring macros here, not models: take it out.",
                )
                continue
            yield from self._node(node)
        yield from self._tests()
        for rule in RULES:
            if rule.check_project is not None:
                yield from rule.check_project(self.compiled)

    def _node(self, node: Node) -> Iterator[Finding]:
        if self.unread & node.reads:
            self.unread.add(node.id)
            return
        failure = self.compiled.failures.get(node.id)
        if failure is not None:
            self.unread.add(node.id)
            fix = _REWRITE + self._not_judged(node)
            yield Finding("ID099", node.name, node.path, failure.line, failure.reason, fix)
        faces = self.compiled.faces.get(node.id, [])
        for face in sorted(faces, key=lambda f: ("is_incremental()", True) in f.answers):
            try:
                subject = self.read(node, face)
                if subject.reads_itself and not self.world.outputs.get(node.id):
                    # by induction: its own rows are what a first reading shows them to be
                    self.remember(subject)
                    subject = self.read(node, face)
            except Unproved as gap:
                self.unread.add(node.id)
                yield self.gap(node, face, gap)
                continue
            self.subjects.append(subject)
            self.remember(subject)
            for rule in RULES:
                if rule.check_face is not None:
                    yield from rule.check_face(subject)

    def _tests(self) -> Iterator[Finding]:
        """A generic test that nobody has read is one query, as it is called, and nothing more."""
        for test in self.graph.tests:
            reasons = [self.compiled.test_failures.get(test.id)]
            reasons += [_no_query(face.sql) for face in self.compiled.test_faces.get(test.id, ())]
            for reason in filter(None, reasons):
                said = f"the test {test.name} cannot be read: {reason}"
                yield finding_on(test, self.graph, "ID099", said, _ONE_QUERY)

    def verdict(self, findings: list[Finding], explaining: str | None) -> Verdict:
        refused = {finding.node for finding in findings if not finding.column}
        refused |= {finding.subject for finding in findings}
        identities = self._identities()
        explainer = Explainer(self.world)
        # What is wrong further up is often why something is wrong further down.
        place = {node.name: at for at, node in enumerate(self.graph.ordered())}
        paths = {
            label: explainer.path(node.id, name)
            for node in self.graph.models()
            for name in self.world.outputs.get(node.id, {})
            if (label := f"{node.name}.{name}") in identities or label == explaining
        }
        return Verdict(
            findings=sorted(
                findings, key=lambda f: (place.get(f.node, len(place)), f.path, f.line, f.code)
            ),
            proved=sorted(n for n in identities if not {n, n.split(".")[0]} & refused),
            nodes=len({subject.node.id for subject in self.subjects}),
            faces=len(self.subjects),
            paths=paths,
            members=members(self.graph),
        )

    def _identities(self) -> set[str]:
        """Every identity column of everything that makes one."""
        return {
            f"{subject.node.name}.{column.name}"
            for subject in self.subjects
            if subject.node.layer not in (Layer.TEST, Layer.OPERATION)
            for kind in Kind
            for column in subject.outputs(kind)
        }

    # -- reading a face ------------------------------------------------------------------------

    def read(self, node: Node, face: Face) -> Subject:
        """A text of a node, with every column in it followed. Raises Unproved."""
        tree = parse(face.sql)
        read = (self.graph.nodes.get(parent) for parent in node.reads)
        if any(parent is not None and parent.materialized == "ephemeral" for parent in read):
            lexing.require_ctes_in_place(face.sql)
        builder = Builder(lambda table: self.leaf(table, node), node.layer is Layer.TARGET)
        query = builder.statement(tree)
        if node.is_model:
            _require_outputs(node, query)
        return Subject(node, face, query, self.world, tree, builder.touched)

    def _not_judged(self, node: Node) -> str:
        is_read = any(node.id in other.reads for other in self.graph.nodes.values())
        return " What reads it is judged once it can be read itself." if is_read else ""

    def gap(self, node: Node, face: Face, gap: Unproved) -> Finding:
        """What cannot be followed, as a refusal."""
        line = face.line(offset(gap.node) if gap.node is not None else gap.at)
        return Finding(
            gap.code,
            node.name,
            node.path,
            line,
            gap.reason,
            (gap.fix or _REWRITE) + self._not_judged(node),
            sql=shown(gap.node),
            face=face.assumes,
        )

    def leaf(self, table: exp.Table, reader: Node) -> Leaf:
        parts = tuple(fold(part) for part in table.parts)
        found = self._named(parts)
        is_this = found is not None and found.id == reader.id
        if found is None or (found.id not in reader.reads and not is_this):
            raise self._stranger(table, parts, found, reader)
        if is_this and not reader.is_incremental:
            raise Unproved(
                f"a {reader.materialized} that reads its own former rows",
                table,
                fix="Make it incremental, as what keeps rows is, or take {{ this }} out.",
            )
        columns = self._columns(found, is_this)
        if not columns:
            raise Unproved(
                f"`{found.name}` declares no columns, so nothing taken from it can be followed",
                table,
                fix="List its columns in YAML, with their types.",
            )
        name = f"{found.source_name or (found.relation or ('', '', ''))[1]}.{found.name}".strip(".")
        for column in columns.values():
            column.shown = name
        has_others = found.layer is Layer.SOURCE or found.is_incremental
        return Leaf(found.id, name, columns, is_this, has_others)

    def _named(self, parts: tuple[str, ...]) -> Node | None:
        if len(parts) == 3 and parts[0] == REFERRED:
            return self.relations.get(("", parts[1], parts[2]))
        if len(parts) == 3:
            return self.relations.get((parts[0].lower(), parts[1].lower(), parts[2].lower()))
        if len(parts) == 1 and parts[0].startswith("__dbt__cte__"):
            return self.relations.get(("", "", parts[0]))
        return None

    def _stranger(
        self, table: exp.Table, parts: tuple[str, ...], found: Node | None, reader: Node
    ) -> Unproved:
        name = ".".join(parts)
        schema = parts[-2] if len(parts) > 1 else ""
        is_cl = schema in self.graph.cl_schemas or (found is not None and found.is_cl)
        if any(SWITCH in part for part in parts):
            return Unproved(
                "a relation whose name a var, env_var or target decides",
                table,
                "ID099",
                "Name relations with ref() and source().",
            )
        if is_cl:
            return Unproved(
                f"CL is read by a hard-coded name, {name}",
                table,
                "ID004",
                "Only models/staging/cl/ reads CL, with source('cl', ...).",
            )
        return Unproved(
            f"the relation {name} is none that {reader.name} reads with ref() or source()",
            table,
            "ID099",
            "Name relations with ref() and source(), so that they can be followed.",
        )

    # -- what is known of a relation's columns ----------------------------------------------------

    def _columns(self, node: Node, is_this: bool) -> dict[str, Column]:
        known = self.world.outputs.get(node.id)
        columns: dict[str, Column] = {}
        for name in dict.fromkeys(
            [*(known or ()), *(node.columns if is_this or not known else ())]
        ):
            before = known.get(name) if known else None
            columns[name] = Column(
                name,
                Hop.LEAF,
                leaf=(node.id, name),
                known=_claim(node, name, before),
                root=(before.source() if before is not None else None) or (node.id, name),
                tints=_tints(node, name) | (before.marks if before is not None else frozenset()),
                held=_tints(node, name) | (before.contents if before is not None else frozenset()),
                put=before.parts if before is not None else frozenset(),
            )
        return columns

    def remember(self, subject: Subject) -> None:
        """The columns as later nodes see them: where faces differ, a union of both."""
        if subject.node.materialized == "ephemeral":
            self.world.steps.setdefault(subject.node.id, []).append(subject.query)
        before = self.world.outputs.setdefault(subject.node.id, {})
        for column in subject.query.order:
            old = before.get(column.name)
            if old is None or old.source() == column.source():
                before[column.name] = column
            else:
                before[column.name] = Column(
                    column.name, Hop.UNION, (old, column), column.node, "variants"
                )


def _claim(node: Node, name: str, before: Column | None) -> Identity | None:
    """The identity that a column of a relation is taken to be, once that relation is proved."""
    names = {kind.value: kind for kind in Kind}
    if node.layer is Layer.SOURCE or before is None:
        kinds = {names[name]} if name in names else set()
        origins = {_origin(node)}
    elif before.identity is None:
        return Identity(frozenset({(names[name], _origin(node))})) if name in names else None
    else:
        kinds = {names[name]} if name in names else before.identity.kinds
        origins = before.identity.origins
    if node.is_anchor or (node.layer is Layer.HUB and node.materialized != "ephemeral"):
        origins = {Origin.TARGET}
    if not kinds:
        return None
    return Identity(frozenset((kind, origin) for kind in kinds for origin in origins))


def _origin(node: Node) -> Origin:
    if node.is_cl:
        return Origin.CL if node.name in (CL_IDENTITY, COMPANIES) else Origin.CL_CONTEXT
    if node.is_model and node.layer is not Layer.STAGING:
        return Origin.TARGET
    return Origin.LANDED


def _tints(node: Node, name: str) -> frozenset[str]:
    """Marks that travel with a column whatever is done to it, for rules about what may not pass."""
    if node.layer is Layer.SOURCE:
        return frozenset({f"{node.source_name}.{name}"})
    return frozenset({f"{node.name}.{name}"}) if node.is_anchor else frozenset()


def _require_outputs(node: Node, query: Query) -> None:
    """Each output of a model has a name and is no row, and the ids of its YAML are among them."""
    for column in query.order:
        if may_be_row(column):
            raise Unproved(
                f"`{column.name}` is a row as a whole: whoever reads it can take any column out",
                column.node,
                fix="Name the columns, or make a document of it: to_jsonb(x).",
            )
        if column.name.startswith(NAMELESS):
            raise Unproved(
                "a column of the model has no name of its own",
                column.node,
                fix="Give it one: ... as x.",
            )
    for name in IDENTITY_COLUMNS:
        if name in node.columns and name not in query.columns:
            raise Unproved(f"`{name}` is in its YAML, and not among the columns of its SQL")


def parse(sql: str) -> exp.Expr:
    """One statement, and a query: nothing else belongs in a model."""
    trees = _trees(sql, spoken())
    if len(trees) != 1:
        raise Unproved(f"{len(trees)} statements where one query was expected")
    tree = trees[0]
    if _MAY_WRITE.search(sql):
        for part in tree.find_all(exp.DML, exp.DDL, exp.Command, exp.Into):
            if not isinstance(part, exp.Query):
                raise Unproved(f"a query that writes ({part.key})", part)
    if not isinstance(tree, exp.Query):
        raise Unproved(f"{tree.key} where a query was expected", tree)
    return tree


def _no_query(sql: str) -> str | None:
    try:
        parse(sql)
    except Unproved as gap:
        return gap.reason
    return None


def _whole(node: Node, code: str, reason: str, fix: str) -> Finding:
    return Finding(code, node.name, node.path, 1, reason, fix)


@lru_cache(4096)
def _trees(sql: str, dialect: str) -> list[exp.Expr]:
    """Each text once a process: nothing changes a tree, and one edit leaves most texts alone."""
    text = told_apart(sql) if dialect == SPARK else sql
    return lexing.parse(text)

"""The project as the proof sees it: nodes in layers, free of dbt's own classes.

Everything is read off dbt's parsed manifest once, into plain values, so that a rule can be tried on
a project of five lines and none has to know how dbt spells a constraint.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

from outreach_hub.doctrine import ANCHOR, CL, DOCTRINE_IDS, HUB_FOLDERS, OUTREACH_ID
from outreach_hub.ordering import parents_first


class Layer(Enum):
    """A folder is a room: what may be read from it and what has to be proved of what is in it."""

    SOURCE = "source"
    STAGING_CL = "staging of CL"
    STAGING = "staging"
    TARGET = "company_target"
    HUB = "sub-hub"
    MART = "mart"
    OUTBOUND = "outbound"
    UNKNOWN = "no known folder"
    SNAPSHOT = "snapshot"
    SEED = "seed"
    FUNCTION = "function"
    ANALYSIS = "analysis"
    TEST = "test"
    OPERATION = "operation"


@dataclass
class ColumnSpec:
    """A column as its YAML declares it."""

    name: str
    data_type: str | None = None
    constraints: list[dict[str, Any]] = field(default_factory=list)
    quote: bool = False


WEAK: dict[str, Callable[[Any], bool]] = {
    "enabled": lambda value: value is not True,
    "severity": lambda value: str(value).lower() != "error",
    "where": lambda value: value is not None,
    "limit": lambda value: value is not None,
    "warn_if": lambda value: value != "!= 0",
    "error_if": lambda value: value != "!= 0",
    "fail_calc": lambda value: value != "count(*)",
    "sql_header": lambda value: value is not None,
}
"""Settings under which a test still runs and no longer refuses."""

PARTIAL_UPDATES = (
    *("merge_update_columns", "merge_exclude_columns"),
    *("incremental_predicates", "predicates"),
)
"""Settings by which an incremental model updates a part of a row, or of the rows."""


def weakened(config: dict[str, Any]) -> Iterator[str]:
    """The settings of a test that keep it from refusing."""
    return (name for name, is_weak in WEAK.items() if name in config and is_weak(config[name]))


@dataclass
class TestSpec:
    """A data test as it would run: on what, with which arguments, how strictly."""

    id: str
    name: str
    column: str | None
    arguments: dict[str, Any]
    attached: str | None
    config: dict[str, Any]
    path: str = ""
    reads: set[str] = field(default_factory=set)
    is_quoted: bool = False
    """Its column's name is told from others by its case."""

    @property
    def given(self) -> dict[str, Any]:
        """Its arguments, whether they were written beside its name or under `arguments`."""
        return {**self.arguments, **(self.arguments.get("arguments") or {})}

    @property
    def lists_values(self) -> bool:
        """It refuses every value but those that it lists, none of them SQL or made by Jinja."""
        values = self.arguments.get("values")
        return (
            self.name == "accepted_values"
            and not self.is_quoted
            and self.arguments.get("quote", True) is True
            and isinstance(values, list)
            and len(values) <= MOST_CODES
            and all(_CODE.fullmatch(str(value)) for value in values)
            and not any(weakened(self.config))
        )

    def texts(self) -> Iterator[str]:
        """All that it is handed."""
        yield from texts({**self.arguments, "where": self.config.get("where")})


MOST_CODES = 100
_CODE = re.compile(r"[\w+/&-]+( [\w+/&-]+){0,3}")
"""What a list of codes has: no address, no domain, no SQL, nothing that dbt renders."""
_LIKE_A_CALL = re.compile(r"\s*(env_var|ref|var|source|doc)\s*\(.+\)\s*$")


def is_like_a_call(argument: str) -> bool:
    """dbt takes this argument of a test for Jinja, though it has no braces."""
    return _LIKE_A_CALL.match(argument) is not None


def texts(value: Any) -> Iterator[str]:
    """All texts in a value of YAML's, lists and dictionaries taken apart."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)


@dataclass
class UnitTestSpec:
    """What a unit test puts into statements as it is."""

    name: str
    path: str
    rows: list[str]
    """Rows that are written in SQL, a text for each relation."""
    macros: dict[str, Any]
    """What macros give instead, by name."""
    values: list[Any] = field(default_factory=list)
    """What it has vars and environment variables be."""


@dataclass(eq=False, repr=False)
class Node:
    """A source table, model, snapshot, seed, function, analysis, singular test or hook."""

    id: str
    name: str
    layer: Layer
    path: str
    package: str
    relation: tuple[str, str, str] | None
    materialized: str = "view"
    folders: tuple[str, ...] = ()
    source_name: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, ColumnSpec] = field(default_factory=dict)
    constraints: list[dict[str, Any]] = field(default_factory=list)
    reads: set[str] = field(default_factory=set)
    raw_code: str = ""
    yaml_path: str = ""
    hooks: list[str] = field(default_factory=list)
    """What runs in the transaction that builds it, so that a refusal undoes the build."""
    version: Any = None

    @property
    def folder(self) -> str:
        return self.folders[0] if self.folders else ""

    @property
    def is_model(self) -> bool:
        return self.id.startswith("model.")

    @property
    def is_anchor(self) -> bool:
        return self.layer is Layer.TARGET and self.name == ANCHOR

    @property
    def is_cl(self) -> bool:
        """CL's own: a table of it, or a model that stages one."""
        return self.source_name == CL or self.layer is Layer.STAGING_CL

    @property
    def is_incremental(self) -> bool:
        return self.materialized == "incremental"

    @property
    def is_stored(self) -> bool:
        """A table holds its rows, whatever materialization made it."""
        return self.materialized not in ("view", "ephemeral")

    @property
    def published_to(self) -> str:
        """The schema to which `outreach build` publishes it; '' where it stays where it is."""
        return str((self.config.get("meta") or {}).get("publish_to") or "").lower()

    def primary_key(self) -> tuple[str, ...]:
        """The columns that tell one row from another, by the declared constraint."""
        for constraint in self.constraints:
            if constraint["type"] == "primary_key":
                return tuple(name.lower() for name in constraint.get("columns") or ())
        found = [
            c.name
            for c in self.columns.values()
            if any(k["type"] == "primary_key" for k in c.constraints)
        ]
        return tuple(found)


@dataclass(eq=False, repr=False)
class Graph:
    """All nodes and generic tests of one project."""

    project: str
    nodes: dict[str, Node] = field(default_factory=dict)
    tests: list[TestSpec] = field(default_factory=list)
    unit_tests: list[UnitTestSpec] = field(default_factory=list)
    cl_schemas: set[str] = field(default_factory=set)
    yaml_files: dict[str, str] = field(default_factory=dict)

    def by_relation(self) -> dict[tuple[str, str, str], Node]:
        return {node.relation: node for node in self.nodes.values() if node.relation}

    @cached_property
    def codes(self) -> frozenset[tuple[str | None, str | None]]:
        """The columns whose values a test lists, each as (node id, name)."""
        return frozenset((each.attached, each.column) for each in self.tests if each.lists_values)

    @cached_property
    def _tests_by_node(self) -> dict[str, list[TestSpec]]:
        found: dict[str, list[TestSpec]] = {}
        for test in self.tests:
            found.setdefault(test.attached or "", []).append(test)
        return found

    @cached_property
    def _readers(self) -> dict[str, list[Node]]:
        found: dict[str, list[Node]] = {}
        for node in self.nodes.values():
            for parent in node.reads:
                found.setdefault(parent, []).append(node)
        return found

    @cached_property
    def _outbound(self) -> set[str]:
        return {n.published_to for n in self.models() if n.layer is Layer.OUTBOUND} - {""}

    def is_read_by_cl(self, node: Node) -> bool:
        """A model of outbound, or one that is published where those are."""
        return node.layer is Layer.OUTBOUND or node.published_to in self._outbound

    def tests_of(self, node: Node) -> list[TestSpec]:
        return self._tests_by_node.get(node.id, [])

    def readers_of(self, node: Node) -> list[Node]:
        return self._readers.get(node.id, [])

    def models(self) -> Iterator[Node]:
        return (node for node in self.nodes.values() if node.is_model)

    def anchor(self) -> Node | None:
        return next((node for node in self.models() if node.is_anchor), None)

    def ordered(self) -> list[Node]:
        """Parents before children. A cycle keeps its members for last; they will not resolve."""
        order = parents_first({node.id: node.reads for node in self.nodes.values()})
        return [self.nodes[name] for name in order]


def members(graph: Graph) -> dict[str, dict[str, list[str]]]:
    """For each model by name: its folders and file, and the models that it reads."""
    return {
        node.name: {
            "folders": list(node.folders),
            "file": [node.path],
            "parents": sorted(
                graph.nodes[i].name
                for i in node.reads
                if i in graph.nodes and graph.nodes[i].is_model
            ),
        }
        for node in graph.models()
    }


def doctrine_id(folders: tuple[str, ...]) -> str:
    """The doctrine's id for a folder: one of the four sub-hubs, or Outreach as a whole."""
    room = folders[-1] if folders[:1] == ("staging",) else next(iter(folders), "")
    return DOCTRINE_IDS.get(room, OUTREACH_ID)


def layer_of(resource: str, folders: tuple[str, ...]) -> Layer:
    """The layer of a file in models/, by its folder; of everything else, by what it is."""
    others = {
        "snapshot": Layer.SNAPSHOT,
        "seed": Layer.SEED,
        "function": Layer.FUNCTION,
        "analysis": Layer.ANALYSIS,
        "test": Layer.TEST,
        "operation": Layer.OPERATION,
        "source": Layer.SOURCE,
    }
    if resource in others:
        return others[resource]
    room = folders[0] if folders else ""
    if room == "staging":
        return Layer.STAGING_CL if folders[1:2] == (CL,) else Layer.STAGING
    if room == ANCHOR:
        return Layer.TARGET
    if room in HUB_FOLDERS:
        return Layer.HUB
    return {"marts": Layer.MART, "outbound": Layer.OUTBOUND}.get(room, Layer.UNKNOWN)


def from_manifest(manifest: Any, project: str) -> Graph:
    """Read dbt's parsed manifest: the object, since writing its JSON costs more than a proof."""
    graph = Graph(project)
    for source in manifest.sources.values():
        node = _source(source)
        graph.nodes[node.id] = node
        if source.source_name == CL:
            graph.cl_schemas.add(source.schema.lower())
    for raw in (*manifest.nodes.values(), *manifest.functions.values()):
        kind = str(raw.resource_type)
        if kind == "test" and getattr(raw, "test_metadata", None) is not None:
            graph.tests.append(_test(raw))
        elif kind in ("model", "snapshot", "analysis", "test", "operation", "seed", "function"):
            graph.nodes[raw.unique_id] = _node(raw, kind)
    graph.unit_tests = [_unit_test(raw) for raw in manifest.unit_tests.values()]
    return graph


def _source(source: Any) -> Node:
    return Node(
        id=source.unique_id,
        name=source.name,
        layer=Layer.SOURCE,
        path=source.original_file_path,
        package=source.package_name,
        relation=_relation(source.database, source.schema, source.identifier),
        source_name=source.source_name,
        columns=_columns(source.columns),
        config={
            **_config(source.config),
            "meta": {**(source.meta or {}), **(source.config.meta or {})},
        },
    )


def _node(raw: Any, kind: str) -> Node:
    folders = tuple(raw.original_file_path.split("/")[1:-1])
    config = _config(raw.config)
    hooks = [
        hook["sql"]
        for hook in (*(config.get("pre-hook") or ()), *(config.get("post-hook") or ()))
        if hook.get("transaction") is not False
    ]
    materialized = config.get("materialized") or "view"
    relation = None
    if kind in ("model", "snapshot", "seed"):
        relation = _relation(raw.database, raw.schema, raw.alias or raw.name)
        if materialized == "ephemeral":
            relation = ("", "", f"__dbt__cte__{raw.alias or raw.name}")
    return Node(
        id=raw.unique_id,
        name=raw.name,
        layer=layer_of(kind, folders),
        path=raw.original_file_path,
        package=raw.package_name,
        relation=relation,
        materialized=materialized,
        folders=folders,
        config=config,
        columns=_columns(raw.columns),
        constraints=[_constraint(c) for c in getattr(raw, "constraints", None) or ()],
        reads=set(getattr(raw.depends_on, "nodes", ())),  # a seed reads nothing
        raw_code=raw.raw_code,
        yaml_path=(raw.patch_path or "").split("://")[-1],
        hooks=hooks,
        version=getattr(raw, "version", None),
    )


def _test(raw: Any) -> TestSpec:
    arguments = dict(raw.test_metadata.kwargs)
    # dbt takes what is handed first
    column = str(arguments.get("column_name") or raw.column_name or "")
    name = raw.test_metadata.name
    if raw.test_metadata.namespace:
        name = f"{raw.test_metadata.namespace}.{name}"
    return TestSpec(
        id=raw.unique_id,
        name=name,
        column=column.strip('"').lower() if column else None,
        arguments={k: v for k, v in arguments.items() if k not in ("model", "column_name")},
        attached=raw.attached_node or next(iter(raw.depends_on.nodes), None),  # of a source
        config=_config(raw.config),
        path=raw.original_file_path,
        reads=set(raw.depends_on.nodes),
        is_quoted=bool(column) and column != column.strip('"').lower(),
    )


def _unit_test(raw: Any) -> UnitTestSpec:
    rows = [part.rows for part in (*raw.given, raw.expect)]
    return UnitTestSpec(
        raw.name,
        raw.original_file_path,
        [text for text in rows if isinstance(text, str)],
        dict(raw.overrides.macros or {}) if raw.overrides else {},
        _overridden(raw.overrides) if raw.overrides else [],
    )


def _overridden(overrides: Any) -> list[Any]:
    return [*(overrides.vars or {}).values(), *(overrides.env_vars or {}).values()]


def _config(config: Any) -> dict[str, Any]:
    return dict(config.to_dict(omit_none=False)) if config is not None else {}


def _columns(columns: dict[str, Any]) -> dict[str, ColumnSpec]:
    return {
        name.lower(): ColumnSpec(
            name.lower(),
            spec.data_type,
            [_constraint(c) for c in spec.constraints or ()],
            bool(spec.quote),
        )
        for name, spec in columns.items()
    }


def _constraint(constraint: Any) -> dict[str, Any]:
    made = constraint if isinstance(constraint, dict) else constraint.to_dict(omit_none=True)
    return {**made, "type": str(getattr(made["type"], "value", made["type"]))}


def _relation(database: Any, schema: Any, name: Any) -> tuple[str, str, str]:
    return (str(database or "").lower(), str(schema or "").lower(), str(name).lower())


_REF = re.compile(r"(\{\{-?\s*)?ref\(\s*(?:'(\w+)'|\"(\w+)\")\s*\)(?(1)\s*-?\}\})")


def referred(text: Any) -> str | None:
    """The name in `ref('name')`. With a word beside that it may read something else: None."""
    found = _REF.fullmatch(str(text or "").strip())
    return found and (found.group(2) or found.group(3))


def refers_to(text: Any, name: str) -> bool:
    """It is `ref('name')`."""
    return referred(text) == name

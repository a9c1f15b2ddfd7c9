"""A project of a dozen lines in which a rule shows what it refuses and what it accepts.

An example replaces one model of it, adds one, or changes a setting; everything else stays proved.
The same objects are the rule's tests (tests/python/proof/test_rules.py) and its documentation.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jinja2 import Environment

from outreach_hub.proof.faces import Face
from outreach_hub.proof.graph import (
    ColumnSpec,
    Graph,
    Layer,
    Node,
    TestSpec,
    UnitTestSpec,
    doctrine_id,
    layer_of,
)
from outreach_hub.proof.jinja_branches import Syntax
from outreach_hub.proof.reach import Known, Reached, reached

if TYPE_CHECKING:
    from outreach_hub.proof.compile import Compiled

Change = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Example:
    """One edit of the example project, and what it shows."""

    shows: str
    model: str = ""
    sql: str = ""
    path: str = ""
    materialized: str = ""
    config: Change = field(default_factory=dict)
    hooks: dict[str, list[str]] = field(default_factory=dict)
    drop_tests: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    """Columns whose values a test lists, as model.column."""
    drop_constraints: tuple[str, ...] = ()
    test_config: Change = field(default_factory=dict)
    rendered_hooks: dict[str, list[str]] = field(default_factory=dict)
    loose_configs: dict[str, dict[str, int]] = field(default_factory=dict)
    yaml_files: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    seeds: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    types: dict[str, dict[str, str]] = field(default_factory=dict)
    """data_type by model and column."""
    unit_tests: tuple[UnitTestSpec, ...] = ()
    templates: dict[str, str] = field(default_factory=dict)
    """Jinja by model, of which it is told only how far it reaches."""


_SOURCES = {
    ("cl", "company_identity"): (
        ["company_unique_id", "company_name", "company_domain", "lifecycle_state", "created_at"],
        ["company_unique_id"],
    ),
    ("outreach_raw", "people"): (["person_id", "company_unique_id", "email"], ["person_id"]),
    ("outreach_raw", "send_log"): (
        ["send_id", "person_id", "target_id", "company_unique_id", "loaded_at"],
        ["send_id"],
    ),
}

_ATTACHED = """
    select landed.{columns}, targets.target_id, targets.company_unique_id{more}
    from {{{{ one_record('{staging}') }}}} as landed
    left join {{{{ ref('company_target') }}}} as targets
        on landed.company_unique_id = targets.company_unique_id
"""

_MINTING = """
    with given as (select * from {{{{ this }}}}),
    highest as (
        select left(company_unique_id, 8) as prefix, max(sequence_num) as sequence_num
        from given group by 1
    ),
    fresh as (
        select c.company_unique_id, c.{domain} as company_domain, c.{created} as created_at
        from {{{{ ref('{source}') }}}} as c
        left join given on c.company_unique_id = given.company_unique_id
        where given.company_unique_id {missing}
    ),
    new as (
        select fresh.company_unique_id, fresh.company_domain,
            coalesce(highest.sequence_num, 0) + row_number() over (
                partition by left(fresh.company_unique_id, 8)
                order by fresh.created_at, fresh.company_unique_id) as sequence_num
        from fresh
        left join highest on left(fresh.company_unique_id, 8) = highest.prefix
    ),
    targets as (
        select {given_id}, company_unique_id, sequence_num from given
        union all
        select {target_id}, company_unique_id, sequence_num from new
    )
    select targets.target_id, targets.company_unique_id, targets.sequence_num,
        {context} as company_domain, 0 as bit_score, 'queued' as outreach_status
    from targets
    left join {{{{ ref('{source}') }}}} as companies
        on targets.company_unique_id = companies.company_unique_id
    left join given on targets.company_unique_id = given.company_unique_id
"""


def minting(
    target_id: str = "'TGT-' || left(company_unique_id, 8) || '-' || sequence_num",
    source: str = "stg_cl__companies",
    domain: str = "company_domain",
    created: str = "created_at",
    missing: str = "is null",
    given_id: str = "target_id",
    context: str = "",
) -> str:
    """The SQL of company_target in the example project, or of one that mints another way."""
    return _MINTING.format(
        target_id=target_id,
        source=source,
        domain=domain,
        created=created,
        missing=missing,
        given_id=given_id,
        context=context or f"companies.{domain}",
    )


_MODELS = {
    "models/staging/cl/stg_cl__companies.sql": (
        "view",
        """
        select company_unique_id, company_domain, lifecycle_state, created_at
        from {{ source('cl', 'company_identity') }}
    """,
    ),
    "models/staging/people/stg_people__people.sql": (
        "view",
        """
        select person_id, company_unique_id, email from {{ source('outreach_raw', 'people') }}
    """,
    ),
    "models/staging/execution/stg_execution__sends.sql": (
        "view",
        """
        select * from {{ source('outreach_raw', 'send_log') }}
    """,
    ),
    "models/company_target/company_target.sql": ("incremental", minting()),
    "models/people/people.sql": (
        "table",
        _ATTACHED.format(columns="person_id", staging="stg_people__people", more=", landed.email"),
    ),
    "models/people/people_slots.sql": (
        "table",
        """
        select t.target_id, t.company_unique_id, 'CEO' as slot_type
        from {{ ref('company_target') }} as t
    """,
    ),
    "models/execution/send_log.sql": (
        "incremental",
        _ATTACHED.format(
            columns="send_id",
            staging="stg_execution__sends",
            more=", landed.person_id, landed.loaded_at",
        ),
    ),
    "models/marts/dim_people.sql": (
        "table",
        """
        select person_id, target_id, company_unique_id from {{ ref('people') }}
    """,
    ),
    "models/outbound/sync_cl__engagement_signals.sql": (
        "table",
        """
        select company_unique_id, count(*) as people from {{ ref('people') }} group by 1
    """,
    ),
}

_VERSIONS = {
    "stg_people__people": ("person_id", "email"),
    "stg_execution__sends": ("send_id", "loaded_at desc"),
}
"""By staging model: the key of its records, and which row under one key is the record."""

_PRIMARY_KEYS = {
    "company_target": ["target_id"],
    "people": ["person_id"],
    "send_log": ["send_id"],
    "people_slots": ["target_id", "slot_type"],
    "dim_people": ["person_id"],
    "sync_cl__engagement_signals": ["company_unique_id"],
}

_TYPES = {"sequence_num": "bigint", "loaded_at": "timestamptz"}
"""Of the columns that are no text."""

_CONFIG: Change = {
    "company_target": {
        "incremental_strategy": "merge",
        "unique_key": "company_unique_id",
        "full_refresh": False,
        "merge_update_columns": ["company_domain", "bit_score", "outreach_status"],
        "on_schema_change": "append_new_columns",
    },
    "send_log": {"incremental_strategy": "merge", "unique_key": "send_id"},
    "sync_cl__engagement_signals": {
        "meta": {"doctrine_id": "04.04.04", "publish_to": "outreach_outbound"}
    },
    "stg_cl__companies": {"access": "private", "group": "company_target"},
}

_HOOKS = {
    "company_target": [
        "{{ refuse_vanished_companies(this, ref('stg_cl__companies')) }}",
        "{{ register_targets(this) }}",
    ]
}


def project(example: Example | None = None) -> Compiled:
    """The example project, with one example's edit made."""
    from outreach_hub.proof.compile import Compiled

    example = example or Example("as it is")
    graph = Graph("example", cl_schemas={"cl"})
    for (schema, table), (columns, key) in _SOURCES.items():
        graph.nodes[f"source.example.{schema}.{table}"] = Node(
            id=f"source.example.{schema}.{table}",
            name=table,
            layer=Layer.SOURCE,
            path=f"models/staging/{schema}/_sources.yml",
            package="example",
            relation=("outreach", schema, table),
            source_name=schema,
            columns={name: ColumnSpec(name, _TYPES.get(name)) for name in columns},
            config={"meta": {"key": key}},
        )
    for name in example.seeds:
        ident, path = f"seed.example.{name}", f"seeds/{name}.csv"
        relation = ("outreach", "outreach", name)
        graph.nodes[ident] = Node(ident, name, Layer.SEED, path, "example", relation)
    for name in example.functions:
        ident, path = f"function.example.{name}", f"functions/{name}.sql"
        graph.nodes[ident] = Node(ident, name, Layer.FUNCTION, path, "example", None)
    models = dict(_MODELS)
    if example.model:
        path = example.path or _path_of(example.model)
        models[path] = (example.materialized or models.get(path, ("table", ""))[0], example.sql)
    faces: dict[str, list[Face]] = {}
    for path, (materialized, sql) in models.items():
        node = _model(path, materialized, sql, example)
        graph.nodes[node.id] = node
    for node in list(graph.models()):
        text = _render(node, graph)
        faces[node.id] = [Face(text, ())]
    _declare(graph, faces, example)
    graph = replace(graph, tests=list(_tests(graph, example)))
    graph.yaml_files = dict(example.yaml_files)
    graph.unit_tests = list(example.unit_tests)
    compiled = Compiled(graph, faces)
    for name, texts in example.rendered_hooks.items():
        for index, text in enumerate(texts):
            compiled.hook_faces[f"model.example.{name}", index] = [Face(text, ())]
    compiled.loose_configs = {(n, f"{n}.sql"): v for n, v in example.loose_configs.items()}
    compiled.reached = list(_reached(example))
    if example.settings:
        guards = {
            "check_project_graph": "start-0",
            "prepare_run": "start-1",
            "record_identity_failures": "end-0",
            "publish_marts": "end-1",
            "release_build": "end-2",
        }
        compiled.settings = example.settings
        compiled.hook_calls = {
            (f"operation.example.on-run-{place}", -1): {name} for name, place in guards.items()
        }
    return compiled


def _reached(example: Example) -> Iterator[tuple[str, str, Reached]]:
    for name, text in example.templates.items():
        tree = Environment(autoescape=True).parse(text)
        for fault in reached(Syntax(text, tree), Known()):
            yield name, _path_of(name), fault


def _path_of(model: str) -> str:
    for path in _MODELS:
        if path.endswith(f"/{model}.sql"):
            return path
    return f"models/marts/{model}.sql"


def _model(path: str, materialized: str, sql: str, example: Example) -> Node:
    name = path.rsplit("/", 1)[1].removesuffix(".sql")
    config = {
        "materialized": materialized,
        "contract": {"enforced": materialized != "ephemeral"},
        "meta": {"doctrine_id": doctrine_id(tuple(path.split("/")[1:-1]))},
        **_CONFIG.get(name, {}),
        **example.config.get(name, {}),
    }
    folders = tuple(path.split("/")[1:-1])
    materialized = config["materialized"]
    relation = ("outreach", "outreach", name)
    if materialized == "ephemeral":
        relation = ("", "", f"__dbt__cte__{name}")
    return Node(
        id=f"model.example.{name}",
        name=name,
        layer=layer_of("model", folders),
        path=path,
        package="example",
        relation=relation,
        materialized=materialized,
        folders=folders,
        config=config,
        raw_code=textwrap.dedent(sql).strip(),
        hooks=example.hooks.get(name, _HOOKS.get(name, [])),
    )


_ONE_RECORD = """(
    select * from (
        select *, row_number() over (partition by {key} order by {order}) as record_rank
        from {relation}
    ) as ranked
    where record_rank <= 1
)"""


def _render(node: Node, graph: Graph) -> str:
    """The example's stand-in for dbt: ref(), source(), this and one_record(), and nothing else."""

    def relation(match: re.Match[str]) -> str:
        names = re.findall(r"'(\w+)'", match.group(0))
        if match.group(1) == "this":
            found = node
        elif match.group(1) in ("ref", "one_record"):
            found = graph.nodes[f"model.example.{names[0]}"]
            node.reads.add(found.id)
        else:
            found = graph.nodes[f"source.example.{names[0]}.{names[1]}"]
            node.reads.add(found.id)
        assert found.relation is not None
        named = ".".join(f'"{part}"' for part in found.relation if part)
        if match.group(1) != "one_record":
            return named
        key, order = _VERSIONS[names[0]]
        return _ONE_RECORD.format(key=key, order=order, relation=named)

    return re.sub(r"\{\{\s*(ref|source|this|one_record)[^}]*\}\}", relation, node.raw_code)


def _declare(graph: Graph, faces: dict[str, list[Face]], example: Example) -> None:
    """Give every model the columns and constraints that it owes."""
    from outreach_hub.proof.gates import identity_of

    for node in graph.models():
        for name in _output_names(faces[node.id][0].sql, node, graph):
            declared = example.types.get(node.name, {}).get(name, _TYPES.get(name))
            node.columns[name] = ColumnSpec(name, declared)
        for name in identity_of(node):
            node.columns[name].constraints.append({"type": "not_null"})
            if node.is_anchor:
                node.columns[name].constraints.append({"type": "unique"})
        both = [n for n in ("target_id", "company_unique_id") if n in node.columns]
        key = _PRIMARY_KEYS.get(node.name) or both
        if node.is_stored and key:
            node.constraints.append({"type": "primary_key", "columns": key})
        kind = "unique" if node.is_anchor else "foreign_key"
        node.constraints.append(
            {"type": kind, "columns": both, "to": "ref('company_target')", "to_columns": both}
        )
    for label in example.drop_constraints:
        _drop_constraint(graph, label)


def _tests(graph: Graph, example: Example) -> Iterator[TestSpec]:
    """The tests that every model owes, but for those that the example has dropped."""
    from outreach_hub.proof.gate_tests import owed_tests  # the gates themselves say what is owed
    from outreach_hub.proof.gates import identity_of

    for node in graph.models():
        owed = list(owed_tests(node, graph, identity_of(node))) if identity_of(node) else []
        if "person_id" in node.columns and node.layer is Layer.HUB:
            owed.append(("unique", "person_id", {}))
        for label in example.codes:
            if label.startswith(f"{node.name}."):
                owed.append(("accepted_values", label.split(".")[1], {"values": []}))
        for name, column, arguments in owed:
            label = ".".join(part for part in (node.name, column, name) if part)
            if label in example.drop_tests:
                continue
            config = {"severity": "error", "enabled": True, **example.test_config.get(label, {})}
            yield TestSpec(
                f"test.example.{label}",
                name,
                column,
                dict(arguments),
                node.id,
                config,
                "models/_models.yml",
            )


def _drop_constraint(graph: Graph, label: str) -> None:
    name, *column, kind = label.split(".")
    node = graph.nodes[f"model.example.{name}"]
    owner = node.columns[column[0]] if column else node
    owner.constraints = [c for c in owner.constraints if c["type"] != kind]


def _output_names(sql: str, node: Node, graph: Graph) -> list[str]:
    """The columns of a model of the example; its YAML would name them."""
    known = {
        "company_target": [
            "target_id",
            "company_unique_id",
            "sequence_num",
            "company_domain",
            "bit_score",
            "outreach_status",
        ],
        "send_log": ["send_id", "person_id", "target_id", "company_unique_id", "loaded_at"],
    }
    if node.name in known:
        return known[node.name]
    from outreach_hub.proof.builder import Builder
    from outreach_hub.proof.compile import Compiled
    from outreach_hub.proof.prover import Prover, parse
    from outreach_hub.proof.unproved import Unproved

    prover = Prover(Compiled(graph))
    try:
        builder = Builder(lambda table: prover.leaf(table, node), node.layer is Layer.TARGET)
        return [name for name in builder.statement(parse(sql)).columns if name]
    except Unproved:
        return []

"""Only company_target's own folder reads CL."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.doctrine import CL
from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.examples import Example
from outreach_hub.proof.graph import Graph, Layer, Node
from outreach_hub.proof.verdict import Finding

CODE = "ID004"
TITLE = "only company_target reads CL, and only staging reads sources"
WHY = "Identity enters at one door; a second door is a second opinion on who a company is."

_FIX = "Take what is needed from company_target; if it lacks a column of CL, add it there."


def check_project(compiled: Compiled) -> Iterator[Finding]:
    """See the examples below."""
    graph = compiled.graph
    for node in graph.nodes.values():
        for parent in sorted(node.reads):
            read = graph.nodes.get(parent)
            if read is None:
                continue
            if read.is_cl and not _may_read_cl(node, read):
                yield _finding(node, f"`{node.name}` reads CL: {read.name}")
            elif read.layer is Layer.SOURCE and node.layer not in (
                Layer.STAGING,
                Layer.STAGING_CL,
                Layer.TEST,
            ):
                said = f"`{node.name}` reads the source {read.name} past its staging"
                yield _finding(node, said, _instead(read, graph))
            elif read.layer in (Layer.STAGING, Layer.STAGING_CL) and not _may_read_staging(node):
                said = f"`{node.name}` reads staging ({read.name}) past the hub it lands in"
                yield _finding(node, said, _FIX if read.is_cl else _instead(read, graph))
    for test in graph.tests:
        attached = graph.nodes.get(test.attached or "")
        inside = attached is not None and attached.layer in (Layer.TARGET, Layer.STAGING_CL)
        for parent in sorted(test.reads):
            read = graph.nodes.get(parent)
            if read is not None and read.is_cl and not inside:
                yield Finding(CODE, test.id, test.path, 1, f"a test reads CL: {read.name}", _FIX)
    yield from _doors(compiled)


def _instead(read: Node, graph: Graph) -> str:
    """The hub that has what was read; where none has, how to make one."""
    readers = graph.readers_of(read)
    found = [*readers, *(after for reader in readers for after in graph.readers_of(reader))]
    hubs = sorted({reader.name for reader in found if reader.layer is Layer.HUB})
    if hubs:
        return f"Read what it lands in: {' or '.join(map('ref({!r})'.format, hubs))}."
    return "Land it in a hub, and read that: README, 'Adding a model to a hub'."


def _may_read_cl(node: Node, read: Node) -> bool:
    if node.layer is Layer.STAGING_CL:
        return read.layer is Layer.SOURCE
    if node.layer is Layer.TEST:
        return read.layer is Layer.STAGING_CL and node.config.get("group") == "company_target"
    return node.layer is Layer.TARGET and read.layer is Layer.STAGING_CL


def _may_read_staging(node: Node) -> bool:
    return node.layer in (Layer.HUB, Layer.TARGET, Layer.TEST, Layer.ANALYSIS, Layer.UNKNOWN)


def _doors(compiled: Compiled) -> Iterator[Finding]:
    """dbt's own lock on CL's staging; a source that is CL under another name, or CL that is not."""
    graph = compiled.graph
    cl_schema = (compiled.settings.get("vars") or {}).get("cl_schema")
    for node in graph.nodes.values():
        if node.layer is Layer.STAGING_CL and node.is_model:
            if (
                node.config.get("access") != "private"
                or node.config.get("group") != "company_target"
            ):
                yield _finding(
                    node,
                    f"`{node.name}` is not private to the group company_target",
                    "Keep +access: private and +group: company_target on models/staging/cl.",
                )
        elif node.layer is Layer.SOURCE and node.source_name != CL:
            if node.relation and node.relation[1] in graph.cl_schemas:
                yield _finding(node, f"the source {node.source_name} is CL under another name")
        elif node.layer is Layer.SOURCE and cl_schema and _points_elsewhere(node, cl_schema):
            yield _finding(
                node,
                f"the source cl.{node.name} points to {'.'.join((node.relation or ())[1:])}",
                "schema: \"{{ var('cl_schema') }}\", and no identifier.",
            )


def _points_elsewhere(node: Node, schema: object) -> bool:
    named = (str(schema).lower(), node.name.lower())
    return node.relation is not None and node.relation[1:] != named


def _finding(node: Node, reason: str, fix: str = _FIX) -> Finding:
    return Finding(CODE, node.name, node.path, 1, reason, fix)


REFUSED = (
    Example(
        "a hub that asks CL itself",
        "people",
        """
        select landed.person_id, targets.target_id, targets.company_unique_id
        from {{ one_record('stg_people__people') }} as landed
        left join {{ ref('company_target') }} as targets
            on landed.company_unique_id = targets.company_unique_id
        left join {{ ref('stg_cl__companies') }} as companies
            on landed.company_unique_id = companies.company_unique_id
    """,
    ),
    Example(
        "a hard-coded name",
        "dim_people",
        """
        select p.person_id, p.target_id, p.company_unique_id
        from {{ ref('people') }} as p
        inner join outreach.cl.company_identity as c on p.company_unique_id = c.company_unique_id
    """,
    ),
    Example(
        "a mart that reads staging",
        "dim_people",
        """
        select p.person_id, p.target_id, p.company_unique_id, s.email
        from {{ ref('people') }} as p
        left join {{ ref('stg_people__people') }} as s on p.person_id = s.person_id
    """,
    ),
)
ACCEPTED = (
    Example(
        "what company_target already knows",
        "dim_people",
        """
        select p.person_id, p.target_id, p.company_unique_id, t.company_domain
        from {{ ref('people') }} as p
        left join {{ ref('company_target') }} as t on p.company_unique_id = t.company_unique_id
    """,
    ),
    Example(
        "an intermediate of company_target",
        "int_company_target__names",
        """
        select company_unique_id, company_domain from {{ ref('stg_cl__companies') }}
    """,
        path="models/company_target/int_company_target__names.sql",
    ),
)

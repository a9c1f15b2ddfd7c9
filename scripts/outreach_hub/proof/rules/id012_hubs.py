"""Four sub-hubs, and in each of them every model attached to Company Target."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.doctrine import IDENTITY_COLUMNS
from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.examples import Example
from outreach_hub.proof.graph import Layer, Node, doctrine_id
from outreach_hub.proof.subject import Subject
from outreach_hub.proof.verdict import Finding

CODE = "ID012"
TITLE = "four sub-hubs; a model in a hub attaches to Company Target"
WHY = "A table that hangs on nothing is a list of people or filings that belong to nobody provable."

_ROOMLESS = {
    Layer.SEED: (
        "a seed is in no room of this project, and passes no gate",
        "Land it as a source (`outreach load`), or write a short list out in a model.",
    ),
    Layer.SNAPSHOT: (
        "a snapshot is in no room of this project, and keeps rows under the company they had",
        "Read what there is now; what there was is for the source to land, under its company.",
    ),
    Layer.FUNCTION: (
        "a function is in no room of this project, and its body is run as it stands",
        "Write it as a macro, whose SQL is proved wherever it is called.",
    ),
}


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below."""
    if subject.layer is not Layer.HUB or subject.node.materialized == "ephemeral":
        return
    for name in IDENTITY_COLUMNS:
        if name not in subject.query.columns:
            yield subject.finding(
                CODE,
                f"has no {name}, and so is not attached to Company Target",
                f"left join company_target on company_unique_id, and select its {name}.",
            )


def check_project(compiled: Compiled) -> Iterator[Finding]:
    """See the examples below."""
    for node in compiled.graph.nodes.values():
        if node.is_model and node.layer is Layer.UNKNOWN:
            yield Finding(
                CODE,
                node.name,
                node.path,
                1,
                f"models/{node.folder} is no room of this project",
                "There are four sub-hubs (company_target, people, dol, blog) beside staging,"
                " execution, marts and outbound: put the model into one of them.",
            )
        elif node.layer in _ROOMLESS:
            reason, fix = _ROOMLESS[node.layer]
            yield Finding(CODE, node.name, node.path, 1, reason, fix)
        elif node.is_model:
            said = (node.config.get("meta") or {}).get("doctrine_id")
            if said != doctrine_id(node.folders):
                yield Finding(
                    CODE,
                    node.name,
                    node.path,
                    1,
                    f"its meta names the doctrine id {said}, not {doctrine_id(node.folders)}",
                    "+meta: {doctrine_id: ...} of its folder in dbt_project.yml.",
                )
        if node.is_model and node.published_to and node.layer not in (Layer.MART, Layer.OUTBOUND):
            yield Finding(
                CODE,
                node.name,
                node.path,
                1,
                f"is published to {node.published_to}, and is no mart",
                "What BI reads is in models/marts: its ids are those of company_target alone.",
            )
        yield from _reads_sideways(compiled, node)


def _reads_sideways(compiled: Compiled, node: Node) -> Iterator[Finding]:
    """Sub-hubs read their own staging and company_target, never each other."""
    if node.layer not in (Layer.HUB, Layer.TARGET) or not node.is_model:
        return
    for parent in sorted(node.reads):
        read = compiled.graph.nodes.get(parent)
        if read is None or not read.is_model:
            continue
        other_hub = read.layer is Layer.HUB and read.folder != node.folder
        other_staging = (
            read.layer is Layer.STAGING
            and node.layer is Layer.HUB
            and read.folders[1:2] != (node.folder,)
        )
        upstream = read.layer in (Layer.MART, Layer.OUTBOUND)
        if other_hub or other_staging or upstream:
            yield Finding(
                CODE,
                node.name,
                node.path,
                1,
                f"`{node.folder}` reads {read.name}, which a hub may not read",
                "A hub reads its own staging and company_target; what spans hubs is a mart.",
            )


REFUSED = (
    Example(
        "not attached",
        "people_titles",
        "select person_id, email from {{ ref('people') }}",
        path="models/people/people_titles.sql",
    ),
    Example(
        "a fifth hub",
        "intent",
        """
        select target_id, company_unique_id from {{ ref('company_target') }}
    """,
        path="models/intent/intent.sql",
    ),
    Example(
        "a hub that reads another",
        "blog_readers",
        """
        select person_id, target_id, company_unique_id from {{ ref('people') }}
    """,
        path="models/blog/blog_readers.sql",
    ),
    Example(
        "published from the room of Company Target",
        "dim_companies",
        "select company_unique_id from {{ ref('stg_cl__companies') }}",
        path="models/company_target/dim_companies.sql",
        config={
            "dim_companies": {
                "meta": {"doctrine_id": "04.04.04.01", "publish_to": "outreach_marts"}
            }
        },
    ),
    Example("a seed", seeds=("house_companies",)),
    Example("a function", functions=("clean_id",)),
)
ACCEPTED = (
    Example(
        "an ephemeral step on the way",
        "int_people__landed",
        """
        select * from {{ ref('stg_people__people') }}
    """,
        path="models/people/int_people__landed.sql",
        materialized="ephemeral",
    ),
    Example(
        "a mart spans hubs",
        "dim_people",
        """
        select p.person_id, p.target_id, p.company_unique_id, s.send_id
        from {{ ref('people') }} as p
        left join {{ ref('send_log') }} as s on p.target_id = s.target_id
    """,
    ),
)

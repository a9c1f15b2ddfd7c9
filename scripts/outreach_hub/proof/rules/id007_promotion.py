"""Zero promotion: lifecycle is CL's, and stays there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from outreach_hub.doctrine import CL
from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.examples import Example
from outreach_hub.proof.graph import Layer
from outreach_hub.proof.path import Column, Hop, Kind, hops, told_by
from outreach_hub.proof.subject import Subject
from outreach_hub.proof.verdict import Finding
from outreach_hub.proof.written import written_in

CODE = "ID007"
TITLE = "no lifecycle or promotion column past staging, and nothing written to CL"
WHY = "Outreach signals and CL decides; a promotion made here would be authority taken from CL."

LIFECYCLE = re.compile(
    r"lifecycle|promot|sales_?(ready|qualified|accepted)|client_?eligible|(^|_)(mql|sql|sal)(_|$)"
    r"|(^|_)qualified|is_(client|customer)|became_(client|customer)|closed_(won|lost)"
)
"""Of a name in small letters and underscores (see `spelt`). macros/graph/forbidden_columns.sql has
the same."""
_DECIDED = re.compile(
    r"(^|_)(stage|funnel|pipeline|opportunity|prospect|client|customer|promote|handoff|lead|won|lost|converted|readiness)"
    r"(_|$)|merge_into|ready_for|next_action|recommended",
)
"""What a signal is not called, and does not say: it would be a decision."""
_MARKS = re.compile(r"^[^.]+\.(lifecycle\w*|sales_ready\w*|client_eligible\w*|promoted\w*)$")
_FIX = "Take it out. What CL decides is read from CL; what Outreach knows goes to CL as a signal."


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below."""
    if subject.layer is Layer.STAGING_CL:
        for node in _decided_by_lifecycle(subject):
            yield subject.finding(CODE, "CL's lifecycle decides something here", _FIX, at=node)
    if subject.layer in (Layer.STAGING, Layer.STAGING_CL, Layer.TEST):
        return
    for column in subject.query.order:
        if LIFECYCLE.search(spelt(column.name)):
            yield subject.finding(CODE, "a lifecycle column past staging", _FIX, column=column)
        elif subject.graph.is_read_by_cl(subject.node) and (said := _decision(column, subject)):
            yield subject.finding(CODE, f"decides what CL decides: {said}", _FIX, column=column)
        elif _is_lifecycle(column):
            yield subject.finding(
                CODE, "made from CL's lifecycle, whatever it is called", _FIX, column=column
            )
        elif subject.graph.is_read_by_cl(subject.node) and (taken := _owned_by_cl(told_by(column))):
            yield subject.finding(
                CODE, f"sends {', '.join(taken)} back to CL, which owns it", _FIX, column=column
            )
    for column, node in subject.touched:
        if _is_lifecycle(column):
            yield subject.finding(CODE, "CL's lifecycle decides something here", _FIX, at=node)
    for name in subject.node.columns:
        if LIFECYCLE.search(spelt(name)) and name not in subject.query.columns:
            yield subject.finding(CODE, f"declares the lifecycle column {name}", _FIX)


def _is_lifecycle(column: Column) -> bool:
    """CL's lifecycle had a part in it."""
    return any(_MARKS.match(mark) or _says_lifecycle(mark) for mark in column.marks)


def _says_lifecycle(mark: str) -> bool:
    """A column of CL's that is called as its lifecycle is."""
    owner, _, name = mark.partition(".")
    return owner == CL and bool(LIFECYCLE.search(spelt(name)) or _DECIDED.search(spelt(name)))


def spelt(text: str) -> str:
    """In small letters, with an underscore between words: `salesReady` and `sales-ready` alike."""
    return _NO_WORD.sub("_", _HUMP.sub("_", text)).lower()


_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_WORD = re.compile(r"[^A-Za-z0-9]+")


def _decided_by_lifecycle(subject: Subject) -> Iterator[exp.Expr | None]:
    """Where staging lets CL's lifecycle decide, by whatever name it goes there."""
    for column, node in subject.touched:
        if _is_lifecycle(column) and not _is_handed_on(node, subject):
            yield node
    for query in subject.query.walk():
        tests = [test.value for test in (*query.tests(), *query.having)]
        deciding = [*tests, *query.group, *query.chosen_by]
        deciding += [decider for column in query.order for decider in _deciders(column)]
        if query.distinct or query.kind == "recursive":
            # How many rows are left tells which of them are equal.
            deciding += query.order
            deciding += [column for branch in query.branches for column in branch.order]
        yield from (column.node or query.node for column in deciding if _is_lifecycle(column))


def _deciders(column: Column) -> Iterator[Column]:
    """What decides in an expression: conditions, and the order and the parts of windows."""
    if column.hop is Hop.CONDITION:
        yield column
    yield from (*column.controls, *column.partition, *(by for by, _ in column.order_by))
    if column.hop not in (Hop.COPY, Hop.CONDITION):
        for part in column.inputs:
            yield from _deciders(part)


def _is_handed_on(node: exp.Expr, subject: Subject) -> bool:
    """It is no more than a column of a SELECT: what becomes of that is seen where it is read."""
    return any(
        part is node
        for query in subject.query.walk()
        for column in query.order
        if column.hop in (Hop.COPY, Hop.CAST) and column.node is not None
        for part in column.node.walk()
    )


def check_project(compiled: Compiled) -> Iterator[Finding]:
    """A model, seed or snapshot whose relation is in CL's schema writes to CL when it is built.

    Whatever the target: one that prefixes schemas hides what the one of production does not.
    """
    for node in compiled.graph.nodes.values():
        if node.layer is Layer.SOURCE or not node.relation:
            continue
        named = {node.relation[1], node.published_to, str(node.config.get("schema")).lower()}
        if named & compiled.graph.cl_schemas:
            yield Finding(CODE, node.name, node.path, 1, "is built in CL's schema", _FIX)


def _decision(column: Column, subject: Subject) -> str:
    """The name or the literal by which a column that leaves is no signal; '' if it is one."""
    name = spelt(column.name)
    if _DECIDED.search(name) or column.name in _names_in_cl(subject) or not column.name.isascii():
        return column.name
    for text in _texts(column, subject):
        said = spelt(text)
        if _DECIDED.search(said) or LIFECYCLE.search(said) or not text.isascii():
            return text
    return ""


def _texts(column: Column, subject: Subject) -> Iterator[str]:
    """The texts that are written out somewhere, and can become this column's value or a part of it;
    of one that is computed from nothing but such, which nobody reads, the SQL."""

    def made(leaf: Column) -> list[Column]:
        return list(filter(None, [subject.world.made(leaf.leaf)]))

    for hop in hops(column, made):
        node = hop.node.unalias() if hop.node is not None else None
        if node is None or hop.hop in _HANDED_ON:
            continue
        texts = list(written_in(node))
        is_computed = hop.hop is Hop.CONSTANT and any(node.find_all(exp.Func, exp.Binary))
        yield from [f"promoted by {node.sql()}"] if texts and is_computed else texts
        yield "".join(texts)


_HANDED_ON = {Hop.LEAF, Hop.COPY, Hop.UNION, Hop.CONDITION, Hop.SUBQUERY, Hop.CHOICE}
"""Whose texts are those of what they are made of."""


def _names_in_cl(subject: Subject) -> set[str]:
    """What CL calls its own columns, but for its id and for when a row was made."""
    sources = (node for node in subject.graph.nodes.values() if node.source_name == CL)
    names = {name for node in sources for name in node.columns}
    return {name for name in names if name != Kind.COMPANY.value and not name.endswith("_at")}


def _owned_by_cl(marks: frozenset[str]) -> list[str]:
    return sorted(m for m in marks if m.startswith("cl.") and m != "cl.company_unique_id")


REFUSED = (
    Example(
        "by name",
        "dim_people",
        """
        select person_id, target_id, company_unique_id, true as is_sales_ready
        from {{ ref('people') }}
    """,
    ),
    Example(
        "by provenance, under another name",
        "int_company_target__stages",
        """
        select company_unique_id, case when lifecycle_state = 'CLIENT' then 1 end as stage
        from {{ ref('stg_cl__companies') }}
    """,
        path="models/company_target/int_company_target__stages.sql",
    ),
    Example(
        "as a filter only",
        "int_company_target__stages",
        """
        select company_unique_id from {{ ref('stg_cl__companies') }}
        where lifecycle_state <> 'CLIENT'
    """,
        path="models/company_target/int_company_target__stages.sql",
    ),
    Example(
        "CL's own column sent back to CL",
        "sync_cl__engagement_signals",
        """
        select company_unique_id, company_domain as web from {{ ref('company_target') }}
    """,
    ),
    Example(
        "a decision under another name",
        "sync_cl__engagement_signals",
        """
        select company_unique_id, count(*) as sends, 'yes' as next_action
        from {{ ref('send_log') }} group by 1
    """,
    ),
    Example(
        "a decision as the value of a signal",
        "sync_cl__engagement_signals",
        """
        select company_unique_id,
            case when count(*) > 3 then 'promote_to_client' else 'engaged' end as signal_type
        from {{ ref('send_log') }} group by 1
    """,
    ),
    Example(
        "the right to write to CL",
        rendered_hooks={"people": ["grant insert, update on all tables in schema cl to build"]},
    ),
    Example("built in CL's schema, in production", config={"people": {"schema": "cl"}}),
    Example(
        "published into CL's schema",
        config={"dim_people": {"meta": {"doctrine_id": "04.04.04", "publish_to": "cl"}}},
    ),
    Example(
        "in quotes and capitals",
        "dim_people",
        """
        select person_id, target_id, company_unique_id, 1 as "Lifecycle_Stage"
        from {{ ref('people') }}
    """,
    ),
)
ACCEPTED = (
    Example(
        "a signal",
        "sync_cl__engagement_signals",
        """
        select company_unique_id, 'engaged' as signal_type from {{ ref('company_target') }}
    """,
    ),
    Example(
        "Outreach's own status",
        "dim_people",
        """
        select p.person_id, p.target_id, p.company_unique_id, t.outreach_status
        from {{ ref('people') }} as p
        left join {{ ref('company_target') }} as t on p.target_id = t.target_id
    """,
    ),
)

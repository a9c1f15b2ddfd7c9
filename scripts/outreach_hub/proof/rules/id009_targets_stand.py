"""Targets never change, merge, retire or move: how company_target is built."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outreach_hub.doctrine import ANCHOR, MINTED
from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.effects import closure
from outreach_hub.proof.examples import Example, minting
from outreach_hub.proof.graph import Node
from outreach_hub.proof.verdict import Finding
from outreach_hub.schemas import HUB

CODE = "ID009"
TITLE = "one target a company; targets never change, merge, retire or move"
WHY = "Every record, report and message carries target_ids; a target that moves re-labels them all."

_ANCHORS = {"register_targets", "refuse_changed_targets", "refuse_vanished_companies"}
"""Hooks that a person has read for company_target, and for nothing else."""
_REGISTERS = re.compile(r"\{\{\s*register_targets\(\s*this\s*\)\s*\}\}")


def check_project(compiled: Compiled) -> Iterator[Finding]:
    """See the examples below."""
    anchor = compiled.graph.anchor()
    if anchor is None:
        yield Finding(
            CODE,
            "company_target",
            "models/company_target/company_target.sql",
            1,
            "there is no model company_target",
            "Restore it.",
        )
        return
    for wrong, right in _faults(anchor):
        yield Finding(CODE, anchor.name, anchor.path, 1, wrong, right)
    for (ident, index), names in compiled.hook_calls.items():
        node = compiled.graph.nodes.get(ident)
        if node is None or index < 0 or node.is_anchor:
            continue
        for name in sorted(names or ()):
            reached = closure([name], compiled.macros)
            if name in _ANCHORS or any(compiled.macros[i].acts for i in reached):
                what = f"`{name}`, which is of the build itself, is called by a hook of a model"
                yield Finding(CODE, node.name, node.path, 1, what, "Take it out.")


def _faults(anchor: Node) -> Iterator[tuple[str, str]]:
    config = anchor.config
    if anchor.version is not None:
        yield (
            "`company_target` has versions, and each company one target in each of them",
            "Keep one company_target: new context goes into new columns of it.",
        )
    if not any(_REGISTERS.fullmatch(hook.strip()) for hook in anchor.hooks):
        yield (
            "new targets are not registered, so that a lost table could not be restored",
            'Keep the post_hook "{{ register_targets(this) }}".',
        )
    if config.get("materialized") != "incremental":
        yield (
            "it is not incremental: a rebuild would mint every target afresh",
            "materialized='incremental'",
        )
    if config.get("alias") not in (None, ANCHOR) or config.get("schema") not in (None, HUB):
        yield (
            "it is built elsewhere than where its registry, triggers and keys look for it",
            f"Take alias and schema out: it is {HUB}.{ANCHOR}, prefixed where a target is.",
        )
    if config.get("full_refresh") is not False:
        yield "--full-refresh could mint every target afresh", "full_refresh=false"
    if config.get("incremental_strategy") != "merge":
        yield f"{config.get('incremental_strategy')} replaces rows", "incremental_strategy='merge'"
    if config.get("unique_key") not in ("company_unique_id", ["company_unique_id"]):
        yield "a company could be given two targets", "unique_key='company_unique_id'"
    updated = config.get("merge_update_columns")
    if not updated or any(str(name).lower() in MINTED for name in updated):
        yield (
            f"a merge could change {', '.join(MINTED)}",
            "merge_update_columns: the columns of context, and none of these",
        )
    for setting in ("merge_exclude_columns", "incremental_predicates", "predicates", "event_time"):
        if config.get(setting):
            yield f"`{setting}` changes which rows a build touches", f"Take {setting} out."
    if config.get("on_schema_change") not in ("append_new_columns", "fail"):
        yield "a build could drop columns of it", "on_schema_change='append_new_columns'"


REFUSED = (
    Example("under another name", config={"company_target": {"alias": "targets"}}),
    Example("rebuilt as a table", config={"company_target": {"materialized": "table"}}),
    Example("open to --full-refresh", config={"company_target": {"full_refresh": None}}),
    Example(
        "ids updated by the merge",
        config={"company_target": {"merge_update_columns": ["target_id"]}},
    ),
    Example(
        "targets for companies that have one", "company_target", minting(missing="is not null")
    ),
)
ACCEPTED = (
    Example(
        "a new column of context",
        config={
            "company_target": {
                "merge_update_columns": [
                    *("company_domain", "bit_score", "outreach_status", "headcount")
                ]
            }
        },
    ),
    Example("a stricter schema change", config={"company_target": {"on_schema_change": "fail"}}),
)

"""Every company that Outreach knows still exists in CL: the two places that say so stay."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.examples import Example
from outreach_hub.proof.verdict import Finding

CODE = "ID011"
TITLE = "a company that vanishes from CL fails the build"
WHY = "A target whose company is gone names nobody, and only CL can say what became of it."

_CALL = re.compile(
    r"\{\{\s*refuse_vanished_companies\(\s*this\s*,\s*ref\('stg_cl__companies'\)\s*\)\s*\}\}"
)


def check_project(compiled: Compiled) -> Iterator[Finding]:
    """See the examples below."""
    anchor = compiled.graph.anchor()
    if anchor is None or any(_CALL.fullmatch(hook.strip()) for hook in anchor.hooks):
        return
    yield Finding(
        CODE,
        anchor.name,
        anchor.path,
        1,
        "nothing refuses companies that are gone from CL in the transaction that writes targets",
        "Keep the post_hook \"{{ refuse_vanished_companies(this, ref('stg_cl__companies')) }}\".",
    )


REFUSED = (
    Example("the hook taken away", hooks={"company_target": []}),
    Example(
        "the hook asks another table",
        hooks={"company_target": ["{{ refuse_vanished_companies(this, this) }}"]},
    ),
)
ACCEPTED = (
    Example(
        "a hook beside it",
        hooks={
            "company_target": [
                "{{ refuse_vanished_companies(this, ref('stg_cl__companies')) }}",
                "{{ register_targets(this) }}",
                "analyze {{ this }}",
            ]
        },
    ),
    Example("as it is"),
)

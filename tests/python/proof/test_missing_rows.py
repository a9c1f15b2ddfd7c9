"""Whether a value may be null, where a model reads itself."""

from __future__ import annotations

from outreach_hub.proof.examples import project
from outreach_hub.proof.missing_rows import may_be_null
from outreach_hub.proof.path import Column, Hop
from outreach_hub.proof.subject import World

HUB, MART = "model.example.people", "model.example.dim_people"


def test_what_a_model_takes_from_itself_is_decided_by_the_rest() -> None:
    itself = Column("kind", Hop.LEAF, leaf=(MART, "kind"))
    at_times = Column("email", Hop.LEAF, leaf=(HUB, "email"))
    always = Column("target_id", Hop.LEAF, leaf=(HUB, "target_id"))
    for other, expected in ((at_times, True), (always, False)):
        both = Column("kind", Hop.UNION, (itself, other))
        world = World(project().graph, outputs={MART: {"kind": both}})
        assert may_be_null(itself, world) is expected

"""One page on the hub, to be handed over: what is proved, what failed, and what the marts say."""

from outreach_hub.report.facts import Facts, gather
from outreach_hub.report.page import render

__all__ = ["Facts", "gather", "render"]

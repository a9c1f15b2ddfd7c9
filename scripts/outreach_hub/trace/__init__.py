"""Following one id through the hub: what it is, how it came here, what hangs on it, what it broke.

Only reads. Identity is looked up byte for byte, as everywhere: a look-alike is offered to whoever
asked, and never followed.
"""

from outreach_hub.trace.atlas import Atlas
from outreach_hub.trace.search import Meaning, find, resembling
from outreach_hub.trace.story import Story, tell

__all__ = ["Atlas", "Meaning", "Story", "find", "resembling", "tell"]

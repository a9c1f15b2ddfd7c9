"""Backing targets up and bringing them back, each byte for byte as it was given.

A target_id is in records, reports and messages that Outreach does not hold, so that a lost
company_target cannot be minted afresh: the same ids would soon mean other companies.
"""

from outreach_hub.targets.anchor import anchor_of
from outreach_hub.targets.backup import export_targets, read_backup
from outreach_hub.targets.listing import list_targets
from outreach_hub.targets.restore import Restored, restore_targets

__all__ = [
    "Restored",
    "anchor_of",
    "export_targets",
    "list_targets",
    "read_backup",
    "restore_targets",
]

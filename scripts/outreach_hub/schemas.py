"""The hub's schemas, named as macros/schema/hub_schema.sql names them.

Where the target's schema is `outreach` they are used as they are; anywhere else it is their prefix.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outreach_hub.catalog.promises import Relation

HUB = "outreach"
BUILD = "outreach_build"
AUDIT = "outreach_audit"
MARTS = "outreach_marts"
OUTBOUND = "outreach_outbound"
FAILURES = "dbt_test__audit"
"""dbt's own, for the rows that a test found."""

OTHER_VERSIONS = r"__((before|replaced)_[0-9]+|next)"
"""What a publish appends to the name of what is not the published version: of another, or of the
rows that another had."""


@dataclass(frozen=True)
class HubSchemas:
    """The schemas of one target."""

    prefix: str = ""

    @classmethod
    def of(cls, target_schema: str) -> HubSchemas:
        return cls("" if target_schema == HUB else f"{target_schema}_")

    def named(self, schema: str) -> str:
        """The schema that a folder, or `meta.publish_to`, calls by this name."""
        return self.prefix + schema

    @property
    def hub(self) -> str:
        return self.named(HUB)

    @property
    def build(self) -> str:
        return self.named(BUILD)

    @property
    def audit(self) -> str:
        return self.named(AUDIT)

    @property
    def marts(self) -> str:
        return self.named(MARTS)

    @property
    def outbound(self) -> str:
        return self.named(OUTBOUND)

    @property
    def publications(self) -> Relation:
        """The table with a row for each publication."""
        from outreach_hub.catalog.promises import Relation

        return Relation(self.audit, "publications")

    @property
    def stored_failures(self) -> str:
        """Where dbt stores rows that a test found, if it is asked to."""
        return self.named(FAILURES)

    def owns(self, schema: str) -> bool:
        """Whether a schema is one of these, versions that are kept aside included."""
        own = {self.hub, self.build, self.audit, self.stored_failures}
        published = {self.marts, self.outbound}
        version = re.sub(f"{OTHER_VERSIONS}$", "", schema)
        return schema in own | published or version in published

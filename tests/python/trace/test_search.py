"""What `outreach trace` may read."""

from __future__ import annotations

import pytest

from outreach_hub.catalog.promises import Relation
from outreach_hub.database import connect_to
from outreach_hub.errors import EnvironmentFailure
from outreach_hub.profile import Target
from outreach_hub.trace.search import readable

PEOPLE, SENDS = Relation("outreach_raw", "people"), Relation("outreach_raw", "send_log")


@pytest.mark.parametrize(
    "taken",
    [
        "revoke all on outreach_raw.people from public, outreach_build",
        "revoke usage on schema outreach_raw from public, outreach_build",
    ],
)
def test_what_this_role_may_not_read_is_named_and_not_taken_for_empty(
    database: Target, taken: str
) -> None:
    with connect_to(database, role="admin") as admin:
        admin.execute("create table outreach_raw.people (person_id text)")
        admin.execute("grant select on outreach_raw.people to outreach_build")
    with connect_to(database) as connection:
        assert readable(connection, [PEOPLE, SENDS]) == {PEOPLE}  # the other is not there yet
    with connect_to(database, role="admin") as admin:
        admin.execute(taken)
    with connect_to(database) as connection, pytest.raises(EnvironmentFailure) as refusal:
        readable(connection, [PEOPLE, SENDS])
    assert "this role may not read outreach_raw.people:" in refusal.value.message

"""A build of the companies that changed, and of no other.

The doctrine makes it possible. Every record is of one company (ID013), whatever it refers to is of
the same company (ID008), and what is given to a company depends on its own records; so a hub that
passed its gates falls into companies that know nothing of one another. Those with a changed row are
built in a small hub of their own beside production's, by the same models and under the same gates,
tests and proofs, and then take the place of their rows in production in one transaction.

What does spread over companies is found in the SQL (`scope`) and made anew from all rows, and so
are the tests that a part cannot answer. Whatever does not fit (a wrong row, a key that another
company has, too much that changed) leaves production as it was, and everything is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach_hub import last_build
from outreach_hub.database import connect_to

if TYPE_CHECKING:
    from outreach_hub.last_build import LastBuild
    from outreach_hub.profile import Target

FEWEST_ROWS = 500_000
"""Landed rows from which on it pays: below, a build takes no longer than dbt itself."""


class BuildEverything(Exception):
    """Why the companies that changed cannot be built by themselves. Production is as it was."""


def clear_leftovers(target: Target) -> None:
    """Drops what a killed build left of its small hub. The caller holds the build lock."""
    from outreach_hub.delta.small_hub import clear
    from outreach_hub.refusals import in_plain_words

    with (
        connect_to(target) as connection,
        in_plain_words(f"what a killed build left, {target.url()}"),
    ):
        clear(connection, target)


def pays(last: LastBuild) -> bool:
    """Whether it is worth a try: in a small hub all is built as fast."""
    rows = last_build.rows_in(last.now).values()
    return last.only_rows and sum(each.count for each in rows) >= FEWEST_ROWS

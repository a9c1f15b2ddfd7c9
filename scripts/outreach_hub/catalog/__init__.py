"""The proof, from the database's own catalog, that what the models promise is enforced.

dbt swaps tables with `drop ... cascade`, which takes the foreign keys of others along without a
word, and never adds a constraint to an incremental table that exists. So nothing that dbt reports
shows that a constraint is there; only the catalog does.
"""

from outreach_hub.catalog.anew import verify_added
from outreach_hub.catalog.finding import Finding
from outreach_hub.catalog.left import check_left_columns
from outreach_hub.catalog.proof import verify
from outreach_hub.catalog.records import verify_records
from outreach_hub.catalog.strays import check_strays

__all__ = [
    "Finding",
    "check_left_columns",
    "check_strays",
    "verify",
    "verify_added",
    "verify_records",
]

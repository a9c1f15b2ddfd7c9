"""dbt's documentation as a page that stands alone, with what only the runner knows put in."""

from outreach_hub.docs_site.gaps import gaps
from outreach_hub.docs_site.identity import put_in
from outreach_hub.docs_site.serving import listening, serve

__all__ = ["gaps", "listening", "put_in", "serve"]

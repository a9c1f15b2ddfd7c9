"""Loading CSV files into the landing area, or into a stand-in CL (`outreach load`)."""

from outreach_hub.load.feeds import OFFICIAL_FEEDS, feed_of
from outreach_hub.load.loader import Progress, load_files, make_landing, retry_pending
from outreach_hub.load.report import LoadReport, Refused

__all__ = [
    "OFFICIAL_FEEDS",
    "LoadReport",
    "Progress",
    "Refused",
    "feed_of",
    "load_files",
    "make_landing",
    "retry_pending",
]

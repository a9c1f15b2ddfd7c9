"""Loading CSV files into the landing area, or into a stand-in CL (`outreach load`)."""

from outreach_hub.load.filings import FILINGS
from outreach_hub.load.loader import Progress, load_files, make_landing, retry_pending
from outreach_hub.load.report import LoadReport, Refused

__all__ = [
    "FILINGS",
    "LoadReport",
    "Progress",
    "Refused",
    "load_files",
    "make_landing",
    "retry_pending",
]

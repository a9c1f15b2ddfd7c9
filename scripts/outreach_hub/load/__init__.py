"""Loading CSV files into the landing area, or into a stand-in CL (`outreach load`)."""

from outreach_hub.load.loader import load_files, retry_pending
from outreach_hub.load.report import LoadReport, Refused

__all__ = ["LoadReport", "Refused", "load_files", "retry_pending"]

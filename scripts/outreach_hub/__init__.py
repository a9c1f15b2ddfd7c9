"""The runner of the Outreach Execution Hub (console command ``outreach``)."""

__version__ = "0.1.0"

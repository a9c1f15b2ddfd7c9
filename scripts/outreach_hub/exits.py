"""What the runner tells the shell that called it."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The runner's exit codes. CI and schedulers branch on them, so they never change meaning."""

    GOOD = 0
    IDENTITY_FAILURE = 1
    """A hard failure of the doctrine. No other failure exits 1, so that 1 can page somebody.

    One thing that nobody schedules does: `outreach bench run`, where two ways to the same tables
    came to different contents.
    """
    USAGE = 2
    """A wrong argument, file or configuration: the caller can mend it."""
    ENVIRONMENT = 3
    """No database, no permission, no disk: the machine has to be mended."""
    DBT_FAILURE = 4
    """dbt failed for a reason that is not identity."""
    INTERNAL = 70
    """A bug in the runner. Python's own exit code for an exception would be 1, which is taken."""
    INTERRUPTED = 130
    """Ctrl-C, as every shell knows it."""
    READER_LEFT = 141
    """The reader of a pipe went away, as in `outreach ... | head`: what was left was not told."""

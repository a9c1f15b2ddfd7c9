"""The failures that a user is told about in one message, each with its exit code.

Code anywhere below the CLI raises one of these, and `cli.run` prints what reaches it. Anything else
that escapes is a bug in the runner and shows its traceback.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from outreach_hub.exits import ExitCode

GRANT = "`outreach grant` prints, and with --apply runs, what the build role needs"
"""What to do where a privilege is missing."""


class OutreachError(Exception):
    """A failure that its reader can act on.

    `message` says what is wrong, `where` the file, table or server it was found in, `hint` what to
    do about it, and `code` the doctrine's code where there is one (``ID011``).
    """

    exit_code: ClassVar[ExitCode]
    details: Mapping[str, Any] = MappingProxyType({})
    """What a machine is told besides."""

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        self.code = code

    def as_document(self) -> dict[str, Any]:
        """The failure for a machine."""
        return {
            "message": self.message,
            "where": self.where,
            "hint": self.hint,
            "code": self.code,
        }


class IdentityFailure(OutreachError):
    """Company identity is wrong, or could not be proved right."""

    exit_code = ExitCode.IDENTITY_FAILURE


class UsageError(OutreachError):
    """The caller asked for something that cannot be done, or configured it wrongly."""

    exit_code = ExitCode.USAGE


class EnvironmentFailure(OutreachError):
    """The machine, the server or a permission stands in the way."""

    exit_code = ExitCode.ENVIRONMENT


class DbtFailure(OutreachError):
    """dbt failed, and not because of identity."""

    exit_code = ExitCode.DBT_FAILURE

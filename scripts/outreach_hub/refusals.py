"""What the database refuses, in plain words: a missing privilege or a lost server is no bug."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from outreach_hub.errors import EnvironmentFailure


@contextmanager
def in_plain_words(where: str, hint: str | None = None) -> Iterator[None]:
    """Turns a refusal inside the block into an environment failure."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise EnvironmentFailure(
            f"the database does not permit it: {said(error)}",
            where=where,
            hint=hint or "connect as the build role; `outreach grant` sets the roles up",
        ) from None
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
        raise EnvironmentFailure(
            f"somebody else holds what this needs: {said(error)}",
            where=where,
            hint="nothing was changed: try again in a moment",
        ) from None
    except psycopg.Error as error:
        raise EnvironmentFailure(
            f"the database cannot do it: {said(error)}", where=where, hint=hint
        ) from None


_NO_ROOM = "53"
"""The class of the errors of a server that is full, or at a limit of its own."""
_NO_TIME = {psycopg.errors.QueryCanceled.sqlstate, psycopg.errors.LockNotAvailable.sqlstate}


def of_the_server(error: Exception) -> EnvironmentFailure | None:
    """An error that is the server's state and nobody's mistake: stopped, killed, full, limited."""
    if not isinstance(error, psycopg.OperationalError):
        return None
    state = error.sqlstate or ""
    if state.startswith(_NO_ROOM) or state in _NO_TIME:
        return EnvironmentFailure(
            f"a limit of the server ended it: {said(error)}",
            hint="nothing published has changed; raise the limit, then run it again",
        )
    return EnvironmentFailure(
        f"the server was lost: {said(error)}",
        hint="nothing published has changed; see `outreach db status`, then run it again",
    )


def said(error: psycopg.Error) -> str:
    """The server's own message, on one line."""
    return error.diag.message_primary or " ".join(str(error).split())

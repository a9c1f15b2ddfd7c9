"""Tells an identity failure from any other failure of a dbt node.

The exit code of `outreach build` hangs on this: 1 means that identity is wrong or unproved, and
somebody is called; 4 means that dbt failed. A node that failed for identity says so in one of three
ways: its test is a gate (`meta.gate`, or one rule's `meta.code`), its message carries a code as
`[ID003]`, or the database refused the row by a constraint on an identity column.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from outreach_hub.doctrine import ANCHOR, COMPANY_ID, IDENTITY_COLUMNS, TARGET_ID

_NEVER_NULL = {COMPANY_ID: "ID001", TARGET_ID: "ID011"}

_CODE = re.compile(r"ID\d{3}")
_CODE_IN_MESSAGE = re.compile(r"\[(ID\d{3})\]")
_NULL = re.compile(
    r'null value in column "(?P<columns>[^"]+)"'
    r'|column "(?P<altered>[^"]+)" of relation "[^"]+" contains null values'
)
_KEY = re.compile(r"Key \((?P<columns>[^)]+)\)=")
_ENVIRONMENT = re.compile(
    r"server closed the connection|connection (to server )?.*(refused|failed|timed out)"
    r"|terminating connection|could not connect|connection already closed"
    r"|the database system is (starting up|shutting down|in recovery mode)"
    r"|permission denied for|must be owner of|in a read-only transaction"
    r"|No space left on device|Read-only file system|could not (write|extend) file"
    r"|canceling statement due to (statement|lock) timeout|exceeds temp_file_limit|out of memory"
    r"|Another build is on",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Failure:
    """What is known of a failed node: its own words, and what its meta and contract declare."""

    name: str
    message: str
    meta: Mapping[str, Any] = field(default_factory=dict)
    """`gate` and `code` mark a test of identity, `doctrine_id` a model that carries it."""
    key: Collection[str] = ()
    """The model's primary key: the same id twice is an identity failure too (ID013)."""
    never_null: str | None = None
    """The column that a failed test found null."""


class Verdict(NamedTuple):
    """Whether a failure is one of identity, and by which code, where that is one."""

    is_identity: bool
    code: str | None = None


NO_IDENTITY_FAILURE = Verdict(is_identity=False)


def judge(failure: Failure) -> Verdict:
    """The verdict on one failed node."""
    code = None
    if _CODE.fullmatch(str(failure.meta.get("code"))):
        code = str(failure.meta["code"])
    elif named := _CODE_IN_MESSAGE.search(failure.message):
        code = named[1]
    elif failure.never_null in _NEVER_NULL:
        code = _NEVER_NULL[failure.never_null]
    elif failure.meta.get("doctrine_id"):
        code = _constraint_code(failure)
    return Verdict(is_identity=bool(code) or is_gate(failure.meta), code=code)


def is_gate(meta: Mapping[str, Any]) -> bool:
    """Whether a test is one of identity: of several codes, which its evidence tells, or of one."""
    return bool(meta.get("gate")) or bool(_CODE.fullmatch(str(meta.get("code"))))


def is_environment(message: str) -> bool:
    """Whether a node failed because the server went away, is at a limit, or does not permit it."""
    return bool(_ENVIRONMENT.search(message))


def _constraint_code(failure: Failure) -> str | None:
    """The code that a refusal by the database stands for.

    A null company_unique_id is FAIL-001 (ID001). A null target_id, or a pair that company_target
    does not have, is a company unknown there (ID011, ID008). A key given twice is ID009 on
    company_target, whose key is identity itself, and ID013 elsewhere.
    """
    message = failure.message
    if null := _NULL.search(message):
        column = null["columns"] or null["altered"]
        return _NEVER_NULL.get(column)
    found = _KEY.search(message)
    columns = {name.strip(' "') for name in found["columns"].split(",")} if found else set()
    if "violates foreign key constraint" in message:
        return "ID008" if columns & set(IDENTITY_COLUMNS) else None
    if "violates unique constraint" in message or "could not create unique index" in message:
        if failure.name == ANCHOR and columns & set(IDENTITY_COLUMNS):
            return "ID009"
        return "ID013" if columns and columns <= {*failure.key, *IDENTITY_COLUMNS} else None
    return None

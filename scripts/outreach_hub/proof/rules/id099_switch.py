"""SQL that something outside the files can rewrite."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator

from sqlglot import exp

from outreach_hub.proof import lexing
from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.examples import Example
from outreach_hub.proof.expressions import SWITCH
from outreach_hub.proof.faces import Switch
from outreach_hub.proof.graph import Layer
from outreach_hub.proof.subject import Subject, offset
from outreach_hub.proof.verdict import Finding
from outreach_hub.variables import is_plain, texts

CODE = "ID099"
TITLE = "what a var, env_var or target puts into SQL is a quoted value or a number"
WHY = "Outside quotes it can be any SQL at all, and what was proved is not what will run."

_CALL = re.compile(
    r"\b(?P<kind>(env_)?var)\('(?P<name>[^']*)'"
    r"(, (default=)?(?P<default>'([^'\\]|\\.)*'|\"([^\"\\]|\\.)*\"))?"
)
_PLAIN = "A var is a plain value; what is SQL belongs in a model."
_UNKNOWN = Switch("a value")
_ENDS = re.compile(rf"[*/-]{SWITCH}\d+__|{SWITCH}\d+__[*/-]")
_ODD_QUOTES = re.compile(r"^(\$|[a-z]+&?')", re.IGNORECASE)


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below."""
    if SWITCH not in subject.face.sql:
        return
    yield from _made(subject)
    if subject.layer is Layer.TEST or subject.tree is None:
        return
    yield from _lists(subject, subject.tree)
    yield from _bare(subject, subject.tree)


def _made(subject: Subject) -> Iterator[Finding]:
    """Values that are made into something, or stand where a part of a text decides what it is."""
    for number, switch in subject.face.switches.items():
        line = subject.face.line(subject.face.sql.find(f"{SWITCH}{number}__"))
        if not switch.is_plain:
            yield subject.finding(
                CODE,
                f"`{switch.key}` makes something of a value from outside, which may end the quotes",
                "Print var(), env_var() or a part of target as it is, or as a number: | int.",
                line=line,
            )
        for what, value in _values(switch.key):
            if not is_plain(value):
                reason = f"{what} holds SQL or quotes: {value}"
                yield subject.finding(CODE, reason, _PLAIN, line=line)
    for piece in lexing.pieces(subject.face.sql):
        odd = _ENDS if piece.kind == "comment" else _ODD_QUOTES
        if SWITCH in piece.text and odd.search(piece.text):
            yield subject.finding(
                CODE,
                "a value from outside where it may end a comment or the quotes around it",
                "Put blanks around it, and quote it plainly: '{{ ... }}'.",
                line=subject.face.line(piece.start),
            )


def _bare(subject: Subject, tree: exp.Expr) -> Iterator[Finding]:
    """Values without quotes around them."""
    for identifier in tree.find_all(exp.Identifier, exp.Anonymous):
        name = str(identifier.this)
        if SWITCH in name and subject.face.sql[: offset(identifier)].endswith("-"):
            yield subject.finding(
                CODE,
                f"a minus before `{_key(name, subject)}`: before a negative number, a comment",
                "Put a blank or a bracket between them.",
                at=identifier,
            )
        if SWITCH in name and not _is_number(name, identifier, subject):
            key = _key(name, subject)
            yield subject.finding(
                CODE,
                f"`{key}` is put into the SQL as it is, and could be any SQL",
                f"Quote it, '{{{{ {key} }}}}', or make it a number,"
                f" {{{{ {key} | int }}}} or {{{{ {key} | float }}}}.",
                at=identifier,
            )


def _lists(subject: Subject, tree: exp.Expr) -> Iterator[Finding]:
    """Several values belong where any number may stand."""
    for literal in tree.find_all(exp.Literal):
        for number in _NUMBER.findall(str(literal.this)):
            switch = subject.face.switches.get(int(number), _UNKNOWN)
            is_listed = isinstance(literal.parent, (exp.In, exp.Array))
            if switch.is_several and not (is_listed and literal.arg_key == "expressions"):
                yield subject.finding(
                    CODE,
                    f"`{switch.key}` is several values, where one is read",
                    "Write it within in (...).",
                    at=literal,
                )


_NUMBER = re.compile(rf"{SWITCH}(\d+)__")


def _is_number(name: str, node: exp.Expr, subject: Subject) -> bool:
    number = name.removeprefix(SWITCH).removesuffix("__")
    if not (isinstance(node.parent, exp.Column) and number.isdigit()):
        return False
    return subject.face.switches.get(int(number), _UNKNOWN).is_number


def _key(name: str, subject: Subject) -> str:
    digits = name.split(SWITCH, 1)[1].split("__", 1)[0]
    found = subject.face.switches.get(int(digits)) if digits.isdigit() else None
    return (found or _UNKNOWN).key


def check_project(compiled: Compiled) -> Iterator[Finding]:
    """The values that the project itself declares must be values too, quotes and all."""
    yield from _environment(compiled)
    for name, value in texts(compiled.settings.get("vars") or {}):
        if not is_plain(value):
            yield Finding(
                CODE,
                "dbt_project",
                "dbt_project.yml",
                1,
                f"the var {name} holds SQL or quotes: {value}",
                _PLAIN,
            )


def _environment(compiled: Compiled) -> Iterator[Finding]:
    for name in sorted(compiled.environment & os.environ.keys()):
        if not is_plain(os.environ[name]):
            said = f"{name} in the environment holds SQL or quotes, and a template asks for it"
            yield Finding(CODE, "dbt_project", "dbt_project.yml", 1, said, _PLAIN)


def _values(key: str) -> Iterator[tuple[str, str]]:
    """What is put in there today, of all that may be: a default, and what the environment says."""
    for call in _CALL.finditer(key):
        name, default = call["name"], call["default"]
        if default:
            yield f"the default of {name}", str(ast.literal_eval(default))
        if call["kind"] == "env_var" and name in os.environ:
            yield f"{name} in the environment", os.environ[name]


REFUSED = (
    Example(
        "a column that a var names",
        "dim_people",
        """
        select person_id, target_id, company_unique_id, __switch_1__ as extra
        from {{ ref('people') }}
    """,
    ),
    Example("a var that carries SQL", settings={"vars": {"as_of_date": "2026-01-01' or '1'='1"}}),
)
ACCEPTED = (
    Example(
        "a quoted value",
        "dim_people",
        """
        select person_id, target_id, company_unique_id, cast('__switch_1__' as date) as as_of_date
        from {{ ref('people') }}
    """,
    ),
    Example("a plain var", settings={"vars": {"cl_schema": "cl", "evidence_limit": 1000}}),
)

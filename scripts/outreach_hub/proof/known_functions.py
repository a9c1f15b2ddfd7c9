"""No function is called that is not the engine's own: another one may read whatever it likes.

`best_email(company_domain)` looks like any function, and its body is in the database. So each name
before a bracket is one that the engine comes with (`functions/`), a word of the language, or the
name of a relation whose columns follow. That nothing else in the database answers to a name of the
engine's own is for `check_shadows` to see, when something is built.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from sqlglot import exp

from outreach_hub.proof.dialect import spoken
from outreach_hub.proof.unproved import Unproved

_WORDS = re.compile(r"\w+").findall

NO_FUNCTION = frozenset(
    _WORDS("""
    all analyse analyze and any array as asc asymmetric between bigint bit boolean both case cast
    char character check coalesce collate column constraint create current_catalog current_date
    current_role current_time current_timestamp current_user dec decimal default deferrable desc
    distinct do else end except exists extract false fetch float for foreign from grant greatest
    group grouping having in initially inout int integer intersect interval into json json_array
    json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize
    json_table json_value lateral leading least limit localtime localtimestamp merge_action national
    nchar none normalize not null nullif numeric offset on only or order out overlay placing
    position precision primary real references returning row select session_user setof smallint
    some substring symmetric system_user table then time timestamp to trailing treat trim true union
    unique user using values varchar variadic when where window with xmlattributes xmlconcat
    xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
    """)
)
"""Keywords of Postgres by which no function can be called."""

_SYNTAX = frozenset(
    _WORDS("""
    bernoulli bpchar by columns cube filter ilike join like materialized operator over rollup
    sets system varying zone
    """)
)
"""Words before a bracket of the language, by which a function can be called too."""


@cache
def known(engine: str) -> frozenset[str]:
    """The names of the functions that an engine comes with."""
    path = Path(__file__).with_name("functions") / f"{engine}.txt"
    return frozenset(path.read_text(encoding="utf-8").split())


def require_known(called: Iterable[str], trees: Sequence[exp.Expr]) -> None:
    """Raises where a name before a bracket, folded as the engine does, may be another function."""
    nodes = [node for tree in trees for node in tree.walk()]
    own = known(spoken()) | NO_FUNCTION
    strange = Counter(name for name in called if name not in own)
    if not strange:
        return
    strange.subtract(
        node.name.lower() for node in nodes if isinstance(node, exp.TableAlias) and node.columns
    )
    functions = {name for node in nodes if isinstance(node, exp.Func) for name in _names_of(node)}
    for name in sorted(+strange):
        if name not in _SYNTAX or name in functions:
            raise Unproved(
                f"{name}() is no function that comes with the engine: what it reads is not shown",
                next((node for node in nodes if name in _names_of(node)), None),
                fix="Write what it does in SQL, or as a macro.",
            )


def _names_of(node: exp.Expr) -> set[str]:
    """All names by which a function may have been called to become this node."""
    if isinstance(node, exp.Anonymous):
        return {str(node.this).lower()}
    return {name.lower() for name in node.sql_names()} if isinstance(node, exp.Func) else set()

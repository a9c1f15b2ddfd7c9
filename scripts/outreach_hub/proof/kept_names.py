"""No name of a text is lost on its way into the syntax tree, or stands where nobody looks for it.

The parser knows words of many engines: what is the name of a column to Postgres may be an operator
to it (`rlike b`), a unit (`date_trunc(c, x)`) or a constructor (`list[1]`). A tree without the name
would be proved, and the column read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from sqlglot import exp

from outreach_hub.proof.unproved import Unproved

_WORD = re.compile(r"\w+")

KEYWORDS = frozenset(
    _WORD.findall("""
    abort absent absolute access action add admin after aggregate all also alter always analyse
    analyze and any array as asc asensitive assertion assignment asymmetric at atomic attach
    attribute authorization backward before begin between bigint binary bit boolean both breadth
    by cache call called cascade cascaded case cast catalog chain char character characteristics
    check checkpoint class close cluster coalesce collate collation column columns comment
    comments commit committed compression concurrently conditional configuration conflict
    connection constraint constraints content continue conversion copy cost create cross csv
    cube current current_catalog current_date current_role current_schema current_time
    current_timestamp current_user cursor cycle data database day deallocate dec decimal declare
    default defaults deferrable deferred definer delete delimiter delimiters depends depth desc
    detach dictionary disable discard distinct do document domain double drop each else empty
    enable encoding encrypted end enforced enum error escape event except exclude excluding
    exclusive execute exists explain expression extension external extract false family fetch
    filter finalize first float following for force foreign format forward freeze from full
    function functions generated global grant granted greatest group grouping groups handler
    having header hold hour identity if ilike immediate immutable implicit import in include
    including increment indent index indexes inherit inherits initially inline inner inout input
    insensitive insert instead int integer intersect interval into invoker is isnull isolation
    join json json_array json_arrayagg json_exists json_object json_objectagg json_query
    json_scalar json_serialize json_table json_value keep key keys label language large last
    lateral leading leakproof least left level like limit listen load local localtime
    localtimestamp location lock locked logged mapping match matched materialized maxvalue merge
    merge_action method minute minvalue mode month move name names national natural nchar nested
    new next nfc nfd nfkc nfkd no none normalize normalized not nothing notify notnull nowait
    null nullif nulls numeric object objects of off offset oids old omit on only operator option
    options or order ordinality others out outer over overlaps overlay overriding owned owner
    parallel parameter parser partial partition passing password path period placing plan plans
    policy position preceding precision prepare prepared preserve primary prior privileges
    procedural procedure procedures program publication quote quotes range read real reassign
    recursive ref references referencing refresh reindex relative release rename repeatable
    replace replica reset restart restrict return returning returns revoke right role rollback
    rollup routine routines row rows rule savepoint scalar schema schemas scroll search second
    security select sequence sequences serializable server session session_user set setof sets
    share show similar simple skip smallint snapshot some source sql stable standalone start
    statement statistics stdin stdout storage stored strict string strip subscription substring
    support symmetric sysid system system_user table tables tablesample tablespace target temp
    template temporary text then ties time timestamp to trailing transaction transform treat
    trigger trim true truncate trusted type types uescape unbounded uncommitted unconditional
    unencrypted union unique unknown unlisten unlogged until update user using vacuum valid
    validate validator value values varchar variadic varying verbose version view views virtual
    volatile when where whitespace window with within without work wrapper write xml
    xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
    xmlserialize xmltable year yes zone
    """)
)
"""The words that have a meaning in the grammar of Postgres. All others are names."""

TYPES = frozenset(
    _WORD.findall("""
    bool bpchar bytea cidr date daterange datemultirange float4 float8 inet int2 int4 int4range int8
    int8range json jsonb jsonpath macaddr money numrange oid regclass timestamptz timetz tsquery
    tsrange tstzrange tsvector uuid xid
    """)
)
"""Names that are a type's, where one is wanted."""

FIELDS = frozenset(
    _WORD.findall("""
    century decade dow doy epoch isodow isoyear julian microseconds millennium milliseconds quarter
    timezone timezone_hour timezone_minute week
    """)
)
"""What EXTRACT takes out of a time, besides what is a keyword."""


PLACES = {
    exp.Alias: {"alias"},
    exp.Collate: {"expression"},
    exp.Column: {"this", "table", "db", "catalog"},
    exp.ColumnDef: {"this"},
    exp.DataType: {"kind"},
    exp.Join: {"using"},
    exp.Kwarg: {"this"},
    exp.Table: {"this", "db", "catalog"},
    exp.TableAlias: {"this", "columns"},
    exp.Unnest: {"offset"},
    exp.Window: {"this", "alias"},
}
"""Where a tree may have a name: what the proof reads as a column, a relation or a new name."""


def with_columns(tree: exp.Expr) -> exp.Expr:
    """The tree with `j -> 'key'` as a part of the column j, in a function's brackets too.

    To the parser that is a function of one parameter called j, as other engines have them.
    """
    for node in tree.find_all(exp.Lambda):
        if len(node.expressions) == 1:
            column = exp.Column(this=node.expressions[0])
            node.replace(exp.JSONExtract(this=column, expression=node.this))
    return tree


def require_names(words: Iterable[str], quoted: Iterable[str], trees: Sequence[exp.Expr]) -> None:
    """Raises where the trees have a name less often than the text, of which these are the words
    and the names in quotes, or where no name is looked for.

    Left out is what is called as a function: who it is, is told by its name there.
    """
    written = Counter(word for word in map(str.lower, words) if word not in KEYWORDS)
    nodes = [node for tree in trees for node in tree.walk()]
    for node in nodes:
        if isinstance(node, exp.Identifier) and not _is_looked_for(node):
            raise Unproved(
                f"`{node.name}` may be the name of a column, in a place of the language where the"
                " proof knows of none",
                fix="Write it otherwise: the column by its table's name, or in brackets.",
            )
    names = [node for node in nodes if isinstance(node, exp.Identifier)]
    written.subtract(name.name.lower() for name in names if not name.args.get("quoted"))
    written.subtract(node.this.name.lower() for node in nodes if isinstance(node, exp.Kwarg))
    lost = +written
    of_types = sum(lost.pop(word, 0) for word in TYPES)
    of_fields = sum(lost.pop(word, 0) for word in FIELDS)
    if of_types > sum(isinstance(node, exp.DataType) for node in nodes):
        lost.update(dict.fromkeys(TYPES & written.keys(), 1))
    if of_fields > sum(isinstance(node, exp.Extract) for node in nodes):
        lost.update(dict.fromkeys(FIELDS & written.keys(), 1))
    lost += Counter(quoted) - Counter(name.name for name in names if name.args.get("quoted"))
    if lost:
        raise Unproved(
            f"`{min(lost)}` is a name to Postgres, and to the proof a word of the language",
            fix="Call the column otherwise, or put its name in quotes.",
        )


def _is_looked_for(name: exp.Identifier) -> bool:
    parent = name.parent
    if isinstance(parent, exp.Dot):  # a function or type by its schema
        return isinstance(parent.expression, exp.Func) or isinstance(parent.parent, exp.DataType)
    return any(name.arg_key in keys for kind, keys in PLACES.items() if isinstance(parent, kind))

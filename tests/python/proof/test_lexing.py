"""What is proved and what is run are the same words, for either engine."""

from __future__ import annotations

import pytest

from outreach_hub.proof import lexing
from outreach_hub.proof.dialect import speaking
from outreach_hub.proof.unproved import Unproved

ALIKE = [
    "select a--b\nfrom t /* x */ where b = 1 -- é",
    "select '--' , '/*', \"--\", $$ -- $$, $a$ /* $b$ $a$ from t",
    "select 'a''b', E'a\\'b', x'1F', b'1', N'x', \"q\"\"r\" from t",
    "select a /*/ b */ from t /**/ where a = $1 /***/",
    "select prénom, a$b$c, 1.5e3 from t\r\nwhere a->>'x' = 'y'",
    "select 'a'\n'b' from t",
]
IN_TWO_WAYS = {
    "select a from /*/* x */ proved --*/ run\n": "a comment within a comment",
    "select a from proved /* x /* y */ */": "a comment within a comment",
    "select a from run\u00a0-- all": "U+00A0",
    "select a from -- all\r\u00a0run": "U+00A0",
    "select a from ru\u200bn": "U+200B",
    "select a\x0cfrom t": "U+000C",
    "select U&'\\0061' from t": "letters are written as numbers",
    'select U&"\\0061" from t': "letters are written as numbers",
    "select E'a'\n'b\\' , x , '": "goes on in the next line",
    "select E'a' -- c\n'b\\' , x , '": "goes on in the next line",
    "select E'a' /* c */\n'b\\' , x , '": "goes on in the next line",
    "select 'a from t": "a ' that nothing closes",
    "select 1_0 from t": "a number with letters",
    "select 0x1F from t": "a number with letters",
    "select 8_target from t": "a number with letters",
    "select a /* from t": "a / that nothing closes",
    "select $é$ -- $é$ from t": "a $ that nothing closes",
}
IN_TWO_WAYS_TO_SPARK = {
    "select a -- x \\\n, b from t": "goes on in the next line",
    "select a from /*/* x */ proved --*/ run\n": "a comment within a comment",
    "select a from /* all ${x}*${x}/ run -- */ proved": "puts something in the place of",
}


@pytest.mark.parametrize("sql", ALIKE)
def test_plain_sql_is_read(sql: str) -> None:
    assert len(lexing.parse(sql)) == 1


def test_spark_escapes_and_quotes_in_its_own_way() -> None:
    with speaking("spark"):
        (tree,) = lexing.parse("select 'a\\'-- b', \"c\\\"/*\", `e``f`, r'\\' from t -- x")
    assert tree.sql("spark") == "SELECT 'a\\'-- b', 'c\"/*', `e``f`, '\\\\' FROM t"


@pytest.mark.parametrize(("sql", "reason"), IN_TWO_WAYS.items())
def test_what_can_be_read_in_two_ways_is_refused(sql: str, reason: str) -> None:
    with pytest.raises(Unproved, match=reason.replace("$", r"\$").replace("+", r"\+")) as refused:
        lexing.parse(sql)
    assert refused.value.code == "ID099"
    assert lexing.tokens(sql) is None


@pytest.mark.parametrize(("sql", "reason"), IN_TWO_WAYS_TO_SPARK.items())
def test_and_so_it_is_for_spark(sql: str, reason: str) -> None:
    with speaking("spark"), pytest.raises(Unproved, match=reason):
        lexing.parse(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "with a as (select 1 as b) select b from a",
        "-- with what\nWITH recursive a as (select 1 as b) select b from a",
        "select b, 'with \\' as c from a where b in (with x as (select 1 as d) select d from x)",
    ],
)
def test_ctes_of_ephemeral_models_go_to_the_start(sql: str) -> None:
    lexing.require_ctes_in_place(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select a || '\\' as b, c || 'x with y' as d from e",
        "select b # 2, ' \n x with ' as c from a",
        "select b from a cross join unnest(c) with ordinality as d (e, f)",
        "select 1 as a; select 2 as a",
    ],
)
def test_ctes_of_ephemeral_models_go_nowhere_else(sql: str) -> None:
    with pytest.raises(Unproved, match="elsewhere than at the start"):
        lexing.require_ctes_in_place(sql)


def test_what_is_no_sql_is_shown_where_it_is() -> None:
    sql = "select a\nfrom t\nleft joyn u on true\nwhere b"
    with pytest.raises(Unproved) as refused:
        lexing.parse(sql)
    assert refused.value.reason.endswith(": left joyn u on true")
    assert sql.count("\n", 0, refused.value.at) == 2

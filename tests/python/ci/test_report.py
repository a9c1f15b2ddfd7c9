"""The report: nothing that a row or a message says can change how it reads."""

from __future__ import annotations

from unittest.mock import Mock

import psycopg
import pytest

from outreach_hub.ci.changes import Changes, Modified
from outreach_hub.ci.difference import Difference, SampleRow
from outreach_hub.ci.lost import LostTest, Removed
from outreach_hub.ci.outcome import Outcome, Request
from outreach_hub.ci.report import SHOWN, as_markdown, cell, code, prose, text
from outreach_hub.ci.revision import Revision
from outreach_hub.ci.selection import Selection
from outreach_hub.ci.slim import timed
from outreach_hub.errors import EnvironmentFailure
from outreach_hub.exits import ExitCode


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("run `outreach build --rebuild` first", "run `outreach build --rebuild` first"),
        ("`a_b_` of *x*", r"`a_b_` of \*x\*"),
        ("a ` alone", r"a \` alone"),
    ],
)
def test_our_own_words_have_code_in_them(value: str, told: str) -> None:
    assert prose(value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("stg_people__people", "stg_people__people"),
        ("_emphasis_", r"\_emphasis\_"),
        ("a | b", r"a \| b"),
        ("<img src=x>", r"\<img src=x\>"),
        ("@octocat", r"\@octocat"),
        ("two\nlines", "two lines"),
        ("[link](x)", r"\[link\](x)"),
    ],
)
def test_words_mean_nothing_to_markdown(value: str, told: str) -> None:
    assert text(value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "*null*"),
        ("", '`""`'),
        ("  ", '`"  "`'),
        ("a|b", r"`a\|b`"),
        ("a`b", "`` a`b ``"),
        ("``", "``` `` ```"),
        ("\x1b[2J\u200b\u202e", r"`\x1b[2J\u200b\u202e`"),
        ("x" * 100, "`" + "x" * 80 + "...`"),
    ],
)
def test_a_value_is_shown_as_it_is(value: str | None, told: str) -> None:
    assert cell(value) == told


def test_code_is_one_line() -> None:
    assert code("a\nb") == "`a b`"


def test_a_fence_cannot_be_closed_from_within() -> None:
    outcome = Outcome(Request(), Revision(), error=EnvironmentFailure("lost\n```\n# not a heading"))
    report = as_markdown(outcome)
    assert report.startswith("## outreach ci: not run to its end")
    assert "````\nlost\n```\n# not a heading\n````" in report


def changed(tests: int, macros: int) -> str:
    """The report of a pull request that changes this many of each."""
    return as_markdown(
        Outcome(
            Request(),
            Revision("main", "0" * 40),
            changes=Changes(
                modified=tuple(
                    Modified(f"test.{n}", f"t{n}", "test", "tests/t.sql", ("body",))
                    for n in range(tests)
                ),
                macros=tuple(f"m{n}" for n in range(macros)),
            ),
            selection=Selection(frozenset({"model.a"}), models=("a",)),
        )
    )


def test_a_server_that_is_lost_between_two_statements_is_reported() -> None:
    outcome = Outcome(Request(), Revision())
    cut = Mock(side_effect=psycopg.OperationalError("terminating connection by administrator"))
    with timed(outcome):
        cut()
    assert outcome.error is not None
    assert outcome.error.exit_code == ExitCode.ENVIRONMENT
    assert "the server was lost: terminating connection" in as_markdown(outcome)


def test_one_is_told_as_one() -> None:
    report = changed(tests=1, macros=1)
    assert "- 1 test is new or changed: `t0`" in report
    assert "It reaches 1 model." in report


def test_what_is_not_shown_is_counted() -> None:
    report = changed(tests=SHOWN + 1, macros=SHOWN + 2)
    assert f"- {SHOWN + 1} tests are new or changed: `t0`" in report
    assert f"`m{SHOWN - 1}` and 2 more" in report


def test_what_is_gone_is_to_agree_to() -> None:
    changes = Changes(
        removed=(Removed("metric", "open_rate"), Removed("model", "a", "b", "marts.a")),
        lost_tests=(LostTest("counts", "fct_a", "is gone", "unit test"),),
    )
    report = as_markdown(Outcome(Request(), Revision(), changes=changes))
    assert report.split("### To agree to\n")[1].splitlines() == [
        "- the unit test counts on fct_a is gone",
        "- the metric open_rate is gone",
        "- the model a is now called b: readers lose `marts.a` with the next publish",
    ]


def test_rows_that_differ_are_in_a_table_and_a_sample() -> None:
    row = SampleRow("changed", {"id": "a|b"}, {"status": ("queued", None)})
    outcome = Outcome(
        Request(),
        Revision("main", "0" * 40),
        differences=(
            Difference("fct_a", 2, 3, ("id",), 0, 1, 1, {"status": 1}, sample=(row,)),
            Difference("fct_b", 2, 2, ("id",), columns={}),
            Difference("fct_c", 1200, remark="production has no such mart"),
        ),
    )
    report = as_markdown(outcome)
    assert "| rows | 2 of 3 rebuilt marts differ |" in report
    assert "| fct_a | 3 → 2 | 0 | 1 | 1 | status (1) |" in report
    assert "| fct_c | 1,200 |  |  |  | production has no such mart |" in report
    assert "The same, row by row: `fct_b`." in report
    assert r"| changed | `a\|b` | status | `queued` | *null* |" in report

"""The corpus keeps fitting the project; a seeded sample of it, and of the fuzz, is tried each time.

All of it: `make mutants`, and `python tests/mutants/fuzz.py --rounds 2000`.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pytest

import corpus
from corpus import ACCEPTED, Case, CorpusError, Edit
from fuzz import hubs, play, rewrite, twist
from run import table, told
from workshop import PROJECT, Outcome, Refusal, Workshop

CODES = [f"ID{number:03}" for number in (*range(1, 15), 99)]
SAMPLE = 8


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("mutants"))


def test_every_code_has_its_cases() -> None:
    groups = Counter(case.group for case in corpus.load())
    assert all(groups[code] for code in CODES)


def test_none_is_lost_unseen() -> None:
    """docs/proof.md says how many there are; with the legitimate edits it counts the project."""
    accepted = sum(case.must_pass for case in corpus.load())
    page = (PROJECT / "docs" / "proof.md").read_text(encoding="utf-8")
    counts = re.findall(r"^\| (?:fabri|legit).+ \| (\d+) \|$", page, re.M)
    assert [int(count) for count in counts] == [len(corpus.load()) - accepted, accepted + 1]


def test_the_mart_of_the_docs_is_one_of_them() -> None:
    (case,) = corpus.load("accepted/mart_of_the_docs")
    page = (PROJECT / "docs" / "marts.md").read_text(encoding="utf-8")
    for edit in case.edits:
        assert f"`{edit.file}`:\n\n```" in page
        assert (edit.apply(None) or "").rstrip() in page


@pytest.mark.parametrize("group", [*CODES, ACCEPTED])
def test_every_case_fits_the_project_as_it_is(group: str) -> None:
    for case in corpus.load(f"{group}/*"):
        assert list(corpus.patched(case, PROJECT)), case.name


@pytest.mark.slow
def test_a_sample_is_judged_rightly(workshop: Workshop) -> None:
    cases = corpus.load()
    accepted = [case for case in cases if case.must_pass]
    refused = [case for case in cases if not case.must_pass]
    chance = random.Random(5)
    for case in (*chance.sample(accepted, SAMPLE // 2), *chance.sample(refused, SAMPLE // 2)):
        outcome = workshop.judge(case)
        assert outcome.is_right(case), told(case, outcome)


@pytest.mark.slow
def test_a_package_may_hold_a_macro_that_dbt_has_word_for_word(workshop: Workshop) -> None:
    """As the real dbt-utils does: what reaches the one from outside is not in the other."""
    import dbt.include.global_project as dbts

    own = Path(dbts.__file__).parent / "macros" / "utils" / "generate_series.sql"
    text = own.read_text().replace("'dbt'", "'dbt_utils'").replace("dbt.get", "dbt_utils.get")
    caller = "{% macro asked() %}{{ dbt_utils.generate_series(var('asked')) }}{% endmacro %}"
    file = "vendor/dbt_utils/macros/sql/generate_series.sql"
    case = Case("accepted/x", "x", frozenset({ACCEPTED}), (Edit(file, "create", text + caller),))
    outcome = workshop.judge(case)
    assert outcome.is_right(case), told(case, outcome)


@pytest.mark.parametrize("number", [0, 1])
def test_random_rewrites_are_judged_rightly(workshop: Workshop, number: int) -> None:
    trials = play(number, 7, workshop)
    wrong = [trial.story for trial in trials if not trial.is_right]
    assert len(trials) == len(hubs())
    assert not wrong, "\n".join(wrong)


def test_a_rewrite_is_the_same_each_time() -> None:
    hub = hubs()[0]
    twists = [twist(hub, random.Random(3)) for _ in range(2)]
    texts = [rewrite(hub, random.Random(3), bent) for bent in twists]
    assert texts[0] == texts[1]
    assert texts[0] != rewrite(hub, random.Random(4), twists[0])


def test_a_find_that_is_not_there_is_an_error_of_the_corpus(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("select 1, 1")
    for find in ("2", "1"):
        case = _case(Edit("a.sql", "replace", "3", find))
        with pytest.raises(CorpusError, match="not once"):
            list(corpus.patched(case, tmp_path))


@pytest.mark.parametrize("edit", [Edit("a.sql", "create", "x"), Edit("b.sql", "append", "x")])
def test_a_file_that_is_not_as_expected_is_an_error_of_the_corpus(
    tmp_path: Path, edit: Edit
) -> None:
    (tmp_path / "a.sql").write_text("select 1")
    with pytest.raises(CorpusError):
        list(corpus.patched(_case(edit), tmp_path))


def test_edits_of_one_file_build_on_each_other(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("select 1")
    case = _case(Edit("a.sql", "replace", "2", "1"), Edit("a.sql", "append", ", 3"))
    assert dict(corpus.patched(case, tmp_path)) == {tmp_path / "a.sql": "select 2, 3"}


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("select max(a) from {{ ref('x') }}", True),
        ("select a from {{ ref('y') }}", False),
        ("select a from {{ ref('x') }} {{ ref('x') }}", False),
        ("{# note #} select a from {{ ref('x') }}", False),
    ],
)
def test_sql_alone_is_what_leaves_the_jinja_as_it_was(
    tmp_path: Path, text: str, alone: bool
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "m.sql").write_text("select a from {{ ref('x') }}")
    case = _case(Edit("models/m.sql", "delete", ""), Edit("models/m.sql", "create", text))
    assert corpus.sql_alone(case, tmp_path) == ({"m": text} if alone else {})


def test_the_table_counts_by_code() -> None:
    caught = (_case(), Outcome((Refusal("ID002", "people", "x"),)))
    missed = (_case(), Outcome())
    edit = Case("accepted/x", "x", frozenset({ACCEPTED}), ())
    alarm = (edit, Outcome((Refusal("ID002", "", ""),)))
    lines = table([caught, missed, alarm]).splitlines()
    assert lines[1].split() == ["ID002", "2", "1", "1"]
    assert lines[-1].split() == ["accepted", "1", "cases,", "1", "false", "alarms"]


def _case(*edits: Edit) -> Case:
    return Case("ID002/x", "x", frozenset({"ID002"}), edits)

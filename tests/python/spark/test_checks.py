"""Spark enforces no constraint: a model that breaks one is refused before anybody can read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from conftest import run_in_process
from outreach_hub import building
from outreach_hub.exits import ExitCode
from spark.engines import FIRST_DAY, MODELS_ALONE, SPARK, Engines

ATTACHED = "targets.target_id,\n        targets.company_unique_id,"


class Break(NamedTuple):
    """What a model says instead of its two identity columns, and what is said of it."""

    text: str
    rows: str
    code: str
    said: str


BREAKS = {
    "a company that is null": Break(
        "targets.target_id,\n        cast(null as string) as company_unique_id,",
        "landed",
        "ID001",
        "[ID001] 183 of company_unique_id",
    ),
    "a target that is null": Break(
        "cast(null as string) as target_id,\n        targets.company_unique_id,",
        "landed",
        "ID011",
        "[ID011] 183 of target_id",
    ),
    "a target of another company": Break(
        "'TGT-NW-77-1' as target_id,\n        targets.company_unique_id,",
        "landed",
        "ID008",
        "[ID008]",
    ),
    "a record twice": Break(
        ATTACHED,
        "(select * from landed union all select * from landed) as landed",
        "ID013",
        "[ID013] 183 of person_id",
    ),
}


MODELS = ("people/people.sql", "marts/fct_blog_signals.sql")


@pytest.fixture
def unproved(published: Engines, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engines]:
    """The hub, whose `MODELS` a test may break: the proof would not let it come to this."""
    monkeypatch.setattr(building, "require_proof", lambda *_: None)
    monkeypatch.setattr("outreach_hub.spark.building.require_proof", lambda *_: None)
    models = [published.hub.project.models_dir / name for name in MODELS]
    texts = [model.read_text() for model in models]
    try:
        yield published
    finally:
        for model, text in zip(models, texts, strict=True):
            model.write_text(text)


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_constraint_is_refused(name: str, unproved: Engines) -> None:
    broken = BREAKS[name]
    model = unproved.hub.project.models_dir / "people" / "people.sql"
    text = model.read_text()
    assert ATTACHED in text
    text = text.replace(ATTACHED, broken.text)
    model.write_text(text.replace("from landed\n    left", f"from {broken.rows}\n    left"))
    shown, known = unproved.version_shown("outreach.people"), len(unproved.evidence_on_spark())
    done = unproved.build_on_spark("-s", "people", *MODELS_ALONE, *FIRST_DAY)
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert broken.said in done.output
    evidence = unproved.evidence_on_spark()[known:]
    assert {(row.source_table, row.code) for row in evidence} == {("outreach.people", broken.code)}
    assert unproved.version_shown("outreach.people") == shown


def test_a_mart_with_records_of_another_company_is_not_published(unproved: Engines) -> None:
    model = unproved.hub.project.models_dir / MODELS[1]
    first = "first_value({0}) over (order by company_unique_id) as {0}"
    text = model.read_text()
    for column in ("target_id", "company_unique_id"):
        text = text.replace(f"        {column},", f"        {first.format(column)},", 1)
    model.write_text(text)
    mart = "outreach_marts.fct_blog_signals"
    shown, known = unproved.version_shown(mart), len(unproved.evidence_on_spark())
    done = unproved.build_on_spark("-s", "+fct_blog_signals", *FIRST_DAY)
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert "ID008: Not published: records that their hub has under another" in done.output
    evidence = unproved.evidence_on_spark()[known:]
    assert {(row.source_table, row.code) for row in evidence} == {
        ("outreach_build.fct_blog_signals", "ID008")
    }
    assert unproved.version_shown(mart) == shown


CHECKED = "where false"
"""What the query of a test ends with, where the build has seen that no row fails it."""

TESTS = {
    "unique_people_person_id": True,
    "not_null_people_target_id": True,
    "matches_target_people_person_id": True,
    "relationships_people_target_id__target_id__ref_company_target_": True,
    # rows are counted, and a slot is in another table
    "conserves_records_people_person_id__ref_stg_people__people_": False,
    "relationships_people_slots_person_id__person_id__ref_people_": False,
}
"""Tests that look at people, and whether a build that makes people has looked already."""


def test_a_build_asks_once_and_a_test_by_itself_looks(published: Engines) -> None:
    """All data tests and unit tests, those that builds leave out too, pass by themselves."""
    for command, asked_before in (
        (("build", *SPARK, "-s", "people"), TESTS),
        (("test", *SPARK), dict.fromkeys(TESTS, False)),
    ):
        with published.hub.entered():
            done = run_in_process(*command, *FIRST_DAY)
        assert done.exit_code == ExitCode.GOOD, done.output
        ran = published.hub.project.target_dir / "run"
        queries = {name: next(ran.rglob(f"{name}.sql")).read_text() for name in TESTS}
        assert {name: CHECKED in text for name, text in queries.items()} == asked_before

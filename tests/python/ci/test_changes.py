"""What counts as changed, and what that calls for: read from the project, nothing built."""

from __future__ import annotations

import pytest

from ci.production import (
    Production,
    appended,
    corpus,
    models_of,
    renaming_of_coverage,
    replaced,
)
from corpus import Edit
from outreach_hub.ci.changes import Changes
from outreach_hub.ci.lost import LostTest, Removed
from outreach_hub.ci.outcome import Outcome, Request
from outreach_hub.ci.revision import Revision
from outreach_hub.ci.selection import Selection
from outreach_hub.ci.slim import _Slim

PROJECT = "dbt_project.yml"
EXPOSURES = "models/marts/_marts__exposures.yml"
MARTS_YAML = "models/marts/_marts__models.yml"
METRICS = "models/marts/_marts__semantic_models.yml"


def changes_of(production: Production, *edits: Edit) -> tuple[Changes, Selection]:
    """As `outreach ci` sees a branch with these edits."""
    with production.branch(*edits), production.hub.entered():
        outcome = Outcome(Request(7), Revision())
        slim = _Slim.of(production.hub.project, outcome)
        slim.compare()
        slim.spare()
    assert outcome.changes is not None and outcome.selection is not None
    return outcome.changes, outcome.selection


def names(selection: Selection) -> set[str]:
    return {unique_id.split(".")[-1] for unique_id in selection.models}


def test_another_schema_alone_changes_nothing(production: Production) -> None:
    """A comment in the project file: it is read anew, in the pull request's own environment."""
    changes, selection = changes_of(production, appended(PROJECT, "# the end\n"))
    assert changes == Changes()
    assert selection.is_empty


def test_a_var_selects_what_reads_it(production: Production) -> None:
    edit = replaced(PROJECT, "admitted_identity_statuses: []", "admitted_identity_statuses: [PASS]")
    changes, selection = changes_of(production, edit)
    assert changes.variables == ("admitted_identity_statuses",)
    assert changes.everything is None
    reasons = {each.name: each.reasons for each in changes.modified}
    assert reasons == {"company_target": ("the var admitted_identity_statuses",)}
    assert {"company_target", "people", "fct_sends"} <= names(selection)
    assert "stg_people__people" not in names(selection)


def test_a_var_that_only_hooks_read_builds_everything(production: Production) -> None:
    changes, selection = changes_of(
        production, replaced(PROJECT, "bi_role: outreach_bi", "bi_role: analysts")
    )
    assert changes.everything == "every build reads the var bi_role"
    assert names(selection) == models_of(production)


@pytest.mark.parametrize(
    ("file", "find", "why"),
    [
        (
            "macros/materializations/create_table_as.sql",
            "analyze {{ relation }};",
            "dbt itself calls the macro postgres__create_table_as",
        ),
        (
            "macros/publish/drop_version_ddl.sql",
            "set local lock_timeout = '100ms';",
            "every build calls the macro drop_version_ddl",
        ),
        (
            "macros/schema/generate_schema_name.sql",
            "{%- else -%}",
            "dbt itself calls the macro generate_schema_name",
        ),
    ],
)
def test_a_macro_that_no_model_shows_builds_everything(
    production: Production, file: str, find: str, why: str
) -> None:
    changes, selection = changes_of(production, replaced(file, find, f"{find} "))
    assert changes.everything == why
    assert names(selection) == models_of(production)


def test_a_gates_macro_selects_the_tests_that_call_it(production: Production) -> None:
    edit = replaced("tests/generic/matches_target.sql", "with\n", "with -- again\n")
    changes, selection = changes_of(production, edit)
    assert {each.kind for each in changes.modified} == {"test"}
    assert names(selection) == set()
    assert len(selection.chosen) == len(changes.modified)
    assert not selection.catches_up


def test_a_changed_exposure_is_told_and_builds_nothing(production: Production) -> None:
    edit = replaced("models/marts/_marts__exposures.yml", "Target overview", "Targets at a glance")
    changes, selection = changes_of(production, edit)
    assert [each.name for each in changes.modified] == ["target_overview"]
    assert selection.exposures == ("Targets at a glance",)
    assert selection.is_empty


def test_a_unit_test_alone_selects_itself(production: Production) -> None:
    edit = replaced(
        "models/company_target/_company_target__unit_tests.yml",
        "name: sequence_numbers_start_at_one_in_each_prefix",
        "name: sequence_numbers_begin_at_one_in_each_prefix",
    )
    changes, selection = changes_of(production, edit)
    assert [(each.kind, each.reasons) for each in changes.modified] == [("unit test", ("new",))]
    assert len(selection.chosen) == 1
    assert selection.models == ()


def test_a_deleted_unit_test_is_told(production: Production) -> None:
    file = "models/marts/_marts__unit_tests.yml"
    text = (production.root / file).read_text()
    start = text.index("  - name: ")
    first = text[start : text.index("  - name: ", start + 1)]
    changes, selection = changes_of(production, replaced(file, first, ""))
    assert changes.lost_tests == (
        LostTest(
            "events_count_on_their_day_in_utc_and_future_ones_are_flagged",
            "fct_engagement_events",
            "is gone",
            "unit test",
        ),
    )
    assert selection.is_empty


@pytest.mark.parametrize(
    ("find", "by", "told"),
    [
        (
            "expr: was_opened and not is_future_dated",
            "expr: was_clicked and not is_future_dated",
            {"sends": ("its measures",)},
        ),
        (
            "numerator: sends_opened",
            "numerator: sends_clicked",
            {"open_rate": ("its type params",)},
        ),
        ("description: Sends that were opened", "description: Sends that somebody opened", {}),
        ("description: Those of them that arrived", "description: Those that arrived", {}),
    ],
    ids=["a measure", "a rate", "the description of a metric", "that of a measure"],
)
def test_what_a_metric_computes_is_told_and_builds_nothing(
    production: Production, find: str, by: str, told: dict[str, tuple[str, ...]]
) -> None:
    changes, selection = changes_of(production, replaced(METRICS, find, by))
    assert {each.name: each.reasons for each in changes.modified} == told
    assert selection.is_empty


def test_a_source_selects_what_reads_it_and_its_tests(production: Production) -> None:
    edit = replaced(
        "models/staging/blog/_blog__sources.yml",
        "name: blog_signals\n",
        "name: blog_signals\n        identifier: blog_signals_two\n",
    )
    changes, selection = changes_of(production, edit)
    assert [(each.kind, each.name) for each in changes.modified] == [("source", "blog_signals")]
    assert {"stg_blog__signals", "blog_signals", "fct_blog_signals"} <= names(selection)
    assert selection.catches_up


def test_a_materialization_is_a_setting(production: Production) -> None:
    edit = replaced(
        PROJECT,
        '"#15803d"}\n      +materialized: table\n',
        '"#15803d"}\n      +materialized: view\n',
    )
    changes, selection = changes_of(production, edit)
    assert {each.reasons[0] for each in changes.modified} == {"the setting materialized"}
    assert names(selection) == models_of(production, "marts", "outbound")


def test_a_weaker_test_is_named_with_what_it_was(production: Production) -> None:
    changes, _ = changes_of(production, *corpus("ID010/severity_warn"))
    (lost,) = changes.lost_tests
    assert lost.problem == "has severity warn (was ERROR)"


def test_what_goes_with_a_renamed_model_is_told(production: Production) -> None:
    text = (production.root / MARTS_YAML).read_text()
    start = text.index("  - name: rpt_slot_coverage\n")
    of_it = text[start : text.index("\n  - name: ", start)]
    dropped = (
        "        data_tests:\n          - accepted_values:\n              arguments:\n"
        "                values: [COLD, WARM, HOT, BURNING]\n"
    )
    funnel = (production.root / EXPOSURES).read_text().index("  - name: campaign_funnel\n")
    exposures = (production.root / EXPOSURES).read_text()[funnel:]
    changes, _ = changes_of(
        production,
        replaced(MARTS_YAML, of_it, of_it.replace(dropped, "")),
        replaced(EXPOSURES, exposures[: exposures.index("\n  - name: ") + 1], ""),
        *renaming_of_coverage(production),
    )
    assert changes.removed == (
        Removed("exposure", "campaign_funnel"),
        Removed("model", "rpt_slot_coverage", "rpt_slots", "outreach_marts.rpt_slot_coverage"),
    )
    (lost,) = changes.lost_tests
    assert (lost.subject, lost.problem) == ("rpt_slot_coverage.bit_tier", "is gone")
    reasons = {each.name: each.reasons for each in changes.modified if each.kind == "model"}
    assert reasons == {"rpt_slots": ("called rpt_slot_coverage before",)}


def test_a_seed_of_the_demo_is_read_by_no_build(production: Production) -> None:
    with production.branch(appended("seeds/README.md", "More.\n")):
        done = production.ci()
    assert done.document["notes"] == [
        "seeds/README.md is the demo's: `outreach demo` loads it, and no build reads it."
    ]
    assert done.document["build"] is None

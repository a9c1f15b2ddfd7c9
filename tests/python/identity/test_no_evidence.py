"""A run that reads nothing, or asks no gate, proves nothing: it publishes nothing and says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from identity.hub import Build, Hub
from identity.worlds import World
from outreach_hub.exits import ExitCode

pytestmark = pytest.mark.slow

RUNS: dict[str, tuple[tuple[str, ...], str]] = {
    "--empty": (("build", "--empty"), "proves nothing"),
    "--sample": (("build", "--sample", "30 days"), "proves nothing"),
    "nothing selected": (("build", "--select", "no_such_model"), "matches nothing"),
    "no tests": (("build", "--exclude", "test_type:generic"), "did not run in this build"),
    "one gate left out": (
        ("build", "--exclude", "test_name:minted_identity"),
        "the test minted_identity on stg_cl__companies did not run in this build",
    ),
    "a range of a source left out": (
        ("build", "--exclude", "source:outreach_raw.dol_filings"),
        "dol_filings.form_plan_year_begin_date did not run in this build",
    ),
    "failures kept elsewhere": (
        ("build", "--store-failures"),
        "--store-failures keeps rows with ids outside the schemas of the hub",
    ),
    "targets from views of other code": (
        ("build", "--select", "company_target+ test_type:data"),
        "company_target would be made from stg_",
    ),
    "tests alone": (("test", "--select", "company_target"), ""),
}
"""Arguments, and what is said of them."""


@pytest.fixture(scope="module")
def hub(any_hub: Hub, standard_template: str) -> Hub:
    """The standard world, published, and one good record more that a good build would publish."""
    any_hub.reset(standard_template)
    world = World(prefix="NEW")
    world.outreach_to("CL-2")
    any_hub.land(world)
    any_hub.keep_as("identity_one_more")
    return any_hub


@pytest.fixture(
    scope="module",
    params=RUNS,
)
def run(request: pytest.FixtureRequest, hub: Hub) -> tuple[Build, str]:
    arguments, said = RUNS[request.param]
    hub.reset("identity_one_more")
    return hub.run(*arguments), said


def test_nothing_is_published(run: tuple[Build, str]) -> None:
    built, _ = run
    assert built.published_before
    assert built.published_after == built.published_before


def test_it_says_so(run: tuple[Build, str]) -> None:
    built, said = run
    assert said in built.result.output


def test_it_makes_up_no_evidence(run: tuple[Build, str]) -> None:
    built, _ = run
    assert built.evidence == []


def test_sources_are_untouched(run: tuple[Build, str]) -> None:
    built, _ = run
    assert built.sources_after == built.sources_before


def test_what_defers_to_another_hub_is_not_published(hub: Hub, tmp_path: Path) -> None:
    hub.reset("identity_one_more")
    assert hub.bare_dbt("parse", "--target-path", str(tmp_path)).exit_code == ExitCode.GOOD
    built = hub.bare_dbt("build", "--defer", "--favor-state", "--state", str(tmp_path))
    assert built.exit_code == ExitCode.GOOD, built.result.output
    assert "Not published: what defers to another hub is judged by" in built.result.output
    assert built.published_after == built.published_before


def test_a_bare_dbt_run_publishes_nothing(hub: Hub) -> None:
    hub.reset("identity_one_more")
    built = hub.bare_dbt("run", "--select", "people+")
    assert built.exit_code == ExitCode.GOOD
    assert "Not published: only a build publishes, not run." in built.result.output
    assert built.published_after == built.published_before

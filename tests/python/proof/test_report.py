"""A verdict in each of its forms."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from rich.console import Console

from outreach_hub.errors import UsageError
from outreach_hub.proof.examples import Example, project
from outreach_hub.proof.prover import prove_compiled
from outreach_hub.proof.report import as_github, as_json, as_sarif, as_text, summary
from outreach_hub.proof.verdict import Verdict

BY_DOMAIN = Example(
    "by domain",
    "people",
    """
    select landed.person_id, targets.target_id, targets.company_unique_id
    from {{ ref('stg_people__people') }} as landed
    left join {{ ref('company_target') }} as targets
        on split_part(landed.email, '@', 2) = targets.company_domain
""",
)

NO_IDENTITY = {"folders": ["marts"], "file": ["models/marts/dim_dates.sql"], "parents": []}


@pytest.fixture(scope="module")
def refused() -> Verdict:
    return prove_compiled(project(BY_DOMAIN))


@pytest.fixture(scope="module")
def proved() -> Verdict:
    return prove_compiled(project())


def test_text_says_where_what_why_and_the_right_way(refused: Verdict) -> None:
    text = as_text(refused)
    assert "ID003  people.company_unique_id  models/people/people.sql:" in text
    assert "split_part(landed.email, '@', 2) = targets.company_domain" in text
    assert "Join on company_unique_id" in text
    assert text.endswith("findings")


@pytest.mark.parametrize(("width", "longest"), [(60, 60), (200, 96)])
def test_text_is_no_wider_than_its_terminal(
    refused: Verdict, monkeypatch: pytest.MonkeyPatch, width: int, longest: int
) -> None:
    monkeypatch.setattr("outreach_hub.console.out", lambda: Console(width=width))
    finding = replace(
        refused.findings[0], reason="much to say " * 40, fix="and to do " * 40, sql=""
    )
    lines = as_text(Verdict([replace(finding, hops=())])).splitlines()[1:]
    assert len(lines) > 8 and longest - 12 < max(map(len, lines)) <= longest


def test_text_of_a_pass_is_one_line(proved: Verdict) -> None:
    assert as_text(proved).startswith("proved: ") and "\n" not in as_text(proved)


def test_nothing_found_is_no_proof() -> None:
    assert not Verdict().good
    assert "no identity column was found" in summary(Verdict())
    assert "::error" in as_github(Verdict())


def test_json_is_whole(refused: Verdict) -> None:
    said = json.loads(as_json(refused))
    assert said["good"] is False
    assert {"code", "path", "line", "sql", "hops", "fix", "reason"} <= said["findings"][0].keys()


def test_sarif_points_at_lines_and_rules(refused: Verdict) -> None:
    (run,) = json.loads(as_sarif(refused))["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"].startswith("models/")
        assert place["region"]["startLine"] >= 1


def test_github_annotations_are_one_line_each(refused: Verdict) -> None:
    lines = as_github(refused).splitlines()
    assert len(lines) == len(refused.findings) + 1
    assert lines[0].startswith("::error file=models/people/people.sql,line=")


def test_select_reports_some_and_knows_the_graph(refused: Verdict, proved: Verdict) -> None:
    assert not refused.only(["dim_people"]).findings
    assert refused.only(["+dim_people"]).findings
    assert refused.only(["people"]).findings
    assert {n.split(".")[0] for n in proved.only(["marts"]).proved} == {"dim_people"}
    assert "dim_people.target_id" in proved.only(["company_target+"]).proved
    with pytest.raises(UsageError):
        proved.only(["nobody"])


@pytest.mark.parametrize("token", ["models/people", "path:models/people/", "./models/people"])
def test_select_takes_paths_as_dbt_does(proved: Verdict, token: str) -> None:
    assert {n.split(".")[0] for n in proved.only([token]).proved} == {"people", "people_slots"}
    with pytest.raises(UsageError):
        proved.only(["models/peo"])


def test_a_part_is_not_good_where_the_project_is_not(refused: Verdict, proved: Verdict) -> None:
    part = refused.only(["dim_people"])
    assert not part.good and json.loads(as_json(part))["good"] is False
    count = len(refused.findings)
    assert f"the project is not proved: {count} finding" in summary(part)
    assert summary(part).startswith("2 of 2 identity columns of dim_people proved;")
    assert "::error" in as_github(part)
    both = refused.only(["people", "dim_people"])
    assert "elsewhere" not in summary(both) and not both.good
    assert proved.only(["dim_people"]).good


def test_a_part_without_identity_is_as_good_as_the_project(proved: Verdict) -> None:
    proved = replace(proved, members={**proved.members, "dim_dates": NO_IDENTITY})
    part = proved.only(["dim_dates"])
    assert part.good
    assert summary(part) == "dim_dates: no identity columns; the project is proved"


def test_a_path_leads_to_cl(proved: Verdict) -> None:
    lines = proved.path_of("dim_people.company_unique_id")
    assert lines[0].startswith("dim_people.company_unique_id")
    assert lines[-1] == "  = cl.company_identity.company_unique_id"
    with pytest.raises(UsageError):
        proved.path_of("people.nothing")

"""A target_id that was given stays, byte for byte, whatever CL and the builds do after that."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator

import pytest

from identity.hub import ANCHOR_ONLY, Hub
from identity.minting import Company, mint
from identity.worlds import World, moment
from outreach_hub.exits import ExitCode

pytestmark = pytest.mark.slow

DICE = random.Random(5)


def many_companies() -> list[Company]:
    """Prefixes of one id and of over a hundred; times that tie, or are unknown; all in disorder."""
    ids = [
        *(f"04.04.01.{n % 90:02}.{42000 + 7 * n:05}.{n:03}" for n in range(130)),
        *(f"ACME-INC-{n}" for n in range(1, 14)),
        *("ACME-INC", "acme-inc", "ACME-IN", "ACME"),
        *(f"\u65e5\u672c\u682a\u5f0f\u4f1a\u793e\u4e00\u4e8c-{n}" for n in (3, 1, 2)),
        *(f"Zo\u00eb-Stra\u00dfe {n}" for n in (2, 10, 1)),
        *("\U0001f3ed" * 8 + n for n in "ba"),
        *(str(uuid.UUID(int=DICE.getrandbits(128))) for _ in range(20)),
        *(f"550e8400-e29b-41d4-a716-{n:012}" for n in range(12)),
        *("A", "AB", "1", "-1", "A-1", "A-1-1", "TGT-A-1"),
    ]  # fmt: skip
    DICE.shuffle(ids)
    return [
        Company(id_, None if n % 11 == 0 else moment(1 + n % 5, year=2025))
        for n, id_ in enumerate(ids)
    ]


COMPANIES = many_companies()
FIRST, SECOND, THIRD = COMPANIES[:90], COMPANIES[90:160], COMPANIES[160:]


def land_companies(
    hub: Hub, companies: list[Company], domain: str = "some.example", score: int = 50
) -> None:
    world = World()
    for company_unique_id, created_at in companies:
        world.company(company_unique_id, created_at=created_at, company_domain=domain)
        world.add("bit_scores", company_unique_id=company_unique_id, bit_score=score)
    hub.land(world)


def rebuild(hub: Hub, *arguments: str) -> dict[str, str]:
    built = hub.build(*ANCHOR_ONLY, *arguments)
    assert (built.exit_code, built.evidence) == (ExitCode.GOOD, []), built.result.output
    return hub.targets()


@pytest.fixture(scope="module")
def generations(any_hub: Hub) -> list[dict[str, str]]:
    """The targets after each build of a CL that grows and changes between them."""
    hub = any_hub
    hub.reset()
    land_companies(hub, FIRST)
    found = [rebuild(hub)]

    # CL grows, by companies some of which are older than those it had
    land_companies(hub, SECOND)
    found.append(rebuild(hub))

    # CL sends all again, in another order, with other times, domains and scores, and more companies
    with hub.admin() as admin:
        admin.execute("truncate cl.company_identity, cl.bit_scores")
    resent = [company._replace(created_at=moment(28)) for company in reversed(COMPANIES[:160])]
    land_companies(hub, [*THIRD, *resent], domain="other.example", score=90)
    found.append(rebuild(hub))

    found.append(rebuild(hub, "--full-refresh"))
    hub.keep_as("identity_generations")
    return found


def test_each_batch_is_numbered_by_the_rule(generations: list[dict[str, str]]) -> None:
    first = mint({}, FIRST)
    second = mint(first, SECOND)
    third = mint(second, THIRD)
    assert generations[:3] == [first, second, third]


def test_one_prefix_counts_beyond_ninety_nine(generations: list[dict[str, str]]) -> None:
    assert "TGT-04.04.01-130" in generations[-1].values()
    assert "TGT-ACME-INC-14" in generations[-1].values()
    assert "TGT-550e8400-12" in generations[-1].values()


def test_no_target_is_given_twice(generations: list[dict[str, str]]) -> None:
    assert len(set(generations[-1].values())) == len(COMPANIES)


@pytest.mark.parametrize("generation", [1, 2, 3])
def test_what_was_given_stays(generation: int, generations: list[dict[str, str]]) -> None:
    before, after = generations[generation - 1], generations[generation]
    assert {company: after[company] for company in before} == before


def test_a_full_refresh_mints_nothing(generations: list[dict[str, str]]) -> None:
    assert generations[3] == generations[2]


@pytest.fixture
def hub(any_hub: Hub, generations: list[dict[str, str]]) -> Iterator[Hub]:
    any_hub.reset("identity_generations")
    yield any_hub


def test_a_lost_company_target_is_refused(hub: Hub, generations: list[dict[str, str]]) -> None:
    with hub.admin() as admin:
        admin.execute("drop table outreach.company_target cascade")
    built = hub.build(*ANCHOR_ONLY)
    assert built.exit_code == ExitCode.IDENTITY_FAILURE
    assert "error ID009: " in built.result.output
    assert {found[:3] for found in built.evidence} == {
        ("outreach.company_target", company, "ID009") for company in generations[-1]
    }
    assert hub.rows("select to_regclass('outreach.company_target')") == [(None,)]
    registered = hub.rows("select company_unique_id, target_id from outreach_audit.target_registry")
    assert dict(registered) == generations[-1]


def test_a_target_deleted_by_hand_is_not_given_anew(
    hub: Hub, generations: list[dict[str, str]]
) -> None:
    """The next number of the prefix would be a second target for one company."""
    gone = next(company[0] for company in COMPANIES if company[0].startswith("04.04.01"))
    with hub.admin() as admin:
        admin.execute("alter table outreach.company_target disable trigger user")
        admin.execute("delete from outreach.company_target where company_unique_id = %s", [gone])
        admin.execute("alter table outreach.company_target enable trigger user")
    built = hub.build(*ANCHOR_ONLY)
    assert built.exit_code == ExitCode.IDENTITY_FAILURE
    assert ("outreach.company_target", gone, "ID009") in {found[:3] for found in built.evidence}
    assert hub.targets().get(gone) in (None, generations[-1][gone])


@pytest.mark.parametrize(
    "statement",
    [
        "update outreach.company_target set target_id = target_id || '0'",
        "update outreach.company_target set company_unique_id = lower(company_unique_id)",
        "update outreach.company_target set sequence_num = sequence_num + 1",
        "delete from outreach.company_target",
        "truncate outreach.company_target cascade",
        "update outreach_audit.target_registry set target_id = target_id || '0'",
        "delete from outreach_audit.target_registry",
        "truncate outreach_audit.target_registry",
    ],
)
def test_the_database_refuses_to_change_one(
    statement: str, any_hub: Hub, generations: list[dict[str, str]]
) -> None:
    import psycopg

    with any_hub.admin() as admin, pytest.raises(psycopg.Error, match="ID009"):
        admin.execute(statement)


def test_dropped_schemas_come_back_with_the_same_targets(
    any_hub: Hub, standard_template: str
) -> None:
    """Marts and their build schema are derived: dropped, a full refresh publishes them again."""
    any_hub.reset(standard_template)
    before = any_hub.targets()
    with any_hub.admin() as admin:
        admin.execute("drop schema outreach_marts, outreach_outbound, outreach_build cascade")
    built = any_hub.build("--full-refresh")
    assert (built.exit_code, built.evidence) == (ExitCode.GOOD, []), built.result.output
    assert any_hub.targets() == before
    published = any_hub.rows(
        "select company_unique_id, target_id from outreach_marts.dim_company_targets"
    )
    assert dict(published) == before

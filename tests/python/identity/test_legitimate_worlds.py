"""Identities that look wrong and are right pass through every layer byte for byte."""

from __future__ import annotations

import pytest

from identity.hub import ANCHOR_ONLY, Hub
from identity.standard import LEGITIMATE, QUIET, records_of, standard_world
from identity.worlds import HUBS, KEYS, World, moment
from outreach_hub.exits import ExitCode


@pytest.fixture(scope="module")
def targets(built_hub: Hub) -> dict[str, str]:
    return built_hub.targets()


@pytest.fixture(scope="module")
def kept(built_hub: Hub) -> dict[str, dict[str, tuple[str, str]]]:
    """By hub: the company and target of each record."""
    return {
        hub: {
            key: (company, target)
            for key, company, target in built_hub.rows(
                f"select {KEYS[table]}, company_unique_id, target_id from outreach.{hub}"
            )
        }
        for table, hub in HUBS.items()
    }


@pytest.mark.parametrize("company", LEGITIMATE.values(), ids=list(LEGITIMATE))
def test_an_id_of_cl_is_kept_as_it_is(
    company: str, targets: dict[str, str], kept: dict[str, dict[str, tuple[str, str]]]
) -> None:
    world = standard_world()
    assert targets[company].startswith(f"TGT-{company[:8]}-")
    for table, hub in HUBS.items():
        for key, owner in records_of(world, table).items():
            if owner == company:
                assert kept[hub][key] == (company, targets[company])


def test_every_company_has_a_target_of_its_own(targets: dict[str, str]) -> None:
    minted = [row["company_unique_id"] for row in standard_world().rows["company_identity"]]
    assert sorted(targets) == sorted(minted)
    assert len(set(targets.values())) == len(minted)


def test_a_company_with_nothing_landed_is_a_target(built_hub: Hub) -> None:
    statuses = built_hub.rows(
        f"select outreach_status from outreach.company_target where company_unique_id = '{QUIET}'"
    )
    assert statuses == [("queued",)]


def test_the_marts_hold_every_company(built_hub: Hub, targets: dict[str, str]) -> None:
    published = built_hub.rows(
        "select company_unique_id, target_id from outreach_marts.dim_company_targets"
    )
    assert dict(published) == targets


def test_what_cl_reads_back_is_known_to_cl(built_hub: Hub, targets: dict[str, str]) -> None:
    signalled = built_hub.rows(
        "select company_unique_id from outreach_outbound.sync_cl__engagement_signals"
    )
    assert {company for (company,) in signalled} <= set(targets)
    assert signalled


@pytest.mark.slow
def test_an_empty_world_builds(empty_hub: Hub) -> None:
    """No company, no record: nothing to be wrong about. Then companies, and still no record."""
    built = empty_hub.build()
    assert (built.exit_code, built.evidence) == (ExitCode.GOOD, []), built.result.output
    assert set(built.after) > set(built.before)
    world = World()
    world.company("CL-1", created_at=None)
    world.company("CL-3", identity_status="FAIL", created_at=moment(1))
    empty_hub.land(world)
    built = empty_hub.build(*ANCHOR_ONLY)
    assert (built.exit_code, built.evidence) == (ExitCode.GOOD, []), built.result.output
    assert empty_hub.targets() == {"CL-1": "TGT-CL-1-1", "CL-3": "TGT-CL-3-1"}

"""Over generated worlds: valid ones always pass, and one random corruption is always named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from identity.gates import Gates, Wrong
from identity.hub import READS_NO_HUB, Hub
from identity.minting import Company, mint
from identity.worlds import KEYS, LANDED, World, moment
from outreach_hub.exits import ExitCode

SAME_EVERY_TIME = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)

ODD = "aAbBzZ019 .-_'\"\\%{}/\u00a0\u200b\u00e9\u0301\u0441\u516c\U0001f3ed\t"
odd_text = st.text(ODD, max_size=9)
company_ids = st.builds("{}Q7{}".format, odd_text, st.text(ODD, max_size=3))
"""Q7 makes sure that no id is a placeholder: there is a letter and a digit that is not zero."""

moments = st.none() | st.integers(1, 28).map(lambda day: moment(day, year=2025))
companies = st.lists(
    st.builds(Company, company_ids, moments), min_size=2, max_size=8, unique_by=lambda c: c[0]
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Companies, some with records in every landed table: repeated, in versions, with targets."""
    world = World()
    known = draw(companies)
    targets = mint({}, known)
    for company in known:
        world.company(company.company_unique_id, created_at=company.created_at)
    for company_unique_id in targets:
        for _ in range(draw(st.integers(0, 2))):
            first = len(world.rows.get("send_log", []))
            world.outreach_to(company_unique_id)
            send = world.rows["send_log"][first]
            if draw(st.booleans()):
                send["target_id"] = targets[company_unique_id]
            if draw(st.booleans()):
                world.add("send_log", **{**send, "loaded_at": moment(12), "send_status": "bounced"})
            if draw(st.booleans()):
                table = draw(st.sampled_from(LANDED))
                world.add(table, **world.rows[table][-1])
    assume(world.rows.get("send_log"))
    return world


def companies_of(world: World) -> list[Company]:
    return [
        Company(row["company_unique_id"], row["created_at"])
        for row in world.rows["company_identity"]
    ]


class Corruption(NamedTuple):
    """What was done to a world, and how the wrong row may be named."""

    world: World
    wrong: set[Wrong]


MUTATIONS: dict[str, tuple[Callable[[str], str | None], set[str]]] = {
    "nothing": (lambda _: None, {"ID001"}),
    "empty": (lambda _: "", {"ID001"}),
    "a placeholder": (lambda _: "PENDING-CL", {"ID001"}),
    "a blank more": (lambda company: company + " ", {"ID002"}),
    "a newline more": (lambda company: company + "\n", {"ID002"}),
    "a zero-width space inside": (lambda company: company.replace("Q", "Q\u200b", 1), {"ID002"}),
    "other case": (lambda company: company.replace("Q", "q", 1), {"ID002"}),
    "a leading zero": (lambda company: "0" + company, {"ID002", "ID011"}),
    "a letter less": (lambda company: company.replace("Q", "", 1), {"ID001", "ID002", "ID011"}),
    "a letter more": (lambda company: company + "Q", {"ID002", "ID011"}),
}


@st.composite
def corrupted_worlds(draw: st.DrawFn) -> Corruption:
    """A valid world and one wrong value in it."""
    world = draw(worlds())
    kind = draw(st.sampled_from(["company", "target", "parent", "content", "version"]))
    table = draw(st.sampled_from(LANDED if kind in ("company", "content") else ["send_log"]))
    row = draw(st.sampled_from(world.rows[table]))
    others = [
        other["company_unique_id"]
        for other in world.rows["company_identity"]
        if other["company_unique_id"] != row["company_unique_id"]
    ]
    codes = {"ID008"}
    if kind == "company":
        mutate, codes = MUTATIONS[draw(st.sampled_from(sorted(MUTATIONS)))]
        company = mutate(row["company_unique_id"])
        assume(company not in others)
        row["company_unique_id"] = company
    elif kind == "target":
        targets = mint({}, companies_of(world))
        wrong = draw(st.sampled_from([targets[others[0]], "TGT-Q7-0", ""]))
        row["target_id"], codes = wrong, {"ID006", "ID008"}
    elif kind == "parent":
        column = draw(st.sampled_from(["campaign_id", "sequence_id", "person_id"]))
        row[column] = "nobody's"
    elif kind == "content":
        text = {"sequences": "sequence_name", "campaigns": "campaign_name", "people": "title"}
        column = text.get(table, "company_unique_id")
        world.add(table, **{**row, column: others[0]})
        codes = {"ID013"}
    else:
        row["loaded_at"], codes = None, {"ID013"}
    key = row[KEYS[table]]
    return Corruption(world, {Wrong(f"outreach_raw.{table}", key, code) for code in codes})


@pytest.fixture(scope="module")
def gates(any_hub: Hub) -> Gates:
    compiled = Gates.compile(any_hub)
    any_hub.keep_as("identity_gates")
    return compiled


@settings(SAME_EVERY_TIME, max_examples=50)
@given(world=worlds())
def test_a_valid_world_passes(gates: Gates, world: World) -> None:
    judged = gates.judge(world)
    assert judged.wrong == set()
    assert judged.targets == mint({}, companies_of(world))


@settings(SAME_EVERY_TIME, max_examples=80)
@given(corruption=corrupted_worlds())
def test_one_corruption_is_named(gates: Gates, corruption: Corruption) -> None:
    assert gates.judge(corruption.world).wrong & corruption.wrong


@settings(SAME_EVERY_TIME, max_examples=20)
@given(world=worlds(), data=st.data())
def test_a_company_that_vanished_is_named(gates: Gates, world: World, data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(world.rows["company_identity"]))["company_unique_id"]

    def vanish(connection: Any) -> None:
        connection.execute("delete from cl.company_identity where company_unique_id = %s", [gone])

    assert gates.judge(world, vanish).wrong == {Wrong("outreach.company_target", gone, "ID011")}


@settings(SAME_EVERY_TIME, max_examples=20)
@given(world=worlds(), data=st.data())
def test_a_target_that_moved_is_named(gates: Gates, world: World, data: st.DataObject) -> None:
    """A target renumbered behind the registry's back, with the triggers that forbid it off."""
    moved = data.draw(st.sampled_from(world.rows["company_identity"]))["company_unique_id"]

    def move(connection: Any) -> None:
        connection.execute("set session_replication_role = replica")
        connection.execute(
            "update outreach.company_target set target_id = target_id || '0'"
            " where company_unique_id = %s",
            [moved],
        )
        connection.execute("set session_replication_role = origin")

    codes = {wrong.code for wrong in gates.judge(world, move).wrong}
    assert codes >= {"ID006", "ID009"}


@pytest.mark.slow
@settings(SAME_EVERY_TIME, max_examples=1)
@given(world=worlds(), corruption=corrupted_worlds())
def test_whole_builds_agree(gates: Gates, world: World, corruption: Corruption) -> None:
    """What holds of the compiled SQL holds of a build."""
    hub = gates.hub
    for landed, wrong in ((world, set()), corruption):
        hub.reset("identity_gates")
        hub.land(landed)
        built = hub.build(*READS_NO_HUB)
        if wrong:
            named = {Wrong(*found[:3]) for found in built.evidence}
            assert built.exit_code == ExitCode.IDENTITY_FAILURE
            assert named & wrong
        else:
            assert (built.exit_code, built.evidence) == (ExitCode.GOOD, []), built.result.output

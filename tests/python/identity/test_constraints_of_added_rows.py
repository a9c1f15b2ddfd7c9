"""A foreign key of a table that is added to speaks for rows that its own transaction wrote.

Of others it may have been switched off: they are read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from identity.hub import Hub, dropping, on_the_clock
from identity.standard import standard_world
from outreach_hub.database import connect_to
from outreach_hub.dbt import DbtRun, run

pytestmark = pytest.mark.slow

TARGET = "relationships_send_log_target_id__target_id__ref_company_target_"
PAIR = "matches_target_send_log_send_id"
ANSWERED = {TARGET, PAIR}

FIRST = "(select min(send_id) from outreach.send_log)"
ASTRAY = f"update outreach.send_log set target_id = 'TGT-nowhere-1' where send_id = {FIRST}"
SWITCHED_OFF = "set session_replication_role = replica"
AS_IF_CHECKED = f"""
{dropping("outreach.send_log", "f")}
{ASTRAY};
update outreach.send_log set loaded_at = loaded_at;
alter table outreach.send_log
add foreign key (target_id, company_unique_id)
references outreach.company_target (target_id, company_unique_id) not valid;
update pg_constraint set convalidated = true where conrelid = 'outreach.send_log'::regclass
"""


def build(hub: Hub, *options: str, once: Callable[[str, str], None]) -> DbtRun:
    """A build, in which something is done whenever a node is through, by its name and file."""

    def look(event: Any) -> None:
        if event.info.name == "NodeFinished":
            node = event.data.node_info
            once(node.node_name, node.node_path)

    with hub.entered():
        return run(hub.project, ["build", "--vars", on_the_clock(), *options], callbacks=[look])


def failed(done: DbtRun) -> set[str]:
    return ANSWERED & {each.name for each in done.failures}


@pytest.fixture
def landed(any_hub: Hub) -> Hub:
    any_hub.reset()
    any_hub.land(standard_world())
    return any_hub


def test_a_first_build_reads_no_row_of_what_it_has_made_under_a_key(landed: Hub) -> None:
    plans: dict[str, list[str]] = {}

    def explain(name: str, file: str) -> None:
        if name in ANSWERED:
            (compiled,) = landed.project.root.glob(f"target/compiled/**/{file}")
            with connect_to(landed.target) as connection:
                query = b"explain (analyze, costs off) " + compiled.read_bytes()
                plans[name] = [line for (line,) in connection.execute(query)]

    done = build(landed, once=explain)
    assert done.success
    assert plans.keys() == ANSWERED
    for plan in plans.values():
        read = [line for line in plan if " on company_target" in line]
        assert read and all("never executed" in line for line in read), plan


def test_a_row_that_was_written_since_is_read(landed: Hub) -> None:
    def lead_astray(name: str, _: str) -> None:
        if name == "send_log":
            with landed.admin() as admin:
                admin.execute(f"{SWITCHED_OFF}; {ASTRAY}".encode())

    assert failed(build(landed, once=lead_astray)) == ANSWERED


def test_rows_of_an_earlier_run_are_read(any_hub: Hub, standard_template: str) -> None:
    any_hub.reset(standard_template)
    with any_hub.admin() as admin:
        admin.execute(f"{SWITCHED_OFF}; {ASTRAY}".encode())
    assert failed(build(any_hub, "--select", "send_log", once=lambda *_: None)) == ANSWERED


def test_a_key_from_before_the_build_speaks_for_no_row(
    any_hub: Hub, standard_template: str
) -> None:
    """Though it and every row are of one transaction."""
    any_hub.reset(standard_template)
    with any_hub.admin() as admin:
        admin.execute(f"{SWITCHED_OFF}; {AS_IF_CHECKED}".encode())
    assert failed(build(any_hub, "--select", "send_log", once=lambda *_: None)) == ANSWERED

"""docs/bi.md is true: its code runs as BI's role, and reads whole versions through a build."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest

from built.conftest import publish
from built.test_published_keys import JOINS
from built.test_readers import NEWCOMER, land_newcomer
from conftest import REPOSITORY
from identity.hub import Hub

pytest.importorskip("pandas", reason="pip install -c constraints.txt -e '.[bi]'")
pytest.importorskip("sqlalchemy", reason="pip install -c constraints.txt -e '.[bi]'")

pytestmark = pytest.mark.long

RECIPE = REPOSITORY.root / "docs" / "bi.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)

READS_OF_ONE_VERSION = {
    "targets": f"select 1 from outreach_marts.dim_company_targets"
    f" where company_unique_id = '{NEWCOMER}'",
    "joined": f"""
        select send_id
        from outreach_marts.fct_sends
        inner join outreach_marts.dim_people using (person_id)
        inner join outreach_marts.rpt_campaign_performance using (campaign_id)
        where fct_sends.company_unique_id = '{NEWCOMER}'
    """,
    "slots": f"select 1 from outreach_marts.rpt_slot_coverage"
    f" where company_unique_id = '{NEWCOMER}'",
}
"""Rows of the newcomer, in a version that knows it: one target, one send, three slots."""

NOTHING, EVERYTHING = (0, 0, 0), (1, 1, 3)


@pytest.fixture
def recipe(once: Hub, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the page's code leaves behind, run from top to bottom."""
    url = once.server.target(once.target.dbname, "outreach_bi").url()
    monkeypatch.setenv("OUTREACH_BI_URL", url)
    names: dict[str, Any] = {}
    for block in BLOCK.findall(RECIPE.read_text(encoding="utf-8")):
        exec(compile(block, str(RECIPE), "exec"), names)
    return names


def test_a_frame_is_the_mart(once: Hub, recipe: dict[str, Any]) -> None:
    [(targets,)] = once.rows("select count(*) from outreach_marts.dim_company_targets")
    assert recipe["answers"]["targets"].sum() == targets > 0


def test_tools_find_the_joins(recipe: dict[str, Any]) -> None:
    found = {f"{mart}: {column} -> {parent}.{key}" for mart, column, parent, key in recipe["joins"]}
    assert found == {f"{mart}: {join}" for mart, joins in JOINS.items() for join in joins}


def test_frames_are_of_one_version_through_a_build(once: Hub, recipe: dict[str, Any]) -> None:
    def read() -> tuple[int, ...]:
        frames = recipe["of_one_version"](READS_OF_ONE_VERSION)
        return tuple(len(frame) for frame in frames.values())

    assert read() == NOTHING
    land_newcomer(once)
    build = threading.Thread(target=publish, args=[once])
    build.start()
    seen: set[tuple[int, ...]] = {NOTHING}
    while build.is_alive():
        seen.add(read())
    build.join()
    assert read() == EVERYTHING
    assert seen <= {NOTHING, EVERYTHING}

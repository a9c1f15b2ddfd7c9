"""How far dbt is, on a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from outreach_hub.dbt_progress import bar


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("node", ["", "people", "dbt_utils_accepted_range_" * 8])
def test_count_and_clock_stay_in_sight_whatever_is_built(width: int, node: str) -> None:
    screen = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    shown = bar(screen)
    shown.add_task("dbt build (embedded)", total=345, completed=123, node=node)
    with screen.capture() as captured:
        screen.print(shown.get_renderable())
    (line,) = captured.get().splitlines()
    assert "dbt build (embedded)" in line
    assert "123/345" in line and "0:00:00" in line
    assert width < 80 or node[:5] in line

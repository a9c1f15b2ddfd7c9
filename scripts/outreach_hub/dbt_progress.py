"""Shows how far dbt is: a bar on a terminal, a line a model where it is piped."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from outreach_hub import console
from outreach_hub.dbt import FAILED
from outreach_hub.node_labels import label

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from rich.console import Console
    from rich.progress import Progress

QUIET_TYPES = ("test", "unit_test", "exposure")
"""Not shown one by one where they pass: there are hundreds of tests, and exposures do nothing."""


class Watcher:
    """Follows dbt's events. Called from each of dbt's threads."""

    def __init__(
        self, said: str, screen: Console, manifest: Manifest, bar: Progress | None = None
    ) -> None:
        self._screen = screen
        self._nodes = manifest.nodes
        self._bar = bar
        self._task = bar.add_task(said, total=None, node="") if bar else None
        self._lock = threading.Lock()
        self.unmatched: list[str] = []
        """What was asked for, and names nothing."""
        self.selected_nothing = False

    def __call__(self, event: Any) -> None:
        name = event.info.name
        with self._lock:
            if name == "ConcurrencyLine":
                self._advance(total=event.data.node_count)
            elif name == "NodeFinished":
                self._finished(event.data.node_info)
            elif name == "NoNodesForSelectionCriteria":
                self.unmatched.append(event.data.spec_raw)
            elif name == "NothingToDo":
                self.selected_nothing = True
            elif name == "JinjaLogInfo" and event.data.node_info.unique_id:
                # What macros say while they run; what they say while they are parsed comes twice.
                self._screen.print(event.data.msg, style="dim", markup=False)

    def _finished(self, node: Any) -> None:
        if node.resource_type == "operation":
            return  # a hook: not among the nodes that dbt counted
        known = self._nodes.get(node.unique_id)
        name = label(known) if known else node.node_name
        self._advance(advance=1, node=name)
        failed = node.node_status in FAILED
        if failed or (self._bar is None and node.resource_type not in QUIET_TYPES):
            line = f"{node.node_status:>8}  {node.resource_type} {name}"
            self._screen.print(line, style="red" if failed else None, markup=False)

    def _advance(self, **change: Any) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, **change)


@contextlib.contextmanager
def watching(said: str, manifest: Manifest) -> Iterator[Watcher]:
    """A watcher to be given to dbt as a callback, with its display around it."""
    screen = console.err()
    if not screen.is_terminal:
        console.notice(f"{said} ...")
        yield Watcher(said, screen, manifest)
        return
    with bar(screen) as shown:
        yield Watcher(said, screen, manifest, shown)


def bar(screen: Console) -> Progress:
    """A bar whose count and clock stay in sight: the name of what is done gives way to them.

    A test's name may have 200 letters, of which a terminal of 80 columns has room for none.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Column

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(table_column=Column(no_wrap=True)),
        TimeElapsedColumn(table_column=Column(no_wrap=True)),
        TextColumn(
            "[dim]{task.fields[node]}",
            table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
        ),
        console=screen,
        transient=True,
        expand=True,
    )

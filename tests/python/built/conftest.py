"""A hub that is built and published, for what works on one: proofs, roles, rollback, targets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import yaml

from conftest import CliResult, run_in_process
from identity.hub import Hub
from identity.standard import standard_world
from identity.worlds import World
from outreach_hub import dbt
from outreach_hub.database import connect_to
from outreach_hub.server import EmbeddedServer

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.dbt import DbtRun

ONCE, TWICE = "built_once", "built_twice"
MINE = "rpt_mine"
LATECOMER = "Late-1"
"""A company that only the second publication knows."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts from a published hub is slow: it is built twice first."""
    folder = Path(__file__).parent
    for item in items:
        if item.path.parent == folder and "any_hub" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def any_hub(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """The worker's hub, built twice; reset it to `ONCE` or `TWICE` first."""
    hub = Hub.make(server, tmp_path_factory.mktemp("built"))
    hub.reset()
    hub.land(standard_world())
    publish(hub)
    hub.keep_as(ONCE)
    late = World(prefix="LATE")
    late.company(LATECOMER)
    late.outreach_to(LATECOMER)
    hub.land(late)
    publish(hub)
    hub.keep_as(TWICE)
    return hub


def build(hub: Hub, *arguments: str) -> DbtRun:
    """A bare `dbt build`, without vars: dbt need not parse again for commands that take none."""
    with hub.entered():
        return dbt.run(hub.project, ["build", *arguments, "--exclude-resource-type", "unit_test"])


def publish(hub: Hub, *arguments: str) -> None:
    """A build, of everything unless told otherwise, which has to go well."""
    done = build(hub, *arguments)
    assert done.exit_code == 0, [(each.name, each.message) for each in done.failures]


@contextmanager
def added(hub: Hub, text: str, **types: str) -> Iterator[None]:
    """A mart of one's own, and its YAML."""
    columns = [{"name": name, "data_type": given} for name, given in types.items()]
    folder = hub.project.root / "models/marts"
    files = {
        folder / f"{MINE}.sql": "{{ config(materialized='view') }}\n" + text,
        folder / f"_{MINE}.yml": yaml.safe_dump(
            {"version": 2, "models": [{"name": MINE, "columns": columns}]}
        ),
    }
    for path, content in files.items():
        path.write_text(content)
    try:
        yield
    finally:
        for path in files:
            path.unlink()


@contextmanager
def edited_file(hub: Hub, path: str, old: str, new: str) -> Iterator[None]:
    """A file of the project with one thing said otherwise."""
    file = hub.project.root / path
    before = file.read_text()
    assert old in before
    file.write_text(before.replace(old, new, 1))
    try:
        yield
    finally:
        file.write_text(before)


@pytest.fixture
def once(any_hub: Hub) -> Hub:
    """Published once."""
    any_hub.reset(ONCE)
    return any_hub


@pytest.fixture
def twice(any_hub: Hub) -> Hub:
    """Published twice."""
    any_hub.reset(TWICE)
    return any_hub


@pytest.fixture(scope="module")
def built(any_hub: Hub) -> Hub:
    """Published twice, once for all tests of a module: they roll back what they do."""
    any_hub.reset(TWICE)
    return any_hub


@pytest.fixture(scope="session")
def manifest(any_hub: Hub) -> Manifest:
    with any_hub.entered():
        return dbt.parse(any_hub.project)


@pytest.fixture
def admin(built: Hub) -> Iterator[psycopg.Connection[Any]]:
    """A connection that may do anything, none of which is kept."""
    with connect_to(built.target, role="admin") as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def outreach(any_hub: Hub) -> Callable[..., CliResult]:
    """`outreach ...` in the hub's project."""

    def run(*arguments: str) -> CliResult:
        with any_hub.entered():
            return run_in_process(*arguments)

    return run

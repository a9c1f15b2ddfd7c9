"""One production a worker: a git repository, built once; every test leaves it as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ci.production import Production, some_world
from identity.hub import Hub
from outreach_hub.server import EmbeddedServer

BUILT = "ci_production"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a production is long: it is built first, and built beside again and again."""
    for item in items:
        if "built_once" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session")
def built_once(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Production:
    """A hub built from the base branch by `outreach build`, and kept."""
    production = Production(Hub.make(server, tmp_path_factory.mktemp("ci")))
    production.commit_base()
    production.hub.reset()
    production.hub.land(some_world())
    built = production.hub.build()
    assert built.exit_code == 0, built.result.output
    production.hub.keep_as(BUILT)
    return production


@pytest.fixture(scope="module")
def at_base(built_once: Production) -> Production:
    """The same, as it was built."""
    built_once.hub.reset(BUILT)
    return built_once


@pytest.fixture
def production(at_base: Production) -> Iterator[Production]:
    """Production, which no pull request may write to, and beside which none may leave anything."""
    before = at_base.content()
    yield at_base
    assert at_base.content() == before
    assert at_base.schemas() == []


@pytest.fixture
def throwaway(built_once: Production) -> Iterator[Production]:
    """Production to be changed."""
    built_once.hub.reset(BUILT)
    yield built_once
    built_once.hub.reset(BUILT)

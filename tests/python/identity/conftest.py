"""One hub a worker, and the world that most tests start from, built and published once."""

from __future__ import annotations

import pytest

from identity.hub import Hub
from identity.standard import standard_world
from outreach_hub.server import EmbeddedServer

STANDARD = "identity_standard"


@pytest.fixture(scope="session")
def any_hub(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """The worker's hub, in whatever state the last test left it. Reset it first."""
    return Hub.make(server, tmp_path_factory.mktemp("identity"))


@pytest.fixture(scope="module")
def empty_hub(any_hub: Hub) -> Hub:
    """Sources without a row, nothing built."""
    any_hub.reset()
    return any_hub


@pytest.fixture(scope="session")
def standard_template(any_hub: Hub) -> str:
    """Name of the database in which the standard world is built and published."""
    any_hub.reset()
    any_hub.land(standard_world())
    built = any_hub.build()
    assert built.exit_code == 0, built.result.output
    assert not built.evidence
    any_hub.keep_as(STANDARD)
    return STANDARD


@pytest.fixture(scope="module")
def built_hub(any_hub: Hub, standard_template: str) -> Hub:
    """The standard world, built and published, once for all tests of a module."""
    any_hub.reset(standard_template)
    return any_hub

"""One hub on both engines, a worker: a project with a Postgres target and one on Spark."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from outreach_hub.demo_world import load_demo
from outreach_hub.exits import ExitCode
from outreach_hub.project import Project
from outreach_hub.server import EmbeddedServer
from spark.engines import FIRST_DAY, MODELS_ALONE, Engines
from spark.servers import landed_demo

LAST = ("test_recovery", "test_wrong_cl")
"""They bring Spark runs that Postgres knows nothing of: nothing can be compared after them."""

MISSING = [name for name in ("pyspark", "dbt.adapters.spark") if find_spec(name) is None]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here builds on Spark."""
    folder = Path(__file__).parent
    items.sort(key=lambda item: item.path.parent == folder and item.path.stem in LAST)
    for item in items:
        if item.path.parent == folder:
            item.add_marker(pytest.mark.spark)
            if MISSING:
                install = "pip install -c constraints.txt -e '.[spark]'"
                item.add_marker(pytest.mark.skip(reason=f"no {MISSING[0]} here: {install}"))


@pytest.fixture(scope="session")
def engines(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Engines:
    """Both, with empty sources and nothing built."""
    return Engines.make(server, tmp_path_factory.mktemp("spark"))


@pytest.fixture(scope="session")
def demo(engines: Engines) -> Engines:
    """Both, with the demo world built, and nothing tested or published."""
    with engines.hub.admin() as admin:
        load_demo(engines.hub.project, admin)
    engines.copy_sources()
    engines.build_on_both(*MODELS_ALONE, *FIRST_DAY)
    return engines


@pytest.fixture(scope="session")
def published(demo: Engines) -> Engines:
    """The same, tested and published on Spark: marts that nobody has published do not last."""
    done = demo.build_on_spark(*FIRST_DAY)
    assert done.exit_code == ExitCode.GOOD, done.output
    return demo


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A checkout, and the demo world in the sources of a warehouse that nobody has open."""
    return landed_demo(tmp_path_factory.mktemp("endpoint"))

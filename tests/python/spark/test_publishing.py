"""One entry of the catalog shows a publication: whoever reads finds one version of all marts."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from outreach_hub.exits import ExitCode
from spark.engines import FIRST_DAY, MODELS_ALONE, Engines

SWITCH = "outreach_audit.published_version"
NO_MODEL = ("-s", "stg_cl__companies", *MODELS_ALONE, *FIRST_DAY)
RESHAPED = "outreach_marts.rpt_slot_coverage"


@pytest.fixture(scope="module")
def twice(published: Engines) -> tuple[Engines, str, str]:
    """A hub that has published twice or more, and the last two versions, which are whole."""
    for _ in range(2 - len(named(published))):
        done = published.build_on_spark(*FIRST_DAY)
        assert done.exit_code == ExitCode.GOOD, done.output
    new, old = named(published)
    assert new > old
    assert set(published.published_on_spark().values()) == {new}
    return published, old, new


def named(engines: Engines) -> list[str]:
    """The versions that a published view names, the newest first."""
    if not engines.session.catalog.tableExists(RESHAPED):
        return []
    return re.findall("__(v[0-9]{20})", engines.version_shown(RESHAPED))


def test_one_view_shows_all_marts_of_the_one_version_or_the_other(
    twice: tuple[Engines, str, str],
) -> None:
    demo, old, new = twice
    for version in (old, new):
        turn(demo, version)
        assert set(demo.published_on_spark().values()) == {version}


def test_the_version_that_is_not_shown_is_not_read(twice: tuple[Engines, str, str]) -> None:
    demo, old, _ = twice
    plan = demo.session.sql("explain select * from outreach_marts.fct_sends").collect()[0][0]
    assert old not in plan
    assert "Union" not in plan


def test_one_that_was_killed_before_it_was_shown_is_ended(twice: tuple[Engines, str, str]) -> None:
    demo, old, new = twice
    turn(demo, old)
    done = demo.build_on_spark(*NO_MODEL)
    assert done.exit_code == ExitCode.GOOD, done.output
    assert set(demo.published_on_spark().values()) == {new}


def test_so_is_one_that_was_killed_when_half_of_the_views_were_prepared(
    twice: tuple[Engines, str, str],
) -> None:
    demo, old, new = twice
    turn(demo, old)
    views = list(demo.published_on_spark())
    for view in views[::2]:
        demo.session.sql(f"alter view {view} as select * from {table_of(view, old)}")
    demo.session.sql(f"drop view {views[0]}")
    assert set(demo.published_on_spark().values()) == {old}
    done = demo.build_on_spark(*NO_MODEL)
    assert done.exit_code == ExitCode.GOOD, done.output
    assert demo.published_on_spark() == dict.fromkeys(views, new)


def test_readers_find_one_version_at_every_moment_of_a_publication(
    twice: tuple[Engines, str, str],
) -> None:
    demo, _, new = twice
    with readers(demo) as seen:
        done = demo.build_on_spark(*FIRST_DAY)
    assert done.exit_code == ExitCode.GOOD, done.output
    (newest,) = set(demo.published_on_spark().values())
    assert set(seen) == {(new,), (newest,)}


def test_a_mart_of_other_columns_follows_by_itself(twice: tuple[Engines, str, str]) -> None:
    """As it was before a column was added: both versions cannot be rows of one view."""
    demo, _, _ = twice
    (newest,) = set(demo.published_on_spark().values())
    columns = demo.session.table(RESHAPED).columns
    narrow = table_of(RESHAPED, "v00000000000000000009")
    demo.session.sql(f"create table {narrow} as select target_id from {table_of(RESHAPED, newest)}")
    demo.session.sql(f"alter view {RESHAPED} as select * from {narrow}")
    done = demo.build_on_spark(*NO_MODEL)
    assert done.exit_code == ExitCode.GOOD, done.output
    assert set(demo.published_on_spark().values()) == {newest}
    assert demo.session.table(RESHAPED).columns == columns


@contextmanager
def readers(engines: Engines) -> Iterator[Counter[tuple[str, ...]]]:
    """Reads all published views in one query, over and over: the versions of each reading."""
    seen: Counter[tuple[str, ...]] = Counter()
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            try:
                seen[tuple(sorted(set(engines.published_on_spark().values())))] += 1
            except Exception as failure:
                seen[(f"{type(failure).__name__}: {failure}"[:300],)] += 1

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield seen
    finally:
        ended.set()
        reader.join()


def table_of(view: str, version: str) -> str:
    return f"outreach_build.{view.partition('.')[2]}__{version}"


def turn(engines: Engines, version: str) -> None:
    engines.session.sql(f"alter view {SWITCH} as select '{version}' as version")

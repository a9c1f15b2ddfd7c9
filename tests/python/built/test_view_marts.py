"""Marts that are views: what readers see of them is what was published, as of any other mart."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from built.conftest import MINE, added, build, publish
from conftest import CliResult
from identity.hub import Hub
from outreach_hub.exits import ExitCode

Run = Callable[..., CliResult]

ADDRESSES = "select person_id, target_id, company_unique_id, email from {{ ref('people') }}"
KIND = "select relkind from pg_class where oid = 'outreach_marts.rpt_mine'::regclass"
IN_HUB = "select person_id, company_unique_id, email from outreach.people order by 1"
SHOWN = f"select person_id, company_unique_id, email from {{}}.{MINE} order by 1"
WRONG = """
    insert into outreach_raw.people (person_id, company_unique_id, created_at)
    values ('PX-1', 'NOPE', now())
"""
CHANGED = "update outreach_raw.people set email = 'new@example.com'"


@pytest.fixture
def hub(once: Hub) -> Iterator[Hub]:
    """Published with a view of people."""
    types = dict.fromkeys(("person_id", "target_id", "company_unique_id", "email"), "text")
    with added(once, ADDRESSES, **types):
        publish(once)
        yield once


@pytest.mark.long
def test_it_is_published_as_the_rows_that_were_tested_build_after_build(hub: Hub) -> None:
    for _ in range(2):
        rows = hub.rows(IN_HUB)
        assert hub.rows(SHOWN.format("outreach_marts")) == rows
        assert hub.rows(SHOWN.format("outreach_build")) == rows
        assert hub.rows(KIND) == [("r",)]
        with hub.admin() as admin:
            admin.execute("update outreach_raw.people set email = email || 'x'")
        publish(hub)


@pytest.mark.long
@pytest.mark.parametrize("arguments", [("--select", "people"), ()])
def test_readers_keep_it_while_its_hub_is_built_and_not_published(
    hub: Hub, arguments: tuple[str, ...]
) -> None:
    before = hub.rows(SHOWN.format("outreach_marts"))
    with hub.admin() as admin:
        admin.execute(CHANGED)
        admin.execute(WRONG if not arguments else "select 1")
    build(hub, *arguments)
    assert hub.rows(SHOWN.format("outreach_marts")) == before
    with hub.admin() as admin:
        admin.execute("delete from outreach_raw.people where person_id = 'PX-1'")
    publish(hub)
    assert {email for *_, email in hub.rows(SHOWN.format("outreach_marts"))} == {"new@example.com"}


@pytest.mark.long
def test_a_version_before_is_gone_back_to(hub: Hub, outreach: Run) -> None:
    before = hub.rows(SHOWN.format("outreach_marts"))
    with hub.admin() as admin:
        admin.execute(CHANGED)
    publish(hub)
    assert outreach("rollback").exit_code == ExitCode.GOOD
    assert hub.rows(SHOWN.format("outreach_marts")) == before
    assert hub.rows(SHOWN.format("outreach_build")) == before
    publish(hub)


@pytest.mark.long
def test_a_part_without_it_carries_it_over(hub: Hub) -> None:
    before = hub.rows(SHOWN.format("outreach_marts"))
    publish(hub, "--select", "+fct_blog_signals")
    assert hub.rows(SHOWN.format("outreach_marts")) == before
    publish(hub)
    assert hub.rows(KIND) == [("r",)]


def test_what_a_view_of_other_code_may_show_is_not_published(once: Hub, outreach: Run) -> None:
    before = once.rows("select count(*) from outreach_audit.publications")
    done = outreach("build", "-s", "blog_signals+", "test_type:data")
    assert done.exit_code == ExitCode.GOOD, done.output
    said = "was not made in this build; a mart is published with all that it reads and"
    assert said in done.stderr
    assert once.rows("select count(*) from outreach_audit.publications") == before

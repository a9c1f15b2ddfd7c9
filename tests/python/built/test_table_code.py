"""What other code has left in the hub is neither published nor added to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from built.conftest import build, edited_file, publish
from conftest import CliResult
from identity.hub import Hub
from outreach_hub.exits import ExitCode

Run = Callable[..., CliResult]

SENDS = "models/execution/send_log.sql"
ADDRESS = "        landed.email_to,"
OF_SOMEBODY_ELSE = "        'else@example.com' as email_to,"
IN_HUB = "select send_id, email_to from outreach.send_log order by send_id"
SHOWN = "select send_id, email_to from outreach_marts.fct_sends order by send_id"
CODES = (
    "select relname, count(distinct code) from outreach_audit.table_code"
    " inner join pg_class on table_id = pg_class.oid::text group by 1 order by 1"
)


def codes_of(hub: Hub) -> list[str]:
    """The codes on record for the table of sends that is there."""
    found = hub.rows(
        "select code from outreach_audit.table_code"
        " where table_id = 'outreach.send_log'::regclass::oid::text"
    )
    return [code for (code,) in found]


@pytest.mark.parametrize(
    "hub_table", ["campaigns", pytest.param("dol_renewals", marks=pytest.mark.long)]
)
def test_a_table_that_this_build_has_not_made_is_not_published(
    once: Hub, outreach: Run, hub_table: str
) -> None:
    before = once.rows("select count(*) from outreach_audit.publications")
    selection = ["config.materialized:view", "marts", "outbound", "test_type:data"]
    done = outreach("build", "-s", *selection)
    assert done.exit_code == ExitCode.GOOD, done.output
    assert "Not published: " in done.stderr
    assert " was not made in this build" in done.stderr
    done = outreach("build", "--exclude", hub_table)
    assert f"Not published: {hub_table} was not made in this build" in done.stderr
    assert once.rows("select count(*) from outreach_audit.publications") == before


def test_rows_that_other_code_has_added_are_made_anew(once: Hub) -> None:
    right = once.rows(IN_HUB)
    with edited_file(once, SENDS, ADDRESS, OF_SOMEBODY_ELSE):
        build(once, "--select", "send_log")
    assert once.rows(IN_HUB) != right
    publish(once)
    assert once.rows(IN_HUB) == right
    assert once.rows(SHOWN) == right


def test_a_table_that_another_materialization_has_put_there_is_made_anew(once: Hub) -> None:
    right = once.rows(IN_HUB)
    text = (once.project.root / SENDS).read_text()
    as_table = text.replace("materialized='incremental'", "materialized='table'")
    with edited_file(once, SENDS, text, as_table.replace(ADDRESS, OF_SOMEBODY_ELSE)):
        build(once, "--select", "send_log")
    assert once.rows(IN_HUB) != right
    assert codes_of(once) == []
    publish(once)
    assert once.rows(IN_HUB) == right


@pytest.mark.parametrize(
    ("path", "old"),
    [
        ("models/staging/execution/stg_execution__sends.sql", "\n"),
        ("macros/doctrine/one_record.sql", "records.*"),
    ],
)
def test_code_is_all_that_decides_on_the_rows(once: Hub, path: str, old: str) -> None:
    with edited_file(once, path, old, f"{old} "):
        build(once, "--select", "send_log")
        (of_other_code,) = codes_of(once)
    build(once, "--select", "send_log")
    (of_this,) = codes_of(once)
    assert of_this != of_other_code


MASKED = """\
        {% if var('mask_addresses', false) -%}
        cast(null as text) as email_to,
        {%- else -%}
        landed.email_to,
        {%- endif %}"""
TOLD = "        landed.{{ model.columns['email_to']['description'] }} as email_to,"


@pytest.mark.long
def test_what_a_var_decides_is_of_its_value(once: Hub) -> None:
    with edited_file(once, SENDS, ADDRESS, MASKED):
        publish(once)
        shown = once.rows(IN_HUB)
        publish(once, "--vars", "{mask_addresses: true}")
        masked = once.rows(IN_HUB)
        publish(once)
        assert once.rows(IN_HUB) == shown
    assert {address for _, address in shown} != {address for _, address in masked} == {None}


@pytest.mark.long
def test_what_a_template_takes_from_the_models_yaml_is_code(once: Hub) -> None:
    described = "doc('send_log__email_to')"
    path = "models/execution/_execution__models.yml"
    with edited_file(once, SENDS, ADDRESS, TOLD):
        with edited_file(once, path, f'"{{{{ {described} }}}}"', "email_to"):
            publish(once)
            addresses = once.rows(IN_HUB)
        with edited_file(once, path, f'"{{{{ {described} }}}}"', "send_status"):
            publish(once)
    assert once.rows(IN_HUB) != addresses
    assert once.rows(IN_HUB) == once.rows(
        "select send_id, send_status from outreach.send_log order by 1"
    )


def test_what_the_same_code_has_made_is_added_to(once: Hub) -> None:
    with once.admin() as admin:
        admin.execute("update outreach.send_log set email_to = 'kept@example.com'")
    build(once, "--select", "send_log")
    assert {address for _, address in once.rows(IN_HUB)} == {"kept@example.com"}
    assert once.rows(CODES) == [("engagement_events", 1), ("send_log", 1)]

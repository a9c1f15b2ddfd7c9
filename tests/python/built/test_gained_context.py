"""company_target gains and loses columns of context where it stands: it is never made anew."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from built.conftest import build
from conftest import CliResult
from identity.hub import ANCHOR_ONLY, Hub
from outreach_hub.exits import ExitCode

pytestmark = pytest.mark.long

Run = Callable[..., CliResult]

GAINS_NAME = "accepted/target_gains_context"
COLUMNS = (
    "select attname::text from pg_attribute where attrelid = 'outreach.company_target'::regclass"
    " and attnum > 0 and not attisdropped"
)
NAMES = "select company_unique_id, company_name from outreach.company_target order by 1"
NAMES_OF_CL = "select company_unique_id, company_name from cl.company_identity order by 1"


def columns(hub: Hub) -> set[str]:
    return {name for (name,) in hub.rows(COLUMNS)}


def test_a_column_is_added_and_filled_in_one_build(once: Hub, outreach: Run) -> None:
    targets = once.targets()
    with once.edited_by(GAINS_NAME):
        done = outreach("build")
    assert done.exit_code == ExitCode.GOOD, done.output
    assert once.rows(NAMES) == once.rows(NAMES_OF_CL)
    assert once.targets() == targets


def test_a_run_that_does_not_make_company_target_adds_nothing(once: Hub) -> None:
    with once.edited_by(GAINS_NAME):
        build(once, "--select", "stg_people__people")
    assert "company_name" not in columns(once)


def test_what_is_minted_is_never_added(once: Hub) -> None:
    with once.admin() as admin:
        admin.execute("alter table outreach.company_target rename first_targeted_at to renamed")
    assert build(once, *ANCHOR_ONLY).exit_code != ExitCode.GOOD
    assert "first_targeted_at" not in columns(once)


def test_a_column_that_its_model_has_no_longer_fails_no_build_and_is_named(
    once: Hub, outreach: Run
) -> None:
    with once.admin() as admin:
        admin.execute("alter table outreach.company_target add column company_name text")
    done = outreach("build")
    assert done.exit_code == ExitCode.GOOD, done.output
    done = outreach("verify", "--json")
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    (found,) = json.loads(done.stdout)["findings"]
    assert (found["code"], found["subject"]) == ("ID010", "outreach.company_target.company_name")
    with once.admin() as admin:
        admin.execute(found["remedy"])
    done = outreach("verify")
    assert done.exit_code == ExitCode.GOOD, done.output

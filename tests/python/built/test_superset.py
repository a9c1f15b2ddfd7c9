"""Apache Superset reads the marts, as BI's role, while a build publishes."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from built.conftest import publish
from built.test_readers import NEWCOMER, land_newcomer
from conftest import REPOSITORY
from identity.hub import Hub
from register_marts import Superset, register

EXAMPLE = REPOSITORY.root / "examples" / "superset"
SUPERSET = Path(os.environ.get("OUTREACH_SUPERSET", REPOSITORY.root / ".superset" / "bin"))
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not (SUPERSET / "superset").exists(),
        reason="Superset is not installed in .superset (docs/bi.md), nor in OUTREACH_SUPERSET",
    ),
]

SECONDS_TO_START = 300
WHERE_THE_NEWCOMER_IS = f"""
    select
        count(distinct dim_company_targets.target_id) as targets,
        count(distinct dim_people.person_id) as people,
        count(distinct fct_sends.send_id) as sends
    from dim_company_targets
    left join dim_people
        on dim_company_targets.target_id = dim_people.target_id
    left join fct_sends
        on dim_people.person_id = fct_sends.person_id
    where dim_company_targets.company_unique_id = '{NEWCOMER}'
"""


@pytest.fixture
def superset(tmp_path: Path) -> Iterator[Superset]:
    """A Superset of this test's own, as docs/bi.md starts one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "FLASK_APP": "superset",
        "SUPERSET_CONFIG_PATH": str(EXAMPLE / "superset_config.py"),
        "SUPERSET_HOME": str(tmp_path),
        "SUPERSET_SECRET_KEY": "of this test",
    }
    program = str(SUPERSET / "superset")
    admin = ["--username", "admin", "--password", "admin", "--email", "admin@example.com"]
    names = ["--firstname", "Ad", "--lastname", "Min"]
    for step in (["db", "upgrade"], ["fab", "create-admin", *admin, *names], ["init"]):
        subprocess.run([program, *step], env=environment, check=True, capture_output=True)
    server = subprocess.Popen(
        [program, "run", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _await(f"{url}/health", server)
        yield Superset(url, "admin", "admin")
    finally:
        server.kill()  # it has nothing to tidy up, and need not heed a gentler word
        server.wait()


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            threading.Event().wait(0.2)
    pytest.fail(f"{url} does not answer")


def ask(superset: Superset, sql: str) -> list[dict[str, Any]]:
    """A query of SQL Lab, as a person would type it."""
    database = superset.find("database", database_name="Outreach marts")
    query = {"database_id": database, "schema": "outreach_marts", "sql": sql, "runAsync": False}
    rows: list[dict[str, Any]] = superset.post("sqllab/execute/", query)["data"]
    return rows


def chart(superset: Superset, dataset: int) -> int:
    """The big number of a chart on one mart: its rows."""
    rows = {"expressionType": "SQL", "sqlExpression": "count(*)", "label": "rows"}
    answer = superset.post(
        "chart/data",
        {
            "datasource": {"id": dataset, "type": "table"},
            "queries": [{"metrics": [rows], "columns": []}],
            "force": True,
        },
    )
    [row] = answer["result"][0]["data"]
    return int(row["rows"])


def test_superset_reads_whole_versions_through_a_build(once: Hub, superset: Superset) -> None:
    datasets = register(superset, once.server.target(once.target.dbname, "outreach_bi").url())
    marts = [
        name
        for (name,) in once.rows(
            "select relname from pg_class where relnamespace = 'outreach_marts'::regnamespace"
            " and relkind in ('r', 'v') order by 1"
        )
    ]
    assert list(datasets) == marts
    assert register(superset, "") == datasets, "a second time nothing is made anew"

    [(before,)] = once.rows("select count(*) from outreach_marts.dim_people")
    land_newcomer(once)
    build = threading.Thread(target=publish, args=[once])
    build.start()
    places, people = [], []
    while build.is_alive():
        places += ask(superset, WHERE_THE_NEWCOMER_IS)
        people.append(chart(superset, datasets["dim_people"]))
    build.join()
    places += ask(superset, WHERE_THE_NEWCOMER_IS)
    people.append(chart(superset, datasets["dim_people"]))

    nowhere = {"targets": 0, "people": 0, "sends": 0}
    everywhere = {"targets": 1, "people": 1, "sends": 1}
    assert places[0] == nowhere and places[-1] == everywhere
    assert all(place in (nowhere, everywhere) for place in places), places
    assert set(people) == {before, before + 1}

"""What other tools catch of the same corpus: stock dbt, and dbt-bouncer.

Stock dbt parses the patched project and builds what the patch can change, on the demo world as the
untouched project had built it: contracts, constraints, foreign keys, groups, access, unit tests
and dbt's own data tests all take part. Out of play is only what this project adds: its guard, its
gates, its triggers. dbt-bouncer reads the manifest with the checks in dbt-bouncer.yml, which the
untouched project passes.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import os
import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from corpus import ACCEPTED, FOLDER, Case
from workshop import PROJECT, Workshop, say

REPORT = PROJECT / "docs" / "peers.md"
DATABASE, BUILT = "outreach", "outreach_built"
OUR_GATES = ("identity_gate", "minted_identity", "targets_stand", "matches_target",
             "conserves_records")  # fmt: skip
OUT_OF_PLAY = {
    "macros/graph/check_project_graph.sql": "{% macro check_project_graph() %}{% endmacro %}",
    "macros/audit/refuse_vanished_companies.sql": (
        "{% macro refuse_vanished_companies(targets, companies) %}{% endmacro %}"
    ),
}
LANDED_BY_CASES = """
    alter table outreach_raw.people add column phone text;
    create table outreach_raw.podcasts (
        episode_id text, company_unique_id text, episode_title text, aired_at timestamptz
    );
    create table outreach_raw.holidays (holiday_date date);
    grant select on all tables in schema outreach_raw to outreach_build;
"""
"""Landing that legitimate edits of the corpus add to the project."""


@dataclass(frozen=True)
class Catch:
    """Which of the peers stopped a case."""

    case: Case
    by_parse: bool = False
    by_build: bool = False
    by_bouncer: bool = False

    @property
    def by_dbt(self) -> bool:
        return self.by_parse or self.by_build

    @property
    def by_any(self) -> bool:
        return self.by_dbt or self.by_bouncer


class Bench:
    """A workshop with a database: the demo world, built by the untouched project."""

    def __init__(self) -> None:
        from outreach_hub.server import EmbeddedServer
        from outreach_hub.stand_in import furnish

        for name in [name for name in os.environ if name.startswith(("DBT_", "PG", "OUTREACH_"))]:
            del os.environ[name]
        self.workshop = Workshop(Path(tempfile.mkdtemp(prefix="outreach-peers-")))
        self.server = EmbeddedServer(self.workshop.folder / "server", durable=False)
        self.server.start()
        furnish(self.server.target(DATABASE))
        self._write_profile()
        self._build_demo_world()

    def close(self) -> None:
        self.server.stop()
        shutil.rmtree(self.workshop.folder, ignore_errors=True)

    def try_out(self, case: Case) -> Catch:
        """Parse, check and build the patched project; put everything back."""
        self._clone(BUILT, DATABASE)
        with self.workshop.edited(case), self._ours_out_of_play():
            if not self._dbt("parse"):
                return Catch(case, by_parse=True)
            by_bouncer = not self._bouncer()
            by_build = not self._build("--select", *selection(case))
            return Catch(case, by_build=by_build, by_bouncer=by_bouncer)

    def _build(self, *selected: str) -> bool:
        ours = (f"test_name:{gate}" for gate in OUR_GATES)
        return self._dbt("build", "--fail-fast", *selected, "--exclude", *ours)

    def _dbt(self, command: str, *arguments: str) -> bool:
        from dbt.cli.main import dbtRunner

        from outreach_hub.demo_world import AS_OF

        root = str(self.workshop.root)
        places = ["--project-dir", root, "--profiles-dir", root]
        clock = ["--vars", json.dumps({"as_of_date": AS_OF})]
        quiet = ["--log-level", "none", "--log-level-file", "none"]
        return bool(dbtRunner().invoke([*quiet, command, *places, *clock, *arguments]).success)

    def _bouncer(self) -> bool:
        from dbt_bouncer.cli.run.utils import run_bouncer

        config = self.workshop.root / "dbt-bouncer.yml"
        config.write_text((FOLDER / config.name).read_text())
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return bool(run_bouncer(config_file=config) == 0)

    @contextlib.contextmanager
    def _ours_out_of_play(self) -> Iterator[None]:
        before = {name: (self.workshop.root / name).read_text() for name in OUT_OF_PLAY}
        for name, text in OUT_OF_PLAY.items():
            (self.workshop.root / name).write_text(text)
        try:
            yield
        finally:
            for name, text in before.items():
                (self.workshop.root / name).write_text(text)

    def _build_demo_world(self) -> None:
        from outreach_hub.demo_world import load_demo
        from outreach_hub.project import Project

        # The seeds are not part of a workshop: no case may change them.
        with self._admin() as admin:
            load_demo(Project(PROJECT), admin)
            admin.execute(LANDED_BY_CASES)
        with self._ours_out_of_play():
            sound = self._dbt("parse") and self._bouncer() and self._build()
        if not sound:
            raise SystemExit("the untouched project does not pass its peers: nothing to compare")
        with self._admin() as admin:
            admin.execute("drop trigger rows_are_kept on outreach.company_target")
            admin.execute("drop trigger identity_is_kept on outreach.company_target")
        self._clone(DATABASE, BUILT)

    def _write_profile(self) -> None:
        target = self.server.target(DATABASE)
        settings = {"type": "postgres", "host": target.host, "port": target.port, "threads": 4,
                    "user": target.user, "password": "", "dbname": DATABASE,
                    "schema": target.schema}  # fmt: skip
        profile = {"outreach": {"target": "embedded", "outputs": {"embedded": settings}}}
        (self.workshop.root / "profiles.yml").write_text(json.dumps(profile))

    def _admin(self, database: str = DATABASE, **options: Any) -> Any:
        from outreach_hub.database import connect_to

        return connect_to(self.server.target(database), role="admin", **options)

    def _clone(self, template: str, name: str) -> None:
        from outreach_hub.stand_in import furnish

        with self._admin("postgres", autocommit=True) as admin:
            admin.execute(f"drop database if exists {name} with (force)")
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s",
                [template],
            )
            admin.execute(f"create database {name} template {template}")
        furnish(self.server.target(name))  # a template's privileges do not come along


def selection(case: Case) -> list[str]:
    """The models that a case changes, with their tests; everything, where it changes more."""
    selected = []
    for path in (Path(edit.file) for edit in case.edits):
        if path.parts[0] != "models" or not (PROJECT / path.parent).is_dir():
            return ["*"]
        selected.append(path.stem if path.suffix == ".sql" else f"path:{path.parent}")
    return selected


_bench: Bench | None = None


def _open_bench() -> None:
    global _bench
    _bench = Bench()
    atexit.register(_bench.close)


def _try_out(case: Case) -> Catch:
    assert _bench is not None
    return _bench.try_out(case)


def survey(cases: Sequence[Case], workers: int) -> int:
    """Try all cases on the peers, say each, and write the report.

    In a shuffled order and with the report written as it goes: a run that is cut short leaves a
    fair sample.
    """
    shuffled = random.Random(1).sample(cases, len(cases))
    catches = []
    REPORT.parent.mkdir(exist_ok=True)
    with get_context("spawn").Pool(workers, _open_bench) as pool:
        for catch in pool.imap_unordered(_try_out, shuffled):
            catches.append(catch)
            how = [name for name in ("by_parse", "by_build", "by_bouncer") if getattr(catch, name)]
            say(f"{catch.case.name}: {', '.join(how) or 'passed'}")
            REPORT.write_text(page(catches, len(cases)))
        pool.close()
        pool.join()
    return 0


def page(catches: Sequence[Catch], asked: int) -> str:
    """The report, in Markdown."""
    fabrications = [catch for catch in catches if not catch.case.must_pass]
    edits = [catch for catch in catches if catch.case.must_pass]
    rows = [
        _row(group, [catch for catch in fabrications if catch.case.group == group])
        for group in sorted({catch.case.group for catch in fabrications} - {ACCEPTED})
    ]
    return "\n".join([
        "# What other tools catch of the same corpus",
        "",
        "Written by `make mutants PEERS=1`; see tests/mutants/peers.py for what takes part.",
        *_part(len(catches), asked),
        "What `outreach prove` says of the same cases: `make mutants`.",
        "",
        "| code | fabrications | stock dbt: parse | stock dbt: build | dbt-bouncer | either |",
        "|---|---:|---:|---:|---:|---:|",
        *rows,
        _row("**all**", fabrications),
        "",
        f"Of {len(edits)} legitimate edits, stock dbt stops {sum(c.by_dbt for c in edits)} and"
        f" dbt-bouncer {sum(c.by_bouncer for c in edits)}.",
        "",
    ])  # fmt: skip


def _part(tried: int, asked: int) -> list[str]:
    return [f"Tried: {tried} of {asked} cases, drawn at random."] if tried < asked else []


def _row(name: str, catches: Sequence[Catch]) -> str:
    counts = [len(catches), sum(c.by_parse for c in catches), sum(c.by_build for c in catches),
              sum(c.by_bouncer for c in catches), sum(c.by_any for c in catches)]  # fmt: skip
    return f"| {name} | " + " | ".join(map(str, counts)) + " |"

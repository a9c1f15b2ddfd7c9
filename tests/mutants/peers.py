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
import gc
import io
import json
import os
import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from corpus import ACCEPTED, FOLDER, Case
from memory import remember, unpack
from outreach_hub.proof.gates import GATES
from workshop import PROJECT, Workshop, apart, say

REPORT = PROJECT / "docs" / "peers.md"
DATABASE, BUILT = "outreach", "outreach_built"
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
        remember()
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
        with self.workshop.edited(case), self._ours_out_of_play():
            manifest = self._parse()
            if manifest is None:
                return Catch(case, by_parse=True)
            by_bouncer = not self._bouncer()
            self._clone(BUILT, DATABASE)
            by_build = not self._build(manifest, "--select", *selection(case, manifest))
            return Catch(case, by_build=by_build, by_bouncer=by_bouncer)

    def _parse(self) -> Any:
        """The manifest, from dbt's parse of the untouched project; None where dbt refuses."""
        if self._untouched_parse.exists():
            shutil.copyfile(self._untouched_parse, self._kept_parse)
        outcome = self._dbt("parse")
        return outcome.result if outcome.success else None

    def _build(self, manifest: Any, *selected: str) -> bool:
        ours = (f"test_name:{gate}" for gate in GATES)
        chosen = ["--fail-fast", "--no-write-json", *selected, "--exclude", *ours]
        return bool(self._dbt("build", *chosen, manifest=manifest).success)

    def _dbt(self, command: str, *arguments: str, manifest: Any = None) -> Any:
        from dbt.cli.main import dbtRunner

        from outreach_hub.demo_world import AS_OF

        root = str(self.workshop.root)
        places = ["--project-dir", root, "--profiles-dir", root]
        clock = ["--vars", json.dumps({"as_of_date": AS_OF})]
        quiet = ["--log-level", "none", "--log-level-file", "none"]
        return dbtRunner(manifest=manifest).invoke([*quiet, command, *places, *clock, *arguments])

    @property
    def _kept_parse(self) -> Path:
        return self.workshop.root / "target" / "partial_parse.msgpack"

    @property
    def _untouched_parse(self) -> Path:
        return self.workshop.folder / "untouched.msgpack"

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
        # With our gates, or nothing would be published: the next run takes back what is not, and a
        # case that builds one model would miss the marts that its tests read.
        if not self._dbt("build").success:
            raise SystemExit("the untouched project does not build: nothing to compare")
        with self._admin() as admin:
            admin.execute("drop trigger rows_are_kept on outreach.company_target")
            admin.execute("drop trigger identity_is_kept on outreach.company_target")
        self._clone(DATABASE, BUILT)
        with self._ours_out_of_play():
            manifest = self._parse()
            sound = manifest is not None and self._bouncer()
            sound = sound and self._build(manifest, "--select", "company_target", "people")
        if not sound:
            raise SystemExit("the untouched project does not pass its peers: nothing to compare")
        shutil.copyfile(self._kept_parse, self._untouched_parse)
        unpack(self._untouched_parse.read_bytes())

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


def selection(case: Case, manifest: Any) -> list[str]:
    """What a case changes, with its tests; everything, where that cannot be told.

    A model, the models of a YAML file, or whatever calls a macro, however indirectly.
    """
    selected: list[str] = []
    for path in (Path(edit.file) for edit in case.edits):
        if path.parts[0] == "models" and (PROJECT / path.parent).is_dir():
            chosen = [path.stem if path.suffix == ".sql" else f"path:{path.parent}"]
        else:
            chosen = _callers(path.as_posix(), manifest)
        if not chosen:
            return ["*"]
        selected += chosen
    return selected


def _callers(file: str, manifest: Any) -> list[str]:
    """The models and tests that call a macro of a file."""
    macros = {m.unique_id for m in manifest.macros.values() if m.original_file_path == file}
    while more := {
        m.unique_id
        for m in manifest.macros.values()
        if m.unique_id not in macros and not macros.isdisjoint(m.depends_on.macros)
    }:
        macros |= more
    return [
        node.name
        for node in manifest.nodes.values()
        if str(node.resource_type) in ("model", "test")
        and not macros.isdisjoint(node.depends_on.macros)
    ]


_bench: Bench | None = None


def _open_bench() -> None:
    global _bench
    gc.disable()  # its forks leave nothing lying here
    _bench = Bench()
    atexit.register(_bench.close)


def _try_out(case: Case) -> Catch:
    assert _bench is not None
    return apart(partial(_bench.try_out, case))


def survey(cases: Sequence[Case], workers: int) -> int:
    """Try all cases on the peers, say each, and write the report.

    Spread over the codes and with the report written as it goes: a run that is cut short leaves a
    fair sample.
    """
    catches = []
    REPORT.parent.mkdir(exist_ok=True)
    with ProcessPoolExecutor(workers, get_context("spawn"), _open_bench) as executor:
        for done in as_completed([executor.submit(_try_out, case) for case in spread(cases)]):
            catches.append(catch := done.result())
            how = [name for name in ("by_parse", "by_build", "by_bouncer") if getattr(catch, name)]
            say(f"{catch.case.name}: {', '.join(how) or 'passed'}")
            REPORT.write_text(page(catches, len(cases)))
    return 0


def spread(cases: Sequence[Case]) -> list[Case]:
    """In an order of which every beginning holds the same share of each code, drawn at random."""
    chance = random.Random(1)
    placed: list[tuple[float, Case]] = []
    for group in sorted({case.group for case in cases}):
        own = [case for case in cases if case.group == group]
        chance.shuffle(own)
        placed += [((index + chance.random()) / len(own), case) for index, case in enumerate(own)]
    return [case for _, case in sorted(placed, key=lambda place: place[0])]


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
    return (
        [f"Tried: {tried} of {asked} cases, the same share of each code, drawn at random."]
        if tried < asked
        else []
    )


def _row(name: str, catches: Sequence[Catch]) -> str:
    counts = [len(catches), sum(c.by_parse for c in catches), sum(c.by_build for c in catches),
              sum(c.by_bouncer for c in catches), sum(c.by_any for c in catches)]  # fmt: skip
    return f"| {name} | " + " | ".join(map(str, counts)) + " |"

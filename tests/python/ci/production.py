"""A production built from a git repository, and pull requests made on branches of it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conftest import REPOSITORY, CliResult, run_in_process
from corpus import Case, Edit, load, patched
from identity.hub import Hub
from identity.worlds import AS_OF, World

EVERYTHING = ("outreach", "outreach_build", "outreach_marts", "outreach_outbound", "outreach_audit")
SOME = ("Alpha-1", "Beta-2", "Gamma-3")


def some_world() -> World:
    """Three companies, with a record in every landed table."""
    world = World(prefix="CI")
    for company in SOME:
        world.company(company)
        world.outreach_to(company)
    return world


@dataclass(frozen=True)
class CiRun:
    """One `outreach ci`: what it printed, its report, and the same as a document."""

    result: CliResult
    report: str
    document: dict[str, Any]

    @property
    def exit_code(self) -> int:
        return self.result.exit_code

    @property
    def built(self) -> set[str]:
        """The models that dbt ran."""
        return {name.split(".")[-1] for name in self.document["reached"]["models"]}

    @property
    def ran(self) -> dict[str, int]:
        """What dbt ran, by kind and status."""
        return dict((self.document["build"] or {"totals": {}})["totals"])

    @property
    def modified(self) -> dict[str, list[str]]:
        """What is modified, and in what; of tests and models alike."""
        return {each["name"]: each["reasons"] for each in self.document["changes"]["modified"]}

    @property
    def differences(self) -> dict[str, dict[str, Any]]:
        return {each["mart"]: each for each in self.document["differences"]}

    @property
    def codes(self) -> set[str]:
        """Codes of what the proof and the build refused."""
        build = self.document["build"] or {"failures": [], "catalog_findings": []}
        found = [
            *self.document["proof"]["findings"],
            *build["failures"],
            *build["catalog_findings"],
        ]
        return {each["code"] for each in found if each["code"]}


@dataclass
class Production:
    """The hub of the base branch, and the checkout in which branches are tried."""

    hub: Hub

    @property
    def root(self) -> Path:
        return self.hub.project.root

    def commit_base(self) -> None:
        """Makes the project a repository whose only commit is what production is built from."""
        ignored = (REPOSITORY.root / ".gitignore").read_text()
        (self.root / ".gitignore").write_text(ignored)
        (self.root / "README.md").write_text("# A hub\n")
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("config", "user.name", "Ann Author")
        self.git("config", "user.email", "ann@author.example")
        self.commit("base")

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.root), *arguments], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    @contextmanager
    def branch(self, *edits: Edit, name: str = "change") -> Iterator[None]:
        """A branch with one commit of these edits, and afterwards the base again."""
        case = Case(f"accepted/{name}", name, frozenset({"accepted"}), edits)
        self.git("checkout", "--quiet", "-b", name)
        try:
            for path, text in patched(case, self.root):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.unlink() if text is None else path.write_text(text)
            self.commit(name)
            yield
        finally:
            self.git("checkout", "--quiet", "--force", "main")
            self.git("branch", "--quiet", "-D", name)

    def ci(self, *arguments: str, pr: int = 7) -> CiRun:
        """`outreach ci`, whatever it comes to."""
        report = self.root.parent / "report.md"
        report.unlink(missing_ok=True)
        with self.hub.entered():
            result = run_in_process(
                *("ci", "--pr", str(pr), "--format", "json", "--report", str(report), *arguments)
            )
        document = json.loads(result.stdout) if result.stdout.startswith("{") else {}
        return CiRun(result, report.read_text() if report.exists() else "", document)

    def hub_drop(self, pr: int) -> CliResult:
        """`outreach ci --drop`."""
        with self.hub.entered():
            return run_in_process("ci", "--drop", "--pr", str(pr))

    def schemas(self) -> list[str]:
        """Schemas of pull requests."""
        found = self.hub.rows("select nspname from pg_namespace where nspname ~ '^pr_' order by 1")
        return [name for (name,) in found]

    def content(self) -> dict[str, str]:
        """A checksum of every table and view of production, but for the states."""
        found = self.hub.rows(
            f"""
            select format('%s.%s', nspname, relname),
                format('select count(*) || '':'' || coalesce(md5(string_agg(t::text, chr(10)'
                    ' order by t::text)), '''') from %I.%I as t', nspname, relname)
            from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid
            where relkind in ('r', 'v') and nspname in {EVERYTHING}
            """
        )
        with self.hub.admin() as admin:
            return {name: admin.execute(query).fetchall()[0][0] for name, query in found}

    def registered(self, schema: str = "outreach_audit") -> dict[str, str]:
        """Targets by company, as a registry has them."""
        return dict(
            self.hub.rows(f"select company_unique_id, target_id from {schema}.target_registry")
        )


def replaced(file: str, find: str, by: str) -> Edit:
    return Edit(file, "replace", by, find)


def appended(file: str, text: str) -> Edit:
    return Edit(file, "append", text)


def corpus(name: str) -> Sequence[Edit]:
    """The edits of a case of the corpus of fabrications and legitimate edits."""
    (case,) = load(name)
    return case.edits


def renaming_of_coverage(production: Production) -> Sequence[Edit]:
    """The mart rpt_slot_coverage, called rpt_slots wherever it is named."""
    mart, yaml = "models/marts/rpt_slot_coverage.sql", "models/marts/_marts__"
    return (
        Edit(mart, "delete"),
        Edit("models/marts/rpt_slots.sql", "create", (production.root / mart).read_text()),
        replaced(f"{yaml}models.yml", "  - name: rpt_slot_coverage\n", "  - name: rpt_slots\n"),
        replaced(f"{yaml}exposures.yml", "rpt_slot_coverage", "rpt_slots"),
        replaced(f"{yaml}semantic_models.yml", "rpt_slot_coverage", "rpt_slots"),
    )


def models_of(production: Production, *folders: str) -> set[str]:
    """The models in these folders of models/, or in all of them."""
    places = [production.root / "models" / folder for folder in folders or ("",)]
    return {path.stem for place in places for path in place.rglob("*.sql")}


CLOCK = AS_OF.isoformat()

"""How long the proof takes: on this project, from the shell, and on a project of a thousand models.

    python benchmarks/prove.py [--models 250 500 1000]

The synthetic project is this one with marts added: each reads a hub or an earlier mart, joins
company_target, ranks, aggregates, and declares all that an identity column owes. Figures are wall
time in seconds, the median of several runs; no run that swaps or shares its processors counts.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from outreach_hub.project import Project
from outreach_hub.proof import prove
from outreach_hub.proof.compile import compile_project, parse
from outreach_hub.proof.garbage import left_lying
from outreach_hub.proof.prover import prove_compiled

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("dbt_project.yml", "packages.yml", "profiles.example.yml", "models", "macros", "tests")
COUNTS = (250, 500, 1000)
SHELL = (sys.executable, "-m", "outreach_hub", "prove")
EDITS = (
    ("a model", "models/marts/fct_sends.sql", "-- {}\n"),
    ("models' YAML", "models/marts/_marts__models.yml", "# {}\n"),
    ("a macro that is read", "macros/doctrine/bytewise.sql", "{{# {} #}}\n"),
    ("dbt_project.yml", "dbt_project.yml", "# {}\n"),
)
"""What is edited, and a line at the end of the file that changes nothing but the file."""

_MODEL = """with

records as (
    select * from {{{{ ref('{parent}') }}}}
),

targets as (
    select * from {{{{ ref('company_target') }}}}
),

ranked as (
    select
        records.{key} as record_id,
        records.target_id,
        records.company_unique_id,
        targets.bit_score,
        row_number() over (
            partition by records.target_id
            order by records.{key}
        ) as record_rank,
        count(*) over (partition by records.target_id) as record_count
    from records
    inner join targets
        on records.target_id = targets.target_id
    where records.{key} <> '{number}'
),

labelled as (
    select
        record_id,
        target_id,
        company_unique_id,
        coalesce(bit_score, 0) as bit_score,
        record_rank,
        case when record_count > {number} then 'many' else 'few' end as how_many
    from ranked
)

select * from labelled
"""

_YAML = """version: 2

models:
  - name: {name}
    description: "Synthetic. Grain: one row a record."
    constraints:
      - type: primary_key
        columns: [record_id]
      - type: foreign_key
        columns: [target_id, company_unique_id]
        to: ref('company_target')
        to_columns: [target_id, company_unique_id]
    columns:
      - name: record_id
        data_type: text
{identity}      - name: bit_score
        data_type: numeric
      - name: record_rank
        data_type: bigint
      - name: how_many
        data_type: text
"""

_IDENTITY = """      - name: {name}
        data_type: text
        constraints:
          - type: not_null
        data_tests:
          - not_null
          - relationships:
              arguments:
                to: ref('company_target')
                field: {name}
"""

_HUBS = (("people", "person_id"), ("send_log", "send_id"), ("blog_signals", "signal_id"))


def synthesize(root: Path, count: int) -> None:
    """This project, with so many marts more that it has `count` models."""
    Project(ROOT).copy_to(root, PARTS)
    shutil.copytree(ROOT / "dbt_packages", root / "dbt_packages")
    identity = "".join(_IDENTITY.format(name=n) for n in ("target_id", "company_unique_id"))
    folder = root / "models" / "marts" / "synthetic"
    folder.mkdir()
    missing = count - len(list((root / "models").rglob("*.sql")))
    for number in range(missing):
        name = f"rpt_synthetic_{number:04}"
        parent, key = _HUBS[number % len(_HUBS)]
        if number >= 100:  # chains of ten, a hundred at a time
            parent, key = f"rpt_synthetic_{number - 100:04}", "record_id"
        text = _MODEL.format(parent=parent, key=key, number=number)
        (folder / f"{name}.sql").write_text(text)
        (folder / f"_{name}.yml").write_text(_YAML.format(name=name, identity=identity))


def measure_models(counts: Sequence[int]) -> None:
    """Parse, faces and proof of synthetic projects, once each in a process of its own."""
    say("models   dbt parse variants   proof   (s)")
    for count in counts:
        subprocess.run([sys.executable, __file__, "--one", str(count)], check=True)


def measure_one(count: int) -> None:
    """Parse, faces and proof of one synthetic project."""
    with tempfile.TemporaryDirectory(prefix="outreach-prove-") as folder, left_lying():
        root = Path(folder) / "project"
        root.mkdir()
        synthesize(root, count)
        moments = [time.perf_counter()]
        manifest, config = parse(root, root / ".outreach")
        moments.append(time.perf_counter())
        compiled = compile_project(manifest, config)
        moments.append(time.perf_counter())
        verdict = prove_compiled(compiled)
        moments.append(time.perf_counter())
        assert verdict.good, verdict.findings[:3]
        parsed, faces, proof = (moments[n + 1] - moments[n] for n in range(3))
        say(f"{count:>6}{parsed:>12.2f}{faces:>8.2f}{proof:>8.2f}")


def measure_project() -> None:
    """This project: the proof itself, the shell, and what a build pays for it."""
    project = Project(ROOT)
    prove(project)
    say(f"from the shell, nothing changed   {median(lambda: _shell(ROOT)):.2f} s")
    say(f"from the shell, proved anew       {median(lambda: _shell(ROOT, '--no-cache'), 3):.2f} s")
    say(f"added to `outreach build`         {median(lambda: prove(project)):.3f} s")
    fresh = [prove(project, use_cache=False).seconds]
    say(f"the proof itself, once            {fresh[0]:.2f} s")


def measure_edits() -> None:
    """The shell after an edit: dbt parses what depends on the file again, or everything."""
    with tempfile.TemporaryDirectory(prefix="outreach-prove-") as folder:
        root = Path(folder) / "project"
        root.mkdir()
        Project(ROOT).copy_to(root, PARTS)
        shutil.copytree(ROOT / "dbt_packages", root / "dbt_packages")
        _shell(root)
        numbers = itertools.count()
        for name, file, line in EDITS:

            def edited(file: str = file, line: str = line) -> None:
                with (root / file).open("a", encoding="utf-8") as text:
                    text.write(line.format(next(numbers)))
                _shell(root)

            say(f"after an edit of {name:<21}{median(edited, 3):.2f} s")


def _shell(root: Path, *options: str) -> None:
    subprocess.run([*SHELL, *options], cwd=root, check=True, capture_output=True)


def median(work: Callable[[], object], times: int = 5) -> float:
    """The median wall time of some runs."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def say(text: str) -> None:
    """Print at once: the larger projects take a while."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--models", type=int, nargs="*", default=COUNTS)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        measure_one(options.one)
        return
    say(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    measure_project()
    measure_edits()
    measure_models(options.models)


if __name__ == "__main__":
    main()

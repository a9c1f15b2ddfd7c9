"""What a first full build of one world costs on Postgres and on Spark, here and now.

    python benchmarks/spark_build.py --companies 10000

Makes a server and a warehouse of its own in a temporary folder, fills the sources by `outreach
bench generate`, builds them on Postgres as `outreach bench run` does, copies them by `outreach
spark land`, and builds them on Spark. What tasks did is what Spark's event log says; memory and CPU
seconds of Spark are those of the command and all processes it started, looked at twice a second.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import yaml

from outreach_hub.bench.contenders import RUNNER, VARIABLES, Ours
from outreach_hub.bench.laboratory import Laboratory, laboratory
from outreach_hub.bench.measuring import EVERY
from outreach_hub.profile import PROFILE, SPARK
from outreach_hub.project import Project

MB = 1e6
EVENT_LOG = """
spark.eventLog.enabled true
spark.eventLog.dir {folder}
spark.eventLog.compress false
spark.eventLog.rolling.enabled false
"""


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--companies", "-n", type=int, required=True)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with laboratory(Project.find()) as here:
        here.fill(options.companies, options.seed)
        ours = Ours(here)
        ours.start()
        ours.warm_up()
        tell(f"{options.companies:,} companies, load {os.getloadavg()[0]:.1f} at the start")
        cost = ours.build()
        tell(
            f"Postgres: {cost.seconds:.1f} s, {cost.cpu_seconds:.1f} CPU s; {cost.runner_mb:.0f}"
            f" MB, the server {cost.server_mb:.0f} MB; {cost.disk_mb:.0f} MB written"
        )
        environment = on_spark(here, ours)
        outreach(environment, "spark", "land", "--from", ours.target.name)
        outreach(environment, "prove", "--target", SPARK)
        logged = event_logs(environment)
        seconds, cpu, peak = watched(
            [*RUNNER, "build", "--target", SPARK, "--vars", VARIABLES], environment
        )
        (log,) = event_logs(environment) - logged
        done = tasks(log)
        tell(
            f"Spark: {seconds:.0f} s, {cpu:.0f} CPU s, {done['cpu'] / 1e9:.0f} of them in"
            f" {done['tasks']:,} tasks of {done['jobs']:,} jobs; {peak / MB:,.0f} MB; shuffled"
            f" {done['shuffled'] / MB:.1f} MB, written {done['written'] / MB:.1f} MB, spilled"
            f" {done['spilled'] / MB:.1f} MB; the hungriest task {done['hungriest'] / MB:.0f} MB"
        )
        tell(f"load {os.getloadavg()[0]:.1f} at the end")
    return 0


def on_spark(here: Laboratory, ours: Ours) -> dict[str, str]:
    """The environment of commands that know both targets, with an event log of each."""
    environment = here.environment(ours.target)
    profile = Path(environment["DBT_PROFILES_DIR"], "profiles.yml")
    both = yaml.safe_load(profile.read_text())
    example = yaml.safe_load(here.project.example_profiles.read_text())
    both[PROFILE]["outputs"][SPARK] = example[PROFILE]["outputs"][SPARK]
    profile.write_text(yaml.safe_dump(both))
    logs, settings = here.folder / "events", here.folder / "conf"
    logs.mkdir()
    settings.mkdir()
    (settings / "spark-defaults.conf").write_text(EVENT_LOG.format(folder=logs.as_uri()))
    return environment | {
        "DBT_SPARK_DIR": str(here.folder / "spark"),
        "SPARK_CONF_DIR": str(settings),
        "PYTHONWARNINGS": "ignore",
    }


def outreach(environment: Mapping[str, str], *arguments: str) -> None:
    """A command that has to go well, and is not measured."""
    subprocess.run(
        [*RUNNER, *arguments], env=dict(environment), check=True, stdout=subprocess.DEVNULL
    )


def watched(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float, float]:
    """Seconds, CPU seconds and the peak of memory, in bytes, of a command that has to go well."""
    started = time.monotonic()
    process = psutil.Popen(command, env=dict(environment), stdout=subprocess.DEVNULL)
    cpu: dict[int, float] = {}
    peak = 0.0
    while process.poll() is None:
        memory = 0.0
        for part in family(process):
            try:
                times, memory = part.cpu_times(), memory + part.memory_info().rss
            except psutil.Error:
                continue  # has ended meanwhile
            cpu[part.pid] = times.user + times.system
        peak = max(peak, memory)
        time.sleep(EVERY)
    if process.returncode:
        raise SystemExit(f"the build failed, with exit code {process.returncode}")
    return time.monotonic() - started, sum(cpu.values()), peak


def family(process: psutil.Process) -> list[psutil.Process]:
    """The process and all below it."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def event_logs(environment: Mapping[str, str]) -> set[Path]:
    """What Spark has logged so far: a file each time it ran."""
    return set(Path(environment["SPARK_CONF_DIR"]).with_name("events").iterdir())


def tasks(log: Path) -> Counter[str]:
    """Sums over all tasks: nanoseconds and bytes."""
    done: Counter[str] = Counter()
    with log.open() as lines:
        for line in lines:
            event: dict[str, Any] = json.loads(line)
            done["jobs"] += event["Event"] == "SparkListenerJobStart"
            metrics = event.get("Task Metrics")
            if event["Event"] == "SparkListenerTaskEnd" and metrics:
                done["tasks"] += 1
                done["cpu"] += metrics["Executor CPU Time"]
                done["shuffled"] += metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"]
                done["written"] += metrics["Output Metrics"]["Bytes Written"]
                done["spilled"] += metrics["Disk Bytes Spilled"]
                done["hungriest"] = max(done["hungriest"], metrics["Peak Execution Memory"])
    return done


def tell(text: str) -> None:
    """A line, at once."""
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())

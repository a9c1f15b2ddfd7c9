"""What partitions by day would be worth to send_log and engagement_events on Spark, measured.

    OUTREACH_PROJECT_DIR=FOLDER python benchmarks/spark_partitions.py

Needs a hub that is built in FOLDER, and leaves it as it was: it copies both tables, once whole as a
build writes them, once by the day on which the send was due or the event happened. Then it reads
the last 90 days of each, and applies 0.1 % of changed rows, of one month and of all time: to the
whole table, and to the days that they touch. Seconds are the better of two.
"""

# ruff: noqa: S608 - all names are its own
from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from outreach_hub.extras import require
from outreach_hub.profile import load_spark_target
from outreach_hub.project import Project
from outreach_hub.spark.session import NEEDED, open_session

TABLES = {"send_log": ("send_id", "scheduled_at"), "engagement_events": ("event_id", "event_at")}
SCHEMA = "partitions_measured"
MONTH = "day > (select date_sub(max(day), 30) from {by_day})"


def main() -> int:
    """The command line."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    require("spark", *NEEDED)
    project = Project.find()
    target = load_spark_target(project, "spark")
    session = open_session(target)
    session.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
    warehouse = Path(target.parameters["spark.sql.warehouse.dir"]) / f"{SCHEMA}.db"
    session.sql(f"create schema if not exists {SCHEMA}")
    try:
        for name, (key, moment) in TABLES.items():
            measure(session, warehouse, name, key, moment)
    finally:
        session.sql(f"drop schema {SCHEMA} cascade")
    return 0


def measure(session: Any, warehouse: Path, name: str, key: str, moment: str) -> None:
    """Both layouts of one table, and what is done to them."""
    whole, by_day = f"{SCHEMA}.{name}_whole", f"{SCHEMA}.{name}_by_day"
    rows = f"select *, cast({moment} as date) as day from outreach.{name}"
    run = session.sql

    def written(table: str, clause: str, hint: str) -> Callable[[], object]:
        def write() -> None:
            run(f"drop table if exists {table}")
            run(f"create table {table} using parquet {clause} as select {hint} * from ({rows})")

        return write

    count = run(rows).count()
    tell(f"{name}, {count:,} rows", "")
    tell("written whole", timed(written(whole, "", "")), warehouse / f"{name}_whole")
    once_a_day = "/*+ repartition(day) */"
    by_days = written(by_day, "partitioned by (day)", once_a_day)
    tell("written by day", timed(by_days), warehouse / f"{name}_by_day")
    for table in (whole, by_day):
        query = f"select {key}, target_id from {table} where {MONTH.format(by_day=by_day)}"
        query = query.replace("30)", "90)")
        tell(
            f"90 days read, {table}",
            timed(lambda q=query: run(q).write.format("noop").mode("overwrite").save()),
        )
    for label, scope in (("of a month", MONTH.format(by_day=by_day)), ("of all time", "true")):
        drawn = f"{scope} and day is not null order by xxhash64({key}) limit {count // 1000}"
        changed = f"{SCHEMA}.changed"
        run(f"drop table if exists {changed}")
        run(f"create table {changed} using parquet as select * from {whole} where {drawn}")
        kept = f"select * from {{}} as rows left anti join {changed} as c on rows.{key} = c.{key}"
        merged = f"{kept} union all select * from {changed}"
        days = run(f"select count(distinct day) from {changed}").collect()[0][0]
        other = f"{SCHEMA}.{name}_next"
        run(f"drop table if exists {other}")
        run(f"create table {other} using parquet as select * from {whole} where false")
        tell(
            f"0.1 % {label} changed, whole",
            timed(lambda m=merged, o=other: run(f"insert overwrite {o} {m.format(whole)}")),
        )
        touched = f"(select * from {by_day} where day in (select day from {changed}))"
        staged = f"{SCHEMA}.staged"

        def rewrite(m: str = merged, t: str = touched, s: str = staged) -> None:
            # Spark reads nothing that the same statement overwrites.
            run(f"drop table if exists {s}")
            run(f"create table {s} using parquet as select {once_a_day} * from ({m.format(t)})")
            run(f"insert overwrite {by_day} partition (day) select * from {s}")

        tell(f"0.1 % {label} changed, {days} days", timed(rewrite))


def timed(work: Callable[[], object], repeats: int = 2) -> float:
    """The seconds that it takes, the better of two."""
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def tell(what: str, seconds: float | str, folder: Path | None = None) -> None:
    """A line, with what lies in a folder."""
    files = list(folder.rglob("*.parquet")) if folder else []
    size = sum(file.stat().st_size for file in files)
    told = f", {len(files)} files, {size / 1e6:.1f} MB" if folder else ""
    figure = f"{seconds:8.2f} s" if isinstance(seconds, float) else ""
    print(f"{what:60}{figure}{told}", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())

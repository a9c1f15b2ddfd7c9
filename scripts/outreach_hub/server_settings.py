"""Settings of the embedded server, chosen for the machine it runs on.

Postgres ships with settings for a machine of the last century (128 MB of buffers, 1 GB of WAL
between checkpoints). A build rewrites whole tables, so memory for sorts and index builds, and room
for WAL, are what it feels. Durability is never traded: a killed server loses nothing that it
acknowledged.
`alter system set ...` overrides any of these, and survives restarts.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

MB = 1024 * 1024
GB = 1024 * MB


@dataclass(frozen=True)
class Machine:
    """What the settings depend on."""

    memory: int
    cores: int
    free_disk: int
    shared_memory: int | None
    """Free bytes in /dev/shm; None where there is no such thing."""

    @classmethod
    def this_one(cls, data_dir: Path) -> Machine:
        import psutil

        shm = Path("/dev/shm")  # noqa: S108  measured, not written
        return cls(
            memory=min(psutil.virtual_memory().total, _container_memory()),
            cores=len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else os.cpu_count() or 1,
            free_disk=shutil.disk_usage(data_dir).free,
            shared_memory=shutil.disk_usage(shm).free if shm.is_dir() else None,
        )


def tuned(machine: Machine) -> dict[str, str]:
    """The settings for a machine, by name. The machine is taken to do other work as well."""
    work_mem = _clamp(machine.memory // 96, 16 * MB, 256 * MB)
    settings = {
        # memory
        "shared_buffers": _size(_clamp(machine.memory // 8, 128 * MB, 4 * GB)),
        "effective_cache_size": _size(machine.memory // 2),
        "work_mem": _size(work_mem),
        "maintenance_work_mem": _size(_clamp(machine.memory // 32, 64 * MB, 1 * GB)),
        # WAL: few checkpoints in a build, but never most of a small disk
        "max_wal_size": _size(_clamp(machine.free_disk // 10, 256 * MB, 4 * GB)),
        "min_wal_size": _size(128 * MB),
        "wal_buffers": _size(16 * MB),
        # Whoever first reads a new table marks its rows as committed, and since data have
        # checksums, each page goes to WAL for it. To compress 1 M rows' pages took 3.4 of 4.2 s; as
        # they are they take 0.8 s, and 177 MB instead of 89.
        "wal_compression": "off",
        # Nobody replicates an embedded server. What a transaction makes and fills is then written
        # once, at its commit, and not to WAL as well: 1 M rows with a key took 8.5 s for 10.3 s
        # (medians of three in turn, on a busy machine), with 156 MB less of WAL.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "checkpoint_timeout": "15min",
        # A table that was just filled is what autovacuum takes up next, and whoever then swaps or
        # drops it waits this long before the server sends autovacuum away (1 s if left alone).
        "deadlock_timeout": "100ms",
        # planner: solid-state disk, and queries too short for JIT to pay
        "random_page_cost": "1.1",
        "jit": "off",
        # parallel workers: half of the cores to one query, as dbt runs several at once
        "max_parallel_workers": str(machine.cores),
        "max_parallel_workers_per_gather": str(machine.cores // 2),
        "max_parallel_maintenance_workers": str(machine.cores // 2),
    }
    if machine.shared_memory is not None and machine.shared_memory < 256 * MB:
        # A container's 64 MB of /dev/shm is too little for parallel queries: they fail half-way.
        settings["dynamic_shared_memory_type"] = "mmap"
    return settings


UNSAFE_BUT_QUICK = {
    "shared_buffers": "64MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "1GB",
    "jit": "off",
}
"""For servers that live as long as a test run."""


def rendered(settings: dict[str, str], socket_dir: Path) -> str:
    """The text of the configuration file that the server includes."""
    fixed = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket_dir),
        "unix_socket_permissions": "0700",
        "port": "5432",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %q%u@%d ",
    }
    lines = ["# Written by `outreach db start`, at every start. Use `alter system` to override."]
    for name, value in {**fixed, **settings}.items():
        quoted = value.replace("'", "''")
        lines.append(f"{name} = '{quoted}'")
    return "\n".join(lines) + "\n"


def _container_memory() -> int:
    """The memory limit of the container (cgroup) around this process, or a very large number."""
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            return int(Path(name).read_text())
        except (OSError, ValueError):
            continue
    return 1 << 62


def _clamp(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))


def _size(count: int) -> str:
    return f"{count // MB}MB"

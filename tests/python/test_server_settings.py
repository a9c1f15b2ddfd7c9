from dataclasses import replace
from pathlib import Path

import pytest

from outreach_hub.server_settings import GB, MB, Machine, rendered, tuned

LAPTOP = Machine(memory=16 * GB, cores=8, free_disk=200 * GB, shared_memory=8 * GB)
UNSAFE = ("fsync", "synchronous_commit", "full_page_writes")


def size(value: str) -> int:
    assert value.endswith("MB")
    return int(value[:-2]) * MB


@pytest.mark.parametrize("memory", [1 * GB, 2 * GB, 8 * GB, 64 * GB, 1024 * GB])
def test_memory_is_left_for_others(memory: int) -> None:
    settings = tuned(replace(LAPTOP, memory=memory))
    assert size(settings["shared_buffers"]) <= memory // 4
    # four threads that sort in four places each, and two that build an index
    assert 16 * size(settings["work_mem"]) <= memory
    assert 2 * size(settings["maintenance_work_mem"]) <= memory // 4


def test_a_bigger_machine_gets_more() -> None:
    small, large = (tuned(replace(LAPTOP, memory=m)) for m in (2 * GB, 32 * GB))
    for name in ("shared_buffers", "work_mem", "maintenance_work_mem", "effective_cache_size"):
        assert size(small[name]) < size(large[name])


def test_a_small_disk_is_not_filled_with_wal() -> None:
    assert size(tuned(replace(LAPTOP, free_disk=2 * GB))["max_wal_size"]) == 256 * MB


def test_durability_is_never_traded() -> None:
    assert not set(UNSAFE) & set(tuned(LAPTOP))


def test_a_container_with_little_shared_memory_does_without() -> None:
    assert "dynamic_shared_memory_type" not in tuned(LAPTOP)
    starved = tuned(replace(LAPTOP, shared_memory=64 * MB))
    assert starved["dynamic_shared_memory_type"] == "mmap"


def test_there_is_no_tcp_port() -> None:
    text = rendered({}, Path("/srv/it's/run"))
    assert "listen_addresses = ''\n" in text
    assert "unix_socket_directories = '/srv/it''s/run'\n" in text
    assert "unix_socket_permissions = '0700'\n" in text


def test_this_machine_can_be_read(tmp_path: Path) -> None:
    machine = Machine.this_one(tmp_path)
    assert machine.memory > 0
    assert machine.cores > 0
    assert machine.free_disk > 0

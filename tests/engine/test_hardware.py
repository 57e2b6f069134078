"""What this computer has, also where it is only a part of one."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from app.engine.hardware import machine

GIB = 1024**3


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_without_limits_it_is_what_the_system_says(tmp_path: Path) -> None:
    here = machine(root=tmp_path)
    assert here.total == psutil.virtual_memory().total
    assert 0 < here.free <= here.total
    assert 1 <= here.cores <= (os.cpu_count() or 1)


def test_a_container_counts_what_it_may_use(tmp_path: Path) -> None:
    write(tmp_path / "proc/self/cgroup", "0::/papers/child\n")
    write(tmp_path / "sys/fs/cgroup/papers/memory.max", str(2 * GIB))
    write(tmp_path / "sys/fs/cgroup/papers/memory.current", str(GIB))
    write(tmp_path / "sys/fs/cgroup/papers/memory.stat", f"anon 5\ninactive_file {GIB // 2}\n")
    write(tmp_path / "sys/fs/cgroup/papers/child/memory.max", "max")
    write(tmp_path / "sys/fs/cgroup/papers/child/memory.current", "100")
    write(tmp_path / "sys/fs/cgroup/papers/child/cpu.max", "100000 100000")
    here = machine(root=tmp_path)
    assert here.total == 2 * GIB
    assert here.free == GIB + GIB // 2
    assert here.cores == 1


def test_the_older_kind_of_limits_counts_as_well(tmp_path: Path) -> None:
    write(tmp_path / "proc/self/cgroup", "4:memory:/papers\n2:cpu,cpuacct:/papers\n")
    group = tmp_path / "sys/fs/cgroup/memory/papers"
    write(group / "memory.limit_in_bytes", str(GIB))
    write(group / "memory.usage_in_bytes", str(GIB // 4))
    write(tmp_path / "sys/fs/cgroup/memory/memory.limit_in_bytes", str(2**63 - 4096))
    write(tmp_path / "sys/fs/cgroup/memory/memory.usage_in_bytes", str(GIB))
    write(tmp_path / "sys/fs/cgroup/cpu/papers/cpu.cfs_quota_us", "-1")
    write(tmp_path / "sys/fs/cgroup/cpu/papers/cpu.cfs_period_us", "100000")
    here = machine(root=tmp_path)
    assert here.total == GIB
    assert here.free == GIB - GIB // 4


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="asked of Linux only")
def test_two_threads_of_one_core_are_one_core(tmp_path: Path) -> None:
    allowed = sorted(os.sched_getaffinity(0))
    for number in allowed:
        folder = tmp_path / f"sys/devices/system/cpu/cpu{number}/topology"
        write(folder / "thread_siblings_list", "0-1")
    assert machine(root=tmp_path).cores == 1


def test_the_processor_has_a_name() -> None:
    assert machine().processor

"""What this computer has for a model: cores, free memory, graphics cards.

In a container, what counts is what the container may use.
"""

from __future__ import annotations

import math
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

_NO_LIMIT = 1 << 60  # bytes; cgroup v1 writes a number near 2^63 for "no limit"


@dataclass(frozen=True, slots=True)
class GraphicsCard:
    """A device that llama.cpp can compute on, and the bytes of its memory that are free."""

    name: str
    free: int


@dataclass(frozen=True, slots=True)
class Machine:
    """This computer as a place to run a model.

    ``cores`` are physical ones that this process may use (a second thread on the same core
    slows decoding down), ``free`` bytes of memory that can be had without swapping,
    ``processor`` names the kind of CPU.
    """

    cores: int
    free: int
    total: int
    processor: str = ""
    cards: tuple[GraphicsCard, ...] = ()


def machine(cards: tuple[GraphicsCard, ...] = (), root: Path = Path("/")) -> Machine:
    """This computer as it is now.

    ``cards`` are known only to a child that has asked llama.cpp.  ``root`` is
    where the system's own files are looked for.
    """
    memory = psutil.virtual_memory()
    free, total = int(memory.available), int(memory.total)
    for limit, used in _memory_limits(root):
        total = min(total, limit)
        free = min(free, max(0, limit - used))
    return Machine(_cores(root), free, total, _processor(root), cards)


def _cores(root: Path) -> int:
    allowed = _allowed()
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    if allowed:
        siblings = {_siblings(root, number) for number in allowed}
        known = {sibling for sibling in siblings if sibling}
        cores = len(known) if len(known) == len(siblings) else min(cores, len(allowed))
    quotas = list(_processor_quotas(root))
    return max(1, min([cores, *(math.ceil(quota) for quota in quotas)]))


def _allowed() -> set[int]:
    """The logical processors that this process may run on; none where it is not told."""
    if sys.platform == "linux":
        return set(os.sched_getaffinity(0))
    return set()


def _siblings(root: Path, number: int) -> str:
    """Which logical processors share the core of this one."""
    topology = root / f"sys/devices/system/cpu/cpu{number}/topology"
    return _text(topology / "core_cpus_list") or _text(topology / "thread_siblings_list")


def _groups(root: Path) -> Iterator[Path]:
    """The folders of the control groups that this process is in, inner ones first."""
    base = root / "sys/fs/cgroup"
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        # Version 2 has one tree without a name, version 1 one for each controller.
        for controller in controllers.split(",") if controllers else [""]:
            if controller not in {"", "memory", "cpu"}:
                continue
            tree = base / controller if controller else base
            inner = tree / path.strip("/")
            while True:
                yield inner
                if inner == tree or not inner.is_relative_to(tree):
                    break
                inner = inner.parent


def _memory_limits(root: Path) -> Iterator[tuple[int, int]]:
    """Each limit that this process is under, with what is used of it and cannot be freed."""
    for group in _groups(root):
        for limit_name, used_name, cache in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            limit, used = _number(group / limit_name), _number(group / used_name)
            if limit is None or used is None or limit > _NO_LIMIT:
                continue
            counters = dict(
                line.split(" ", 1)
                for line in _text(group / "memory.stat").splitlines()
                if " " in line
            )
            reclaimable = counters.get(cache, "0")
            yield limit, max(0, used - (int(reclaimable) if reclaimable.isdigit() else 0))


def _processor_quotas(root: Path) -> Iterator[float]:
    """Each limit on processor time that this process is under, in cores."""
    for group in _groups(root):
        quota, _, period = _text(group / "cpu.max").partition(" ")
        if quota.isdigit() and period.isdigit() and int(period):
            yield int(quota) / int(period)
        old, per = _number(group / "cpu.cfs_quota_us"), _number(group / "cpu.cfs_period_us")
        if old is not None and old > 0 and per:
            yield old / per


def _processor(root: Path) -> str:
    for line in _text(root / "proc/cpuinfo").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.isdigit() else None


def _text(path: Path) -> str:
    """A small file of the system, "" where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""

"""How many files to read side by side on this computer."""

from __future__ import annotations

import os

import psutil

_MOST = 4
_ROOM = 1_500_000_000  # bytes: what a reading child may take


def worker_count() -> int:
    """One worker a core, as far as there is free memory for its child; at least one."""
    room = int(psutil.virtual_memory().available // _ROOM)
    return max(1, min(_MOST, os.cpu_count() or 1, room))

"""Keeps ``None`` alive under Python 3.11 with this Qt binding.

PySide6 6.12 is built against headers in which ``None`` cannot die (Python 3.12 and
later, PEP 683), so each of its calls that returns nothing takes one reference to
``None`` too many.  Python 3.11 counts them: after some ten thousand calls the count is
zero and the interpreter ends with ``none_dealloc: deallocating None``.  Adding more
references than a program can use up makes the object lasting there too.
"""

from __future__ import annotations

import ctypes
import sys

_MANY = 1 << 40


def make_none_last() -> None:
    """Add a store of references to ``None``; does nothing where it cannot die anyway."""
    if sys.version_info >= (3, 12) or sys.getrefcount(None) >= _MANY:
        return
    # In CPython 3.11 the reference count is the first word of an object.
    count = ctypes.c_ssize_t.from_address(id(None))
    if 0 <= count.value - sys.getrefcount(None) + 1 <= 1:
        count.value += _MANY

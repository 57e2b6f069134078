"""Keeps ``None``, ``True`` and ``False`` alive under Python 3.11 with this Qt binding.

PySide6 6.12 is built against headers in which these objects cannot die (Python 3.12 and
later, PEP 683), so each of its calls that returns one takes one reference to it too many.
Python 3.11 counts them: after some ten thousand calls the count is zero and the
interpreter ends with ``none_dealloc: deallocating None``.  Adding more references than a
program can use up makes the objects lasting there too.
"""

from __future__ import annotations

import ctypes
import sys

_MANY = 1 << 40


def make_constants_last() -> None:
    """Add a store of references to each; does nothing where they cannot die anyway."""
    if sys.version_info >= (3, 12):
        return
    for constant in (None, True, False):
        # In CPython 3.11 the reference count is the first word of an object.
        count = ctypes.c_ssize_t.from_address(id(constant))
        if count.value < _MANY and 0 <= count.value - sys.getrefcount(constant) + 1 <= 2:
            count.value += _MANY

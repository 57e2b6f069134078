"""Text as a file format can hold it."""

from __future__ import annotations

import re

# Half of a surrogate pair: from file names that are not valid text in their system.
_HALVES = re.compile("[\ud800-\udfff]")

# What XML 1.0 (and so a workbook) cannot hold, and no spreadsheet shows.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def valid(text: str) -> str:
    """``text`` with what UTF-8 cannot hold replaced by U+FFFD."""
    return _HALVES.sub("\ufffd", text)


def shown(text: str) -> str:
    """``text`` as a spreadsheet's cell can show it: no control characters, ``\\n`` lines."""
    return _CONTROLS.sub("", valid(text)).replace("\r\n", "\n").replace("\r", "\n")

"""Names of files as they are shown: whatever a system allows, on one readable line."""

from __future__ import annotations

import unicodedata

_LONGEST = 200
_END_KEPT = 11
_BLANKS = frozenset({"Zl", "Zp"})
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cn"})
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def shown_name(name: str) -> str:
    """A file's name without line ends, control characters and marks that turn its direction.

    Bytes that are no text become U+FFFD; a very long name is cut in its middle.
    """
    kept = " ".join("".join(map(_shown, name)).split())
    if len(kept) > _LONGEST:
        kept = kept[: _LONGEST - _END_KEPT - 1] + "…" + kept[-_END_KEPT:]
    return kept or "unnamed"


def last_part(name: str) -> str:
    """The last part of a path from a foreign system."""
    return name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cs":
        return _UNKNOWN
    if char in "\t\r\n" or category in _BLANKS:
        return " "
    return "" if category in _UNSEEN else char

"""Text of documents and of models, made harmless to show without moving a single place in it."""

from __future__ import annotations

import html
import re

_ODD = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls but for the tab and the line's end
    "\u202a-\u202e\u2066-\u2069"  # what turns the direction of what follows around
    "\u2028\u2029"  # ends of lines that only some programs know
    "\ufdd0-\ufdef\ufff9-\ufffc"  # what text layouts keep for themselves
    "\ud800-\udfff"  # halves of characters
    "]"
)


def harmless(text: str) -> str:
    """``text`` with every character that does not print as itself replaced by one that does.

    As many characters as before, so that a place in the text stays where it is.
    """
    return _ODD.sub(_instead, text)


def one_line(text: str, most: int = 120) -> str:
    """A name on one line, at most ``most`` characters long, shortened in its middle."""
    line = " ".join(harmless(text).split())
    if len(line) <= most:
        return line
    head = (most - 1) * 2 // 3
    return f"{line[:head]}…{line[-(most - 1 - head) :]}"


def tip(text: str) -> str:
    """``text`` for a tool tip, where Qt would take what looks like HTML for HTML."""
    return f"<span>{html.escape(harmless(text)).replace(chr(10), '<br>')}</span>" if text else ""


def _instead(found: re.Match[str]) -> str:
    character = found[0]
    if character in "\u2028\u2029\r\x0b\x0c\x85":
        return "\n" if character in "\u2028\u2029" else " "
    return "\ufffd"

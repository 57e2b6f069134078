"""Documents' text on its way to a server, and repetition in what comes back."""

from __future__ import annotations

import re

# A server tokenises the whole prompt with its control tokens, so text of a document that
# looks like one would end the turn.  Brackets of such names are set off by a space.
_CONTROL = re.compile(
    r"<[|｜]|[|｜]>"
    r"|</?[A-Za-z_][A-Za-z0-9_]*>"
    r"|<<SYS>>|<</SYS>>"
    r"|\[/?(?:INST|IMG|IMG_BREAK|IMG_END|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS"
    r"|TOOL_RESULTS|THINK|gMASK|MASK|CLS|SEP|PAD|UNK|BOS|EOS|UNUSED_TOKEN_\d+)\]"
)


def harmless(text: str) -> str:
    """The text without anything that a tokeniser could take for a control token."""
    while (made := _CONTROL.sub(_set_off, text)) != text:
        text = made  # of "<|>" the second half is left by setting off the first
    return text


def _set_off(match: re.Match[str]) -> str:
    found = match[0]
    if found[0] in "<[":
        return found.replace("<", "< ").replace("[", "[ ")
    return " ".join(found)


def repeats(text: str, times: int) -> bool:
    """Whether the text ends in one and the same passage at least ``times`` over."""
    tail = text[-200 * times :]
    for length in range(1, 201):
        count = max(times, -(-80 // length))  # a row of dots or dashes is none yet
        unit = tail[-length:]
        if len(tail) >= length * count and tail.endswith(unit * count):
            return True
    return False

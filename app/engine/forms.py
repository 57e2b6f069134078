"""The form that the model fills: forced text, slots with a pattern, and rows of slots.

A form is at once a grammar (one regular expression, so that an answer is always valid and
bounded), the split of the answer into values, and what need not be sampled: whatever the
form allows only one continuation for is decoded without asking the model.

Patterns are written in the subset that Python's ``re`` and Rust's regular expressions
share: characters, classes, alternation and bounded repetition; no anchors, no groups that
capture, no look-around; ``[0-9]`` rather than ``\\d``, since the two know different editions
of Unicode.  A slot ends where the fixed text after it begins, so its pattern
must not match the first character of that text.

What stands in a union crosses to a child with a tag, which dataclasses do not have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec


class Fixed(msgspec.Struct, frozen=True, tag=True):
    """Text that stands in every answer; it is never sampled."""

    text: str


class Slot(msgspec.Struct, frozen=True, tag=True):
    """A value that the model writes: any text that ``pattern`` matches as a whole."""

    key: str
    pattern: str


class Rows(msgspec.Struct, frozen=True, tag=True):
    """Up to ``most`` rows of the same parts.

    Each begins with ``another`` and the last is followed by ``end``; the model chooses
    between the two, so they begin with different characters.
    """

    key: str
    parts: tuple[Fixed | Slot, ...]
    most: int
    another: str = "+"
    end: str = "."


Part = Fixed | Slot | Rows


@dataclass(frozen=True, slots=True)
class Written:
    """A slot as it was filled: ``start`` and ``end`` are character offsets in the answer.

    ``rows`` is the key of the rows that it belongs to, "" for a field of its own, and
    ``row`` counts them from 0.
    """

    key: str
    rows: str
    row: int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Form:
    """What an answer consists of, in order."""

    parts: tuple[Part, ...]

    @property
    def pattern(self) -> str:
        """The regular expression that every complete answer matches."""
        return "".join(_pattern(part) for part in self.parts)

    @property
    def openings(self) -> frozenset[bytes]:
        """The texts with which a row begins."""
        return frozenset(part.another.encode() for part in self.parts if isinstance(part, Rows))

    def read(self, answer: str) -> tuple[Written, ...]:
        """The filled slots of an answer, in order.

        Of an answer that was cut off, those that are complete.
        """
        return tuple(_read(self.parts, answer))


def _pattern(part: Part) -> str:
    if isinstance(part, Fixed):
        return re.escape(part.text)
    if isinstance(part, Slot):
        return f"(?:{part.pattern})"
    row = re.escape(part.another) + "".join(_pattern(inner) for inner in part.parts)
    return f"(?:{row}){{0,{part.most}}}{re.escape(part.end)}"


def _read(parts: tuple[Part, ...], answer: str) -> Iterator[Written]:
    at = 0
    for number, part in enumerate(parts):
        if isinstance(part, Rows):
            row = 0
            while answer.startswith(part.another, at) and row < part.most:
                at += len(part.another)
                for inner_number, inner in enumerate(part.parts):
                    after = (*part.parts[inner_number + 1 :], part)
                    written, at = _one(inner, answer, at, after)
                    if at < 0:
                        return
                    if written is not None:
                        yield Written(
                            written.key, part.key, row, written.text, written.start, written.end
                        )
                row += 1
            if not answer.startswith(part.end, at):
                return
            at += len(part.end)
            continue
        written, at = _one(part, answer, at, parts[number + 1 :])
        if at < 0:
            return
        if written is not None:
            yield written


def _one(
    part: Fixed | Slot, answer: str, at: int, after: tuple[Part, ...]
) -> tuple[Written | None, int]:
    """The part at this offset and the offset after it, -1 where the answer ends before that."""
    if isinstance(part, Fixed):
        return None, at + len(part.text) if answer.startswith(part.text, at) else -1
    # Of what the pattern may match, the text that ends where the next part begins.
    match = re.compile(f"(?:{part.pattern}){_before(after)}").match(answer, at)
    if match is None or (after and match.end() == len(answer)):
        return None, -1  # more of the value could have followed
    return Written(part.key, "", 0, match[0], at, match.end()), match.end()


def _before(after: tuple[Part, ...]) -> str:
    """What a slot stands before, as a look-ahead; "" where that is another slot, or nothing."""
    following = after[0] if after else None
    if isinstance(following, Fixed):
        return f"(?={re.escape(following.text[:1])})"
    if isinstance(following, Rows):
        return f"(?={re.escape(following.another[:1])}|{re.escape(following.end[:1])})"
    return ""

"""Snippets: where in a text phrases stand, and the piece of it that is worth showing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.library.terms import Phrase, spans_of, terms_of

_BEFORE, _LONG = 40, 200  # characters of a snippet before what was found, and in all
_CUT = "…"
_WORD = re.compile(r"\S+")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """A text, and the spans of it that were found, each with the number of its phrase."""

    text: str
    spans: tuple[tuple[Span, int], ...]

    @property
    def phrases(self) -> int:
        """How many of the phrases stand in the text."""
        return len({phrase for _, phrase in self.spans})

    def lines(self) -> tuple[int, ...]:
        """The numbers of the lines (from 0) that were found."""
        lines: set[int] = set()
        line = at = 0
        for (start, end), _ in self.spans:
            line += self.text.count("\n", at, start)
            at = start
            lines.update(range(line, line + self.text.count("\n", start, end) + 1))
        return tuple(sorted(lines))

    def snippet(self) -> tuple[str, tuple[Span, ...]]:
        """One line around the most that was found together, and the found stretches of it."""
        starts = [start for (start, _), _ in self.spans] or [0]
        first = max(starts, key=self._together)  # the first one of the best
        low = max(0, first - _BEFORE)
        if low:
            space = _space(self.text, low, first)
            low = low if space is None else space + 1
        high = min(len(self.text), low + _LONG)
        if high < len(self.text):
            high = next(
                (p for p in range(high, low + _LONG // 2, -1) if self.text[p].isspace()), high
            )
        head = _CUT if low else ""
        tail = _CUT if high < len(self.text) else ""
        moved = len(head) - low
        inside = [
            (max(start, low) + moved, min(end, high) + moved)
            for (start, end), _ in self.spans
            if start < high and end > low
        ]
        line = "".join(" " if letter.isspace() else letter for letter in self.text[low:high])
        return head + line + tail, _joined(inside)

    def _together(self, start: int) -> int:
        reach = start + _LONG - _BEFORE
        return len({phrase for (low, high), phrase in self.spans if start <= low and high <= reach})


def find(text: str, phrases: Sequence[Phrase]) -> Finding:
    """Where the phrases stand in ``text``."""
    terms = terms_of(text)
    wanted: dict[int, set[int]] = {}
    for number, phrase in enumerate(phrases):
        for begin in phrase.places(terms):
            for place in range(begin, begin + len(phrase.terms)):
                wanted.setdefault(place, set()).add(number)
    spans: list[tuple[Span, int]] = []
    place = 0
    last = max(wanted, default=-1)
    for word in _WORD.finditer(text):
        if place > last:
            break
        count = len(terms_of(word[0]))
        if not wanted.keys().isdisjoint(range(place, place + count)):
            for start, end in spans_of(word[0]):
                span = (word.start() + start, word.start() + end)
                spans += [(span, number) for number in sorted(wanted.get(place, ()))]
                place += 1
        else:
            place += count
    return Finding(text, tuple(spans))


def _space(text: str, low: int, high: int) -> int | None:
    return next((place for place in range(low, high) if text[place].isspace()), None)


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Spans that touch or overlap as one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)

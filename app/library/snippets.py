"""Snippets: where in a text phrases stand, and the piece of it that is worth showing."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from app.library.passages import Text
from app.library.terms import Phrase, holds, spans_of

_BEFORE, _LONG = 40, 200  # characters of a snippet before what was found, and in all
_MOST = 1_000  # places of one phrase in one text: more help nobody
_CUT = "…"
_REST = re.compile(r"[^ \n]*")
_SPACE = re.compile(r"\s")
_BETWEEN = re.compile(r"[ \n]+")

Span = tuple[int, int]


class Place(NamedTuple):
    """A term that was found: its line, its number in the line, and the number of the phrase."""

    line: int
    term: int
    phrase: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A text that was looked through, and the terms of it that were found, in order."""

    text: Text
    places: tuple[Place, ...]

    @property
    def phrases(self) -> int:
        """How many of the phrases stand in the text."""
        return len({place.phrase for place in self.places})

    def lines(self) -> tuple[int, ...]:
        """The numbers of the lines (from 0) that were found."""
        return tuple(dict.fromkeys(place.line for place in self.places))

    def best_line(self) -> tuple[int, int]:
        """The first line with most of the phrases, and how many these are; -1 and 0 for none."""
        best, most = -1, 0
        for line, places in itertools.groupby(self.places, key=lambda place: place.line):
            count = len({place.phrase for place in places})
            if count > most:
                best, most = line, count
        return best, most

    def snippet(self, only: int | None = None) -> tuple[str, tuple[Span, ...]]:
        """A line around the most that was found together, and the found stretches of it.

        It is cut from the whole text, or from the line with the number ``only``.
        """
        lines = self.text.lines.split("\n")
        # A line begins behind those before it, and a line break for each of them.
        ends = list(itertools.accumulate(map(len, lines), initial=0))
        moved = 0 if only is None else ends[only] + only
        text = self.text.lines if only is None else lines[only]
        places = [place for place in self.places if only is None or place.line == only]
        if only is None:  # words are short: where one begins will do until the piece is chosen
            starts = [(ends[place.line] + place.line, place.phrase) for place in places]
            low, high = _piece(text, starts)
            places = [place for place, (at, _) in zip(places, starts, strict=True) if at < high]
            places = [place for place in places if ends[place.line + 1] + place.line > low]
        spans: list[tuple[Span, int]] = []
        for line, in_it in itertools.groupby(places, key=lambda place: place.line):
            parts = spans_of(lines[line])
            at = ends[line] + line - moved
            # Another version of Unicode may part a word in another way than it was.
            spans += [
                ((at + parts[place.term][0], at + parts[place.term][1]), place.phrase)
                for place in in_it
                if place.term < len(parts)
            ]
        if only is not None:
            low, high = _piece(text, [(start, phrase) for (start, _), phrase in spans])
        return _cut_out(text, low, high, [span for span, _ in spans])


def find(text: Text, phrases: Sequence[Phrase], *, across: bool) -> Finding:
    """Where the phrases stand in ``text``; with ``across`` one may go on in the next line."""
    places: set[Place] = set()
    for number, phrase in enumerate(phrases):
        for terms in (phrase.terms, *phrase.others):
            whole = terms is not phrase.terms
            found = itertools.islice(_found(text.terms, phrase, terms, across, whole), _MOST)
            for start, stop, line in found:
                term = text.terms.count(" ", text.terms.rfind("\n", 0, start) + 1, start)
                places.add(Place(line, term, number))
                for between in _BETWEEN.findall(text.terms, start, stop):
                    breaks = between.count("\n")
                    line, term = line + breaks, 0 if breaks else term + 1
                    places.add(Place(line, term, number))
    return Finding(text, tuple(sorted(places)))


def _found(
    text: str, phrase: Phrase, terms: tuple[str, ...], across: bool, whole: bool
) -> Iterator[tuple[int, int, int]]:
    """Where the terms (``whole`` ones only) begin and end in ``text``, and in which line."""
    pattern = _pattern(terms, across)
    at = line = counted = 0
    while match := pattern.search(text, at):
        start, end = match.span()
        at = start + 1
        rest = _REST.match(text, end)
        stop = rest.end() if rest else end
        if start and text[start - 1] not in " \n":
            start = max(text.rfind(" ", 0, start), text.rfind("\n", 0, start)) + 1
            if whole or not phrase.inside or not holds(text[start:stop], terms[0]):
                continue
            at = stop
        elif stop > end and (whole or not (phrase.begins or phrase.inside)):
            continue
        line += text.count("\n", counted, start)
        counted = start
        yield start, stop, line


@lru_cache(maxsize=100)
def _pattern(terms: tuple[str, ...], across: bool) -> re.Pattern[str]:
    return re.compile((_BETWEEN.pattern if across else " ").join(map(re.escape, terms)))


def _piece(text: str, starts: Sequence[tuple[int, int]]) -> Span:
    """The piece of ``text`` to show; ``starts`` are where something was found, and its phrase."""
    first = _best_start(starts)
    low = max(0, first - _BEFORE)
    if low:
        space = next((place for place in range(low, first) if text[place].isspace()), None)
        low = low if space is None else space + 1
    high = min(len(text), low + _LONG)
    if high < len(text):
        high = next((p for p in range(high, low + _LONG // 2, -1) if text[p].isspace()), high)
    return low, high


def _best_start(starts: Sequence[tuple[int, int]]) -> int:
    """Where the first piece begins that has most phrases in it."""
    best, most, last = 0, 0, 0
    together: Counter[int] = Counter()
    for start, phrase in starts:
        while last < len(starts) and starts[last][0] <= start + _LONG - 2 * _BEFORE:
            together[starts[last][1]] += 1
            last += 1
        if len(together) > most:
            best, most = start, len(together)
        together[phrase] -= 1
        if not together[phrase]:
            del together[phrase]
    return best


def _cut_out(text: str, low: int, high: int, spans: Sequence[Span]) -> tuple[str, tuple[Span, ...]]:
    head = _CUT if low else ""
    tail = _CUT if high < len(text) else ""
    moved = len(head) - low
    inside = [
        (max(start, low) + moved, min(end, high) + moved)
        for start, end in spans
        if start < high and end > low
    ]
    line = _SPACE.sub(" ", text[low:high])
    return head + line + tail, _joined(inside)


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Spans that touch or overlap as one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)

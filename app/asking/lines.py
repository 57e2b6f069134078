"""Pages as numbered lines: what a model reads, cites, and is shown to have cited.

A page becomes its heading and its printed lines, each after its number::

    [p3]
    1 Terms of lease
    2 The notice period is three months  to the end of a quarter

Two spaces part the columns of a line.  The document's own square brackets become round ones,
so that one in a prompt or in an answer is always the program's; control characters and line
breaks are left out.  What a citation quotes is the text as printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from app.document import Box, Page, Word, union_of
from app.reading.layout import Line, segments_of
from app.reading.model.marks import escaped

_BETWEEN_SEGMENTS = "  "
_PROSE_LINES = 12  # of two columns of prose
_PROSE_WORDS = 4  # in each of their lines, on average
_MOSTLY = 0.8
_STRAIGHT = 0.012  # of the page's width, by which the lines of a column begin apart
_SHARED = 0.5  # of their height: what words on one line have in common
_ROUND = str.maketrans("[]", "()")


Columns = tuple[tuple[Word, ...], ...]
"""The words of a line in runs, with a gap as wide as a column's between them."""


@dataclass(frozen=True, slots=True)
class NumberedLine:
    """A printed line; ``number`` counts from 1 on its page, ``columns`` are its runs of words."""

    number: int
    columns: Columns

    @property
    def text(self) -> str:
        """The line as printed."""
        return _BETWEEN_SEGMENTS.join(self._runs())

    @property
    def shown(self) -> str:
        """The line as a model is given it."""
        return _BETWEEN_SEGMENTS.join(map(shown, self._runs()))

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Where its words stand on the page."""
        return tuple(word.box for words in self.columns for word in words)

    def _runs(self) -> list[str]:
        return [" ".join(" ".join(w.text.split()) for w in words) for words in self.columns]


def numbered(page: Page) -> tuple[NumberedLine, ...]:
    """The printed lines of a page in reading order; the same page gives the same lines.

    The page's words are in that order already, so that a line goes on for as long as words
    stand beside each other: a hundred pages are put into lines within a second.
    """
    lines: list[list[Word]] = []
    for word in page.words:
        if not word.text.strip():
            continue
        if lines and _goes_on(lines[-1][-1].box, word.box):
            lines[-1].append(word)
        else:
            lines.append([word])
    columns = apart([_columns(words, page) for words in lines])
    return tuple(NumberedLine(number, words) for number, words in enumerate(columns, 1))


def _goes_on(last: Box, box: Box) -> bool:
    """Whether a word stands to the right of the last one, on the same line."""
    shared = min(last.y1, box.y1) - max(last.y0, box.y0)
    return box.x0 >= last.x0 and shared >= _SHARED * min(last.height, box.height)


def apart(lines: Sequence[Columns]) -> list[Columns]:
    """The lines, where a page is set in two columns of prose first the left ones of these.

    A table keeps its rows together: its cells are shorter, or fewer.  Where in doubt, lines
    stay as they are printed.
    """
    edge = _right_column(lines)
    if edge is None:
        return list(lines)
    found: list[Columns] = []
    right: list[Columns] = []
    for line in lines:
        here = [words for words in line if words[0].box.x0 < edge]
        beside = [words for words in line if words[0].box.x0 >= edge]
        across = any(words[-1].box.x1 > edge for words in here)
        if across and not beside:  # a heading over both: what is right of it so far comes first
            found += right
            right = []
        if here:
            found.append(tuple(here))
        if beside:
            right.append(tuple(beside))
    return found + right


def _right_column(lines: Sequence[Columns]) -> float | None:
    """Where the right one of two columns of prose begins, ``None`` where there are none."""
    pairs = [line for line in lines if len(line) == 2]
    if len(pairs) < _PROSE_LINES or len(pairs) < len(lines) / 2:
        return None
    edge = median(right[0].box.x0 for _, right in pairs)
    straight = [p for p in pairs if abs(p[1][0].box.x0 - edge) < _STRAIGHT]
    if len(straight) < _MOSTLY * len(pairs):
        return None
    for side in (0, 1):
        words = [word for line in straight for word in line[side]]
        if len(words) < _PROSE_WORDS * len(straight):
            return None
        if sum(any(c.isdigit() for c in word.text) for word in words) > len(words) / 5:
            return None  # figures: a table
    return edge - _STRAIGHT


def _columns(words: Sequence[Word], page: Page) -> Columns:
    box = union_of([word.box for word in words])
    line = Line(tuple(words), box, page.number)
    return tuple(segment.words for segment in segments_of(line, page))


def shown(text: str) -> str:
    """Text of a document as a model is given it: one line, none of whose brackets cites."""
    return escaped(" ".join(text.split())).translate(_ROUND)


def page_text(page: int, lines: Sequence[NumberedLine]) -> str:
    """The page's heading and its lines, each ended by a line break."""
    body = "".join(f"{line.number} {line.shown}\n" for line in lines)
    return f"[p{page}]\n{body}"


def line_boxes(page: Page, first_line: int, last_line: int) -> tuple[Box, ...]:
    """Where the words of these lines stand, to be marked on the page that a citation names."""
    return tuple(
        box
        for line in numbered(page)
        if first_line <= line.number <= last_line
        for box in line.boxes
    )

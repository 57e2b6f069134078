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

from app.document import Box, Page, Word
from app.reading.layout import lines_of, segments_of
from app.reading.model.marks import escaped

_BETWEEN_SEGMENTS = "  "
_ROUND = str.maketrans("[]", "()")


@dataclass(frozen=True, slots=True)
class NumberedLine:
    """A printed line; ``number`` counts from 1 on its page, ``columns`` are its runs of words."""

    number: int
    columns: tuple[tuple[Word, ...], ...]

    @property
    def text(self) -> str:
        """The line as printed."""
        return _BETWEEN_SEGMENTS.join(
            " ".join(" ".join(word.text.split()) for word in words) for words in self.columns
        )

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Where its words stand on the page."""
        return tuple(word.box for words in self.columns for word in words)


def numbered(page: Page) -> tuple[NumberedLine, ...]:
    """The printed lines of a page from top to bottom; the same page gives the same lines."""
    return tuple(
        NumberedLine(number, tuple(segment.words for segment in segments_of(line, page)))
        for number, line in enumerate(lines_of(page), 1)
    )


def shown(text: str) -> str:
    """Text of a document as a model is given it: one line, none of whose brackets cites."""
    return escaped(" ".join(text.split())).translate(_ROUND)


def page_text(page: int, lines: Sequence[NumberedLine]) -> str:
    """The page's heading and its lines, each ended by a line break."""
    body = "".join(f"{line.number} {shown(line.text)}\n" for line in lines)
    return f"[p{page}]\n{body}"


def line_boxes(page: Page, first_line: int, last_line: int) -> tuple[Box, ...]:
    """Where the words of these lines stand, to be marked on the page that a citation names."""
    return tuple(
        box
        for line in numbered(page)
        if first_line <= line.number <= last_line
        for box in line.boxes
    )

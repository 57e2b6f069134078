"""Pages made of lines of text, each word with a box, for tests that need no file."""

from __future__ import annotations

from collections.abc import Sequence

from app.document import Box, Page, Word, WordSource

_STEP = 0.012  # the width of a letter; lines stand 0.03 apart


def page_of(lines: Sequence[str], number: int = 1, source: WordSource = WordSource.TEXT) -> Page:
    """A page with these lines from top to bottom; two spaces or more part columns."""
    words: list[Word] = []
    for at, line in enumerate(lines):
        top = 0.05 + 0.03 * at
        start = 0
        for text in line.split(" "):
            if text:
                x = 0.04 + _STEP * start
                box = Box(x, top, x + _STEP * len(text), top + 0.014)
                words.append(Word(text, box, size=0.014))
            start += len(text) + 1
    return Page(number, 595, 842, tuple(words), source)

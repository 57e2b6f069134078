"""Pages as a printer makes them: PDFs drawn with PyMuPDF, read back word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pymupdf

from app.document import Box, Page, Rule, Word, WordSource


@dataclass(frozen=True)
class Column:
    """A column of a table: its left edge and width in points, and "l", "r" or "c"."""

    x: float
    width: float
    align: str = "l"


class Sheet:
    """A document that is written from top to bottom; ``y`` is where the next line goes."""

    def __init__(self, width: float = 595, height: float = 842, size: float = 9) -> None:
        self._document = pymupdf.open()
        self._width, self._height, self.size = width, height, size
        self.new_page()

    def new_page(self) -> None:
        self._page = self._document.new_page(width=self._width, height=self._height)
        self.y = 60.0

    def text(self, x: float, text: str, align: str = "l", size: float = 0.0) -> None:
        """Print ``text`` on the current line."""
        size = size or self.size
        length = pymupdf.get_text_length(text, fontname="helv", fontsize=size)
        x -= {"l": 0.0, "r": length, "c": length / 2}[align]
        self._page.insert_text((x, self.y), text, fontsize=size, fontname="helv")

    def line(self, *texts: tuple[float, str] | tuple[float, str, str], step: float = 1.3) -> None:
        """Print texts at their places and go to the next line."""
        for text in texts:
            self.text(*text)
        self.y += step * self.size

    def row(self, columns: Sequence[Column], cells: Sequence[str], gap: float = 4) -> None:
        """A row of a table; a line break in a cell begins another line in it."""
        top = self.y
        height = 1
        for column, cell in zip(columns, cells, strict=True):
            lines = cell.split("\n") if cell else []
            height = max(height, len(lines))
            x = column.x + {"l": 0.0, "r": column.width, "c": column.width / 2}[column.align]
            for at, text in enumerate(lines):
                self.y = top + at * 1.25 * self.size
                self.text(x, text, column.align)
        self.y = top + height * 1.25 * self.size + gap

    def rule(self, x0: float = 40, x1: float = 555) -> None:
        """A ruling above the next line."""
        y = self.y - 1.05 * self.size
        self._page.draw_line((x0, y), (x1, y))

    def vertical(self, x: float, y0: float, y1: float) -> None:
        self._page.draw_line((x, y0), (x, y1))

    def pages(self) -> list[Page]:
        return [_page(page, number + 1) for number, page in enumerate(self._document)]


def _page(page: pymupdf.Page, number: int) -> Page:
    width, height = page.rect.width, page.rect.height
    words = tuple(
        Word(
            w[4],
            Box(w[0] / width, w[1] / height, w[2] / width, w[3] / height),
            1.0,
            (w[3] - w[1]) / height,
        )
        for w in page.get_text("words")
    )
    rules = tuple(
        Rule(
            Box(
                min(a.x, b.x) / width,
                min(a.y, b.y) / height,
                max(a.x, b.x) / width,
                max(a.y, b.y) / height,
            )
        )
        for drawing in page.get_drawings()
        for kind, *points in drawing["items"]
        if kind == "l"
        for a, b in [points]
    )
    return Page(number, width, height, words, WordSource.TEXT, rules=rules)

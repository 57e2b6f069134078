"""Pages to draw on, in points from the top left, with real, embedded, subset fonts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import pymupdf

Colour = tuple[float, float, float]
BLACK: Colour = (0, 0, 0)
GREY: Colour = (0.42, 0.42, 0.45)
PALE: Colour = (0.93, 0.94, 0.96)
WHITE: Colour = (1, 1, 1)
A4 = (595.0, 842.0)
LETTER = (612.0, 792.0)

_FIXED_DATE = "D:20260105090000Z"


@dataclass(frozen=True, slots=True)
class Face:
    """A regular and a bold font: names of PyMuPDF's own, or paths of font files."""

    regular: str
    bold: str


SANS = Face("helv", "hebo")
SERIF = Face("tiro", "tibo")
MONO = Face("cour", "cobo")
CHINESE = Face("china-t", "china-t")


@cache
def font(name: str) -> pymupdf.Font:
    return pymupdf.Font(fontfile=name) if Path(name).suffix else pymupdf.Font(name)


class Canvas:
    """A PDF being drawn; ``begin`` is called on each new page (letterhead, page number)."""

    def __init__(self, size: tuple[float, float] = A4, face: Face = SANS) -> None:
        self.document = pymupdf.open()
        self.size = size
        self.face = face
        self.begin: Callable[[Canvas], None] | None = None
        self._add()

    @property
    def width(self) -> float:
        return self.size[0]

    @property
    def height(self) -> float:
        return self.size[1]

    @property
    def pages(self) -> int:
        return len(self.document)

    def new_page(self) -> None:
        self._add()
        if self.begin:
            self.begin(self)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 9.5,
        *,
        bold: bool = False,
        align: Literal["left", "right", "centre"] = "left",
        colour: Colour = BLACK,
        turn: int = 0,
    ) -> float:
        """Print one line with its baseline at ``y``; the width that it takes up."""
        name = self.face.bold if bold else self.face.regular
        length = font(name).text_length(text, size)
        start = x - length if align == "right" else x - length / 2 if align == "centre" else x
        known = f"F{hash_of(name)}"
        if known not in self._fonts:
            self._page.insert_font(fontname=known, fontbuffer=font(name).buffer)
            self._fonts.add(known)
        self._ink.insert_text(
            (start, y), text, fontname=known, fontsize=size, color=colour, rotate=turn
        )
        return length

    def measure(self, text: str, size: float = 9.5, *, bold: bool = False) -> float:
        return font(self.face.bold if bold else self.face.regular).text_length(text, size)

    def broken(self, text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
        """``text`` in lines that are no wider than ``width`` (single words may be)."""
        lines: list[str] = []
        for word in text.split():
            joined = f"{lines[-1]} {word}" if lines else word
            if lines and self.measure(joined, size, bold=bold) <= width:
                lines[-1] = joined
            else:
                lines.append(word)
        return lines

    def paragraph(
        self, x: float, y: float, text: str, size: float, width: float, **style: object
    ) -> float:
        """Print ``text`` broken to ``width``; the baseline after the last line."""
        for line in self.broken(text, size, width):
            self.text(x, y, line, size, **style)  # type: ignore[arg-type]
            y += size * 1.35
        return y

    def line(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        width: float = 0.6,
        colour: Colour = BLACK,
        dashes: str | None = None,
    ) -> None:
        self._ink.draw_line((x0, y0), (x1, y1))
        self._ink.finish(color=colour, width=width, dashes=dashes)

    def box(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        fill: Colour | None = None,
        line: Colour | None = None,
        width: float = 0.6,
        radius: float | None = None,
    ) -> None:
        self._ink.draw_rect(pymupdf.Rect(x0, y0, x1, y1), radius=radius)
        self._ink.finish(color=line, fill=fill, width=width)

    def disc(self, x: float, y: float, radius: float, fill: Colour) -> None:
        self._ink.draw_circle((x, y), radius)
        self._ink.finish(color=None, fill=fill)

    def picture(self, resolution: int) -> list[pymupdf.Pixmap]:
        """Every page as it looks, at ``resolution`` dots per inch."""
        self._settle()
        return [page.get_pixmap(dpi=resolution) for page in self.document]

    def finished(self, title: str = "", creator: str = "") -> bytes:
        """The bytes of the PDF, the same for the same drawing."""
        self._settle()
        return finish(self.document, title, creator)

    def _settle(self) -> None:
        """Write what was drawn on the last page into it."""
        self._ink.commit()
        self._ink = self._page.new_shape()

    def _add(self) -> None:
        if self.pages:
            self._settle()
        self._page = self.document.new_page(width=self.size[0], height=self.size[1])
        self._ink = self._page.new_shape()
        self._fonts: set[str] = set()


def finish(document: pymupdf.Document, title: str, creator: str, **options: object) -> bytes:
    """Save with fixed dates and without a random file id."""
    document.set_metadata(
        {
            "title": title,
            "creator": creator,
            "creationDate": _FIXED_DATE,
            "modDate": _FIXED_DATE,
        }
    )
    document.subset_fonts()
    return document.tobytes(garbage=4, deflate=True, no_new_id=True, **options)


def hash_of(name: str) -> int:
    """A number for a font's name that is the same in every run."""
    return sum(ord(letter) * 31**place for place, letter in enumerate(name[-12:])) % 1_000_003

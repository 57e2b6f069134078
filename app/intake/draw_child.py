"""Pages drawn by this program, for content that has no look of its own (mail text, XML).

MuPDF's own HTML setting loses the rows of a table that runs over more than two pages, so
the few kinds of blocks are set here, line by line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from app.document import Page, WordSource
from app.intake.drawing import DrawnBlock, Grid, Heading, Pair, Paragraph
from app.intake.mupdf_child import pymupdf
from app.intake.page_words_child import rules_of, words_of
from app.intake.picture_child import look_of, render, write_picture

MAX_PAGES = 200
_MAX_TEXT = 20_000  # characters in one block or cell
_MAX_COLUMNS = 14
_DPI = 120
_WIDTH, _HEIGHT = 595.0, 842.0
_MARGIN = 50.0
_INNER = _WIDTH - 2 * _MARGIN
_BODY = 9.5
_LEADING = 1.4
_GAP = 10.0  # between columns
_LABEL = 0.34  # of the line: the column of a pair's label
_NARROWEST = 24.0
_GREY = (0.35, 0.35, 0.35)
_BLACK = (0.0, 0.0, 0.0)


def draw_pages(blocks: Sequence[DrawnBlock], work: Path, images: bool) -> tuple[Page, ...]:
    """The blocks set on A4 pages, with their words' boxes; at least one page.

    Pictures go into ``work`` as for any other file.  What would not fit on ``MAX_PAGES``
    pages is left out, and the last page has a note that says so.
    """
    with _Sheet() as sheet:
        for block in blocks:
            if not sheet.room:
                break
            _set(sheet, block)
        sheet.finish()
        cut = () if sheet.room else ("the rest of this text is not shown",)
        pages = [
            _page(sheet.document.load_page(index), index + 1, work, images)
            for index in range(sheet.document.page_count)
        ]
        pages[-1] = replace(pages[-1], notes=cut)
        return tuple(pages)


def _page(page: pymupdf.Page, number: int, work: Path, images: bool) -> Page:
    words = words_of(page)
    source = WordSource.RENDERED if words else WordSource.NONE
    drawn = Page(number, _WIDTH, _HEIGHT, words, source, rules=rules_of(page))
    pixels = render(page, _DPI) if images else None
    if pixels is None:
        return drawn
    return replace(drawn, image=write_picture(pixels, work, number), look=look_of(pixels))


class _Sheet:
    """Paper that is written on from the top; a new page begins when one is full."""

    def __init__(self) -> None:
        self.document = pymupdf.open()
        self.plain = pymupdf.Font("helv")
        self.bold = pymupdf.Font("hebo")
        self._widths: dict[tuple[str, bool], float] = {}
        self.room = True
        self._begin()

    def __enter__(self) -> _Sheet:
        return self

    def __exit__(self, *_: object) -> None:
        self.document.close()

    def _begin(self) -> None:
        self._page = self.document.new_page(width=_WIDTH, height=_HEIGHT)
        self._writers: dict[tuple[float, ...], pymupdf.TextWriter] = {}
        self.y = _MARGIN

    def finish(self) -> None:
        for colour, writer in self._writers.items():
            writer.write_text(self._page, color=colour)

    def next_line(self, height: float) -> bool:
        """Move down by ``height``; whether that began a new page."""
        turned = self.y + height > _HEIGHT - _MARGIN
        if turned:
            self.finish()
            if self.document.page_count >= MAX_PAGES:
                self.room = False
                return False
            self._begin()
        self.y += height
        return turned

    def text(
        self, x: float, text: str, size: float, bold: bool, colour: tuple[float, ...] = _BLACK
    ) -> None:
        """Write one line of text whose baseline is a little above the present height."""
        if not self.room or not text:
            return
        writer = self._writers.get(colour)
        if writer is None:
            writer = self._writers[colour] = pymupdf.TextWriter(self._page.rect)
        font = self.bold if bold else self.plain
        writer.append((x, self.y - 0.3 * size), text, font=font, fontsize=size)

    def line(self, x0: float, x1: float) -> None:
        if self.room:
            self._page.draw_line((x0, self.y), (x1, self.y), color=_GREY, width=0.6)

    def width(self, text: str, size: float, bold: bool) -> float:
        return size * sum(self._advance(char, bold) for char in text)

    def _advance(self, char: str, bold: bool) -> float:
        """A character's width at size 1; asking the font anew each time is slow."""
        known = self._widths.get((char, bold))
        if known is None:
            font = self.bold if bold else self.plain
            known = self._widths[char, bold] = float(font.text_length(char, 1.0))
        return known


def _set(sheet: _Sheet, block: DrawnBlock) -> None:
    match block:
        case Heading(text, level):
            size = 15.0 if level <= 1 else 11.0
            sheet.y += 0 if sheet.y <= _MARGIN else 8
            _running(sheet, text, size, True)
            sheet.y += 4
        case Paragraph(text):
            _running(sheet, text, _BODY, False)
            sheet.y += 5
        case Pair(label, value):
            across = _LABEL * _INNER
            cells = (
                _wrapped(sheet, label, across - _GAP, _BODY, False),
                _wrapped(sheet, value, _INNER - across, _BODY, False),
            )
            for index in range(max(map(len, cells))):
                sheet.next_line(_BODY * 1.5)
                _cell(sheet, cells[0], index, _MARGIN, _GREY)
                _cell(sheet, cells[1], index, _MARGIN + across, _BLACK)
        case Grid():
            _grid(sheet, block)
            sheet.y += 8


def _cell(
    sheet: _Sheet, lines: Sequence[str], index: int, x: float, colour: tuple[float, ...]
) -> None:
    if index < len(lines):
        sheet.text(x, lines[index], _BODY, False, colour)


def _running(sheet: _Sheet, text: str, size: float, bold: bool) -> None:
    for line in _wrapped(sheet, text, _INNER, size, bold):
        sheet.next_line(size * _LEADING)
        sheet.text(_MARGIN, line, size, bold)
        if not sheet.room:
            return


def _grid(sheet: _Sheet, grid: Grid) -> None:
    columns = min(_MAX_COLUMNS, max((len(row) for row in grid.rows), default=0))
    if not columns:
        return
    widths = _column_widths(sheet, grid, columns)
    header, *rows = grid.rows
    _row(sheet, header, widths, grid.right, True)
    for row in rows:
        if not sheet.room:
            return
        if sheet.y + _BODY * _LEADING * 2 > _HEIGHT - _MARGIN:
            sheet.next_line(_HEIGHT)
            sheet.y = _MARGIN
            _row(sheet, header, widths, grid.right, True)
        _row(sheet, row, widths, grid.right, False)


def _row(
    sheet: _Sheet, row: Sequence[str], widths: Sequence[float], right: Sequence[int], bold: bool
) -> None:
    cells = [
        _wrapped(sheet, cell, width, _BODY, bold) for cell, width in zip(row, widths, strict=False)
    ]
    sheet.y += 3
    for index in range(max(map(len, cells), default=0)):
        sheet.next_line(_BODY * 1.25)
        x = _MARGIN
        for column, (lines, width) in enumerate(zip(cells, widths, strict=False)):
            if index < len(lines):
                inset = width - sheet.width(lines[index], _BODY, bold) if column in right else 0
                sheet.text(x + inset, lines[index], _BODY, bold)
            x += width + _GAP
    if bold:
        sheet.y += 1.5
        sheet.line(_MARGIN, _MARGIN + sum(widths) + _GAP * (len(widths) - 1))


def _column_widths(sheet: _Sheet, grid: Grid, columns: int) -> list[float]:
    """As wide as the content where that fits; else the widest columns give way."""
    room = _INNER - _GAP * (columns - 1)
    wanted = [_NARROWEST] * columns
    for number, row in enumerate(grid.rows[:500]):
        for column, cell in enumerate(row[:columns]):
            longest = max((_clean(line)[:200] for line in cell.split("\n")), key=len)
            wanted[column] = max(wanted[column], sheet.width(longest, _BODY, number == 0) + 0.5)
    limit = room
    while sum(min(width, limit) for width in wanted) > room and limit > _NARROWEST:
        limit *= 0.96
    return [min(width, limit, room / columns if limit <= _NARROWEST else limit) for width in wanted]


def _wrapped(sheet: _Sheet, text: str, width: float, size: float, bold: bool) -> list[str]:
    """The text in lines no wider than ``width``; its own line breaks are kept."""
    lines: list[str] = []
    for printed in text[:_MAX_TEXT].splitlines():
        line = ""
        for word in _pieces(sheet, _clean(printed), width, size, bold):
            longer = f"{line} {word}" if line else word
            if line and sheet.width(longer, size, bold) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


def _pieces(sheet: _Sheet, text: str, width: float, size: float, bold: bool) -> Iterator[str]:
    """The words of a line; one that is wider than the line is cut."""
    for word in text.split():
        rest = word
        while sheet.width(rest, size, bold) > width and len(rest) > 1:
            take = max(1, int(len(rest) * width / sheet.width(rest, size, bold)))
            while take > 1 and sheet.width(rest[:take], size, bold) > width:
                take -= 1
            yield rest[:take]
            rest = rest[take:]
        yield rest


def _clean(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)

"""Pages drawn by this program, for content that has no look of its own (mail text, XML)."""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pymupdf

from app.document import Page, WordSource
from app.intake.drawing import DrawnBlock, Grid, Heading, Pair, Paragraph
from app.intake.page_words_child import rules_of, words_of
from app.intake.picture_child import look_of, render, write_picture

MAX_PAGES = 200
_MAX_TEXT = 60_000  # characters in one block, and cells in one table
_MAX_BLOCKS = 20_000
_PAPER = pymupdf.Rect(0, 0, 595, 842)
_TYPE_AREA = pymupdf.Rect(50, 50, 545, 792)
_STYLE = """
body { font-family: sans-serif; font-size: 9.5pt; }
h1 { font-size: 15pt; margin: 0 0 8pt 0; }
h2 { font-size: 11pt; margin: 10pt 0 4pt 0; }
p { margin: 0 0 6pt 0; }
table { width: 100%; margin: 0 0 6pt 0; }
td, th { padding: 1.5pt 8pt 1.5pt 0; text-align: left; vertical-align: top; }
td.label { width: 32%; color: #555; }
th { border-bottom: 1px solid #999; font-weight: bold; }
.right { text-align: right; }
"""


def draw_pages(blocks: Sequence[DrawnBlock], work: Path, images: bool) -> tuple[Page, ...]:
    """The blocks set on A4 pages, with their words' boxes; at least one page.

    Pictures go into ``work`` as for any other file.
    """
    with pymupdf.open("pdf", _print(blocks)) as document:
        return tuple(
            _page(document.load_page(index), index + 1, work, images)
            for index in range(document.page_count)
        )


def _page(page: pymupdf.Page, number: int, work: Path, images: bool) -> Page:
    pixels = render(page, 120)
    drawn = Page(
        number,
        _PAPER.width,
        _PAPER.height,
        words_of(page),
        WordSource.RENDERED,
        rules=rules_of(page),
    )
    if pixels is None:
        return drawn
    image = write_picture(pixels, work, number) if images else ""
    return replace(drawn, image=image, look=look_of(pixels))


def _print(blocks: Sequence[DrawnBlock]) -> bytes:
    story = pymupdf.Story(html=_markup(blocks), user_css=_STYLE)
    buffer = io.BytesIO()
    writer = pymupdf.DocumentWriter(buffer)
    more, pages = True, 0
    while more and pages < MAX_PAGES:
        device = writer.begin_page(_PAPER)
        more, _ = story.place(_TYPE_AREA)
        story.draw(device)
        writer.end_page()
        pages += 1
    writer.close()
    return buffer.getvalue()


def _markup(blocks: Sequence[DrawnBlock]) -> str:
    parts: list[str] = []
    for is_pair, group in groupby(blocks[:_MAX_BLOCKS], key=lambda block: isinstance(block, Pair)):
        if is_pair:
            rows = "".join(_pair(block) for block in group if isinstance(block, Pair))
            parts.append(f"<table>{rows}</table>")
        else:
            parts.extend(_block(block) for block in group)
    return f"<body>{''.join(parts)}</body>"


def _pair(pair: Pair) -> str:
    return f'<tr><td class="label">{_text(pair.label)}</td><td>{_text(pair.value)}</td></tr>'


def _block(block: DrawnBlock) -> str:
    match block:
        case Heading(text, level):
            tag = "h1" if level <= 1 else "h2"
            return f"<{tag}>{_text(text)}</{tag}>"
        case Paragraph(text):
            return f"<p>{_text(text)}</p>"
        case Grid(rows, right):
            return _grid(rows, frozenset(right))
        case Pair():
            return f"<table>{_pair(block)}</table>"


def _grid(rows: Sequence[Sequence[str]], right: frozenset[int]) -> str:
    lines: list[str] = []
    for number, row in enumerate(rows):
        tag = "td" if number else "th"
        cells = "".join(
            f'<{tag} class="{"right" if column in right else "left"}">{_text(cell)}</{tag}>'
            for column, cell in enumerate(row)
        )
        lines.append(f"<tr>{cells}</tr>")
    return f"<table>{''.join(lines)}</table>"


def _text(text: str) -> str:
    printable = "".join(char for char in text[:_MAX_TEXT] if char >= " " or char in "\n\t")
    return html.escape(printable).replace("\n", "<br/>")

"""The words and rulings that a PDF page's own text and drawings give."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from app.document import Box, Rule, Word
from app.intake.mupdf_child import BROKEN, pymupdf
from app.intake.printed_words import as_seen
from app.intake.reading_order import in_reading_order

MAX_WORDS = 20_000
MAX_RULES = 1_500
_MAX_CONTENT = 3_000_000  # bytes of drawing commands; beyond this the rulings are left out
_THIN = 3.0  # points; a filled rectangle that is no thicker is a line
_SHORTEST = 8.0  # points
_FLAGS = (
    pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP
)  # without CIDs in place of unknown characters: those would look like text and are none
_MOSTLY = 0.8  # of the characters; so many decide which way is up


def words_of(page: pymupdf.Page) -> tuple[Word, ...]:
    """The words of the text layer in reading order, boxes in fractions of the page as shown.

    Turns ``page`` (not the file) when nearly all of its text runs another way than across.
    """
    try:
        lines = _text_lines(page)
        if turn := _turn_needed(page, lines):
            page.set_rotation((page.rotation + turn) % 360)
            lines = _text_lines(page)
    except BROKEN:
        return ()
    turned = page.rotation_matrix
    width, height = page.rect.width, page.rect.height
    words: list[Word] = []
    for line in lines:
        for run in _runs(line):
            word = _word(run, turned, width, height)
            if word is not None:
                words.append(word)
        if len(words) >= MAX_WORDS:
            break
    return as_seen(in_reading_order(words[:MAX_WORDS]), height / width)


def _text_lines(page: pymupdf.Page) -> list[dict[str, Any]]:
    blocks = page.get_text("rawdict", flags=_FLAGS)["blocks"]
    return [line for block in blocks for line in block.get("lines", ())]


def _turn_needed(page: pymupdf.Page, lines: list[dict[str, Any]]) -> int:
    """By how many degrees clockwise the page must be turned so that its text runs across."""
    counts: Counter[int] = Counter()
    for line in lines:
        x, y = line["dir"]
        running = round(math.degrees(math.atan2(y, x)) / 90) * 90 + page.rotation
        counts[-running % 360] += sum(len(span["chars"]) for span in line["spans"])
    if not counts:
        return 0
    turn, count = counts.most_common(1)[0]
    return turn if turn and count >= _MOSTLY * counts.total() else 0


class _Run:
    """Characters that are printed without a space between them, in the page's own space."""

    def __init__(self, span: dict[str, Any]) -> None:
        self.text = ""
        self.x0 = self.y0 = math.inf
        self.x1 = self.y1 = -math.inf
        self.size = float(span["size"])
        self.bold = bool(span["flags"] & pymupdf.TEXT_FONT_BOLD) or "bold" in span["font"].lower()

    def add(self, char: dict[str, Any]) -> None:
        # Plain numbers: a page has thousands of characters, and MuPDF's rectangles are slow.
        x0, y0, x1, y1 = char["bbox"]
        self.text += char["c"]
        self.x0, self.y0 = min(self.x0, x0), min(self.y0, y0)
        self.x1, self.y1 = max(self.x1, x1), max(self.y1, y1)


def _runs(line: dict[str, Any]) -> list[_Run]:
    runs: list[_Run] = []
    current: _Run | None = None
    for span in line["spans"]:
        for char in span["chars"]:
            if char["c"].isspace() or char["c"] in "\x00\u200b\ufeff":
                current = None
                continue
            if current is None:
                current = _Run(span)
                runs.append(current)
            current.add(char)
    return runs


def _word(run: _Run, turn: pymupdf.Matrix, width: float, height: float) -> Word | None:
    rect = pymupdf.Rect(run.x0, run.y0, run.x1, run.y1) * turn
    rect.normalize()
    x, y = (rect.x0 + rect.x1) / 2, (rect.y0 + rect.y1) / 2
    if not (0 <= x <= width and 0 <= y <= height):
        return None
    return Word(_valid(run.text), _box(rect, width, height), 1.0, run.size / height, run.bold)


def _valid(text: str) -> str:
    """Broken encodings give halves of surrogate pairs, which no file or pipe can carry."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _box(rect: pymupdf.Rect, width: float, height: float) -> Box:
    return Box(
        _clip(rect.x0 / width),
        _clip(rect.y0 / height),
        _clip(rect.x1 / width),
        _clip(rect.y1 / height),
    )


def _clip(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 5)


def rules_of(page: pymupdf.Page) -> tuple[Rule, ...]:
    """Drawn horizontal and vertical lines, the edges of drawn boxes included."""
    try:
        if len(page.read_contents()) > _MAX_CONTENT:
            return ()
        drawings = page.get_cdrawings()
    except BROKEN:
        return ()
    turn = page.rotation_matrix
    width, height = page.rect.width, page.rect.height
    rules: dict[Box, None] = {}
    for drawing in drawings:
        for item in drawing["items"]:
            for rect in _lines(item, str(drawing["type"])):
                shown = rect * turn
                shown.normalize()
                if max(shown.width, shown.height) < _SHORTEST:
                    continue
                rules[_box(shown, width, height)] = None
        if len(rules) >= MAX_RULES:
            break
    return tuple(Rule(box) for box in list(rules)[:MAX_RULES])


def _lines(item: tuple[Any, ...], kind: str) -> list[pymupdf.Rect]:
    if item[0] == "l":
        (ax, ay), (bx, by) = item[1], item[2]
        if abs(ax - bx) <= 1 or abs(ay - by) <= 1:
            return [pymupdf.Rect(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))]
        return []
    if item[0] != "re":
        return []
    rect = pymupdf.Rect(item[1])
    if min(rect.width, rect.height) <= _THIN:
        return [rect]
    if "s" not in kind:
        return []
    return [
        pymupdf.Rect(rect.x0, rect.y0, rect.x1, rect.y0),
        pymupdf.Rect(rect.x0, rect.y1, rect.x1, rect.y1),
        pymupdf.Rect(rect.x0, rect.y0, rect.x0, rect.y1),
        pymupdf.Rect(rect.x1, rect.y0, rect.x1, rect.y1),
    ]

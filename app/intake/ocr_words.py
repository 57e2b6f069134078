"""A line that the OCR read, split into its words.

The OCR often leaves out the space between two words, and gives no boxes for words.  Both
are mended from the picture of the line: where the print has a gap that is clearly wider
than those between letters, a word ends, and a word's box ends where its print ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Line:
    """What the OCR says about one line.

    ``columns`` holds, for each character that is no space, the step of the OCR's reading
    at which it was seen; ``steps`` is how many steps the whole line has.
    """

    text: str
    columns: tuple[int, ...]
    steps: float
    confidences: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A word of a line; ``start`` and ``end`` are fractions of the line's length."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class _Glyph:
    char: str
    middle: float  # fraction of the line's length
    confidence: float
    spaced: bool  # the OCR saw a space before it


_WIDE = 0.30  # of the line's height: a gap that always parts words


def split_line(line: Line, crop: NDArray[np.uint8]) -> list[Part]:
    """The words of ``line``; ``crop`` is its picture (height × width × 3), level."""
    glyphs = _glyphs(line)
    if not glyphs:
        return []
    gaps = _gaps(crop)
    height, width = crop.shape[:2]
    words: list[list[_Glyph]] = [[glyphs[0]]]
    edges: list[tuple[float, float]] = []  # end of one word, start of the next
    for before, after in pairwise(glyphs):
        gap = _widest(gaps, before.middle, after.middle)
        wide = gap is not None and (gap[1] - gap[0]) * width >= _WIDE * height
        if after.spaced or (wide and _may_part(before.char, after.char)):
            middle = (before.middle + after.middle) / 2
            edges.append(gap if gap is not None else (middle, middle))
            words.append([after])
        else:
            words[-1].append(after)
    first = gaps[0][1] if gaps and gaps[0][0] == 0.0 else 0.0
    last = gaps[-1][0] if gaps and gaps[-1][1] == 1.0 else 1.0
    starts = [min(first, words[0][0].middle), *(edge[1] for edge in edges)]
    ends = [*(edge[0] for edge in edges), max(last, words[-1][-1].middle)]
    return [
        Part(
            "".join(glyph.char for glyph in word),
            start,
            max(start, end),
            sum(glyph.confidence for glyph in word) / len(word),
        )
        for word, start, end in zip(words, starts, ends, strict=True)
    ]


def _glyphs(line: Line) -> list[_Glyph]:
    glyphs: list[_Glyph] = []
    spaced = False
    columns = iter(line.columns)
    steps = max(line.steps, 1.0)
    for index, char in enumerate(line.text):
        if char.isspace():
            spaced = bool(glyphs)
            continue
        column = next(columns, None)
        if column is None:
            break
        confidence = line.confidences[index] if index < len(line.confidences) else 0.0
        middle = min(1.0, (column + 0.5) / steps)
        glyphs.append(_Glyph(char, middle, confidence, spaced))
        spaced = False
    return glyphs


def _gaps(crop: NDArray[np.uint8]) -> list[tuple[float, float]]:
    """Stretches of the line without print, as fractions of its length."""
    height, width = crop.shape[:2]
    if height < 4 or width < 4:
        return []
    band = crop[height // 8 : height - height // 8, :, :].mean(axis=2)
    low, high = np.percentile(band, (3, 90))
    if high - low < 25:
        return []
    paper_is_light = float(np.median(band)) > (low + high) / 2
    limit = (low + high) / 2
    ink = (band < limit) if paper_is_light else (band > limit)
    empty = ink.sum(axis=0) <= 0
    edges = np.flatnonzero(np.diff(np.concatenate(([0], empty.astype(np.int8), [0]))))
    return [
        (float(start) / width, float(end) / width)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]


def _widest(
    gaps: list[tuple[float, float]], left: float, right: float
) -> tuple[float, float] | None:
    between = [gap for gap in gaps if gap[1] > left and gap[0] < right]
    return max(between, key=lambda gap: gap[1] - gap[0]) if between else None


def _may_part(before: str, after: str) -> bool:
    """Full-width writing has wide gaps inside its words."""
    return ord(before) < 0x2E80 or ord(after) < 0x2E80

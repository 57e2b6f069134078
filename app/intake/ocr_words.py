"""A line that the OCR read, split into its words.

The OCR often leaves out the space between two words, and gives no boxes for words.  Both
are mended from the picture of the line: where the print has a gap that is clearly wider
than those between letters, a word ends, and a word's box ends where its print ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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


_FULL_WIDTH = 0x2E80  # from here on, scripts whose letters stand far apart
_NARROW = frozenset("1iIljtfr.,:;'’|!()[]-–—/")

# Widths are in heights of the line.  Measured on scans of known text: the gap inside a word
# is usual ± 0.1 in all but 5 % of the cases, that between words 0.19 or more wider.
_WIDE = 0.19
_WIDE_IN_NUMBER = 0.24
_THIN = 0.1
_CERTAIN = 0.60
_STRIDE = 1.25  # how much further apart than usual the middles of two letters must be


def split_line(line: Line, crop: NDArray[np.uint8]) -> list[Part]:
    """The words of ``line``; ``crop`` is its picture (height × width × 3), level."""
    height, width = crop.shape[:2]
    gaps = _gaps(crop)
    start = gaps[0][1] if gaps and gaps[0][0] == 0.0 else 0.0
    end = gaps[-1][0] if gaps and gaps[-1][1] == 1.0 else 1.0
    inner = [gap for gap in gaps if gap[0] > 0.0 and gap[1] < 1.0]
    glyphs = _spread(_glyphs(line), start, end)
    if not glyphs:
        return []
    rhythm = _rhythm(glyphs, inner, width / height)
    words: list[list[_Glyph]] = [[glyphs[0]]]
    starts, ends = [min(start, glyphs[0].middle)], []
    for index, (before, after) in enumerate(pairwise(glyphs)):
        gap = _widest(inner, before.middle, after.middle)
        parted = (
            gap is not None
            and not _inside_number(glyphs, index)
            and _parts(before, after, (gap[1] - gap[0]) * width / height, rhythm)
        )
        if not (after.spaced or parted):
            words[-1].append(after)
            continue
        if gap is None:
            gap = ((before.middle + after.middle) / 2,) * 2
        ends.append(gap[0])
        starts.append(gap[1])
        words.append([after])
    ends.append(max(end, glyphs[-1].middle))
    return [
        Part(
            "".join(glyph.char for glyph in word),
            first,
            max(first, last),
            sum(glyph.confidence for glyph in word) / len(word),
        )
        for word, first, last in zip(words, starts, ends, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Rhythm:
    """How a line is set: the median gap and the median stride between letters of a word."""

    gap: float
    stride: float


def _rhythm(glyphs: list[_Glyph], gaps: list[tuple[float, float]], ratio: float) -> _Rhythm:
    widths: list[float] = []
    strides: list[float] = []
    for before, after in pairwise(glyphs):
        if after.spaced:
            continue
        gap = _widest(gaps, before.middle, after.middle)
        widths.append((gap[1] - gap[0]) * ratio if gap else 0.0)
        if before.char not in _NARROW and after.char not in _NARROW:
            strides.append(after.middle - before.middle)
    return _Rhythm(
        float(np.median(widths)) if len(widths) >= 3 else 0.05,
        float(np.median(strides)) if len(strides) >= 2 else 0.0,
    )


def _parts(before: _Glyph, after: _Glyph, gap: float, rhythm: _Rhythm) -> bool:
    """Whether a gap (in heights of the line) that the OCR did not mention parts two words."""
    if ord(before.char) >= _FULL_WIDTH and ord(after.char) >= _FULL_WIDTH:
        return gap >= 1.0
    if after.char in ".,;!?":
        return gap >= _CERTAIN
    both_digits = before.char.isdigit() and after.char.isdigit()
    least = (_WIDE_IN_NUMBER if both_digits else _WIDE) + 1.5 * max(0.0, rhythm.gap - 0.04)
    if gap < least:
        return False
    alike = both_digits or (
        before.char.isalpha() and after.char.isalpha() and not _starts_anew(before, after)
    )
    if not alike or gap >= _CERTAIN + rhythm.gap or (both_digits and gap >= least + 0.06):
        return True
    # A gap between two letters may also come from thin letters, or print that has faded.
    if not both_digits and {before.char, after.char} & _NARROW and gap < least + _THIN:
        return False
    stride = (after.middle - before.middle) / rhythm.stride if rhythm.stride else 2.0
    return stride >= _STRIDE


def _starts_anew(before: _Glyph, after: _Glyph) -> bool:
    return before.char.islower() and after.char.isupper()


def _inside_number(glyphs: list[_Glyph], index: int) -> bool:
    """Whether the glyphs at ``index`` and after it are digits around a decimal sign."""
    chars = [glyph.char for glyph in glyphs[max(0, index - 1) : index + 3]]
    if index == 0:
        chars.insert(0, "")
    left, before, after, *rest = chars
    right = rest[0] if rest else ""
    if before.isdigit() and after in ".," and right.isdigit():
        return True
    return left.isdigit() and before in ".," and after.isdigit()


def _spread(glyphs: list[_Glyph], start: float, end: float) -> list[_Glyph]:
    """The glyphs moved so that they fill the print; the OCR's own steps are off at the ends."""
    if len(glyphs) < 4:
        return glyphs
    first, last = glyphs[0].middle, glyphs[-1].middle
    half = (last - first) / (len(glyphs) - 1) / 2
    if last - first <= 0 or end - start <= 4 * half:
        return glyphs
    scale = (end - start - 2 * half) / (last - first)
    if not 0.8 < scale < 1.25:
        return glyphs
    return [
        replace(glyph, middle=start + half + (glyph.middle - first) * scale) for glyph in glyphs
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
    between = [gap for gap in gaps if left < (gap[0] + gap[1]) / 2 < right]
    return max(between, key=lambda gap: gap[1] - gap[0]) if between else None

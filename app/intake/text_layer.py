"""Whether the text that a page carries can be trusted, and how it is joined with OCR."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from app.document import Box, Word
from app.intake.reading_order import in_reading_order

_FEW = 5  # characters; fewer say nothing either way
_MOST_BAD = 0.12
_MOST_BAD_WORDS = 0.03
_LATIN_WORD = re.compile(r"[A-Za-z]{4,}")
_VOWEL = re.compile(r"[AEIOUYaeiouy]")
_ENOUGH_LETTERS = 60
_LEAST_VOWELS = 0.25  # of the letters; Latin-script papers have a third and more
_DARKER = 40  # grey levels between print and paper
_SAMPLE = 80
_LEAST_VISIBLE = 0.5
_FEW_WORDS = 20
LARGE_IMAGE = 0.3  # of the page
_LEAST_COVERED = 0.35


class Layer(Enum):
    """What a page's text layer is good for."""

    SOUND = "it is the page's text"
    PARTIAL = "it is right, but leaves out part of what the picture shows"
    JUNK = "it is not what the picture shows"


def judge(words: Sequence[Word], pixels: NDArray[np.uint8], imaged: float) -> Layer:
    """Weigh a text layer against the page's picture.

    ``imaged`` is the share of the page that its largest image covers.
    """
    if not words:
        return Layer.JUNK
    if not _is_writing(words) or not _is_visible(words, pixels):
        return Layer.JUNK
    if sum(1 for word in words if _bad_in(word.text) >= 2) > max(2, len(words) * _MOST_BAD_WORDS):
        return Layer.PARTIAL
    unsure = imaged >= LARGE_IMAGE or len(words) < _FEW_WORDS
    if unsure and _covered(words, pixels) < _LEAST_COVERED:
        return Layer.PARTIAL
    return Layer.SOUND


def has_ink(pixels: NDArray[np.uint8]) -> bool:
    """Whether anything is printed on the picture at all."""
    green = pixels[::2, ::2, 1]
    return int(np.max(green)) - int(np.min(green)) > _DARKER


def merge(own: Sequence[Word], seen: Sequence[Word]) -> tuple[Word, ...]:
    """The page's own legible words, and those that OCR saw where the page has none."""
    legible = [word for word in own if not _bad_in(word.text)]
    kept = [
        word
        for word in seen
        if not any(
            other.box.contains(*word.box.middle) or word.box.contains(*other.box.middle)
            for other in legible
        )
    ]
    return in_reading_order([*legible, *kept])


def _is_writing(words: Sequence[Word]) -> bool:
    """Whether the characters make words, rather than a font's internal numbers."""
    text = "".join(word.text for word in words)
    bad = _bad_in(text)
    if len(text) < _FEW:
        return bad == 0
    if bad > len(text) * _MOST_BAD or text.count("(cid:") * 6 > len(text) * _MOST_BAD:
        return False
    letters = "".join(match for word in words for match in _LATIN_WORD.findall(word.text))
    if len(letters) < _ENOUGH_LETTERS:
        return True
    return len(_VOWEL.findall(letters)) >= len(letters) * _LEAST_VOWELS


def _bad_in(text: str) -> int:
    """How many characters stand for no letter, digit or sign that could be printed."""
    return sum(
        1
        for char in text
        if char == "\ufffd" or unicodedata.category(char) in {"Cc", "Cn", "Co", "Cs"}
    )


def _is_visible(words: Sequence[Word], pixels: NDArray[np.uint8]) -> bool:
    """Whether something is printed where the layer says that words are."""
    step = max(1, len(words) // _SAMPLE)
    sample = words[::step]
    visible = 0
    for word in sample:
        patch = _patch(pixels, word.box)
        if patch.size and int(patch.max()) - int(patch.min()) > _DARKER:
            visible += 1
    return visible >= len(sample) * _LEAST_VISIBLE


def _covered(words: Sequence[Word], pixels: NDArray[np.uint8]) -> float:
    """The share of the picture's print that lies in the words' boxes."""
    green = pixels[:, :, 1]
    paper = float(np.median(green[::4, ::4]))
    ink = np.abs(green.astype(np.int16) - paper) > _DARKER
    total = int(ink.sum())
    if not total:
        return 1.0
    inside = np.zeros_like(ink)
    for word in words:
        rows, columns = _range(pixels, word.box)
        inside[rows, columns] = True
    return float((ink & inside).sum()) / total


def _patch(pixels: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    rows, columns = _range(pixels, box)
    return pixels[rows, columns, 1]


def _range(pixels: NDArray[np.uint8], box: Box) -> tuple[slice, slice]:
    height, width = pixels.shape[:2]
    return (
        slice(int(box.y0 * height), int(box.y1 * height) + 1),
        slice(int(box.x0 * width), int(box.x1 * width) + 1),
    )

"""Whether the text that a page carries can be trusted, and how it is joined with OCR."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.document import Word

_FEW = 5  # characters; fewer say nothing either way
_MOST_BAD = 0.12
_DARKER = 40  # grey levels between print and paper


def is_sound(words: Sequence[Word]) -> bool:
    """Whether the words look like writing rather than like a broken encoding."""
    text = "".join(word.text for word in words)
    if len(text) < _FEW:
        return bool(text) and not any(_is_bad(char) for char in text)
    if text.count("(cid:") * 6 > len(text) * _MOST_BAD:
        return False
    bad = sum(1 for char in text if _is_bad(char))
    return bad <= len(text) * _MOST_BAD


def _is_bad(char: str) -> bool:
    if char == "\ufffd" or "\ue000" <= char <= "\uf8ff":
        return True
    return unicodedata.category(char) in {"Cc", "Cn", "Co", "Cs"}


def has_ink(pixels: NDArray[np.uint8]) -> bool:
    """Whether anything is printed on the picture at all."""
    green = pixels[::2, ::2, 1]
    return int(np.max(green)) - int(np.min(green)) > _DARKER


def merge(own: Sequence[Word], seen: Sequence[Word]) -> tuple[Word, ...]:
    """The page's own words, and those that OCR saw where the page has none."""
    kept = [
        word
        for word in seen
        if not any(
            other.box.contains(*word.box.middle) or word.box.contains(*other.box.middle)
            for other in own
        )
    ]
    return (*own, *kept)

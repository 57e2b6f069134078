"""A stored page picture made ready for the model: margins off, at the size that it needs.

What was turned or straightened when the page was read is so in the stored picture, which
is therefore upright; a picture file's own note about its orientation is heeded too.
"""

from __future__ import annotations

import hashlib
import io
import logging
import math
import uuid
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from app.document import Box, Page, Word
from app.errors import Code, problem
from app.intake.model_picture import (
    USUAL,
    Budget,
    Ink,
    ModelPicture,
    is_telling,
    printed_sizes,
    resolution_for,
    small_of,
)

_log = logging.getLogger(__name__)

Grey = NDArray[np.uint8]
"""Height × width."""

_BLOCK = 8  # pixels: the grain in which margins are looked for
_CONTRAST = 24  # grey levels within a block that has print on it
_CLEAR = 60  # grey levels: no texture of paper, no faint print from behind
_AROUND = 0.3  # of a word's height: its accents and underlines
_ROOM = 10  # pixels left around the print
_SPECK = 6  # pixels: what is smaller in both directions and alone is dirt
_SHADE = 35  # grey levels by which a fold or a shadow darkens paper
_LEAST_PAPER = 0.02  # of the picture
_MOST_PAPER = 0.85
_STRAIGHT = 0.8  # of its rectangle
_DARK_SIDES = 2  # of the picture, that a desk lies along
_EDGES = 0.06  # of a desk: its own edge, the grain of its wood
_LEAST_WORDS = 8
_MOST_WORDS = 400
_ASCENDING = set("bdfhklt") | set("ijäöüéèêàáíóúñçåæøß")
_DESCENDING = set("gjpqyçµ,;Qş")
# Of the type's size (the em), in common typefaces:
_X_HEIGHT, _ASCENT, _DESCENT = 0.52, 0.72, 0.21
_LEAST_MARKS = 30
_LETTER = (4, 80)  # pixels
_USUAL_LETTER = 0.6  # of the type's size: the middle of mixed small letters and digits
_SMALLER = 0.7  # the small print of a page, against its usual print
_BROKEN = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)


@dataclass(frozen=True, slots=True)
class _Area:
    """A rectangle in pixels, ends excluded."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


def prepare(picture: Path, page: Page, work: Path, budget: Budget = USUAL) -> ModelPicture:
    """Write a page's picture for the model into ``work``, named by its content.

    ``page`` gives the words, so that nothing that was read is cut off and the size of the
    print is known.  Raises ``ProblemError``: ``vanished`` or ``damaged`` for a picture that
    cannot be opened, ``disk_full``.
    """
    image = _opened(picture)
    grey = np.asarray(image.convert("L"))
    area = printed_area(grey, page.words)
    height = image.height
    stated = small_of(printed_sizes(page)) * height
    print_px = stated or small_of(measured_sizes(grey, page.words)) or unread_print(grey, area)
    size = resolution_for(area.width, area.height, print_px, budget)
    shown = _filled(area, size.width / size.scale, size.height / size.scale, image.size)
    drawn = _drawn(image, shown, (size.width, size.height))
    data = io.BytesIO()
    drawn.save(data, "PNG", compress_level=4)
    key = hashlib.sha256(data.getvalue()).hexdigest()
    path = _write(work, key, data.getvalue(), picture.name)
    x0, y0, x1, y1 = shown
    box = Box(x0 / image.width, y0 / height, x1 / image.width, y1 / height)
    made = ModelPicture(
        str(path), key, size.width, size.height, box, round(print_px * size.scale, 1)
    )
    _log.info("page %d for the model: %s", page.number, made)
    return made


def ink_of(picture: Path, page: Page) -> Ink:
    """How much is printed on a page, and how much of it lies outside of all words.

    What no word accounts for is drawings, logos and table colours, and handwriting and
    stamps.  Raises ``ProblemError``: ``vanished`` or ``damaged``.
    """
    grey = np.asarray(_opened(picture).convert("L"))
    height, width = grey.shape
    printed = _without_specks(_contrast(grey) > _CLEAR, grey)
    read = np.zeros_like(printed)
    for word in page.words:
        box, around = word.box, _AROUND * word.box.height * height
        top, bottom = (box.y0 * height - around) / _BLOCK, (box.y1 * height + around) / _BLOCK
        left, right = (box.x0 * width - around) / _BLOCK, (box.x1 * width + around) / _BLOCK
        read[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1] = True
    count = int(printed.sum())
    unread = int((printed & ~read).sum())
    return Ink(count / printed.size, unread / count if count else 0.0)


def printed_area(grey: Grey, words: tuple[Word, ...]) -> _Area:
    """The part of a page with print on it, and some room around; the whole page if blank.

    A block of pixels counts as printed where light and dark meet in it: paper that is
    shaded, yellowed or photographed at an angle has no hard edges, print has.  Single
    specks do not count, nor what lies beside the paper on a photo.  The boxes of all words
    do, whatever the picture looks like there.
    """
    height, width = grey.shape
    printed = _without_specks(_contrast(grey) > _CONTRAST, grey)
    printed &= _on_paper(grey, words)
    rows, columns = np.flatnonzero(printed.any(axis=1)), np.flatnonzero(printed.any(axis=0))
    left, top, right, bottom = width, height, 0, 0
    if len(rows):
        left, top = int(columns[0]) * _BLOCK, int(rows[0]) * _BLOCK
        right, bottom = (int(columns[-1]) + 1) * _BLOCK, (int(rows[-1]) + 1) * _BLOCK
    for word in words:
        left = min(left, math.floor(word.box.x0 * width))
        top = min(top, math.floor(word.box.y0 * height))
        right = max(right, math.ceil(word.box.x1 * width))
        bottom = max(bottom, math.ceil(word.box.y1 * height))
    if right <= left or bottom <= top:
        return _Area(0, 0, width, height)
    return _Area(
        max(0, left - _ROOM),
        max(0, top - _ROOM),
        min(width, right + _ROOM),
        min(height, bottom + _ROOM),
    )


def _contrast(grey: Grey) -> NDArray[np.uint8]:
    """The difference between the lightest and the darkest pixel of every block."""
    blocks = _blocks(grey)
    return np.asarray(blocks.max(axis=(1, 3)) - blocks.min(axis=(1, 3)), dtype=np.uint8)


def _without_specks(printed: NDArray[np.bool_], grey: Grey) -> NDArray[np.bool_]:
    """The printed blocks without those that hold nothing but a lone speck of dirt."""
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(
        printed.astype(np.uint8), connectivity=8
    )
    kept = printed.copy()
    for label in range(1, count):
        x, y, across, down, _ = (int(value) for value in boxes[label])
        if max(across, down) > 2:
            continue
        part = grey[y * _BLOCK : (y + down) * _BLOCK, x * _BLOCK : (x + across) * _BLOCK]
        ink = np.argwhere(np.abs(part.astype(np.int16) - int(np.median(part))) > _CONTRAST)
        if len(ink) and max(np.ptp(ink[:, 0]), np.ptp(ink[:, 1])) + 1 < _SPECK:
            kept[labels == label] = False
    return kept


def _on_paper(grey: Grey, words: tuple[Word, ...]) -> NDArray[np.bool_]:
    """Which blocks lie on paper: all of them, unless a photo plainly shows a desk around it.

    Paper is what is as light as the ground around the words; every such piece of some size
    counts, with or without words on it.  The rest is taken for a desk only if it is darker,
    lies along two sides of the picture at least (a coloured band at the head of an invoice
    does not), has hardly an edge in it (a logo has many), and leaves paper with straight
    sides (that fills its own rectangle).
    """
    # Nearly the lightest pixel of every block, so that print on it does not count.
    light = np.asarray(np.percentile(_blocks(grey), 90, axis=(1, 3)), dtype=np.uint8)
    everywhere = np.ones_like(light, dtype=np.bool_)
    if len(words) < _LEAST_WORDS:
        return everywhere
    down, across = light.shape
    middles = [word.box.middle for word in words]
    grounds = [
        light[min(down - 1, int(y * down)), min(across - 1, int(x * across))] for x, y in middles
    ]
    paper = light >= np.median(grounds) - _SHADE
    closed = cv2.morphologyEx(paper.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, _, pieces, _ = cv2.connectedComponentsWithStats(closed, connectivity=4)
    found = np.zeros_like(everywhere)
    filled = 0
    for x, y, wide, high, size in pieces[1:].tolist():
        if size >= _LEAST_PAPER * light.size:
            found[max(0, y - 2) : y + high + 2, max(0, x - 2) : x + wide + 2] = True
            filled += size
    rows: list[bool] = np.any(found, axis=1).tolist()
    columns: list[bool] = np.any(found, axis=0).tolist()
    dark_sides = [
        not any(edge)
        for edge in (
            rows[: 1 + down // 50],
            rows[-1 - down // 50 :],
            columns[: 1 + across // 50],
            columns[-1 - across // 50 :],
        )
    ]
    is_desk = (
        sum(dark_sides) >= _DARK_SIDES
        and found.mean() <= _MOST_PAPER
        and filled >= _STRAIGHT * int(found.sum())
        and float((_contrast(grey) > _CLEAR)[~found].mean()) <= _EDGES
    )
    return found if is_desk else everywhere


def _blocks(grey: Grey) -> Grey:
    """The pixels as rows of blocks × rows in a block × columns of blocks × columns in a block."""
    height, width = grey.shape
    padded = np.pad(grey, ((0, -height % _BLOCK), (0, -width % _BLOCK)), mode="edge")
    down, across = padded.shape
    return padded.reshape(down // _BLOCK, _BLOCK, across // _BLOCK, _BLOCK)


def measured_sizes(grey: Grey, words: tuple[Word, ...]) -> list[float]:
    """The sizes of the type of words, measured by the ink in their boxes, in pixels.

    How much of the type's height a word's ink takes follows from its letters: ``more``
    reaches half of it, ``Total`` and ``123`` seven tenths, ``Tagung`` nine.
    """
    telling = [word for word in words if is_telling(word.text)]
    step = max(1, len(telling) // _MOST_WORDS)
    sizes = [
        ink / _share_of_type(word.text)
        for word in telling[::step]
        if (ink := _ink_height(grey, word.box)) > 0
    ]
    return sizes if len(sizes) >= _LEAST_WORDS else []


def _share_of_type(text: str) -> float:
    letters = [char for char in text if char.isalnum()]
    up = any(char.isupper() or char.isdigit() or char in _ASCENDING for char in letters)
    down = any(char in _DESCENDING for char in text)
    return (_ASCENT if up else _X_HEIGHT) + (_DESCENT if down else 0.0)


def _ink_height(grey: Grey, box: Box) -> int:
    """How many rows the print around the middle of a box takes; 0 if there is none."""
    height, width = grey.shape
    part = grey[
        int(box.y0 * height) : math.ceil(box.y1 * height),
        int(box.x0 * width) : math.ceil(box.x1 * width),
    ]
    if part.shape[0] < 3 or part.shape[1] < 3:
        return 0
    paper, darkest = float(np.percentile(part, 90)), float(part.min())
    lightest = float(part.max())
    if np.median(part) < (darkest + lightest) / 2:  # light print on a dark ground
        part = 255 - part
        paper, darkest = float(np.percentile(part, 90)), float(part.min())
    if paper - darkest < _CONTRAST:
        return 0
    inked: list[bool] = np.any(part < (paper + darkest) / 2, axis=1).tolist()
    middle = len(inked) // 2
    if not inked[middle]:
        return 0
    top = bottom = middle
    while top > 0 and inked[top - 1]:
        top -= 1
    while bottom + 1 < len(inked) and inked[bottom + 1]:
        bottom += 1
    return bottom - top + 1


def unread_print(grey: Grey, area: _Area) -> float:
    """The size of small print that nobody has read, by its dark shapes; 0.0 if there is none."""
    part = grey[area.top : area.bottom, area.left : area.right]
    dark = cv2.adaptiveThreshold(
        part, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 15
    )
    _, _, boxes, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    least, most = _LETTER
    heights = [
        int(high)
        for _, _, wide, high, ink in boxes[1:]
        if least <= high <= most and wide <= 3 * high and ink >= 0.15 * wide * high
    ]
    if len(heights) < _LEAST_MARKS:
        return 0.0
    return _SMALLER * float(np.median(heights)) / _USUAL_LETTER


def _opened(picture: Path) -> Image.Image:
    try:
        with Image.open(picture, formats=("JPEG", "PNG")) as image:
            return ImageOps.exif_transpose(image).convert("RGB")
    except FileNotFoundError as error:
        raise problem(Code.VANISHED, picture.name) from error
    except _BROKEN as error:
        raise problem(Code.DAMAGED, picture.name) from error


def _filled(
    area: _Area, wide: float, high: float, size: tuple[int, int]
) -> tuple[float, float, float, float]:
    """The area grown to ``wide`` × ``high``: into the page, and beyond it only if it must."""
    x0 = _placed(area.left, area.width, wide, size[0])
    y0 = _placed(area.top, area.height, high, size[1])
    return x0, y0, x0 + wide, y0 + high


def _placed(start: int, length: int, wanted: float, page: int) -> float:
    begin = start - (wanted - length) / 2
    if wanted > page:
        return min(max(begin, page - wanted), 0.0)
    return min(max(begin, 0.0), page - wanted)


def _drawn(
    image: Image.Image, shown: tuple[float, float, float, float], size: tuple[int, int]
) -> Image.Image:
    """The shown part of the page at its size, what lies beyond the page in its paper's colour."""
    x0, y0, x1, y1 = shown
    left, top = max(0, math.ceil(-x0)), max(0, math.ceil(-y0))
    right = max(0, math.ceil(x1 - image.width))
    bottom = max(0, math.ceil(y1 - image.height))
    if left or top or right or bottom:
        pixels = np.asarray(image)
        edges = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        paper = tuple(int(level) for level in np.median(edges, axis=0))
        image = ImageOps.expand(image, (left, top, right, bottom), paper)
    return image.resize(
        size, Image.Resampling.LANCZOS, box=(x0 + left, y0 + top, x1 + left, y1 + top)
    )


def _write(work: Path, key: str, data: bytes, name: str) -> Path:
    path = work / f"{key}.png"
    part = work / f"{uuid.uuid4().hex}.part"
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise problem(Code.DISK_FULL, name) from error
    return path

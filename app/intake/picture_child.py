"""Page pictures: written as JPEG for the window, and summed up for comparing by look."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.intake.mupdf_child import BROKEN, pymupdf

Pixels = NDArray[np.uint8]
"""Height × width × 3, red–green–blue."""

SHOWN_PIXELS = 1_800_000  # enough to read small print beside the table, quick to load
_QUALITY = 80
_DRAWN_PIXELS = 9_000_000
_DRAWN_LONGEST = 8_000
_SIDE = 32
_KEPT = 8


def render(page: pymupdf.Page, dpi: int) -> Pixels | None:
    """The page as shown; ``None`` if it cannot be drawn."""
    scale = dpi / 72
    area = page.rect.width * page.rect.height * scale * scale
    if area > _DRAWN_PIXELS:
        scale *= math.sqrt(_DRAWN_PIXELS / area)
    longest = max(page.rect.width, page.rect.height) * scale
    if longest > _DRAWN_LONGEST:
        scale *= _DRAWN_LONGEST / longest
    try:
        pixmap = page.get_pixmap(matrix=pymupdf.Matrix(scale, scale), colorspace=pymupdf.csRGB)
    except BROKEN:
        return None
    if pixmap.width < 1 or pixmap.height < 1:
        return None
    flat = np.frombuffer(pixmap.samples, dtype=np.uint8)
    return flat.reshape(pixmap.height, pixmap.stride)[:, : pixmap.width * 3].reshape(
        pixmap.height, pixmap.width, 3
    )


def write_picture(pixels: Pixels, work: Path, number: int) -> str:
    """Write the picture of page ``number`` into ``work`` and return its file name."""
    image = Image.fromarray(pixels)
    height, width = pixels.shape[:2]
    if width * height > SHOWN_PIXELS:
        scale = math.sqrt(SHOWN_PIXELS / (width * height))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    name = f"page-{number:04d}.jpg"
    image.save(work / name, "JPEG", quality=_QUALITY)
    return name


def look_of(pixels: Pixels) -> str:
    """A 64-bit perceptual hash (DCT of a 32 × 32 reduction, signs around the median).

    Two pictures of the same page differ in few bits; 16 hexadecimal digits.
    """
    small = Image.fromarray(pixels).resize((_SIDE, _SIDE), Image.Resampling.BOX, reducing_gap=1.0)
    grey = np.asarray(small.convert("L"), dtype=np.float64)
    low = (_BASIS @ grey @ _BASIS.T).ravel()
    low[0] = 0.0  # the mean brightness says nothing about the content
    bits = low > np.median(low)
    return f"{int(''.join('1' if bit else '0' for bit in bits), 2):016x}"


def _dct_basis() -> NDArray[np.float64]:
    rows = np.arange(_KEPT)[:, None]
    columns = np.arange(_SIDE)[None, :]
    return np.cos(np.pi * rows * (2 * columns + 1) / (2 * _SIDE))


_BASIS = _dct_basis()

"""Pictures: photos, scans and screenshots, each frame of a TIFF a page."""

from __future__ import annotations

import math
import struct
import warnings
from collections.abc import Iterator

import numpy as np
import pillow_heif
from PIL import ExifTags, Image, ImageFile

from app.document import Page, WordSource
from app.errors import Code, problem
from app.intake import Opened, Part, Request
from app.intake.media import MediaType
from app.intake.picture_child import Pixels, look_of, write_picture

MAX_PIXELS = 110_000_000  # decoded at 4 bytes each that is 440 MB for a moment
MAX_JPEG_PIXELS = 120_000_000  # decoded at an eighth of its size, but a progressive one keeps more
MAX_FRAMES = 500
_KEPT_PIXELS = 12_000_000
_SCREEN_DPI = 96.0
_A4 = (595.0, 842.0)
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    LookupError,
    TypeError,
    ArithmeticError,
    RuntimeError,
    AttributeError,
    AssertionError,
    EOFError,
    struct.error,
)  # what Pillow and its plug-ins raise for damaged pictures
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "HEIF", "MPO")

pillow_heif.register_heif_opener(thumbnails=False)
Image.MAX_IMAGE_PIXELS = MAX_JPEG_PIXELS
ImageFile.LOAD_TRUNCATED_IMAGES = True  # half a scan is worth more than none


def read_image(request: Request) -> Iterator[Part]:
    """Every frame of a TIFF, the first one of anything else.

    Raises ``ProblemError`` with ``DAMAGED``, ``TOO_LARGE`` or ``TOO_MANY_PAGES``.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(request.path, formats=_FORMATS)
        except Image.DecompressionBombError as error:
            raise problem(Code.TOO_LARGE, request.name) from error
        except _BROKEN as error:
            raise problem(Code.DAMAGED, request.name) from error
        with image:
            yield from _read_frames(image, request)


def _read_frames(image: Image.Image, request: Request) -> Iterator[Part]:
    frames = int(getattr(image, "n_frames", 1))
    pages = frames if request.media_type == MediaType.TIFF else 1
    if pages > MAX_FRAMES:
        raise problem(Code.TOO_MANY_PAGES, request.name, str(pages))
    yield Opened(request.media_type, pages)
    for number in range(1, pages + 1):
        try:
            if number > 1:
                image.seek(number - 1)
            pixels = _pixels(image, request)
        except _BROKEN as error:
            if pages == 1:
                raise problem(Code.DAMAGED, request.name) from error
            note = "this page is damaged and could not be read"
            yield Page(number, *_A4, (), WordSource.NONE, notes=(note,))
            continue
        notes: tuple[str, ...] = ()
        if frames > pages:
            notes = (f"the first of {frames} pictures in this file",)
        yield _read_page(pixels, number, request, notes)


def _pixels(image: Image.Image, request: Request) -> Pixels:
    """The frame upright, in red–green–blue on white, no larger than can be used."""
    width, height = image.size
    jpeg = image.format in ("JPEG", "MPO")
    if width * height > (MAX_JPEG_PIXELS if jpeg else MAX_PIXELS):
        raise problem(Code.TOO_LARGE, request.name)
    if jpeg and width * height > 2 * _KEPT_PIXELS:
        scale = math.sqrt(_KEPT_PIXELS / (width * height))
        image.draft("RGB", (round(width * scale), round(height * scale)))
    frame = _on_white(_smaller(image))
    # The tag is read from the file itself: a reduced copy no longer has it.
    turned = _TRANSPOSED.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    if turned is not None:
        frame = frame.transpose(turned)
    return np.ascontiguousarray(np.asarray(frame, dtype=np.uint8))


_TRANSPOSED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _smaller(image: Image.Image) -> Image.Image:
    """The picture reduced by a whole factor, before any conversion needs more memory."""
    factor = math.ceil(math.sqrt(image.width * image.height / _KEPT_PIXELS))
    if factor < 2:
        return image
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(np.asarray(image)[::factor, ::factor])
    if image.mode in ("1", "P", "PA"):
        image = image.convert("L" if image.mode == "1" else _palette_mode(image))
    return image.reduce(factor)


def _palette_mode(image: Image.Image) -> str:
    return "RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB"


def _on_white(frame: Image.Image) -> Image.Image:
    if frame.mode.startswith("I") or frame.mode == "F":
        return _eight_bit(frame).convert("RGB")
    if frame.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in frame.info:
        layer = frame.convert("RGBA")
        paper = Image.new("RGB", layer.size, "white")
        paper.paste(layer, mask=layer.getchannel("A"))
        return paper
    return frame.convert("RGB")


def _eight_bit(frame: Image.Image) -> Image.Image:
    values = np.asarray(frame, dtype=np.float32)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    for white in (1.0, 255.0, 65_535.0):  # the ranges in which such files are written
        if low >= 0 and high <= white and (white > 1 or frame.mode == "F"):
            low, high = 0.0, white
            break
    scaled = (values - low) * (255.0 / max(high - low, 1e-6))
    return Image.fromarray(np.nan_to_num(scaled).clip(0, 255).astype(np.uint8))


def _read_page(pixels: Pixels, number: int, request: Request, notes: tuple[str, ...]) -> Page:
    from app.intake.ocr_child import read_picture  # takes a second and 150 MB to load

    reading = read_picture(pixels)
    height, width = reading.pixels.shape[:2]
    scale = _points_per_pixel(width, height)
    return Page(
        number,
        round(width * scale, 2),
        round(height * scale, 2),
        reading.words,
        WordSource.OCR if reading.words else WordSource.NONE,
        write_picture(reading.pixels, request.work, number) if request.images else "",
        notes=(*notes, *reading.notes),
        look=look_of(reading.pixels),
    )


def _points_per_pixel(width: int, height: int) -> float:
    """Cameras and screens say nothing true about paper: the longer side is taken as A4's."""
    return _A4[1] / max(width, height)

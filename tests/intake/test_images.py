"""Pictures to pages."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pillow_heif
import pymupdf
import pytest
from PIL import Image

from app.document import WordSource
from app.errors import Code
from tests.intake.conftest import TakeIn

LINES = ("Bäckerei Süß", "Brötchen 3,20", "Summe EUR 17,45")
TYPE = pymupdf.Font("helv")


def receipt() -> Image.Image:
    """520 × 360 pixels with three lines of type 30 pixels high, from x = 40."""
    with pymupdf.open() as document:
        page = document.new_page(width=520, height=360)
        for index, line in enumerate(LINES):
            page.insert_text((40, 80 + 90 * index), line, fontsize=30)
        return Image.open(io.BytesIO(page.get_pixmap(dpi=72).tobytes("png"))).convert("RGB")


def blank(mode: str = "L") -> Image.Image:
    return Image.new(mode, (200, 120), "white")


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def test_a_picture_is_read_with_boxes_on_the_words(take_in: TakeIn, work: Path) -> None:
    page = take_in(saved(receipt(), "PNG"), "bon.png").pages[0]
    assert page.source is WordSource.OCR
    words = {word.text: word for word in page.words}
    assert {"Bäckerei", "Süß", "Brötchen", "3,20", "Summe", "EUR", "17,45"} <= words.keys()
    box = words["17,45"].box
    left = 40 + TYPE.text_length("Summe EUR ", 30)
    assert box.x0 * 520 == pytest.approx(left, abs=6)
    assert box.x1 * 520 == pytest.approx(left + TYPE.text_length("17,45", 30), abs=6)
    assert box.y0 * 360 == pytest.approx(260 - 22, abs=8)
    assert box.y1 * 360 == pytest.approx(260, abs=10)
    assert (work / page.image).is_file()


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_picture_on_its_side_is_turned_upright(take_in: TakeIn, turned: int) -> None:
    image = receipt().rotate(turned, expand=True)
    taken = take_in(saved(image, "PNG"), "bon.png")
    assert "17,45" in taken.text
    assert taken.pages[0].width > taken.pages[0].height
    assert taken.pages[0].notes == (f"turned by {turned}°",)


def test_a_skewed_picture_is_levelled_with_its_boxes(take_in: TakeIn, work: Path) -> None:
    image = receipt().rotate(4, fillcolor="white", resample=Image.Resampling.BICUBIC)
    page = take_in(saved(image, "PNG"), "bon.png").pages[0]
    words = {word.text: word.box for word in page.words}
    assert words["Summe"].middle[1] == pytest.approx(words["17,45"].middle[1], abs=0.012)
    grey = np.asarray(Image.open(work / page.image).convert("L"))
    box = words["17,45"]
    rows = slice(int(box.y0 * grey.shape[0]), int(box.y1 * grey.shape[0]))
    columns = slice(int(box.x0 * grey.shape[1]), int(box.x1 * grey.shape[1]))
    assert (grey[rows, columns] < 128).mean() > 0.08


def test_the_camera_s_note_on_how_it_was_held_is_followed(take_in: TakeIn) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    page = take_in(saved(blank(), "JPEG", exif=exif), "a.jpg").pages[0]
    assert page.width < page.height


@pytest.mark.parametrize(
    ("kind", "mode", "media_type"),
    [
        ("PNG", "RGBA", "image/png"),
        ("PNG", "P", "image/png"),
        ("PNG", "LA", "image/png"),
        ("PNG", "1", "image/png"),
        ("PNG", "I;16", "image/png"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("JPEG", "L", "image/jpeg"),
        ("WEBP", "RGB", "image/webp"),
        ("BMP", "RGB", "image/bmp"),
        ("GIF", "P", "image/gif"),
        ("TIFF", "CMYK", "image/tiff"),
        ("TIFF", "F", "image/tiff"),
    ],
)
def test_every_kind_of_picture_opens(
    take_in: TakeIn, work: Path, kind: str, mode: str, media_type: str
) -> None:
    image = blank().convert("I").point(lambda v: v * 257).convert(mode) if mode == "I;16" else None
    taken = take_in(saved(image or blank().convert(mode), kind), "wrong.txt")
    assert taken.opened[0].media_type == media_type
    shown = np.asarray(Image.open(work / taken.pages[0].image).convert("L"))
    assert shown.mean() > 200, "white stays white"


def test_what_is_transparent_is_white_paper(take_in: TakeIn, work: Path) -> None:
    page = take_in(saved(Image.new("RGBA", (200, 120), (0, 0, 0, 0)), "PNG"), "a.png").pages[0]
    assert np.asarray(Image.open(work / page.image)).min() > 250


def test_heic_opens(take_in: TakeIn) -> None:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(blank("RGB")).save(buffer, quality=80)
    assert take_in(buffer.getvalue(), "IMG_1.HEIC").opened[0].media_type == "image/heif"


def test_every_page_of_a_tiff_is_read(take_in: TakeIn) -> None:
    frames = [blank(), Image.new("L", (120, 200), "white"), blank("1")]
    data = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    taken = take_in(data, "fax.tif")
    assert taken.opened[0].pages == len(taken.pages) == 3
    assert taken.pages[1].width < taken.pages[1].height


def test_other_pictures_of_an_animation_are_mentioned(take_in: TakeIn) -> None:
    data = saved(blank(), "GIF", save_all=True, append_images=[Image.new("L", (200, 120), "gray")])
    assert take_in(data, "a.gif").pages[0].notes == ("the first of 2 pictures in this file",)


def png_of_size(width: int, height: int) -> bytes:
    """The head of a picture that claims to be this large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(60_000, 60_000), (2_000_000, 3_000), (12_000, 12_000)])
def test_a_decompression_bomb_is_refused(
    problem_of: Callable[..., Code], size: tuple[int, int]
) -> None:
    assert problem_of(png_of_size(*size), "bomb.png") is Code.TOO_LARGE


def test_a_hundred_megapixels_are_read_smaller(take_in: TakeIn, work: Path) -> None:
    image = Image.new("L", (10_000, 10_000), "white")
    taken = take_in(saved(image, "JPEG", quality=30), "poster.jpg")
    shown = Image.open(work / taken.pages[0].image)
    assert shown.width * shown.height < 2_000_000


@pytest.mark.parametrize("size", [(1, 1), (1, 5_000), (20_000, 2), (3, 3)])
def test_absurd_shapes_are_pages_without_words(take_in: TakeIn, size: tuple[int, int]) -> None:
    page = take_in(saved(Image.new("RGB", size, "white"), "PNG"), "a.png").pages[0]
    assert page.words == ()
    assert page.width > 0
    assert page.height > 0


def test_a_truncated_photo_is_read_as_far_as_it_goes(take_in: TakeIn) -> None:
    noisy = Image.effect_noise((400, 300), 60)
    data = saved(noisy, "JPEG")
    assert len(take_in(data[: len(data) // 2], "a.jpg").pages) == 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_a_file_cut_after_its_head_is_damaged(problem_of: Callable[..., Code], kind: str) -> None:
    assert problem_of(saved(blank(), kind)[:30], "a.bin") in {Code.DAMAGED, Code.UNSUPPORTED}

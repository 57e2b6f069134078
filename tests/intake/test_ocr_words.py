"""Lines from the OCR to words, by the gaps in the print."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from app.intake.ocr_words import Line, split_line


def printed(text: str, spacing: int = 0) -> tuple[Line, np.ndarray]:
    """A picture of ``text`` in large type, and what an OCR that sees no spaces would say."""
    font = ImageFont.load_default(size=36)
    # This face sets words closer than those of office papers.
    advances = [font.getlength(char) + (spacing or 4 * (char == " ")) for char in text]
    width = int(sum(advances)) + 12
    image = Image.new("RGB", (width, 52), "white")
    draw = ImageDraw.Draw(image)
    x = 6.0
    columns: list[int] = []
    steps = width // 8
    for char, advance in zip(text, advances, strict=True):
        draw.text((x, 4), char, font=font, fill="black")
        if char != " ":
            columns.append(int((x + font.getlength(char) / 2) / width * steps))
        x += advance
    told = text.replace(" ", "")
    return Line(told, tuple(columns), float(steps), (0.9,) * len(told)), np.asarray(image)


@pytest.mark.parametrize(
    "text",
    [
        "TOTAL AMOUNT",
        "Rechnung Nr. 2026",
        "IBAN: DE89",
        "bis 15.03.2013",
        "30 Tagen",
        "Gesamtbetrag",
        "1.234,56",
        "12/11/2018",
    ],
)
def test_words_are_parted_where_the_print_has_a_gap(text: str) -> None:
    line, crop = printed(text)
    assert [part.text for part in split_line(line, crop)] == text.split()


@pytest.mark.parametrize("text", ["AMOUNT", "81100", "0,35", "11,11", "789417"])
def test_wide_setting_does_not_part_a_word(text: str) -> None:
    line, crop = printed(text, spacing=6)
    assert [part.text for part in split_line(line, crop)] == [text]


def test_a_space_that_the_ocr_saw_is_kept() -> None:
    line, crop = printed("1 234,56")
    line = Line("1 234,56", line.columns, line.steps, (0.9,) * 8)
    assert [part.text for part in split_line(line, crop)] == ["1", "234,56"]


def test_boxes_end_where_the_print_ends() -> None:
    line, crop = printed("TOTAL 12,50")
    first, second = split_line(line, crop)
    ink = np.flatnonzero((crop.min(axis=2) < 128).any(axis=0)) / crop.shape[1]
    assert first.start == pytest.approx(ink[0], abs=0.01)
    assert second.end == pytest.approx(ink[-1], abs=0.01)
    between = ink[(ink > first.end + 0.005) & (ink < second.start - 0.005)]
    assert not len(between)


def test_full_width_writing_is_not_parted_letter_by_letter() -> None:
    text = "電子發票"
    crop = np.full((40, 200, 3), 255, dtype=np.uint8)
    for index in range(4):
        crop[5:35, 8 + 48 * index : 38 + 48 * index] = 0
    line = Line(text, (2, 8, 14, 20), 25.0, (0.9,) * 4)
    assert [part.text for part in split_line(line, crop)] == [text]


def test_nothing_read_gives_no_words() -> None:
    assert split_line(Line("", (), 0.0, ()), np.full((20, 50, 3), 255, dtype=np.uint8)) == []

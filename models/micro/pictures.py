"""Slips as pictures, made from a seed: one printed character in each cell of 32 pixels.

32 pixels are one token of the model.  What the tower can learn in minutes is to name the
character of a cell; what the language model learns on top is to read the lines that the
cells make, broken lines too.
"""

# ruff: noqa: S311 - what is made up here is no secret
from __future__ import annotations

import io
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from app.document_types import DocumentType, parse
from app.reading.model.formats import VALUES, Said
from models.micro.documents import digits

HERE = Path(__file__).resolve().parent

CELL = 32
PATCH = 16
COLUMNS = (9, 10, 11, 12)
ROWS = (3, 4, 5, 6)

_NUMBER = ("No", "No.", "Nr", "Nr.", "Inv", "Bill", "Beleg", "Num", "N.")
_DATE = ("Date", "Dat.", "Datum", "Fecha", "Data", "On", "Am", "Le")
_TOTAL = ("Total", "Sum", "Summe", "Due", "Pay", "Suma", "Betrag")
_OTHER = ("Tel", "Ref", "Kd.", "Fax", "PO")
_LETTERS = "ABCEFHKMNPRTX"
CHARACTERS = "".join(
    sorted(set("".join((*_NUMBER, *_DATE, *_TOTAL, *_OTHER, _LETTERS, "0123456789.,-/:"))))
)


@dataclass(frozen=True, slots=True)
class Slip:
    """A made picture: ``cells`` are its rows of characters, all equally long."""

    cells: tuple[str, ...]
    said: tuple[tuple[str, str], ...]  # key and value
    seed: int

    @property
    def height(self) -> int:
        """Rows of cells."""
        return len(self.cells)

    @property
    def width(self) -> int:
        """Columns of cells."""
        return len(self.cells[0])

    @property
    def answer(self) -> str:
        """The true answer, as values."""
        fields = {key: Said(text=value) for key, value in self.said}
        return VALUES.write(slip_type(), fields, (), 0)

    def pixels(self) -> NDArray[np.uint8]:
        """(height × 32, width × 32, 3): printed a little unevenly."""
        dice = random.Random(self.seed)
        paper = dice.randint(225, 255)
        image = Image.new("RGB", (self.width * CELL, self.height * CELL), (paper,) * 3)
        draw = ImageDraw.Draw(image)
        for row, line in enumerate(self.cells):
            for column, character in enumerate(line):
                if character == " ":
                    continue
                ink = dice.randint(0, 90)
                x = column * CELL + CELL // 2 + dice.randint(-2, 2)
                y = row * CELL + 24 + dice.randint(-2, 2)
                font = _font(dice.randint(23, 27))
                draw.text((x, y), character, font=font, fill=(ink,) * 3, anchor="ms")
        return np.asarray(image)

    def png(self) -> bytes:
        """The picture as a file."""
        file = io.BytesIO()
        Image.fromarray(self.pixels()).save(file, "PNG")
        return file.getvalue()


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


@cache
def slip_type() -> DocumentType:
    """The definition that the slips are read with."""
    return parse((HERE / "slip.toml").read_text(encoding="utf-8"))


def slip(seed: int, rows: int = 0, columns: int = 0) -> Slip:
    """The slip of this seed, of a given size if it is to stand in a batch."""
    dice = random.Random(f"slip {seed}")
    rows, columns = rows or dice.choice(ROWS), columns or dice.choice(COLUMNS)
    entries = [
        ("number", dice.choice(_NUMBER), _number(dice)),
        ("date", dice.choice(_DATE), _date(dice)),
        ("total", dice.choice(_TOTAL), _total(dice)),
    ]
    dice.shuffle(entries)
    if dice.random() < 0.5:
        entries.append(("", dice.choice(_OTHER), digits(dice, dice.randint(3, 5))))
        dice.shuffle(entries)
    mark = dice.choice(("", "", ":"))
    lines: list[str] = []
    said: list[tuple[str, str]] = []
    for key, label, value in entries:
        if key and dice.random() < 0.1:
            continue
        beside = f"{label}{mark} {value}"
        broken = len(beside) > columns or dice.random() < 0.15
        new = [label + mark, " " * dice.randint(0, columns - len(value)) + value]
        new = new if broken else [beside]
        if len(lines) + len(new) > rows:
            continue
        lines += new
        said += [(key, value)] if key else []
    while len(lines) < rows:
        lines.insert(dice.randint(0, len(lines)) if _may_space(lines) else len(lines), "")
    return Slip(tuple(line.ljust(columns) for line in lines), tuple(said), seed)


def _may_space(lines: list[str]) -> bool:
    """Whether every line stands alone, so that space between two parts nothing."""
    return not any(line.startswith(" ") or line.rstrip(":").isalpha() for line in lines)


def _number(dice: random.Random) -> str:
    letter = dice.choice(_LETTERS)
    return dice.choice(
        (
            digits(dice, dice.randint(3, 5)),
            letter + digits(dice, dice.randint(2, 4)),
            f"{letter}-{digits(dice, 3)}",
            f"{digits(dice, 2)}-{digits(dice, 2)}",
        )
    )


def _date(dice: random.Random) -> str:
    day, month, year = dice.randint(1, 28), dice.randint(1, 12), dice.randint(15, 29)
    return dice.choice(
        (f"{day:02d}.{month:02d}.{year}", f"{day}.{month}.{year}", f"{day:02d}/{month:02d}/{year}")
    )


def _total(dice: random.Random) -> str:
    return f"{dice.randint(1, 999)}{dice.choice('.,')}{dice.randint(0, 99):02d}"


def scatter(seed: int, rows: int, columns: int) -> Slip:
    """Characters without sense, for the tower's first lesson."""
    dice = random.Random(f"scatter {seed}")
    cells = tuple(
        "".join(dice.choice(CHARACTERS) if dice.random() < 0.75 else " " for _ in range(columns))
        for _ in range(rows)
    )
    return Slip(cells, (), seed)


def patches(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(patches, 3 × 16 × 16) from -1 to 1, the four of each token together, colours outermost."""
    scaled = pixels.astype(np.float32) / 127.5 - 1
    height, width = (side // CELL for side in pixels.shape[:2])
    split = scaled.reshape(height, 2, PATCH, width, 2, PATCH, 3)
    return split.transpose(0, 3, 1, 4, 6, 2, 5).reshape(-1, 3 * PATCH * PATCH)

"""What crosses rooms and processes: pages, words, claims, fields and records.

All of it is frozen and made of plain values, so that ``msgspec`` can carry it over a
pipe and into the library.  Coordinates are fractions of the page *as it is shown*
(after rotation and cropping), with the origin at the top left: ``0 <= x0 <= x1 <= 1``.

Normalised values are canonical text: dates as ISO 8601 (``2026-11-03``), amounts and
quantities as plain decimals with a point (``-1234.50``), currencies as ISO 4217
(``EUR``), IBANs and VAT ids without spaces.  :func:`decimal_of` and :func:`date_of`
give the typed value; the raw text as printed is always kept beside it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum


class Status(StrEnum):
    """How far a value can be trusted, from most to least."""

    CONFIRMED = "confirmed"  # typed or approved by the user
    VERIFIED = "verified"  # on the page, and supported by a second, independent fact
    FOUND = "found"  # on the page, with a single support
    DOUBTFUL = "doubtful"  # readers or checks disagree, or the reading is uncertain
    MISSING = "missing"  # not on the page


class Reader(StrEnum):
    """Who claims a value."""

    EINVOICE = "e-invoice"
    QUICK = "quick"
    MODEL = "model"
    USER = "user"


class WordSource(StrEnum):
    """Where a page's words come from."""

    TEXT = "text"  # the file's own text layer
    OCR = "ocr"
    RENDERED = "rendered"  # a page drawn by this program (mail text, plain e-invoice XML)
    NONE = "none"  # a blank page


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """A rectangle in fractions of the page as shown, origin at the top left."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def middle(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def union(self, other: Box) -> Box:
        return Box(
            min(self.x0, other.x0),
            min(self.y0, other.y0),
            max(self.x1, other.x1),
            max(self.y1, other.y1),
        )

    def contains(self, x: float, y: float) -> bool:
        return self.x0 <= x <= self.x1 and self.y0 <= y <= self.y1


def union_of(boxes: list[Box]) -> Box:
    """The smallest box around all of ``boxes``; raises ``ValueError`` if there are none."""
    if not boxes:
        raise ValueError("no boxes")
    return Box(
        min(b.x0 for b in boxes),
        min(b.y0 for b in boxes),
        max(b.x1 for b in boxes),
        max(b.y1 for b in boxes),
    )


@dataclass(frozen=True, slots=True)
class Word:
    """A run of print without a space in it.

    ``confidence`` is the OCR's own for its text (1.0 for a text layer), ``size`` the
    height of the type as a fraction of the page's height.
    """

    text: str
    box: Box
    confidence: float = 1.0
    size: float = 0.0
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A drawn straight line (table rulings), horizontal or vertical."""

    box: Box


@dataclass(frozen=True, slots=True)
class Table:
    """A grid of cell texts found on a page; every row has the same number of cells."""

    page: int
    box: Box
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its size in points (1/72 inch) as shown, and its words in reading order.

    ``image`` is the file name of its picture in the working folder ("" if none was
    asked for).  ``notes`` say what was unusual in plain words ("turned by 90°").
    """

    number: int
    width: float
    height: float
    words: tuple[Word, ...]
    source: WordSource
    image: str = ""
    rules: tuple[Rule, ...] = ()
    notes: tuple[str, ...] = ()
    look: str = ""  # 64-bit perceptual hash of the picture, 16 hex digits


@dataclass(frozen=True, slots=True)
class Attached:
    """A file found inside another one, unpacked into the working folder at ``path``."""

    name: str
    path: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it was read: all of its pages, and the XML invoice that it is or carries."""

    name: str
    sha256: str
    media_type: str
    pages: tuple[Page, ...]
    einvoice_xml: str = ""
    subject: str = ""  # the title that the file itself declares (mail subject, PDF title)


@dataclass(frozen=True, slots=True)
class Claim:
    """One reader's statement that ``key`` has ``value``, and where it stands.

    ``raw`` is the text as printed; ``value`` is canonical (see the module's docstring).
    ``page`` and ``box`` are ``None`` for a value that only the XML holds.
    ``confidence`` is the calibrated probability that the value is right.
    """

    key: str
    raw: str
    value: str
    page: int | None
    box: Box | None
    reader: Reader
    confidence: float


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record after all claims were weighed.

    A missing field has ``value`` ``None``.  ``reason`` says in plain words what the
    status rests on ("net + tax = gross"), ``alternatives`` holds the claims that lost.
    """

    key: str
    value: str | None
    status: Status
    raw: str = ""
    page: int | None = None
    box: Box | None = None
    reader: Reader | None = None
    confidence: float = 0.0
    reason: str = ""
    alternatives: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that a person should look at; it never blocks and never repairs."""

    code: str
    message: str
    fields: tuple[str, ...] = ()


Row = tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One invoice, receipt, statement …: what a row of the table shows.

    A file holds one record or several; ``first_page`` and ``last_page`` count from 1.
    ``lines`` are its line items (or statement entries), ``taxes`` its breakdown by tax
    rate; each row holds fields with the keys of the definition's columns.
    """

    document_type: str
    fields: tuple[Field, ...]
    lines: tuple[Row, ...] = ()
    taxes: tuple[Row, ...] = ()
    flags: tuple[Flag, ...] = ()
    tables: tuple[Table, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()  # key–value pairs of a document of type "other"
    first_page: int = 1
    last_page: int = 1

    def field(self, key: str) -> Field | None:
        return next((f for f in self.fields if f.key == key), None)


def cell(row: Row, key: str) -> Field | None:
    """The field of a line-item row with this key."""
    return next((f for f in row if f.key == key), None)


def decimal_of(value: str | None) -> Decimal | None:
    """The number that a canonical amount stands for, or ``None``."""
    if not value:
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def date_of(value: str | None) -> dt.date | None:
    """The day that a canonical date stands for, or ``None``."""
    if not value:
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        return None

"""Text as it is searched, sorted and compared: without case, accents and punctuation."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from app.document import date_of, decimal_of
from app.document_types import Kind

_DIGITS = re.compile("[0-9]+")
_WIDTH = 12  # digits to which numbers inside texts are filled, so that R-9 comes before R-10
_MOST_DIGITS = 1_000  # of a number that is written out
_LONGEST = 200  # characters of a text that its order depends on


def fold(text: str) -> str:
    """``text`` without case, accents and repeated spaces."""
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return " ".join(text.casefold().split())


def letters(text: str) -> str:
    """Only the letters and digits of ``text``, folded: how names and numbers are compared."""
    return "".join(letter for letter in fold(text) if letter.isalnum())


def sort_key(value: str | None, kind: Kind) -> float | str | None:
    """What SQLite orders a canonical value by; ``None`` if there is none to order by."""
    if not value:
        return None
    if kind in (Kind.AMOUNT, Kind.NUMBER):
        number = decimal_of(value)
        return None if number is None else float(number)
    if kind is Kind.DATE:
        return value if date_of(value) else None
    return _DIGITS.sub(lambda run: run[0].zfill(_WIDTH), fold(value))[:_LONGEST]


def plain_number(number: Decimal) -> str:
    """``number`` in the one form that equal amounts share ("12.50" and "12.5" are equal).

    What has more digits than any amount (``1e999999999``) is not written out.
    """
    if abs(number.adjusted()) > _MOST_DIGITS:
        return str(number)
    return format(number.normalize(), "f")


def storable(name: str) -> str:
    """A file's name as valid Unicode, whatever bytes the file system has for it."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def comparable(text: str) -> str:
    """``text`` as SQLite can hold and compare it: without NUL and halves of characters."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode()


def valid(text: str) -> str:
    """``text`` as valid Unicode: halves of surrogate pairs are joined, or replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text

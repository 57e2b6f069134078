"""The cells of a row as fields of a record."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.document import Field, Reader, Status, Word, union_of
from app.reading.columns import Number


def missing(key: str) -> Field:
    """The field of a row that the page does not give."""
    return Field(key, None, Status.MISSING)


def text_field(key: str, page: int, words: Sequence[Word], confidence: float) -> Field:
    """A cell of words; missing if there are none."""
    if not words:
        return missing(key)
    text = " ".join(word.text for word in words)
    box = union_of([word.box for word in words])
    return Field(key, text, Status.FOUND, text, page, box, Reader.QUICK, confidence)


def number_field(key: str, page: int, number: Number, confidence: float) -> Field:
    """A cell with a number."""
    doubtful = number.ambiguous
    return Field(
        key,
        canonical(number.value),
        Status.DOUBTFUL if doubtful else Status.FOUND,
        number.raw,
        page,
        number.box,
        Reader.QUICK,
        round(confidence * max(0.3, number.certainty), 3),
        "the separator may mean thousands or decimals" if doubtful else "",
    )


def canonical(value: Decimal) -> str:
    """A decimal as plain text with a point."""
    return format(value, "f")

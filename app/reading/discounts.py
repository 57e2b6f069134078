"""Discounts printed on a line of their item: why quantity × price is more than the amount."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.document import Field, Row, cell, decimal_of
from app.document_types import DocumentType, Kind
from app.reading.lookup import PrintedPages

_CENT = Decimal("0.01")
_NEAR = 0.012  # of the page's height: the same printed line, or the one below it


def line_discounts(
    rows: Sequence[Row], definition: DocumentType, printed: PrintedPages
) -> list[Decimal]:
    """For each row what its printed discount takes off; zero where none explains the amount.

    A discount counts only if it stands beside the row: as a whole or half percentage of
    quantity × price, or as the difference itself.
    """
    keys = [definition.column_of(role) for role in ("quantity", "unit_price", "amount")]
    return [_discount([cell(row, key) if key else None for key in keys], printed) for row in rows]


def _discount(cells: Sequence[Field | None], printed: PrintedPages) -> Decimal:
    quantity, price, amount = (decimal_of(c.value) if c is not None else None for c in cells)
    place = cells[-1]
    if quantity is None or price is None or amount is None or place is None:
        return Decimal(0)
    # A credit note may print its amounts with a minus and its quantities without.
    product = abs(quantity * price)
    difference = product - abs(amount)
    if difference < _CENT or place.box is None:
        return Decimal(0)
    percent = round(200 * difference / product) / Decimal(2)
    shown = [difference.quantize(_CENT)]
    if abs(product * (100 - percent) / 100 - abs(amount)) <= _CENT:
        shown.append(percent)
    for number in shown:
        for at in printed.places(Kind.NUMBER, str(number), page=place.page):
            if abs(at.box.middle[1] - place.box.middle[1]) <= _NEAR + place.box.height:
                return -difference if quantity * price > 0 else difference
    return Decimal(0)

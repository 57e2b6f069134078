"""The rows of a document's own table: line items, receipt items, statement entries or pairs.

Which reader is asked follows from the roles of the definition's columns and fields, so that
a type that a user made is served like the ones that come with the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.document import Page, Row, cell, decimal_of
from app.document_types import DocumentType
from app.reading.columns import Printed, printed_lines
from app.reading.item_rows import read_items
from app.reading.pairs import pair_rows
from app.reading.readings import Convention
from app.reading.receipt_items import read_receipt_items
from app.reading.statement import read_entries
from app.reading.tax_rows import read_tax_rows


def read_lines(
    pages: Sequence[Page], definition: DocumentType, convention: Convention
) -> tuple[Row, ...]:
    """The rows on ``pages`` with one field for each of the definition's line columns.

    A column without a value on the page gives a field with status ``missing``.
    """
    if not definition.lines or not pages:
        return ()
    if definition.column_of("pair_name"):
        return pair_rows(pages, definition)
    if definition.column_of("balance"):
        return read_entries(pages, definition, convention)
    printed = [printed_lines(page, convention) for page in pages]
    rows = read_items(printed, definition)
    if definition.key_of("buyer") is not None:
        if rows:
            return rows
        narrow = read_receipt_items(printed, definition)
        return narrow if _adds_up(narrow, printed, definition) else ()
    narrow = read_receipt_items(printed, definition)
    if not rows or not narrow:
        return rows or narrow
    good, better = _adds_up(rows, printed, definition), _adds_up(narrow, printed, definition)
    if good != better:
        return rows if good else narrow
    if _is_narrow(pages[0]) or _filled(narrow) >= _filled(rows):
        return narrow
    return rows


def read_taxes(
    pages: Sequence[Page], definition: DocumentType, convention: Convention
) -> tuple[Row, ...]:
    """The breakdown by tax rate that the document prints, one row a rate."""
    if not definition.taxes:
        return ()
    return read_tax_rows([printed_lines(page, convention) for page in pages], definition)


def _adds_up(
    rows: Sequence[Row], printed: Sequence[Sequence[Printed]], definition: DocumentType
) -> bool:
    """Whether the rows' amounts add up to an amount that is printed besides them."""
    key = definition.column_of("amount")
    if key is None or not rows:
        return False
    cells = [cell(row, key) for row in rows]
    boxes = {c.box for c in cells if c is not None}
    total = sum((decimal_of(c.value) or Decimal(0) for c in cells if c is not None), Decimal(0))
    return total != 0 and any(
        number.value == total and number.box not in boxes
        for lines in printed
        for line in lines
        for number in line.numbers
    )


def _filled(rows: Sequence[Row]) -> int:
    return sum(field.value is not None for row in rows for field in row)


def _is_narrow(page: Page) -> bool:
    """Whether the page is shaped like a till receipt rather than like a sheet of paper."""
    return page.width > 0 and (page.height / page.width > 1.7 or page.width < 330)

"""Typed XLSX: real dates and numbers, text that is never a formula or a link.

Rows go to disk as they come (XlsxWriter's constant memory), so that a library of any
size can be exported.  Excel's own limits are kept: 1,048,576 rows a sheet (the rest goes
on another sheet), 32,767 characters a cell (cut, with an ellipsis at the end), and 15
significant digits a number (a longer one is written as text, exactly).
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import BinaryIO

import xlsxwriter
from babel.numbers import get_currency_precision
from xlsxwriter.exceptions import XlsxFileError
from xlsxwriter.format import Format as CellFormat
from xlsxwriter.worksheet import Worksheet

from app.document_types import Kind
from app.export.grid import Grid
from app.export.printable import shown
from app.export.rows import Value, rows_in, text_of
from app.export.sheet import Column, Sheet

MAX_ROWS = 1_048_576
MAX_TEXT = 32_767  # UTF-16 units
MAX_DIGITS = 15
_FIRST_DAY = dt.date(1900, 3, 1)  # before it, Excel's calendar has a day that never was
_MAX_TITLE = 31
_FORBIDDEN_IN_TITLE = re.compile(r"[\[\]:*?/\\]")
_WIDTHS = (8, 60)  # characters
_LOCAL_SHORT_DATE = 14  # Excel's built-in format: shown as the region writes dates


def write_workbook(sheets: Sequence[Sheet | Grid], stream: BinaryIO) -> int:
    """Write the sheets into one workbook; the number of rows below the headers."""
    with tempfile.TemporaryDirectory(prefix="paperclerk-", ignore_cleanup_errors=True) as drafts:
        book = xlsxwriter.Workbook(stream, {"constant_memory": True, "tmpdir": drafts})
        styles = _Styles(book)
        titles: set[str] = set()
        count = sum(_write_sheet(book, styles, sheet, titles) for sheet in sheets)
        try:
            book.close()
        except XlsxFileError as error:
            raise OSError(*_reason(error)) from error
    return count


def _reason(error: XlsxFileError) -> tuple[int, str]:
    cause = error.args[0] if error.args else None
    if isinstance(cause, OSError):
        return cause.errno or 0, str(cause)
    return 0, str(error)


class _Styles:
    """The formats of a workbook's cells, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._money: dict[int, CellFormat] = {}
        self.header: CellFormat = book.add_format(
            {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        self.date: CellFormat = book.add_format({"num_format": _LOCAL_SHORT_DATE, "align": "left"})
        self.text: CellFormat = book.add_format({"num_format": "@"})

    def money(self, decimals: int) -> CellFormat:
        """Grouped thousands, with as many decimals as the amount has."""
        if decimals not in self._money:
            pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
            self._money[decimals] = self._book.add_format({"num_format": pattern})
        return self._money[decimals]


def _write_sheet(
    book: xlsxwriter.Workbook, styles: _Styles, sheet: Sheet | Grid, titles: set[str]
) -> int:
    columns = sheet.columns
    currency = next((n for n, column in enumerate(columns) if column.kind is Kind.CURRENCY), None)
    page = _Grid(book, styles, columns, _title(sheet.title, titles))
    count = 0
    for values in rows_in(sheet, columns):
        if page.row == MAX_ROWS:
            page.finish()
            page = _Grid(book, styles, columns, _title(sheet.title, titles))
        code = values[currency] if currency is not None else None
        page.write(values, code if isinstance(code, str) else "")
        count += 1
    page.finish()
    return count


class _Grid:
    """One sheet of the workbook while it is being filled, header first."""

    def __init__(
        self,
        book: xlsxwriter.Workbook,
        styles: _Styles,
        columns: Sequence[Column],
        title: str,
    ) -> None:
        self._styles = styles
        self._columns = columns
        self._sheet: Worksheet = book.add_worksheet(title)
        self._widths = [min(len(column.label), 20) for column in columns]
        self.row = 1
        self._sheet.freeze_panes(1, 0)
        for number, column in enumerate(columns):
            self._sheet.write_string(0, number, _fitting(column.label), styles.header)

    def write(self, values: Sequence[Value], currency: str) -> None:
        """Write the next row; amounts have the decimals that ``currency`` is counted in."""
        for number, (column, value) in enumerate(zip(self._columns, values, strict=True)):
            if value is not None:
                self._write_cell(number, column, value, currency)
                width = max(map(len, text_of(value).split("\n")), default=0)
                self._widths[number] = max(self._widths[number], width)
        self.row += 1

    def finish(self) -> None:
        """Set what depends on all rows: the widths and the filter."""
        narrowest, widest = _WIDTHS
        for number, width in enumerate(self._widths):
            self._sheet.set_column(number, number, max(narrowest, min(width + 2, widest)))
        if self._columns:
            self._sheet.autofilter(0, 0, self.row - 1, len(self._columns) - 1)

    def _write_cell(
        self, number: int, column: Column, value: str | Decimal | dt.date, currency: str
    ) -> None:
        row, sheet, styles = self.row, self._sheet, self._styles
        if isinstance(value, Decimal) and _exact(value):
            style = styles.money(_decimals(value, currency)) if column.kind is Kind.AMOUNT else None
            sheet.write_number(row, number, float(value), style)
        elif isinstance(value, dt.date) and value >= _FIRST_DAY:
            sheet.write_datetime(row, number, value, styles.date)
        elif text := _fitting(text_of(value)):
            # The text format keeps Excel from turning it into a number when it is edited.
            style = None if column.kind in (Kind.TEXT, Kind.NAME, Kind.ADDRESS) else styles.text
            sheet.write_string(row, number, text, style)


def _exact(number: Decimal) -> bool:
    return len(number.normalize().as_tuple().digits) <= MAX_DIGITS


def _decimals(amount: Decimal, currency: str) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return max(-exponent if isinstance(exponent, int) else 0, _precision(currency), 0)


@cache
def _precision(currency: str) -> int:
    return int(get_currency_precision(currency)) if currency else 2


def _fitting(text: str) -> str:
    clean = shown(text)
    if len(clean) <= MAX_TEXT // 2:  # no character takes more than two units
        return clean
    units = clean.encode("utf-16-le")
    if len(units) <= 2 * MAX_TEXT:
        return clean
    return units[: 2 * (MAX_TEXT - 1)].decode("utf-16-le", "ignore") + "…"


def _title(wanted: str, taken: set[str]) -> str:
    """A name that Excel allows for a sheet and that no other has (case apart)."""
    clean = _FORBIDDEN_IN_TITLE.sub(" ", shown(wanted)).replace("\n", " ").strip(" '") or "Sheet"
    title, number = clean[:_MAX_TITLE], 1
    while title.casefold() in taken or title.casefold() == "history":  # Excel keeps that one
        number += 1
        ending = f" ({number})"
        title = clean[: _MAX_TITLE - len(ending)] + ending
    taken.add(title.casefold())
    return title

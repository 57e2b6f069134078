"""CSV in two forms, because Excel and programs want opposite things.

For programs: RFC 4180, UTF-8 without byte-order mark, comma, CRLF, the keys of the
columns as header, and every value in its canonical form (``2026-11-03``, ``-1234.50``),
nothing changed.

For Excel (and LibreOffice), opened with a double click:

- a byte-order mark, without which Excel takes the file for Windows-1252;
- the separator of the person's region, since Excel splits at that one and no other;
  no ``sep=`` line, because it makes Excel ignore the byte-order mark;
- numbers with the region's decimal sign and no thousands separator;
- dates as ISO 8601, the one form that Excel takes for a date in every region and in
  which day and month cannot be swapped when the file goes to another country;
- every cell in quotation marks, so that a file that meets another region's separator is
  one wide column instead of new cells that could begin with a formula;
- text that would run as a formula begins with an apostrophe (OWASP, “CSV injection”).

What no CSV can carry: text that looks like a number (``00123``, long digits) loses
zeros or digits in Excel whatever the quotation.  The workbook does not have that flaw.
"""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from typing import BinaryIO

from babel import Locale, UnknownLocaleError
from babel.numbers import get_decimal_symbol

from app.export.grid import Grid
from app.export.printable import shown, valid
from app.export.rows import Value, rows_in, text_of
from app.export.sheet import Sheet

# With the full-width forms, which Excel takes for the same in East Asian regions.
_RUNS = re.compile(r"\s*[=+\-@\t\r\n＝＋－＠]")
_PLAIN_NUMBER = re.compile(r"\s*[+-]?\d+([.,]\d+)?\s*", re.ASCII)

# Regions that write a decimal point but whose Windows list separator is the semicolon.
_POINT_AND_SEMICOLON = frozenset({"CH", "LI"})


def write_plain(sheet: Sheet | Grid, stream: BinaryIO) -> int:
    """Write the CSV for programs; the number of rows below the header."""
    columns = sheet.columns
    with _text(stream, "utf-8") as text:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([valid(column.key) for column in columns])
        count = 0
        for row in rows_in(sheet, columns):
            writer.writerow([valid(text_of(value)) for value in row])
            count += 1
    return count


def write_for_excel(sheet: Sheet | Grid, stream: BinaryIO, locale: str) -> int:
    """Write the CSV for Excel in ``locale`` (``de_DE``); the number of rows below the header."""
    columns = sheet.columns
    decimal, separator = conventions(locale)
    with _text(stream, "utf-8-sig") as text:
        writer = csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow([harmless(column.label) for column in columns])
        count = 0
        for row in rows_in(sheet, columns):
            writer.writerow([_for_excel(value, decimal) for value in row])
            count += 1
    return count


def conventions(locale: str) -> tuple[str, str]:
    """The decimal sign and the list separator of ``locale``; the English for an unknown one."""
    try:
        region = Locale.parse(locale.partition(".")[0].replace("-", "_"))
    except (ValueError, TypeError, UnknownLocaleError):
        region = Locale("en")
    decimal = get_decimal_symbol(region)
    if decimal not in (".", ","):
        decimal = "."
    semicolon = decimal == "," or region.territory in _POINT_AND_SEMICOLON
    return decimal, ";" if semicolon else ","


def harmless(text: str) -> str:
    """``text`` so that a spreadsheet shows it and never runs it.

    A text that is a number with a sign stays as it is: it cannot run.
    """
    clean = shown(text)  # first: what is left out could stand before an equals sign
    if _RUNS.match(clean) and not _PLAIN_NUMBER.fullmatch(clean):
        return "'" + clean
    return clean


def _for_excel(value: Value, decimal: str) -> str:
    if isinstance(value, Decimal):
        return text_of(value).replace(".", decimal)
    return harmless(value) if isinstance(value, str) else text_of(value)


def _text(stream: BinaryIO, encoding: str) -> io.TextIOWrapper:
    return _Borrowed(stream, encoding=encoding, newline="")


class _Borrowed(io.TextIOWrapper):
    """A text layer that hands the stream below back instead of closing it."""

    def __exit__(self, *_: object) -> None:
        self.flush()
        self.detach()

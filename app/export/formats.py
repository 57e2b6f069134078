"""The forms that an export can have, and the one door to all of them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from app.export.csv_text import write_for_excel, write_plain
from app.export.grid import Grid
from app.export.json_lines import write_lines
from app.export.sheet import Sheet
from app.export.whole_file import whole_file
from app.export.workbook import write_workbook


class Format(StrEnum):
    """A form of export; ``label`` and ``suffix`` are what a file dialog needs."""

    XLSX = "xlsx"
    CSV_EXCEL = "csv-excel"
    CSV = "csv"
    JSON = "json"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def suffix(self) -> str:
        return _SUFFIXES[self]


_LABELS = {
    Format.XLSX: "Excel workbook",
    Format.CSV_EXCEL: "CSV for Excel",
    Format.CSV: "CSV for other programs",
    Format.JSON: "JSON lines",
}
_SUFFIXES = {
    Format.XLSX: ".xlsx",
    Format.CSV_EXCEL: ".csv",
    Format.CSV: ".csv",
    Format.JSON: ".jsonl",
}


def write(form: Format, sheets: Sequence[Sheet | Grid], path: Path, locale: str) -> int:
    """Write ``sheets`` to ``path`` and return the number of rows (JSON: of records).

    A workbook and JSON hold any number of sheets, CSV exactly one (``ValueError``
    otherwise): use :func:`app.export.combined` for several types in one table.  JSON is of
    records and takes no grids (``ValueError``).
    ``locale`` (``de_DE``, ``de-DE``) settles the separator and the decimal sign of the
    CSV for Excel.  The file appears complete or not at all; raises ``ProblemError``
    (``disk_full``, ``cannot_write``).
    """
    if form in (Format.CSV, Format.CSV_EXCEL) and len(sheets) != 1:
        raise ValueError(f"a CSV holds one sheet, not {len(sheets)}")
    records = [sheet for sheet in sheets if isinstance(sheet, Sheet)]
    if form is Format.JSON and len(records) != len(sheets):
        raise ValueError("a grid is not written as JSON")
    with whole_file(path) as stream:
        if form is Format.XLSX:
            return write_workbook(sheets, stream)
        if form is Format.CSV_EXCEL:
            return write_for_excel(sheets[0], stream, locale)
        if form is Format.CSV:
            return write_plain(sheets[0], stream)
        return write_lines((entry for sheet in records for entry in sheet.entries), stream)

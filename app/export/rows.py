"""One record → the rows of an export, as typed cells."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.document import Field, Reader, Record, Row, Status, cell, date_of
from app.document_types import DocumentType, Kind, document_types
from app.export.grid import Grid
from app.export.sheet import (
    DOCUMENT_TYPE,
    FILE,
    FIRST_PAGE,
    LINE_NUMBER,
    NEEDS_A_LOOK,
    PAGES,
    Column,
    RowsOf,
    Sheet,
    Source,
)

# What stands in a cell: nothing, a text, a number, a day.
Value = str | Decimal | dt.date | None

# Only canonical numbers become numbers; an exponent would print thousands of digits.
_NUMBER = re.compile(r"-?\d{1,40}(\.\d{1,40})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """A record with the file that it was read from.

    ``file`` is the name (or, for the command line, the path) to show, ``pages`` the
    number of pages of the whole file, ``sha256`` its hash in hexadecimal.
    """

    file: str
    record: Record
    sha256: str = ""
    pages: int = 0


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in an entry a row stands: nowhere in particular, or at one of its lines."""

    number: int
    row: Row


def rows_of(
    entry: Entry, definition: DocumentType, rows: RowsOf, columns: Sequence[Column]
) -> Iterator[tuple[Value, ...]]:
    """The rows that ``entry`` takes up, one value for each of ``columns``.

    A document without lines still has one row in an export of lines, with those cells
    empty: it must not vanish from the table unseen.
    """
    fields = {field.key: field for field in entry.record.fields}
    for place in _places(entry.record, definition, rows):
        yield tuple(_value(entry, definition, place, column, fields) for column in columns)


def rows_in(sheet: Sheet | Grid, columns: Sequence[Column]) -> Iterator[tuple[Value, ...]]:
    """The rows of a grid, or of all entries of ``sheet`` in its order."""
    if isinstance(sheet, Grid):
        yield from sheet.rows
        return
    for entry in sheet.entries:
        yield from rows_of(entry, sheet.definition, sheet.layout.rows, columns)


def text_of(value: Value) -> str:
    """The canonical text of a value; "" for none."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, dt.date) else value


def number_of(text: str | None) -> Decimal | None:
    """The number that a canonical amount or quantity stands for, or ``None``."""
    return Decimal(text) if text and _NUMBER.fullmatch(text) else None


def what_needs_a_look(record: Record, definition: DocumentType) -> str:
    """What a person should check before using the record; "" when there is nothing."""
    labels = {field.key: field for field in definition.fields}
    found: list[str] = []
    for field in record.fields:
        known = labels.get(field.key)
        label = known.label if known else field.key
        if field.status is Status.DOUBTFUL:
            found.append(f"{label}: doubtful")
        elif field.status is Status.MISSING and known is not None and known.required:
            found.append(f"{label}: missing")
    found += [flag.message for flag in record.flags]
    return "; ".join(found)


def _places(record: Record, definition: DocumentType, rows: RowsOf) -> Sequence[_Place]:
    if rows is RowsOf.DOCUMENTS:
        return [_Place(0, ())]
    found = record.lines if rows is RowsOf.LINES else record.taxes
    if rows is RowsOf.LINES and not found:
        found = _pairs_as_lines(record, definition)
    return [_Place(n, row) for n, row in enumerate(found, start=1)] or [_Place(0, ())]


def _pairs_as_lines(record: Record, definition: DocumentType) -> tuple[Row, ...]:
    name, value = definition.column_of("pair_name"), definition.column_of("pair_value")
    if name is None or value is None:
        return ()
    return tuple(
        tuple(
            Field(key, text, Status.FOUND, raw=text, reader=Reader.QUICK)
            for key, text in ((name, pair[0]), (value, pair[1]))
        )
        for pair in record.pairs
    )


def _value(
    entry: Entry,
    definition: DocumentType,
    place: _Place,
    column: Column,
    fields: dict[str, Field],
) -> Value:
    if column.source is Source.FIELD:
        return _typed(fields.get(column.key), column.kind)
    if column.source is Source.ROW:
        return _typed(cell(place.row, column.inner_key), column.kind)
    return _own(entry, definition, place, column.key)


def _own(entry: Entry, definition: DocumentType, place: _Place, key: str) -> Value:
    record = entry.record
    if key == FILE:
        return entry.file
    if key == DOCUMENT_TYPE:
        return _type_label(record.document_type, definition)
    if key == FIRST_PAGE:
        return Decimal(record.first_page)
    if key == PAGES:
        return Decimal(record.last_page - record.first_page + 1)
    if key == LINE_NUMBER:
        return Decimal(place.number) if place.number else None
    if key == NEEDS_A_LOOK:
        return what_needs_a_look(record, definition) or None
    raise ValueError(f"no column {key!r}")


def _type_label(name: str, definition: DocumentType) -> str:
    if name == definition.name:
        return definition.label
    known = document_types().get(name)
    return known.label if known else name


def _typed(field: Field | None, kind: Kind) -> Value:
    if field is None or field.value is None or field.value == "":
        return None
    if kind in (Kind.AMOUNT, Kind.NUMBER):
        number = number_of(field.value)
        return field.value if number is None else number
    if kind is Kind.DATE:
        return date_of(field.value) or field.value
    return field.value

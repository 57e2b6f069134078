"""A record as one JSON object on a line: the form of ``paperclerk read --format json``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

import msgspec

from app.document import Box, Field, Record, Row
from app.errors import Problem
from app.export.printable import valid
from app.export.rows import Entry

_DIGITS = 5  # of a box's coordinates: a hundredth of a millimetre on A4


class JsonValue(msgspec.Struct, frozen=True):
    """A value and where it stands; ``page`` and ``box`` are null for one not on a page."""

    raw: str
    value: str | None
    page: int | None
    box: tuple[float, float, float, float] | None
    reader: str | None
    status: str
    confidence: float
    reason: str


class JsonFlag(msgspec.Struct, frozen=True):
    """Something that a person should look at."""

    code: str
    message: str
    fields: tuple[str, ...]


class JsonError(msgspec.Struct, frozen=True):
    """Why a file could not be read, and what to do."""

    code: str
    message: str
    advice: str


class JsonRecord(msgspec.Struct, frozen=True):
    """One record, or one file that could not be read (``error`` is then not null)."""

    file: str
    sha256: str | None
    document_type: str | None
    pages: int
    first_page: int | None
    last_page: int | None
    fields: dict[str, JsonValue]
    lines: list[dict[str, JsonValue]]
    taxes: list[dict[str, JsonValue]]
    flags: list[JsonFlag]
    tables: list[tuple[tuple[str, ...], ...]]
    pairs: tuple[tuple[str, str], ...]
    error: JsonError | None


def record_json(entry: Entry) -> str:
    """The JSON object of a record, on one line, without a line end."""
    record = entry.record
    return _encode(
        JsonRecord(
            file=valid(entry.file),
            sha256=entry.sha256 or None,
            document_type=record.document_type,
            pages=entry.pages,
            first_page=record.first_page,
            last_page=record.last_page,
            fields=_values(record.fields),
            lines=[_values(row) for row in record.lines],
            taxes=[_values(row) for row in record.taxes],
            flags=[JsonFlag(f.code, valid(f.message), f.fields) for f in record.flags],
            tables=_tables(record),
            pairs=tuple((valid(name), valid(value)) for name, value in record.pairs),
            error=None,
        )
    )


def refusal_json(file: str, problem: Problem, sha256: str = "", pages: int = 0) -> str:
    """The JSON object of a file that could not be read, on one line, without a line end."""
    error = JsonError(problem.code, valid(problem.message), valid(problem.advice))
    return _encode(
        JsonRecord(
            file=valid(file),
            sha256=sha256 or None,
            document_type=None,
            pages=pages,
            first_page=None,
            last_page=None,
            fields={},
            lines=[],
            taxes=[],
            flags=[],
            tables=[],
            pairs=(),
            error=error,
        )
    )


def write_lines(entries: Iterable[Entry], stream: BinaryIO) -> int:
    """Write a line for each entry; their number."""
    count = 0
    for entry in entries:
        stream.write(record_json(entry).encode() + b"\n")
        count += 1
    return count


def _encode(record: JsonRecord) -> str:
    return msgspec.json.encode(record).decode()


def _values(fields: Row) -> dict[str, JsonValue]:
    return {valid(field.key): _json_value(field) for field in fields}


def _json_value(field: Field) -> JsonValue:
    return JsonValue(
        raw=valid(field.raw),
        value=None if field.value is None else valid(field.value),
        page=field.page,
        box=_corners(field.box),
        reader=None if field.reader is None else field.reader.value,
        status=field.status.value,
        confidence=round(field.confidence, 4),
        reason=valid(field.reason),
    )


def _corners(box: Box | None) -> tuple[float, float, float, float] | None:
    if box is None:
        return None
    return (
        round(box.x0, _DIGITS),
        round(box.y0, _DIGITS),
        round(box.x1, _DIGITS),
        round(box.y1, _DIGITS),
    )


def _tables(record: Record) -> list[tuple[tuple[str, ...], ...]]:
    return [
        tuple(tuple(valid(text) for text in row) for row in table.rows) for table in record.tables
    ]

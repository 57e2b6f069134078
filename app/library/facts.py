"""Facts: what figures are worked out from, in step with records by the same transactions.

A fact is one value of one record (or of one of its rows): a line of the table ``facts`` for
every column that the record's type defines, also where the record has no value, so that
what is missing is counted as fast as what is there.  The table is ordered by column, so a
sum over all records reads one stretch of it; what most sums ask for as well (the type of
document, its date, the currency) stands in every line, which saves looking it up.

Money is whole millionths, which SQLite adds up exactly; what does not fit (more than six
decimals, or ten million millions) is not counted and told as unreadable.  Dates are whole
numbers as they are written, 20260331.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from enum import IntFlag

from sqlite_utils import Database

from app.document import Field, Row, Status, date_of, decimal_of
from app.document_types import Adding, DocumentType, Kind, document_types
from app.library.calculation import Column
from app.library.columns import (
    NAME,
    Form,
    date_column,
    form_of,
    named,
    row_date_column,
)
from app.library.overlay import Shown, definition_of
from app.library.rows import Part
from app.library.text import comparable, fold

SCALE = 6
LARGEST = 2**63 - 2
MOST_TEXT = 4_000  # characters of a text that is compared
_MOST_DIGITS = 60  # characters of a number that is looked at
_TYPES = "@type"
_EXACT = Context(prec=_MOST_DIGITS)
_DEFINED = "facts.defined"  # the setting that says for which definitions the facts were made

Fact = tuple[int, int, int, int, int, int | None, str | None, int | None, str | None, str | None]
"""A line of the table, in the order of its columns."""


class State(IntFlag):
    """What is the matter with a fact."""

    MISSING = 1  # there is no value
    NONE = 2  # there is none, and a person has said so
    DOUBTFUL = 4
    UNREADABLE = 8  # there is a value, and it is no number, no date, or too long
    NO_CURRENCY = 16  # an amount whose currency is not known
    DOUBTFUL_CURRENCY = 32
    NO_DAY = 64  # of the date that the record (or row) is counted by
    DOUBTFUL_DAY = 128
    UNREADABLE_DAY = 256
    NEGATIVE = 512  # of a document that takes back, with amounts that are negative already


OWN = State.MISSING | State.DOUBTFUL | State.UNREADABLE
_OF_DAY = {
    State.MISSING: State.NO_DAY,
    State.DOUBTFUL: State.DOUBTFUL_DAY,
    State.UNREADABLE: State.UNREADABLE_DAY,
}


@dataclass(frozen=True, slots=True)
class Currency:
    """The currency of a record's amounts ("" if it is not known)."""

    code: str
    state: State


@dataclass(frozen=True, slots=True)
class Day:
    """The date that a record or a row is counted by, as 20260331."""

    day: int | None
    state: State


@dataclass(frozen=True, slots=True)
class _Place:
    """What all facts of one row share."""

    record: int
    line: int
    type: int
    state: State
    currency: Currency
    day: Day


def millionths(value: str | None) -> int | None:
    """A canonical amount in millionths; ``None`` for what is none or does not fit."""
    if value is None or len(value) > _MOST_DIGITS:
        return None
    number = decimal_of(value)
    if number is None or number.adjusted() > 2 * SCALE:
        return None
    scaled = number.scaleb(SCALE, _EXACT)
    if scaled != scaled.to_integral_value():
        return None
    return int(scaled) if abs(scaled) <= LARGEST else None


def amount_of(total: int) -> Decimal:
    """The decimal number that so many millionths are."""
    return Decimal(total).scaleb(-SCALE, _EXACT)


def day_of(value: str | None) -> int | None:
    """A canonical date as a whole number, 20260331; ``None`` for what is none."""
    day = date_of(value)
    return None if day is None else day_number(day)


def day_number(day: dt.date) -> int:
    """A day as a whole number, 20260331."""
    return day.year * 10_000 + day.month * 100 + day.day


def keep_facts(db: Database, record_id: int, name: str, shown: Shown) -> None:
    """Take in what a record shows; what was known of it is forgotten."""
    forget_facts(db, [record_id])
    db.conn.executemany(
        "INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        list(_facts(db, record_id, name, shown)),
    )
    db.execute("DELETE FROM uncounted WHERE record_id = ?", [record_id])


def forget_facts(db: Database, record_ids: Iterable[int]) -> None:
    """Forget all that is known of these records."""
    db.conn.executemany(
        "DELETE FROM facts WHERE name IN (SELECT id FROM fact_words) AND record = ?",
        [(record_id,) for record_id in record_ids],
    )


def column_ids(db: Database) -> dict[Column, int]:
    """The numbers that stand for the columns that any record has had."""
    rows = db.execute("SELECT word, part, id FROM fact_words WHERE part <> ?", [_TYPES])
    return {Column(word, Part(part)): number for word, part, number in rows}


def type_ids(db: Database) -> dict[str, int]:
    """The numbers that stand for the document types that any record has had."""
    rows = db.execute("SELECT word, id FROM fact_words WHERE part = ?", [_TYPES])
    return dict(rows.fetchall())


def count_anew_if_redefined(db: Database) -> None:
    """Have all facts made again if document types have other columns than when they were made."""
    mark = _mark(document_types().values())
    row = db.execute("SELECT value FROM settings WHERE name = ?", [_DEFINED]).fetchone()
    if row is not None and row[0] == mark:
        return
    if row is not None:
        db.execute("DELETE FROM facts")
        db.execute("INSERT OR IGNORE INTO uncounted (record_id) SELECT id FROM records")
    db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", [_DEFINED, mark])


def _mark(definitions: Iterable[DocumentType]) -> str:
    """What facts depend on in the definitions, as a JSON string."""
    columns = [
        (definition.name, definition.adding, part, name, field.key, field.kind)
        for definition in definitions
        for part in Part
        for name, field in named(definition, part).items()
    ]
    return f'"{hashlib.sha256(repr(columns).encode()).hexdigest()}"'


class _Words:
    """The numbers that stand for names; a new name gets one."""

    def __init__(self, db: Database) -> None:
        self._db = db
        rows = db.execute("SELECT part, word, id FROM fact_words")
        self._known = {(part, word): number for part, word, number in rows}

    def __getitem__(self, name: tuple[str, str]) -> int:
        number = self._known.get(name)
        if number is None:
            sql = "INSERT INTO fact_words (part, word) VALUES (?, ?)"
            number = self._known[name] = int(self._db.execute(sql, list(name)).lastrowid)
        return number


def _facts(db: Database, record_id: int, name: str, shown: Shown) -> Iterable[Fact]:
    record, words = shown.record, _Words(db)
    definition = definition_of(record.document_type)
    type_number = words[_TYPES, record.document_type]
    name_number = words[Part.FIELDS, NAME.name]
    if definition is None:  # a type of another computer: it has a name and no columns
        place = _Place(record_id, 0, type_number, State(0), Currency("", State(0)), _NO_DAY)
        yield _text_fact(name_number, place, State(0), name)
        return
    place = _Place(
        record=record_id,
        line=0,
        type=type_number,
        state=_sign(definition, record.fields),
        currency=_currency(definition, record.fields),
        day=_day(definition, Part.FIELDS, record.fields, _NO_DAY),
    )
    yield _text_fact(name_number, place, place.state | place.day.state, name)
    for part, rows, ids in (
        (Part.FIELDS, (record.fields,), (0,)),
        (Part.LINES, record.lines, shown.line_ids),
        (Part.TAXES, record.taxes, shown.tax_ids),
    ):
        columns = [
            (words[part, column], field.key, field.kind)
            for column, field in named(definition, part).items()
        ]
        for row, line in zip(rows, ids, strict=True):
            day = place.day if part is Part.FIELDS else _day(definition, part, row, place.day)
            here = replace(place, line=line, day=day)
            cells = {cell.key: cell for cell in reversed(row)}
            for number, key, kind in columns:
                yield _fact(number, here, cells.get(key), kind)


_NO_DAY = Day(None, State(0))


def _fact(number: int, place: _Place, cell: Field | None, kind: Kind) -> Fact:
    state = place.state | place.day.state
    form = form_of(kind)
    value = None if cell is None else cell.value
    if form is Form.TEXT:
        return _text_fact(number, place, state | _doubt(cell), value)
    amount = millionths(value) if form is Form.NUMBER else day_of(value)
    state |= _doubt(cell)
    if value is not None and amount is None:
        state |= State.UNREADABLE
    currency = None
    if kind is Kind.AMOUNT:
        currency = place.currency.code
        state |= place.currency.state
    return (
        number,
        place.record,
        place.line,
        place.type,
        state,
        amount,
        currency,
        place.day.day,
        None,
        None,
    )


def _text_fact(number: int, place: _Place, state: State, value: str | None) -> Fact:
    text = folded = None
    if value is not None:
        text = comparable(value)
        if len(text) > MOST_TEXT:
            text, state = text[:MOST_TEXT], state | State.UNREADABLE
        folded = fold(text)
    return (
        number,
        place.record,
        place.line,
        place.type,
        state,
        None,
        None,
        place.day.day,
        text,
        folded,
    )


def _doubt(cell: Field | None) -> State:
    if cell is None or cell.value is None:
        confirmed = cell is not None and cell.status is Status.CONFIRMED
        return State.NONE if confirmed else State.MISSING
    return State.DOUBTFUL if cell.status is Status.DOUBTFUL else State(0)


def _cell(definition: DocumentType, part: Part, column: str, row: Sequence[Field]) -> Field | None:
    field = named(definition, part).get(column)
    return None if field is None else next((c for c in row if c.key == field.key), None)


def _currency(definition: DocumentType, fields: Row) -> Currency:
    cell = _cell(definition, Part.FIELDS, "currency", fields)
    code = "" if cell is None else comparable(cell.value or "").strip().upper()
    if not 0 < len(code) <= 10:
        return Currency("", State.NO_CURRENCY)
    doubtful = cell is not None and cell.status is Status.DOUBTFUL
    return Currency(code, State.DOUBTFUL_CURRENCY if doubtful else State(0))


def _day(definition: DocumentType, part: Part, row: Row, otherwise: Day) -> Day:
    """The date of a row, ``otherwise`` where it has none of its own."""
    in_fields = part is Part.FIELDS
    column = date_column(definition) if in_fields else row_date_column(definition, part)
    if column is None:
        return otherwise
    cell = _cell(definition, part, column.name, row)
    day = day_of(None if cell is None else cell.value)
    state = _doubt(cell)
    if not in_fields and state & (State.MISSING | State.NONE):
        return otherwise
    if day is None and not state & (State.MISSING | State.NONE):
        state = State.UNREADABLE
    return Day(day, _OF_DAY.get(state, State(0)))


def _sign(definition: DocumentType, fields: Row) -> State:
    """Whether a document that takes back is printed with negative amounts already."""
    if definition.adding is not Adding.SUBTRACTED:
        return State(0)
    cell = _cell(definition, Part.FIELDS, "gross", fields)
    total = millionths(None if cell is None else cell.value)
    return State.NEGATIVE if total is not None and total < 0 else State(0)

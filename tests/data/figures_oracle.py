"""The true results of calculations over the made library, counted in plain Python.

One record after the other and by the words of the definitions alone: nothing of the
library's own code for figures is used, but for the form in which a calculation is given.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache

from app.library.calculation import Bucket, Calculation, Column, Condition, Measure, Operator, Order
from app.library.rows import Part
from tests.data.made_library import COLUMNS, ROWS, TODAY, UNREAD, Made, MadeRecord, documents

_DATES = ("issue_date", "due_date", "period_start", "period_end", "date")
_NUMBERS = ("quantity", "rate")
_AMOUNTS = ("net", "tax", "gross", "due", "opening", "closing", "unit_price", "amount", "balance")
_AMOUNTS += ("base",)
_TAX_ROWS = ("rate", "base", "tax")
_ISSUED = {"bank_statement": "period_end"}
_ADDED, _SUBTRACTED = ("invoice", "receipt"), ("credit_note",)
_OTHER_COLUMNS = {"invoice": ("seller_vat_id", "iban"), "credit_note": ("seller_vat_id", "iban")}
_OTHER_COLUMNS |= {"receipt": ("seller_vat_id", "seller_address"), "bank_statement": ("iban",)}
_LABELS = {
    "invoice": ("invoice", "invoices"),
    "receipt": ("receipt", "receipts"),
    "credit_note": ("credit_note", "credit note", "credit notes"),
    "bank_statement": ("bank_statement", "bank statement", "bank statements"),
    "other": ("other", "other documents"),
}
_STRETCHES = {  # what the relative periods are on the made library's day, from a calendar
    "today": ("2026-11-20", "2026-11-20"),
    "yesterday": ("2026-11-19", "2026-11-19"),
    "tomorrow": ("2026-11-21", "2026-11-21"),
    "this-week": ("2026-11-16", "2026-11-22"),
    "last-week": ("2026-11-09", "2026-11-15"),
    "next-week": ("2026-11-23", "2026-11-29"),
    "this-month": ("2026-11-01", "2026-11-30"),
    "last-month": ("2026-10-01", "2026-10-31"),
    "this-quarter": ("2026-10-01", "2026-12-31"),
    "last-quarter": ("2026-07-01", "2026-09-30"),
    "this-year": ("2026-01-01", "2026-12-31"),
    "last-year": ("2025-01-01", "2025-12-31"),
    "last-7-days": ("2026-11-14", "2026-11-20"),
    "last-30-days": ("2026-10-22", "2026-11-20"),
    "last-90-days": ("2026-08-23", "2026-11-20"),
    "next-7-days": ("2026-11-20", "2026-11-26"),
    "next-30-days": ("2026-11-20", "2026-12-19"),
}

Result = dict[str, object]
Days = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Row:
    record: MadeRecord
    line: dict[str, Made] | None
    part: Part

    def cell(self, column: Column) -> Made:
        if column.name == "@name":
            return Made(self.record.name)
        if column.name == "@type":
            return Made(self.record.kind)
        values = self.record.fields if column.part is Part.FIELDS else self.line or {}
        return values.get(column.name, Made(None))

    def date(self) -> Made:
        """The date that it is counted by."""
        own = (self.line or {}).get("date", Made(None))
        if own.value is not None:
            return own
        return self.record.fields.get(_ISSUED.get(self.record.kind, "issue_date"), Made(None))


def result(calculation: Calculation) -> Result:
    """What ``calculation`` comes to, as plain values that JSON can hold."""
    part, kinds = _part(calculation), _kinds(calculation)
    everything = [record for _, made in documents() for record in made]
    rows = [
        row
        for record in everything
        if not record.trashed and record.kind in kinds
        for row in _rows(record, part)
    ]
    counted = [row for row in rows if _certain(calculation, row, lambda _: False)]
    if calculation.of is not None and calculation.measure is not Measure.LIST:
        of = calculation.of
        counted = [row for row in counted if _number(row.cell(of)) is not None]
    found: Result = {"rows": len(counted)}
    if calculation.measure is Measure.LIST:
        ids = _listed(calculation, counted)
        found["listed"] = ids[: calculation.limit] if calculation.limit else ids
    else:
        found |= _figures(calculation, counted, kinds)
    found["gaps"] = [*_gaps(calculation, rows, kinds), *_twice(calculation, counted)]
    shown = sum(1 for _, made in documents() if not made[0].trashed)
    found["gaps"].append(["unread", None, len(UNREAD), shown + len(UNREAD)])  # type: ignore[attr-defined]
    found["days"] = _days(calculation.period) if calculation.period else ["", ""]
    return found


def _columns(calculation: Calculation) -> list[Column]:
    columns = [calculation.of, *(c.column for c in calculation.where), calculation.by]
    return [column for column in columns if column is not None]


def _part(calculation: Calculation) -> Part:
    return next((c.part for c in _columns(calculation) if c.part is not Part.FIELDS), Part.FIELDS)


def _has(kind: str, column: Column) -> bool:
    if column.name.startswith("@"):
        return True
    if column.part is Part.LINES:
        return column.name in ROWS[kind]
    if column.part is Part.TAXES:
        return kind in ("invoice", "credit_note", "receipt") and column.name in _TAX_ROWS
    return column.name in (*COLUMNS[kind], *_OTHER_COLUMNS.get(kind, ()))


def _kinds(calculation: Calculation) -> list[str]:
    kinds = [k for k in COLUMNS if all(_has(k, column) for column in _columns(calculation))]
    kinds = [k for k in kinds if k in calculation.kinds or not calculation.kinds]
    for condition in calculation.where:
        if condition.column.name == "@type":
            kinds = [k for k in kinds if _text(condition.operator, condition.value, _LABELS[k])]
    adds = calculation.measure not in (Measure.COUNT, Measure.LIST)
    if adds and not calculation.kinds:
        together = _ADDED + (_SUBTRACTED if _subtracts(calculation) else ())
        kinds = [k for k in kinds if k in together] or kinds
    return kinds


def _subtracts(calculation: Calculation) -> bool:
    of = calculation.of
    return calculation.measure is Measure.SUM and of is not None and of.name in _AMOUNTS


def _rows(record: MadeRecord, part: Part) -> Iterator[_Row]:
    if part is Part.FIELDS:
        yield _Row(record, None, part)
    for line in record.lines if part is Part.LINES else record.taxes if part is Part.TAXES else ():
        yield _Row(record, line, part)


def _certain(
    calculation: Calculation, row: _Row, spared: Callable[[Condition | None], bool]
) -> bool:
    """Whether it meets all conditions but those that are ``spared`` (None: the period)."""
    for condition in calculation.where:
        column = condition.column
        if column.name == "@type" or spared(condition):
            continue
        if not _meets(row.cell(column), column, condition.operator, condition.value):
            return False
    if calculation.period and not spared(None):
        day = _day(row.date())
        since, until = _days(calculation.period)
        return day is not None and (not since or since <= day) and (not until or day <= until)
    return True


def _maybe(calculation: Calculation, row: _Row, but: Column | None, but_date: bool) -> bool:
    """Whether it meets all conditions, or what they ask about is in doubt."""

    def spared(condition: Condition | None) -> bool:
        if condition is None:
            return but_date or bool(_matters(row.date(), Column("date")))
        column = condition.column
        if column == but:
            return True
        asks = condition.operator in (Operator.MISSING, Operator.PRESENT)
        return not asks and bool(_matters(row.cell(column), column))

    return _certain(calculation, row, spared)


@cache
def _matters(made: Made, column: Column) -> list[str]:
    if made.value is None:
        return [] if made.confirmed else ["missing"]
    found = []
    if (column.name in _DATES and _day(made) is None) or (
        column.name in (*_NUMBERS, *_AMOUNTS) and _number(made) is None
    ):
        found.append("unreadable")
    return [*found, "doubtful"] if made.doubtful else found


@cache
def _number(made: Made) -> Decimal | None:
    try:
        number = Decimal(made.value or "")
    except InvalidOperation:
        return None
    fits = abs(number) < 10**12 and number == round(number, 6)
    return number if fits else None


@cache
def _day(made: Made) -> str | None:
    try:
        return dt.date.fromisoformat(made.value or "").isoformat()
    except ValueError:
        return None


@cache
def _fold(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(plain.casefold().split())


def _text(operator: Operator, value: str, texts: tuple[str, ...]) -> bool:
    folded = [_fold(text) for text in texts]
    if operator in (Operator.MISSING, Operator.PRESENT):
        return operator is Operator.PRESENT
    if operator is Operator.IS:
        return _fold(value) in folded
    holds = any(_fold(value) in text for text in folded)
    return holds if operator is Operator.HAS else not holds


def _meets(made: Made, column: Column, operator: Operator, value: str) -> bool:
    if operator is Operator.MISSING:
        return made.value is None
    if operator is Operator.PRESENT:
        return made.value is not None
    if operator is Operator.IN:
        day, (since, until) = _day(made), _days(value)
        return day is not None and (not since or since <= day) and (not until or day <= until)
    if column.name in (*_NUMBERS, *_AMOUNTS):
        number, asked = _number(made), Decimal(value)
        if number is None:
            return False
        if operator is Operator.IS:
            return number == asked
        return number >= asked if operator is Operator.LEAST else number <= asked
    return _text(operator, value, () if made.value is None else (made.value,))


@cache
def _days(period: str) -> list[str]:
    first, between, last = period.partition("..")
    since = _stretch(first)[0] if first else ""
    until = _stretch(last if between else first)[1] if last or not between else ""
    return [since, until]


def _stretch(text: str) -> Days:
    if text in _STRETCHES:
        return _STRETCHES[text]
    if len(text) == 4:
        return f"{text}-01-01", f"{text}-12-31"
    if "Q" in text:
        first, last = {"1": "01 31 03", "2": "04 30 06", "3": "07 30 09", "4": "10 31 12"}[
            text[-1]
        ].split(" ", 1)
        day, month = last.split()
        return f"{text[:4]}-{first}-01", f"{text[:4]}-{month}-{day}"
    if len(text) == 7:
        first_day = dt.date.fromisoformat(f"{text}-01")
        following = (first_day + dt.timedelta(days=31)).replace(day=1)
        return first_day.isoformat(), (following - dt.timedelta(days=1)).isoformat()
    return text, text


def _group(calculation: Calculation, row: _Row) -> tuple[str, str]:
    """What a row's group is compared by, and how the row prints it."""
    by = calculation.by
    if by is None and not calculation.bucket:
        return "", ""
    if by is None or by.name in _DATES:
        day = _day(row.date() if by is None else row.cell(by))
        if day is None:
            return "", ""
        year, month = day[:4], int(day[5:7])
        first = {
            Bucket.YEAR: f"{year}-01-01",
            Bucket.QUARTER: f"{year}-{month - (month - 1) % 3:02}-01",
            Bucket.MONTH: f"{day[:7]}-01",
        }.get(calculation.bucket, day)
        return first, first
    made = row.cell(by)
    if by.name in (*_NUMBERS, *_AMOUNTS):
        number = _number(made)
        if number is None:
            return "", ""
        return f"{number + 10**12:030.6f}", format(number.normalize(), "f")
    return _fold(made.value or ""), " ".join((made.value or "").split())


def _figures(calculation: Calculation, counted: list[_Row], kinds: list[str]) -> Result:
    of = calculation.of
    taken_off = [k for k in kinds if k in _SUBTRACTED]
    taken_off = taken_off if _subtracts(calculation) and len(kinds) > len(taken_off) else []
    cells: dict[tuple[str, str], list[_Row]] = {}
    names: dict[str, list[str]] = {}
    for row in counted:
        key, name = _group(calculation, row)
        names.setdefault(key, []).append(name)
        cells.setdefault((key, _currency(calculation, row)), []).append(row)
    most: dict[str, int] = {}
    for (_, currency), rows in cells.items():
        most[currency] = most.get(currency, 0) + len(rows)
    currencies = sorted(most, key=lambda code: (not code, -most[code], code))
    values: dict[tuple[str, str], Decimal] = {}
    for place, rows in cells.items():
        numbers = [] if of is None else [_signed(row, of, taken_off) for row in rows]
        values[place] = _measured(calculation.measure, numbers, len(rows))

    def order(key: str) -> tuple[int, Decimal, bool, str]:
        if calculation.order is Order.GROUP:
            return 0, Decimal(0), not key, key
        first = next(code for code in currencies if (key, code) in values)
        sign = -1 if calculation.order is Order.HIGHEST else 1
        return currencies.index(first), sign * values[key, first], not key, key

    keys = sorted(names, key=order)
    grouped = calculation.by is not None or bool(calculation.bucket)
    shown = keys[: calculation.limit] if calculation.limit and grouped else keys
    figures = [
        [
            min(set(names[key]), key=lambda n: (-names[key].count(n), n)),
            code,
            format(values[key, code].normalize(), "f"),
            len(cells[key, code]),
        ]
        for key in shown
        for code in currencies
        if (key, code) in values
    ]
    if not figures and not grouped and calculation.measure is Measure.COUNT:
        figures = [["", "", "0", 0]]
    off = taken_off if any(row.record.kind in taken_off for row in counted) else []
    return {"figures": figures, "groups": len(keys) if grouped else 0, "subtracted": off}


def _currency(calculation: Calculation, row: _Row) -> str:
    of = calculation.of
    return row.record.fields["currency"].value or "" if of and of.name in _AMOUNTS else ""


def _signed(row: _Row, of: Column, taken_off: list[str]) -> Decimal:
    number = _number(row.cell(of))
    assert number is not None
    total = _number(row.record.fields.get("gross", Made(None)))
    if row.record.kind in taken_off and not (total is not None and total < 0):
        return -number
    return number


def _measured(measure: Measure, numbers: list[Decimal], rows: int) -> Decimal:
    if measure is Measure.COUNT:
        return Decimal(rows)
    if measure is Measure.AVERAGE:
        return round(sum(numbers, Decimal(0)) / rows, 6)
    if measure is Measure.SUM:
        return sum(numbers, Decimal(0))
    return min(numbers) if measure is Measure.SMALLEST else max(numbers)


def _listed(calculation: Calculation, counted: list[_Row]) -> list[int]:
    of = calculation.of
    down = calculation.order is Order.HIGHEST
    by_value = of is not None and calculation.order is not Order.GROUP
    most: dict[str, int] = {}
    for row in counted:
        code = _currency(calculation, row)
        most[code] = most.get(code, 0) + 1
    currencies = sorted(most, key=lambda code: (not code, -most[code], code))

    def value(row: _Row) -> Decimal | None:
        if not by_value or of is None:
            day = _day(row.date())
            return None if day is None else Decimal(day.replace("-", ""))
        return _number(row.cell(of))

    def order(row: _Row) -> tuple[int, bool, Decimal, int]:
        found = value(row)
        place = currencies.index(_currency(calculation, row)) if by_value else 0
        sign = -1 if down else 1
        return place, found is None, sign * (found or Decimal(0)), row.record.id

    return list(dict.fromkeys(row.record.id for row in sorted(counted, key=order)))


def _gaps(calculation: Calculation, rows: list[_Row], kinds: list[str]) -> Iterator[list[object]]:
    of, by = calculation.of, calculation.by
    tested = [
        c.column
        for c in calculation.where
        if c.operator not in (Operator.MISSING, Operator.PRESENT)
    ]
    every = dict.fromkeys([*([of] if of else []), *tested, *([by] if by else [])])
    every = dict.fromkeys(column for column in every if not column.name.startswith("@"))
    conditions = [c.column for c in calculation.where]
    for column in every:
        but = column if column in conditions else None
        among = sum(_maybe(calculation, row, but, False) for row in rows)
        open_rows = [row for row in rows if _maybe(calculation, row, column, False)]
        for why in ("missing", "unreadable", "doubtful"):
            count = sum(why in _matters(row.cell(column), column) for row in open_rows)
            if count:
                yield [why, _told(column), count, among]
        if column == of and column.name in _AMOUNTS:
            yield from _gaps_of_money(calculation, column, rows)
    if kinds and (calculation.period or (calculation.bucket and by is None)):
        told = _dated_by(kinds, _part(calculation))
        if told in every:
            return
        open_rows = [row for row in rows if _maybe(calculation, row, None, True)]
        for why in ("missing", "unreadable", "doubtful"):
            count = sum(why in _matters(row.date(), Column("date")) for row in open_rows)
            if count:
                yield [why, _told(told), count, len(open_rows)]


def _gaps_of_money(
    calculation: Calculation, of: Column, rows: list[_Row]
) -> Iterator[list[object]]:
    may = [row for row in rows if _maybe(calculation, row, None, False)]
    amounts = [row for row in may if _number(row.cell(of)) is not None]
    none = sum(row.record.fields["currency"].value is None for row in amounts)
    doubtful = sum(row.record.fields["currency"].doubtful for row in amounts)
    if none:
        yield ["currency", _told(of), none, len(may)]
    if doubtful:
        yield ["doubtful", "currency", doubtful, len(may)]


def _dated_by(kinds: list[str], part: Part) -> Column:
    first = min(kinds, key=list(_LABELS).index)
    if part is Part.LINES and "date" in ROWS[first]:
        return Column("date", part)
    return Column(_ISSUED.get(first, "issue_date"))


def _told(column: Column) -> str:
    return {Part.FIELDS: "", Part.LINES: "line.", Part.TAXES: "tax."}[column.part] + column.name


def _twice(calculation: Calculation, counted: list[_Row]) -> Iterator[list[object]]:
    if calculation.measure in (Measure.SMALLEST, Measure.LARGEST):
        return
    found = {row.record.id: row.record for row in counted}
    bills: dict[tuple[str, str, Decimal], list[MadeRecord]] = {}
    for record in found.values():
        values = record.fields
        total = _number(values.get("gross", Made(None)))
        seller = _letters(values.get("seller", Made(None)).value)
        for mark in ("number", "issue_date"):
            printed = _letters(values.get(mark, Made(None)).value)
            if total is not None and seller and printed:
                bills.setdefault((seller, printed, total), []).append(record)
    twice = set()
    for same in bills.values():
        for one in same:
            for other in same:
                numbers = {r.fields["number"].value for r in (one, other)}
                if one.id != other.id and (len(numbers) == 1 or None in numbers):
                    twice.add(one.id)
    if twice:
        yield ["twice", None, len(twice), len(counted)]


@cache
def _letters(text: str | None) -> str:
    return "".join(c for c in _fold(text or "") if c.isalnum())


def today() -> dt.date:
    """The day from which relative periods are counted."""
    return TODAY

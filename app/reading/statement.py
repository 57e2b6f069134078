"""The entries of bank and card statements, with signed amounts.

The sign of an amount comes from its print (minus, CR/DR, S/H), from the column that it
stands in (debit, credit), and is settled by the running balance where there is one.
Dates without a year take it from the statement's period.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import accumulate, pairwise
from statistics import median

from app.document import Box, Field, Page, Reader, Row, Status, Table, Word, union_of
from app.document_types import DocumentType, Kind
from app.reading.amounts import plain
from app.reading.cells import canonical, missing, number_field, text_field
from app.reading.columns import (
    Header,
    Heading,
    Number,
    Printed,
    find_header,
    label_hits,
    printed_lines,
    separators,
)
from app.reading.dates import month_of, spot_dates
from app.reading.entries import Placed, place, place_words
from app.reading.layout import em, overlap
from app.reading.readings import Convention

_MONEY_ROLES = ("amount", "debit", "credit")
_BALANCES = frozenset({"opening", "closing", "carried_forward", "brought_forward", "subtotal"})
_OUT = frozenset({"s", "soll", "dr", "d", "debit", "lastschrift", "-"})
_IN = frozenset({"h", "haben", "cr", "c", "credit", "gutschrift", "+"})
_PARTIAL = re.compile(
    r"^(?P<d>\d{1,2})[./-](?P<m>\d{1,2})[./]?$"
    r"|^(?P<d2>\d{1,2})\.?[ -]?(?P<month>[^\W\d_]{3,10})\.?$"
    r"|^(?P<month2>[^\W\d_]{3,10})\.?[ -](?P<d3>\d{1,2})\.?$"
)
_CENT = Decimal("0.011")
_MAX_ENTRIES = 20_000


@dataclass(frozen=True, slots=True)
class _Day:
    """A printed date; ``value`` is None while its year is not known."""

    raw: str
    page: int
    box: Box
    day: int
    month: int
    value: dt.date | None
    words: int


@dataclass(slots=True)
class _Entry:
    page: int
    date: _Day | None
    amount: Number | None = None
    side: str = ""  # "debit" or "credit" where a column or a letter says so
    balance: Number | None = None
    words: list[tuple[int, Word]] = field(default_factory=list)
    signed: Decimal | None = None
    chained: bool = False  # the running balance agrees with the amount and its sign


def read_entries(
    pages: Sequence[Page], definition: DocumentType, convention: Convention
) -> tuple[Row, ...]:
    """The entries on ``pages`` in the order in which they are printed."""
    printed = [printed_lines(page, convention) for page in pages]
    convention = _within_period(printed, convention)
    entries: list[_Entry] = []
    opening = _labelled_amount(printed, "opening")
    closing = _labelled_amount(printed, "closing")
    running: Header | None = None
    section = ""
    for lines in printed:
        headers = [h for at in range(len(lines)) if (h := _header(lines, at)) is not None]
        headers = _apart(headers)
        if not headers and running is None:
            running = _inferred(lines, convention)
        starts = [(h.last + 1, h) for h in headers]
        if running is not None and (not headers or headers[0].first > 0):
            starts.insert(0, (0, running))
        for index, (start, header) in enumerate(starts):
            stop = (
                headers[index - len(starts) + len(headers) + 1].first
                if (index + 1 < len(starts))
                else len(lines)
            )
            before = len(entries)
            repeated = (
                header in headers[:1] and running is not None and header.roles == running.roles
            )
            if header in headers:
                # A header that is printed again on a new page goes on with the section.
                section = _section(lines, header) or (section if repeated else "")
            _read_table(lines[start:stop], header, convention, entries, section)
            if before and header in headers and _is_another_account(entries, before, closing):
                del entries[before:]
                headers = []
                break
        if headers:
            running = headers[-1]
    entries = [e for e in entries if e.amount is not None and (e.words or e.date)][:_MAX_ENTRIES]
    _sign(entries, opening)
    latest = _latest(printed, convention)
    return tuple(
        tuple(
            _field(column.key, column.role, column.kind, e, latest) for column in definition.lines
        )
        for e in entries
    )


def entries_table(rows: Sequence[Row], definition: DocumentType) -> Table | None:
    """The entries as one table: a header and their canonical values, "" where nothing stands."""
    boxes = [f.box for row in rows for f in row if f.box is not None]
    if not boxes:
        return None
    page = next(f.page for row in rows for f in row if f.page is not None)
    header = tuple(column.label for column in definition.lines)
    body = tuple(tuple(f.value or "" for f in row) for row in rows)
    first = [f.box for row in rows for f in row if f.box is not None and f.page == page]
    return Table(page, union_of(first), (header, *body))


# Headers


def _header(lines: Sequence[Printed], at: int) -> Header | None:
    header = find_header(lines, at)
    if header is None:
        return None
    roles = header.roles
    if not roles & {*_MONEY_ROLES, "balance"} or not roles & {"date", "description"}:
        return None
    if "date" in roles or {"debit", "credit"} <= roles or "balance" in roles:
        return header
    return None


def _apart(headers: Sequence[Header]) -> list[Header]:
    kept: list[Header] = []
    for header in sorted(headers, key=lambda h: -len(h.roles)):
        if not any(header.first <= k.last and k.first <= header.last for k in kept):
            kept.append(header)
    return sorted(kept, key=lambda h: h.first)


def _inferred(lines: Sequence[Printed], convention: Convention) -> Header | None:
    """The columns of a list without a header: lines that begin with a date and end in money."""
    dated = [
        (line, day)
        for line in lines
        if (day := _leading_date(line, convention)) is not None
        and any(n.money and n.start >= day.words for n in line.numbers)
    ]
    if len(dated) < 3:
        return None
    tolerance = 1.2 * em(lines[0].page, dated[0][0].box)
    edges: list[list[Box]] = []
    for line, day in dated:
        for number in line.numbers:
            if not number.money or number.start < day.words:
                continue
            home = next((e for e in edges if abs(e[0].x1 - number.box.x1) < tolerance), None)
            if home is None:
                edges.append([number.box])
            else:
                home.append(number.box)
    columns = sorted((e for e in edges if len(e) >= 0.15 * len(dated)), key=lambda e: e[0].x1)
    if not columns:
        return None
    dates = union_of([day.box for _, day in dated])
    left = min(min(b.x0 for b in column) for column in columns)
    cells = [
        Heading("", "date", dates),
        Heading(
            "",
            "description",
            Box(dates.x1 + 0.005, dates.y0, max(left - 0.005, dates.x1 + 0.01), dates.y1),
        ),
    ]
    usual = len(columns[-1]) >= 0.6 * len(dated)
    for at, column in enumerate(columns):
        box = union_of(column)
        if len(columns) == 1:
            role = "amount"
        elif at == len(columns) - 1 and usual:
            role = "balance"
        elif len(columns) - usual == 2:
            role = "debit" if at == 0 else "credit"
        else:
            role = "amount"
        cells.append(Heading("", role, box))
    return Header(-1, -1, tuple(cells))


# Entries


def _leading_date(line: Printed, convention: Convention) -> _Day | None:
    """The date that the line begins with, complete or as day and month."""
    # Beyond a column's gap stands another date, not this one's year.
    words = line.segments[0].words[:4] if line.segments else ()
    spots = _spots(words, convention)
    if spots and spots[0][0] == 0:
        _, end, value = spots[0]
        return _day(words, 0, end, value, line)
    return _partial(words, line.page.number, convention)


def _spots(words: Sequence[Word], convention: Convention) -> list[tuple[int, int, dt.date]]:
    """The complete dates among some words: first word, one past the last, and the day."""
    texts = [plain(word.text) for word in words]
    if not any(c.isdigit() for text in texts for c in text):
        return []
    starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
    return [
        (
            bisect_right(starts, start) - 1,
            bisect_right(starts, end - 1),
            dt.date.fromisoformat(reading.value),
        )
        for start, end, reading in spot_dates(" ".join(texts), convention)
    ]


def _day(words: Sequence[Word], start: int, end: int, value: dt.date, line: Printed) -> _Day:
    chosen = words[start:end]
    return _Day(
        " ".join(w.text for w in chosen),
        line.page.number,
        union_of([w.box for w in chosen]),
        value.day,
        value.month,
        value,
        end,
    )


def _partial(words: Sequence[Word], page: int, convention: Convention) -> _Day | None:
    for count in (2, 1):
        text = " ".join(w.text for w in words[:count])
        match = _PARTIAL.match(text) if len(words) >= count else None
        if match is None:
            continue
        if match["m"]:
            one, other = int(match["d"]), int(match["m"])
            day, month = (other, one) if convention.day_first is False else (one, other)
            if month > 12 >= day:
                day, month = month, day
        else:
            named = month_of(match["month"] or match["month2"], convention)
            if named is None:
                continue
            day, month = int(match["d2"] or match["d3"]), named
        if 1 <= month <= 12 and 1 <= day <= 31:
            box = union_of([w.box for w in words[:count]])
            return _Day(text, page, box, day, month, None, count)
    return None


def _dates_of(placed: Placed, header: Header, convention: Convention) -> _Day | None:
    """The date in the line's date column."""
    at = next((i for i, c in enumerate(header.cells) if c.role == "date"), None)
    leading = _leading_date(placed.printed, convention)
    if at is None:
        return leading
    column = header.cells[at].box
    if leading is not None and (
        overlap(leading.box.x0, leading.box.x1, column.x0, column.x1) > 0.2
        or abs(leading.box.x0 - column.x0) < 0.03
    ):
        return leading
    # The date may stand further right, behind a number or a code.
    words = placed.printed.line.words
    for start, end, value in _spots(words, convention):
        box = union_of([w.box for w in words[start:end]])
        if overlap(box.x0, box.x1, column.x0, column.x1) > 0.3:
            return _day(words, start, end, value, placed.printed)
    return None


def _read_table(
    lines: Sequence[Printed],
    header: Header,
    convention: Convention,
    entries: list[_Entry],
    section: str = "",
) -> None:
    """Add the entries on these lines, below or continuing ``header``.

    ``section`` is the side of amounts that say none themselves.
    """
    placed = [place(line, header) for line in lines]
    place_words(placed, header)
    described = {i for i, c in enumerate(header.cells) if c.role in ("description", "")} | {
        i for i, c in enumerate(header.cells) if c.role == "item_number"
    }
    if not any(c.role == "description" for c in header.cells):
        described |= {i for i, c in enumerate(header.cells) if c.role == "unit"}
    if not placed:
        return
    left = min(p.box.x0 for p in placed)
    right = max(p.box.x1 for p in placed)
    borders = separators(lines[0].page, left, right)
    steps = [b.box.y0 - a.box.y1 for a, b in pairwise(placed) if b.numbers]
    usual = median(steps) if steps else 0.0
    current: _Entry | None = entries[-1] if entries else None
    begun = bool(entries)  # whether an entry precedes on an earlier page
    waiting: _Entry | None = current if current is not None and current.amount is None else None
    last: Placed | None = None
    day = current.date if current else None
    for p in placed:
        amount, side = _amount(p, header)
        balance = _balance(p, header)
        date = _dates_of(p, header, convention)
        words = _words(p, described, date)
        if _is_balance_line(p, amount, balance) or (date is None and _is_sum(p)):
            waiting = None
            last = None
            current = None
            continue
        parted = last is not None and any(last.box.middle[1] < y < p.box.middle[1] for y in borders)
        gap = p.box.y0 - last.box.y1 if last is not None else 0.0
        far = last is not None and gap > max(usual, 0.0) + 2.2 * p.printed.height
        if amount is not None:
            if date is not None:
                day = date
            if (
                waiting is not None
                and (date is None or waiting.date is None)
                and not far
                and not (
                    parted
                    and waiting.words
                    and last is not None
                    and _ruled_rows(placed, borders)
                    and waiting.page == p.printed.page.number
                )
            ):
                entry = waiting
                if entry.date is None:
                    entry.date = day
            else:
                if waiting is not None and waiting in entries and waiting.amount is None:
                    entries.remove(waiting)
                entry = _Entry(p.printed.page.number, day)
                entries.append(entry)
            if not side and section and amount.value > 0 and amount.raw[:1] not in "+-":
                side = section
            entry.amount, entry.side, entry.balance = amount, side, balance
            entry.words.extend((p.printed.page.number, w) for w in words)
            current, waiting, last = entry, None, p
            begun = True
            continue
        if balance is not None and current is not None and current.balance is None and not words:
            current.balance = balance
            last = p
            continue
        if not words and date is None:
            continue
        if far and date is None:
            current = waiting = None  # a footer, or what follows the table
            continue
        if date is not None and _belongs_to_list(p, header):
            day = date
            waiting = _Entry(p.printed.page.number, date)
            waiting.words.extend((p.printed.page.number, w) for w in words)
            entries.append(waiting)
            current, last = waiting, p
            continue
        if not begun and current is None:
            continue
        if waiting is not None:
            waiting.words.extend((p.printed.page.number, w) for w in words)
            last = p
            continue
        if not words or not _below_description(p, header, described):
            continue
        if parted and _ruled_rows(placed, borders):
            # A ruling begins a new row whose amount stands further down.
            waiting = _Entry(p.printed.page.number, None)
            waiting.words.extend((p.printed.page.number, w) for w in words)
            waiting.date = day
            entries.append(waiting)
            last = p
            continue
        if current is not None and last is not None:
            current.words.extend((p.printed.page.number, w) for w in words)
            last = p


def _ruled_rows(placed: Sequence[Placed], borders: Sequence[float]) -> bool:
    """Whether rulings part the entries, and do not just frame the table."""
    anchors = sum(bool(p.numbers) for p in placed)
    return len(borders) >= max(3, 0.5 * anchors)


def _amount(p: Placed, header: Header) -> tuple[Number | None, str]:
    """The line's amount and the side that its column or a letter beside it says."""
    found: list[tuple[Number, str]] = []
    for cell, number in p.numbers.items():
        role = header.cells[cell].role
        if role not in _MONEY_ROLES or number.percent:
            continue
        side = role if role != "amount" else ""
        letter = number.unit.casefold().rstrip(".")
        if letter in _OUT:
            side = "debit"
        elif letter in _IN or re.search(r"(?i)CR$", number.raw.rstrip(".")):
            side = "credit"
        found.append((number, side))
    if not found:
        return None, ""
    # A zero in the other column is an empty one.
    filled = [f for f in found if f[0].value] or found
    return filled[0]


def _balance(p: Placed, header: Header) -> Number | None:
    for cell, number in p.numbers.items():
        if header.cells[cell].role != "balance":
            continue
        if number.unit.casefold() in {"s", "soll", "d", "dr"} and number.value > 0:
            return replace(number, value=-number.value)
        return number
    return None


def _words(p: Placed, described: set[int], date: _Day | None) -> list[Word]:
    words = [w for run in p.runs if run.cell in described or run.cell is None for w in run.words]
    if date is not None:
        words = [
            w for w in words if not (date.box.x0 - 1e-6 <= w.box.middle[0] <= date.box.x1 + 1e-6)
        ]
    sides = {
        p.printed.line.words[n.end]
        for n in p.numbers.values()
        if n.unit.casefold().rstrip(".") in _OUT | _IN and n.end < len(p.printed.line.words)
    }
    words = [w for w in words if w not in sides]
    return [w for w in words if any(c.isalnum() for c in w.text)] and words


def _is_balance_line(p: Placed, amount: Number | None, balance: Number | None) -> bool:
    """Whether the line gives a balance or a sum, and is no entry."""
    if amount is None and balance is None:
        return False
    texts = p.printed.texts
    counted = {i for n in p.printed.numbers for i in range(n.start, n.end)}
    letters = sum(c.isalpha() for i, t in enumerate(texts) if i not in counted for c in t)
    if not letters:
        return False
    roles = _BALANCES if amount is not None else _BALANCES | {"gross", "balance"}
    spans = {
        (h.start, h.end)
        for h in label_hits(texts)
        if h.role in roles and (h.strength > 0.6 or amount is None)
    }
    covered = sum(c.isalpha() for start, end in spans for t in texts[start:end] for c in t)
    return covered >= 0.5 * letters


def _is_sum(p: Placed) -> bool:
    """Whether the line begins with the word for a total."""
    return any(
        h.start == 0 and h.role in {"gross", "subtotal"} and h.strength >= 1.0
        for h in label_hits(p.printed.texts)
    )


def _section(lines: Sequence[Printed], header: Header) -> str:
    """The side that the title right above a table names for all of its amounts, or ""."""
    if header.first < 0 or header.roles & {"debit", "credit"}:
        return ""
    for line in reversed(lines[max(0, header.first - 3) : header.first]):
        if line.numbers or len(line.line.words) > 7:
            continue
        sides = [
            h.role
            for h in label_hits(line.texts)
            if h.role in ("debit", "credit") and h.strength >= 1.0
        ]
        if sides and len(set(sides)) == 1:
            return sides[0]
    return ""


def _belongs_to_list(p: Placed, header: Header) -> bool:
    """Whether a dated line without an amount stands where the entries' dates stand."""
    box = next((c.box for c in header.cells if c.role == "date"), None)
    return (
        box is None
        or abs(p.box.x0 - box.x0) < 0.05
        or overlap(p.box.x0, p.box.x1, box.x0, box.x1) > 0.3
    )


def _below_description(p: Placed, header: Header, described: set[int]) -> bool:
    """Whether the line starts in the column of descriptions."""
    first = p.runs[0] if p.runs else None
    return first is not None and first.cell in described


# Signs


def _sign(entries: Sequence[_Entry], opening: Decimal | None) -> None:
    """Give every amount its sign, and note where the running balance confirms it."""
    for entry in entries:
        number = entry.amount
        if number is None:
            continue
        value = number.value
        if entry.side == "debit":
            value = -abs(value)
        elif entry.side == "credit":
            value = abs(value)
        entry.signed = value
    plain, turned = _agreeing(entries, opening, 1), _agreeing(entries, opening, -1)
    if turned > plain and turned >= 3:
        # "Debit" may head the money that came in, from the bank's point of view.
        for entry in entries:
            if entry.signed is not None:
                entry.signed = -entry.signed
    _settle_by_balance(entries, opening)


def _agreeing(entries: Sequence[_Entry], opening: Decimal | None, sign: int) -> int:
    agreeing = 0
    before = opening
    total = Decimal(0)
    for entry in entries:
        total += sign * (entry.signed or Decimal(0))
        if entry.balance is None:
            continue
        if before is not None and abs(before + total - entry.balance.value) <= _CENT:
            agreeing += 1
        before, total = entry.balance.value, Decimal(0)
    return agreeing


def _settle_by_balance(entries: Sequence[_Entry], opening: Decimal | None) -> None:
    """Where one entry stands between two balances, their difference is its signed amount."""
    newest_first = _newest_first(entries)
    ordered = list(reversed(entries)) if newest_first else list(entries)
    before = None if newest_first and opening is None else opening
    run: list[_Entry] = []
    for entry in ordered:
        run.append(entry)
        if entry.balance is None:
            continue
        after = entry.balance.value
        if before is not None:
            difference = after - before
            total = sum((e.signed or Decimal(0) for e in run), Decimal(0))
            if abs(total - difference) <= _CENT:
                for e in run:
                    e.chained = True
            elif len(run) == 1 and run[0].signed is not None and not run[0].side:
                if abs(abs(difference) - abs(run[0].signed)) <= _CENT:
                    run[0].signed = difference
                    run[0].chained = True
            elif len(run) <= 10 and not any(e.side for e in run):
                _try_signs(run, difference)
        before, run = after, []


def _try_signs(run: Sequence[_Entry], difference: Decimal) -> None:
    """Set the signs of a few entries if exactly one choice makes the difference."""
    fitting: list[int] = []
    values = [abs(e.signed or Decimal(0)) for e in run]
    for mask in range(1 << len(run)):
        total = sum((-v if mask >> i & 1 else v for i, v in enumerate(values)), Decimal(0))
        if abs(total - difference) <= _CENT:
            fitting.append(mask)
            if len(fitting) > 1:
                return
    if fitting:
        for i, e in enumerate(run):
            e.signed = -values[i] if fitting[0] >> i & 1 else values[i]
            e.chained = True


def _newest_first(entries: Sequence[_Entry]) -> bool:
    """Whether the balances run from the bottom of the list to its top."""
    both = [(a, b) for a, b in pairwise(entries) if a.balance and b.balance]
    down = up = 0
    for a, b in both:
        if a.balance is None or b.balance is None or a.signed is None or b.signed is None:
            continue
        down += abs(abs(b.balance.value - a.balance.value) - abs(b.signed)) <= _CENT
        up += abs(abs(b.balance.value - a.balance.value) - abs(a.signed)) <= _CENT
    return up > down


def _is_another_account(entries: Sequence[_Entry], start: int, closing: Decimal | None) -> bool:
    """Whether a further table begins anew after the statement's closing balance was reached."""
    balances = [e.balance.value for e in entries[:start] if e.balance is not None]
    later = [e.balance.value for e in entries[start:] if e.balance is not None]
    if closing is None or not balances or not later or abs(balances[-1] - closing) > _CENT:
        return False
    return abs(later[-1] - closing) > _CENT


# Fields


def _labelled_amount(printed: Sequence[Sequence[Printed]], role: str) -> Decimal | None:
    """The amount printed behind (or below) a label with this role."""
    for lines in printed:
        for line in lines:
            for hit in label_hits(line.texts):
                if hit.role != role or hit.strength < 0.5:
                    continue
                behind = [n for n in line.numbers if n.start >= hit.end and n.money]
                if behind:
                    return behind[0].value
    return None


def _within_period(printed: Sequence[Sequence[Printed]], convention: Convention) -> Convention:
    """The convention with the order of day and month in which the entries fall into the period."""
    period: list[dt.date] = []
    for lines in printed:
        for line in lines:
            if any(h.role.startswith("period") for h in label_hits(line.texts)):
                period.extend(value for _, _, value in _spots(line.line.words, convention))
    if len(period) < 2:
        return convention
    first, last = min(period), max(period)

    def inside(day_first: bool) -> int:
        trial = replace(convention, day_first=day_first)
        days = [_leading_date(line, trial) for lines in printed for line in lines]
        return sum(
            day is not None and day.value is not None and first <= day.value <= last for day in days
        )

    swapped = not (convention.day_first is not False)
    usual, other = inside(not swapped), inside(swapped)
    return replace(convention, day_first=swapped) if other > usual else convention


def _latest(printed: Sequence[Sequence[Printed]], convention: Convention) -> dt.date | None:
    """The day at which the statement ends, as far as its complete dates tell."""
    days: list[dt.date] = []
    ends: list[dt.date] = []
    for lines in printed:
        for line in lines:
            found = [
                value
                for segment in line.segments
                for _, _, value in _spots(segment.words, convention)
            ]
            days.extend(found)
            if found and any(
                h.role in {"period_end", "period_start", "period"} for h in label_hits(line.texts)
            ):
                ends.append(max(found))
    return max(ends) if ends else max(days, default=None)


def _field(key: str, role: str, kind: Kind, entry: _Entry, latest: dt.date | None) -> Field:
    confidence = 0.97 if entry.chained else 0.85
    if role == "date":
        return _date_field(key, entry, latest, confidence)
    if role == "description":
        page = entry.words[0][0] if entry.words else entry.page
        return _description(key, page, entry, confidence)
    if role == "amount" and entry.amount is not None and entry.signed is not None:
        cell = number_field(key, entry.page, entry.amount, confidence)
        value = canonical(entry.signed)
        if value == cell.value:
            return cell
        reason = (
            "the running balance gives the sign" if entry.chained else "the column gives the sign"
        )
        return replace(cell, value=value, reason=reason)
    if role == "balance" and entry.balance is not None:
        return number_field(key, entry.page, entry.balance, confidence)
    return missing(key)


def _description(key: str, page: int, entry: _Entry, confidence: float) -> Field:
    """The words of an entry, also where they go on on the next page; the box is on the first."""
    text = " ".join(w.text for _, w in entry.words)
    if not text:
        return missing(key)
    cell = text_field(key, page, [w for p, w in entry.words if p == page], confidence)
    return replace(cell, raw=text, value=text)


def _date_field(key: str, entry: _Entry, latest: dt.date | None, confidence: float) -> Field:
    day = entry.date
    if day is None:
        return missing(key)
    value = day.value
    reason = ""
    if value is None and latest is not None:
        # The year in which the day falls before the end of the statement.
        for year in (latest.year + 1, latest.year, latest.year - 1):
            try:
                value = dt.date(year, day.month, day.day)
            except ValueError:
                continue
            if value <= latest + dt.timedelta(days=7):
                break
        reason = "the year is that of the statement's period"
    if value is None:
        return Field(
            key,
            None,
            Status.MISSING,
            day.raw,
            day.page,
            day.box,
            Reader.QUICK,
            0.0,
            "no year is printed",
        )
    return Field(
        key,
        value.isoformat(),
        Status.FOUND,
        day.raw,
        day.page,
        day.box,
        Reader.QUICK,
        confidence,
        reason,
    )
